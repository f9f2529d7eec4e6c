"""`copydesk models pull`: shows the licence, then a progress bar while the files arrive."""

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from bot.commands.listing import format_bytes
from bot.errors import BadInput
from bot.refusals import did_you_mean
from bot.run_folder import make_data_dir
from bot.settings import Settings
from generation.downloads import PullPlan, PullStep, pull
from generation.registry import ModelSource, ModelSpec


def pull_with_progress(settings: Settings, name: str, console: Console) -> None:
    """Raises BadInput for a name that cannot be pulled, DownloadFailed for a pull that fails."""
    spec = _pullable(settings, name)
    make_data_dir(settings.data_dir)
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
    ) as progress:
        task = progress.add_task(name, total=None)

        def show(news: PullPlan | PullStep) -> None:
            if isinstance(news, PullPlan):
                progress.console.print(_licence(news))
                progress.update(task, total=news.total_bytes)
            else:
                progress.update(task, description=news.file, completed=news.done_bytes)

        folder = pull(spec, settings.models_dir, show, token=token)
    console.print(Text(f"{name} is in {folder}. The next draft routed to it uses it."), soft_wrap=True)


def _pullable(settings: Settings, name: str) -> ModelSpec:
    spec = settings.models.get(name)
    if spec is None:
        known = sorted(each for each, spec in settings.models.items() if spec.source is ModelSource.HUB)
        hint = did_you_mean(name, known)
        raise BadInput(f"There is no model {name}.{hint} Models to pull: {', '.join(known)}.")
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
    return Text(
        f"{plan.model}: {plan.hub_id} at {plan.commit[:12]}, {format_bytes(plan.total_bytes)}\n"
        f"Licence: {plan.declared_licence}{on_card}; {use}.\n"
        f"Read it at {plan.licence_page} before you use the model. Ctrl-C stops the download."
    )
