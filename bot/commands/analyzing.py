"""`copydesk analyze`: the whole analysis of plain files, of Open WebUI's export, or of the database."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import typer
from numpy import isnan
from rich.console import Console
from rich.text import Text

from bot.commands.analysis_text import show_analysis
from bot.commands.interruption import INTERRUPTED
from bot.commands.reading_database import reading_database
from bot.errors import BadInput
from bot.settings import Settings
from evaluation.analysis.analyze import analyze
from evaluation.analysis.database import read_observations
from evaluation.analysis.document import Source
from evaluation.analysis.files import FilesRead, read_files
from evaluation.analysis.left_out import LeftOut
from evaluation.analysis.openwebui import read_openwebui
from evaluation.analysis.options import Options
from evaluation.statistics.observations import Observations

FAULTS_SHOWN: Final = 10


@dataclass(frozen=True)
class Sources:
    """Where judgements come from: CSV files, an export, or, with none named, the database."""

    ratings: Path | None = None
    drafts: Path | None = None
    votes: Path | None = None
    tasks: Path | None = None
    openwebui: Path | None = None
    until: datetime | None = None
    strict: bool = False
    private_only: bool = False

    def check(self) -> None:
        """Raises BadInput for what does not go together."""
        if self.ratings is not None and self.openwebui is not None:
            raise BadInput("Name --ratings or --openwebui, not both: analyze one after the other.")
        if self.ratings is None and any((self.drafts, self.votes, self.tasks)):
            raise BadInput("--drafts, --votes and --tasks go with --ratings: name the ratings, too.")
        if self.private_only and self.openwebui is not None:
            raise BadInput(
                "--private-only does not go with --openwebui: its export does not say what could be seen. "
                "Leave it out."
            )


def print_analysis(
    sources: Sources,
    options: Options,
    read_settings: Callable[[], Settings],
    output: Console,
    messages: Console,
    *,
    as_json: bool,
) -> None:
    """Reads, analyses and prints: the document to `output`, all about reading it to `messages`.

    `read_settings` is asked only for the database. Ctrl-C ends it with status 130; there is nothing
    to lose, because nothing is written.
    """
    sources.check()
    try:
        with _progress(messages) as tell:
            observations, source = _read(sources, read_settings, messages, tell)
            _check_options(options, observations)
            tell("Analysing…")
            analysis = analyze(observations, options, source)
    except KeyboardInterrupt:
        messages.print(Text("Stopped. Nothing was written."))
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        output.print_json(analysis.model_dump_json())
    else:
        output.print(show_analysis(analysis))


def parse_until(text: str | None) -> datetime | None:
    """A day, which is included as a whole (UTC), or an instant, before which things count."""
    if text is None:
        return None
    try:
        if len(text) <= len("2026-11-20"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise BadInput(
            f"--until {text} is no date. Write it like 2026-11-20 or 2026-11-20T14:30:00Z."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _check_options(options: Options, observations: Observations) -> None:
    """Raises BadInput for questions that these judgements cannot answer."""
    names = observations.labels.models
    if options.incumbent is not None and options.incumbent not in names:
        raise BadInput(
            f"--incumbent {options.incumbent} is none of the models: {', '.join(names) or 'there are none'}."
        )
    ratings = observations.ratings
    if options.horizon is not None and bool((isnan(ratings.at) & ~isnan(ratings.score)).any()):
        raise BadInput(
            "--horizon counts looks by weeks, and some scores have no time: fill the column `at`, or leave "
            "--horizon out."
        )


def _read(
    sources: Sources,
    read_settings: Callable[[], Settings],
    messages: Console,
    tell: Callable[[str], None],
) -> tuple[Observations, Source]:
    if sources.ratings is None and sources.openwebui is None:
        tell("Reading the database…")
        with reading_database(read_settings()) as session:
            found = read_observations(session, sources.until, private_only=sources.private_only)
        for sentence in found.left_out.sentences():
            messages.print(Text(sentence), soft_wrap=True)
        return found.observations, found.source
    if sources.openwebui is not None:
        tell(f"Reading {sources.openwebui.name}…")
        read = read_openwebui(sources.openwebui, sources.until, sources.strict)
    elif sources.ratings is not None:
        read = read_files(
            sources.ratings,
            sources.drafts,
            sources.votes,
            sources.until,
            sources.strict,
            lambda name, rows: tell(f"Reading {name}: {rows:,} rows…"),
            tasks=sources.tasks,
            private_only=sources.private_only,
        )
    for sentence in reading_sentences(read):
        messages.print(Text(sentence), soft_wrap=True)
    return read.observations, read.source


def reading_sentences(read: FilesRead) -> tuple[str, ...]:
    """What was set aside, left out or read in an unusual way."""
    shown = [str(fault) for fault in read.faults[:FAULTS_SHOWN]]
    hidden = read.n_set_aside - len(shown)
    return (
        *(f"Set aside: {fault}" for fault in shown),
        *([f"Set aside: {hidden:,} more rows. --strict stops at the first."] if hidden else []),
        *([f"{read.n_superseded:,} judgements were replaced by later ones."] if read.n_superseded else []),
        *([f"{read.n_later:,} judgements came later than --until."] if read.n_later else []),
        *LeftOut(after_others=read.n_after_others).sentences(),
        *read.notes,
    )


def _progress(messages: Console) -> AbstractContextManager[Callable[[str], None]]:
    """A line that says what is being done, where somebody looks; nothing in files and pipes."""
    if not messages.is_terminal:
        return nullcontext(lambda _: None)
    return _Spinner(messages)


class _Spinner(AbstractContextManager[Callable[[str], None]]):
    def __init__(self, console: Console) -> None:
        self._status = console.status("Reading…")

    def __enter__(self) -> Callable[[str], None]:
        self._status.start()
        return lambda words: self._status.update(Text(words))

    def __exit__(self, *_: object) -> None:
        self._status.stop()
