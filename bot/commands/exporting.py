"""`copydesk export`: the judgements of the database as CSV files, for any program."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import SystemRandom
from secrets import token_bytes

from rich.console import Console
from rich.text import Text

from bot.commands.reading_database import reading_database
from bot.errors import BadInput
from bot.settings import Settings
from evaluation.analysis.database import read_observations
from evaluation.analysis.export import with_hashed_editors, with_pseudonyms, write_files
from evaluation.store import corrections

KEY_BYTES = 32


@dataclass(frozen=True)
class ExportOptions:
    """Where to, until when, whether raters keep their ids, and whether only what nobody could see counts."""

    folder: Path
    until: datetime | None = None
    keep_raters: bool = False
    private_only: bool = False


def export_files(settings: Settings, options: ExportOptions, console: Console) -> None:
    """Writes what an analysis of the database would see, and every corrected text; all files, or none.

    Raters are rater-01, rater-02, … in an order drawn anew each time, unless they keep their ids; editors
    are digests under a key drawn anew each time.
    """
    with reading_database(settings) as session:
        found = read_observations(session, options.until, private_only=options.private_only)
        corrected = corrections(session, options.until)
    observations = found.observations
    if not options.keep_raters:
        observations = with_pseudonyms(observations, SystemRandom())
        corrected = with_hashed_editors(corrected, token_bytes(KEY_BYTES))
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        paths = write_files(observations, options.folder, found.circumstances, corrected)
    except FileExistsError as error:
        raise BadInput(
            f"{error.args[0] if error.filename is None else error.filename} exists and was left as it is. "
            "Nothing was written. Name another folder, or move the file away."
        ) from error
    except OSError as error:
        raise BadInput(
            f"{options.folder} cannot be written to: {error.strerror or error}. Name another folder."
        ) from error
    for sentence in found.left_out.sentences():
        console.print(Text(sentence), soft_wrap=True)
    names = "under their own ids" if options.keep_raters else "under names drawn for this export alone"
    console.print(
        Text(
            f"Wrote {len(observations.drafts):,} drafts, {len(observations.ratings):,} ratings, "
            f"{len(observations.votes):,} votes, {len(found.circumstances.tasks):,} audit tasks and "
            f"{len(corrected):,} corrected texts to {options.folder}; people stand there {names}."
        ),
        soft_wrap=True,
    )
    drafts, ratings, votes, tasks, _ = paths
    console.print(
        Text(f"copydesk analyze --ratings {ratings} --drafts {drafts} --votes {votes} --tasks {tasks}"),
        soft_wrap=True,
    )
