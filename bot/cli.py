"""The command line, installed as `copydesk`. Whatever is slow to import stays inside the commands."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot.commands.models import models
from bot.commands.options import ConfigOption, JsonOption, open_console, read_settings
from bot.errors import BotError


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
app.add_typer(models, name="models")


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

    run_copydesk(read_settings(config))


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

    serve_generation(read_settings(config))


@app.command()
def playground(config: ConfigOption = None) -> None:
    """Run the local Slack alone.

    \b
    Examples:
      copydesk playground
      COPYDESK_PLAYGROUND_PORT=0 copydesk playground
    """
    from bot.commands.serving import serve_playground

    serve_playground(read_settings(config))


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
    if not print_findings(findings, open_console()):
        raise typer.Exit(1)


@app.command()
def report(
    week: Annotated[str | None, typer.Option(metavar="WEEK", help="An ISO week; the one so far.")] = None,
    as_json: JsonOption = False,
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

    if not print_report(read_settings(config), open_console(), datetime.now(UTC), week, as_json):
        raise typer.Exit(1)


@app.command()
def version() -> None:
    """Show the version of Copydesk and of Python.

    \b
    Examples:
      copydesk version
    """
    from importlib.metadata import version as installed_version

    typer.echo(f"copydesk {installed_version('copydesk')}, Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
