"""`copydesk models …`: the declared models and their files. What a command does stands in its own module."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.commands.options import ConfigOption, JsonOption, open_console, read_settings

NamesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]…", help="Models under [models]; all without a name.")
]
NameArgument = Annotated[str, typer.Argument(help="The model's name under [models] in copydesk.toml.")]

models = typer.Typer(rich_markup_mode=None)


@models.callback(invoke_without_command=True)
def list_or_go_on(ctx: typer.Context) -> None:
    """The declared models and their files.

    \b
    Examples:
      copydesk models
      copydesk models list --config team.toml
      copydesk models fit
      copydesk models pull qwen3-4b-instruct
    """
    if ctx.invoked_subcommand is None:
        list_models()


@models.command("list")
def list_models(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Show the models, their licences, what they write and which are on this machine.

    `copydesk models` alone does the same.

    \b
    Examples:
      copydesk models list
      copydesk models list --config team.toml
      copydesk models list --json
    """
    from bot.commands.listing import print_models

    print_models(read_settings(config), open_console(), as_json=as_json)


@models.command("fit")
def fit_models(
    names: NamesArgument = None,
    context: Annotated[
        int | None,
        typer.Option(min=1, metavar="TOKENS", help="What one text reads and writes; as the server reserves."),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(min=1, metavar="TEXTS", help="Texts written at once; as the server reserves."),
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="Instead of the declared one: float32, float16, bfloat16 or int8.")
    ] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option("--beside", metavar="NAME", help="A model that is in memory already; may be repeated."),
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Compute whether models fit this machine.

    Needs only a model's config.json: from this machine, else from the hub. Ends with status 1 if a
    model that was named does not fit.

    \b
    Examples:
      copydesk models fit
      copydesk models fit qwen3-4b-instruct --context 8192 --rows 4 --precision bfloat16
      copydesk models fit qwen3-4b-instruct --beside llama-3-2-3b-instruct
      copydesk models fit --json
    """
    from bot.commands.fitting import print_fit

    settings, console = read_settings(config), open_console()
    if not print_fit(settings, console, names or [], context, rows, beside or [], precision, as_json):
        raise typer.Exit(1)


@models.command("discover")
def discover_models(
    words: Annotated[
        str | None, typer.Argument(metavar="[WORDS]", help="What the model's id must contain.")
    ] = None,
    at_least: Annotated[
        float, typer.Option(min=0, metavar="BILLIONS", help="The least number of parameters.")
    ] = 1.0,
    at_most: Annotated[
        float, typer.Option(min=0, metavar="BILLIONS", help="The largest number of parameters.")
    ] = 10.0,
    downloads: Annotated[int, typer.Option(min=0, help="The least downloads in 30 days.")] = 50_000,
    months: Annotated[float, typer.Option(min=0, help="Changed within so many months.")] = 12.0,
    task: Annotated[str, typer.Option(help="The hub's name of the task.")] = "text-generation",
    any_licence: Annotated[
        bool, typer.Option("--any-licence", help="Also without a licence known to allow commercial use.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many to show.")] = 20,
    as_toml: Annotated[
        bool, typer.Option("--toml", help="Declarations of those that fit, for copydesk.toml.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Search the hub for models to use, and see which fit this machine.

    \b
    Examples:
      copydesk models discover
      copydesk models discover qwen --at-most 4 --months 6
      copydesk models discover --any-licence --json
      copydesk models discover smollm --at-least 0.3 --toml >> copydesk.toml
    """
    from bot.commands.discovering import print_discovered
    from generation.discovery import Criteria

    criteria = Criteria(
        task=task,
        least_parameters=round(at_least * 1e9),
        most_parameters=round(at_most * 1e9),
        least_downloads=downloads,
        updated_within_months=months,
        commercial_only=not any_licence,
        words=words,
        limit=limit,
    )
    style = "json" if as_json else "toml" if as_toml else "table"
    print_discovered(read_settings(config), open_console(), criteria, datetime.now(UTC), style)


@models.command("pull")
def pull_model(
    name: NameArgument,
    convert: Annotated[
        bool | None,
        typer.Option(
            "--convert/--no-convert",
            help="Make safetensors of pickled weights where there are no others; asked if not given.",
        ),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Fetch a model from the hub, after showing its licence.

    A pull that was stopped goes on where it was. Ends with status 130 after Ctrl-C.

    \b
    Examples:
      copydesk models pull qwen3-4b-instruct
      copydesk models pull dialogpt-medium --convert
      HF_TOKEN=… copydesk models pull llama-3-2-3b-instruct
    """
    from bot.commands.pulling import pull_with_progress

    pull_with_progress(read_settings(config), name, convert, open_console())


@models.command("remove")
def remove_model(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Without asking.")] = False,
    config: ConfigOption = None,
) -> None:
    """Take a pulled model off this machine, after a question.

    Only what `copydesk models pull` fetched: starter models and folders of yours stay. Ends with
    status 1 if nothing was removed.

    \b
    Examples:
      copydesk models remove qwen3-4b-instruct
      copydesk models remove qwen3-4b-instruct --yes
    """
    from bot.commands.removing import remove_after_question

    if not remove_after_question(read_settings(config), name, yes, open_console()):
        raise typer.Exit(1)


@models.command("verify")
def verify_models(
    names: NamesArgument = None, as_json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Read every byte of the models on this machine, and compare it with what was pulled.

    Ends with status 1 if a model is damaged, or if one that was named is missing.

    \b
    Examples:
      copydesk models verify
      copydesk models verify qwen3-4b-instruct
      copydesk models verify --json
    """
    from bot.commands.verifying import print_verdicts

    if not print_verdicts(read_settings(config), open_console(), names or [], as_json):
        raise typer.Exit(1)
