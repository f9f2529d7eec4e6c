"""The command line, installed as `copydesk`. Whatever is slow to import stays inside the commands."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from bot.errors import BotError

if TYPE_CHECKING:
    from rich.console import Console

    from bot.settings import Settings

WIDTH_WITHOUT_TERMINAL: Final = 160


class SentenceGroup(TyperGroup):
    """Shows our own errors as the sentences they are, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        from evaluation.errors import EvaluationError
        from generation.errors import GenerationError

        try:
            return super().invoke(ctx)
        except (BotError, EvaluationError, GenerationError) as error:
            typer.secho(str(error), fg=typer.colors.RED, err=True)
            raise typer.Exit(1) from error


app = typer.Typer(
    cls=SentenceGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="""Drafts with local models, has people rate the drafts blind, and ranks the models honestly.

    \b
    Examples:
      copydesk run
      copydesk doctor
      copydesk models pull qwen3-4b-instruct
      copydesk report --week 2026-W47
    """,
)
models = typer.Typer(rich_markup_mode=None)
app.add_typer(models, name="models")

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Instead of COPYDESK_CONFIG or ./copydesk.toml."),
]


def main() -> None:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    app()


@app.command()
def run(config: ConfigOption = None) -> None:
    """Run the bot and all it needs, until Ctrl-C.

    That is the generation server and, without Slack tokens, the playground.

    \b
    Examples:
      copydesk run
      copydesk run --config team.toml
      SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… copydesk run
    """
    from bot.commands.serving import run_copydesk

    run_copydesk(_settings(config))


@app.command()
def serve(config: ConfigOption = None) -> None:
    """Run the generation server alone.

    It serves any client of OpenAI's API on this machine.

    \b
    Examples:
      copydesk serve
      COPYDESK_GENERATION_PORT=8400 COPYDESK_SERVE_TOKEN=… copydesk serve
    """
    from bot.commands.serving import serve_generation

    serve_generation(_settings(config))


@app.command()
def playground(config: ConfigOption = None) -> None:
    """Run the local Slack alone.

    \b
    Examples:
      copydesk playground
      COPYDESK_PLAYGROUND_PORT=0 copydesk playground
    """
    from bot.commands.serving import serve_playground

    serve_playground(_settings(config))


@app.command()
def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")] = Path("copydesk.toml"),
) -> None:
    """Write a commented copydesk.toml.

    \b
    Examples:
      copydesk init
      copydesk init team.toml
    """
    from bot.configuration import write_default

    write_default(file)
    typer.echo(f"Wrote {file}. Keep what you change; whatever you delete falls back to its default.")


@app.command()
def doctor(config: ConfigOption = None) -> None:
    """Check what Copydesk needs, and say what to do.

    \b
    Examples:
      copydesk doctor
      copydesk doctor --config team.toml
    """
    from bot.doctor import examine, print_findings

    findings = examine(config, os.environ, Path.cwd())
    if not print_findings(findings, _console()):
        raise typer.Exit(1)


@app.command()
def report(
    week: Annotated[str | None, typer.Option(metavar="WEEK", help="An ISO week; the one so far.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All figures, for another program.")] = False,
    config: ConfigOption = None,
) -> None:
    """Show the ranking of a week, as the database has it now.

    \b
    Examples:
      copydesk report
      copydesk report --week 2026-W47
      copydesk report --week 2026-W47 --json
    """
    from bot.commands.reporting import print_report

    if not print_report(_settings(config), _console(), datetime.now(UTC), week, as_json):
        raise typer.Exit(1)


@models.callback(invoke_without_command=True)
def list_or_go_on(ctx: typer.Context) -> None:
    """The declared models and their files.

    \b
    Examples:
      copydesk models
      copydesk models list --config team.toml
      copydesk models pull qwen3-4b-instruct
    """
    if ctx.invoked_subcommand is None:
        list_models()


@models.command("list")
def list_models(config: ConfigOption = None) -> None:
    """Show the models and which are on this machine.

    `copydesk models` alone does the same.

    \b
    Examples:
      copydesk models list
      copydesk models list --config team.toml
    """
    from bot.commands.listing import print_models

    print_models(_settings(config), _console())


@models.command("pull")
def pull_model(
    name: Annotated[str, typer.Argument(help="The model's name under [models] in copydesk.toml.")],
    config: ConfigOption = None,
) -> None:
    """Fetch a model from the hub, after showing its licence.

    \b
    Examples:
      copydesk models pull qwen3-4b-instruct
      HF_TOKEN=… copydesk models pull llama-3-2-3b-instruct
    """
    from bot.commands.pulling import pull_with_progress

    pull_with_progress(_settings(config), name, _console())


@app.command()
def version() -> None:
    """Show the version of Copydesk and of Python.

    \b
    Examples:
      copydesk version
    """
    from importlib.metadata import version as installed_version

    typer.echo(f"copydesk {installed_version('copydesk')}, Python {sys.version.split()[0]}")


def _settings(config: Path | None) -> "Settings":
    from bot.settings import load_settings

    return load_settings(config, os.environ, Path.cwd())


def _console() -> "Console":
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL)


if __name__ == "__main__":
    main()
