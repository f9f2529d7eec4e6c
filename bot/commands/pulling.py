"""`copydesk models pull`: shows the licence, then a progress bar while the files arrive."""

import sys

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from bot.commands.choosing import chosen
from bot.commands.interruption import INTERRUPTED
from bot.commands.listing import format_bytes
from bot.errors import BadInput
from bot.run_folder import make_data_dir
from bot.settings import Settings
from generation.downloads import ConversionStep, News, PullPlan, PullStep, pull
from generation.errors import LegacyWeights
from generation.registry import ModelSource, ModelSpec, read_lock


def pull_with_progress(settings: Settings, name: str, convert: bool | None, console: Console) -> None:
    """Fetch, and convert pickled weights if `convert` says so; None asks at a terminal.

    Raises BadInput for a name that cannot be pulled, DownloadFailed for a pull that fails.
    """
    spec = _pullable(settings, name)
    make_data_dir(settings.data_dir)
    try:
        _pull_or_ask(settings, spec, convert, console)
    except KeyboardInterrupt:
        console.print(
            Text(f"Stopped. What has arrived of {name} is kept: pull it again to go on."), soft_wrap=True
        )
        raise typer.Exit(INTERRUPTED) from None


def _pull_or_ask(settings: Settings, spec: ModelSpec, convert: bool | None, console: Console) -> None:
    try:
        _pull(settings, spec, bool(convert), console)
    except LegacyWeights as error:
        if convert is not None or not sys.stdin.isatty():
            raise
        console.print(Text(str(error)), soft_wrap=True)
        if not typer.confirm("Fetch and convert them now?"):
            raise typer.Exit(1) from None
        _pull(settings, spec, True, console)


def _pull(settings: Settings, spec: ModelSpec, convert: bool, console: Console) -> None:
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
    ) as progress:
        task = progress.add_task(spec.name, total=None, visible=False)

        def show(news: News) -> None:
            match news:
                case PullPlan():
                    progress.console.print(_licence(news), soft_wrap=True)
                    progress.update(task, total=news.total_bytes, visible=True)
                case PullStep():
                    progress.update(task, description=news.file, completed=news.done_bytes)
                case ConversionStep():
                    progress.update(task, description=f"converting {news.file}")

        folder = pull(spec, settings.models_dir, show, token=token, convert_pickled=convert)
    console.print(Text(f"{spec.name} is in {folder}. The next draft routed to it uses it."), soft_wrap=True)
    lock = read_lock(folder)
    if lock is not None and lock.commit != spec.revision:
        console.print(
            Text(
                f"To stay with what you have now, pin it in copydesk.toml under [models.{spec.name}]:\n"
                f'revision = "{lock.commit}"'
            ),
            soft_wrap=True,
        )


def _pullable(settings: Settings, name: str) -> ModelSpec:
    spec = chosen(settings, name)
    if spec.source is not ModelSource.HUB:
        raise BadInput(
            f"{name} does not come from the hub, so there is nothing to pull. "
            "`copydesk models list` says whether it is on this machine."
        )
    return spec


def _licence(plan: PullPlan) -> Text:
    """What a person agrees to by using the model, before the first byte of it arrives."""
    on_card = f" (its card says: {plan.hub_licence})" if plan.hub_licence else ""
    use = "commercial use is allowed" if plan.commercial_use else "commercial use is not allowed"
    converts = "It has pickled weights only, which are converted to safetensors.\n" if plan.converts else ""
    return Text(
        f"{plan.model}: {plan.hub_id} at {plan.commit[:12]}, {format_bytes(plan.total_bytes)}\n"
        f"Licence: {plan.declared_licence}{on_card}; {use}.\n{converts}"
        f"Read it at {plan.licence_page} before you use the model. Ctrl-C stops the download."
    )
