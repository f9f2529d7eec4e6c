"""The command line, installed as `copydesk`. Whatever is slow to import stays inside the commands."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot.commands.models import models
from bot.commands.options import (
    ConfigOption,
    JsonOption,
    PrivateOnlyOption,
    UntilOption,
    open_console,
    read_settings,
)
from bot.errors import BadInput, BotError


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
def playground(
    manifest: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A Slack app's manifest, in JSON; once for each app."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Run the local Slack alone.

    Copydesk or any other Slack app with Socket Mode connects to it.

    \b
    Examples:
      copydesk playground
      copydesk playground --manifest manifest.json
      copydesk playground --manifest one.json --manifest other.json
    """
    from bot.commands.playing import serve_playground

    serve_playground(read_settings(config), manifest or [])


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
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with all figures inside.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write text, figures beside it.")
    ] = None,
    from_mlflow: Annotated[
        str | None,
        typer.Option("--from-mlflow", metavar="RUN", help="As it was logged, from MLflow alone."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Show the ranking of a week, as the database has it now.

    \b
    Examples:
      copydesk report
      copydesk report --week 2026-W47
      copydesk report --week 2026-W47 --json
      copydesk report --week 2026-W47 --html week.html
      copydesk report --from-mlflow 464f09e3bd9e4c43805dd459b369c792
    """
    from bot.commands.reporting import ReportOutput, print_logged_report, print_report

    output = ReportOutput(as_json, html, markdown)
    if from_mlflow is not None:
        if week is not None:
            raise BadInput("A run holds one week already: leave --week or --from-mlflow out.")
        print_logged_report(read_settings(config), open_console(), from_mlflow, output)
        return
    if not print_report(read_settings(config), open_console(), datetime.now(UTC), week, output):
        raise typer.Exit(1)


@app.command(name="mlflow")
def open_mlflow(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where its page is served.")] = 5050,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it there too.")] = True,
    config: ConfigOption = None,
) -> None:
    """Open MLflow's page on what Copydesk logged.

    Reports and their models are in the experiment copydesk-weekly, drafts with their ratings in
    copydesk-drafts, and what `copydesk evaluate` measured in copydesk-evaluations. On this machine alone.

    \b
    Examples:
      copydesk mlflow
      copydesk mlflow --port 5151 --no-browser
    """
    from bot.commands.tracking_page import serve_tracking_page

    serve_tracking_page(read_settings(config), port, browse=browser and sys.stdout.isatty())


@app.command()
def costs(
    period: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="2026-W47, 2026-11 or all; the week so far.")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Say what a draft costs here, and what it would in the cloud.

    By three lines, always together: the energy of one more draft, the machine over its busy time, and
    all of the machine at the volume there was.

    \b
    Examples:
      copydesk costs
      copydesk costs --period 2026-11
      copydesk costs --period all --json
    """
    from bot.commands.costing import print_costs

    print_costs(read_settings(config), open_console(), datetime.now(UTC), period, as_json)


@app.command()
def evaluate(
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--models", metavar="NAME", help="Once for each; NAME=OTHER where a server calls it OTHER."
        ),
    ] = None,
    types: Annotated[
        list[str] | None, typer.Option("--types", metavar="KIND", help="Once for each kind of text.")
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(min=1, max=1000, show_default="15", help="Texts of each kind by each model."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, show_default="2026", help="Another one draws other topics and texts.")
    ] = None,
    prompts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own topics, as TOML, instead of ours.")
    ] = None,
    held_back: Annotated[
        bool, typer.Option("--held-back", help="The half of our topics kept for a final evaluation.")
    ] = False,
    backend: Annotated[
        list[str] | None,
        typer.Option("--backend", metavar="URL", help="Compare with a server that speaks OpenAI's API."),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="NAME", help="Go on with one that was stopped, as it began."),
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Read the field guides' own tables again, and ask no model.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Measure models on the same topics before they write.

    Of each kind of text every model writes the same samples with the same seeds. What comes out is who
    qualifies, who leads if anybody does, and what it takes to run them here. Another server's key is
    taken from COPYDESK_BACKEND_KEY.

    \b
    Examples:
      copydesk evaluate
      copydesk evaluate --models starter-rich --models starter-plain --types linkedin_post
      copydesk evaluate --models qwen3-4b-instruct=qwen3:4b --backend http://127.0.0.1:11434/v1
      copydesk evaluate --resume 20261121-083000
      copydesk evaluate --replay
    """
    from bot.commands import evaluating

    settings = read_settings(config)
    if replay:
        evaluating.replay(settings, open_console(), as_json=as_json)
        return
    options = evaluating.EvaluationOptions(
        models=tuple(models or ()),
        content_types=tuple(types or ()),
        samples=samples,
        seed=seed,
        prompts=prompts,
        held_back=held_back,
        backends=tuple(backend or ()),
        api_key=settings.backend_key.get_secret_value() if settings.backend_key else "none",
        resume=resume,
    )
    consoles = (open_console(), open_console(stderr=True))
    evaluating.evaluate_models(settings, options, *consoles, as_json=as_json)


@app.command()
def analyze(
    ratings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="draft_id,rater,score[,thumb,at,…] as CSV.")
    ] = None,
    drafts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="draft_id,model,content_type,heuristic[,…].")
    ] = None,
    votes: Annotated[
        Path | None, typer.Option(metavar="FILE", help="left_draft,right_draft,choice,rater[,at].")
    ] = None,
    tasks: Annotated[
        Path | None, typer.Option(metavar="FILE", help="model,drawn_from: every draw of an audit.")
    ] = None,
    openwebui: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Open WebUI's feedback export instead.")
    ] = None,
    until: UntilOption = None,
    threshold: Annotated[float, typer.Option(min=1, max=10, help="The quality that qualifies.")] = 7.0,
    margin: Annotated[float, typer.Option(min=0.01, max=9, help="Within it models count as equal.")] = 0.5,
    incumbent: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Hold all others against it, by Dunnett's test.")
    ] = None,
    horizon: Annotated[
        int | None,
        typer.Option(min=2, metavar="N", help="Scores a model that an experiment declared beforehand."),
    ] = None,
    finite_sample: Annotated[
        bool, typer.Option("--finite-sample", help="Add betting intervals, right for any number of scores.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at a row that cannot be used.")] = False,
    private_only: PrivateOnlyOption = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Say which model writes better, and how sure that is.

    From your own files, which take no database, or from Copydesk's ratings if you name none. Without
    drafts, the ratings may have a column `model`. A row that cannot be used is named and set aside.

    \b
    Examples:
      copydesk analyze --ratings ratings.csv --drafts drafts.csv
      copydesk analyze --ratings ratings.csv --votes votes.csv --strict --json
      copydesk analyze --openwebui feedback-history-export.json
      copydesk analyze --until 2026-11-15 --private-only
      copydesk analyze --ratings ratings.csv --incumbent starter-plain --horizon 100
    """
    from bot.commands.analyzing import Sources, parse_until, print_analysis
    from evaluation.analysis.options import Options

    print_analysis(
        Sources(ratings, drafts, votes, tasks, openwebui, parse_until(until), strict, private_only),
        Options(
            threshold=threshold,
            margin=margin,
            incumbent=incumbent,
            horizon=horizon,
            finite_sample=finite_sample,
        ),
        lambda: read_settings(config),
        open_console(),
        open_console(stderr=True),
        as_json=as_json,
    )


@app.command()
def export(
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Made if it does not exist.")],
    until: UntilOption = None,
    keep_raters: Annotated[
        bool, typer.Option("--keep-raters", help="Leave raters' ids instead of numbering them.")
    ] = False,
    private_only: PrivateOnlyOption = False,
    config: ConfigOption = None,
) -> None:
    """Write drafts, ratings and votes as CSV files.

    Raters are numbered in an order drawn for this export alone, and topics and texts stay here.

    \b
    Examples:
      copydesk export --to judgements
      copydesk export --to judgements --until 2026-11-15
    """
    from bot.commands.analyzing import parse_until
    from bot.commands.exporting import ExportOptions, export_files

    options = ExportOptions(to, parse_until(until), keep_raters, private_only)
    export_files(read_settings(config), options, open_console())


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
