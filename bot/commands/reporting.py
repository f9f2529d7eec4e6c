"""`copydesk report`: the figures of a week, as the database has them now."""

import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text
from sqlmodel import Session

from bot import tracking
from bot.checks import sqlite_path
from bot.commands.module import run_module
from bot.errors import BadInput
from bot.settings import Settings
from evaluation import store
from evaluation.analysis.options import Options
from evaluation.database import open_database
from evaluation.periods import Period
from evaluation.report import build_report
from evaluation.report_document import REPORT_VERSION, Report
from evaluation.report_table import report_table
from evaluation.revisions import current_revision

RUN_ID = re.compile(r"[0-9a-zA-Z_-]{1,64}")
NO_DRAFTS = "There are no drafts yet: {name} has no tables. Start Copydesk with `copydesk run` first."


@dataclass(frozen=True)
class ReportOutput:
    """How a report is shown: as a document on the screen, or as files; with neither, as a table."""

    as_json: bool = False
    html: Path | None = None
    markdown: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(path for path in (self.html, self.markdown) if path is not None)


def print_report(
    settings: Settings, console: Console, now: datetime, week: str | None, output: ReportOutput
) -> bool:
    """The week named like 2026-W47, or the one so far. False, with a sentence, without a database.

    A week whose report was delivered is shown as it was delivered. Raises BadInput where a file cannot be
    written.
    """
    path = sqlite_path(settings.database_url)
    database = open_database(settings.database_url)
    try:
        if (path is not None and not path.exists()) or current_revision(database) is None:
            console.print(Text(NO_DRAFTS.format(name=database.name)), soft_wrap=True)
            return False
        zone = settings.report.time_zone
        period = Period.parse(week, zone) if week else Period.containing(now, zone)
        with database.reading() as session:
            report = _stored(session, period) or build_report(
                session,
                period,
                now,
                closed=now >= period.end,
                options=Options(threshold=settings.report.threshold),
                assumptions=settings.cost_assumptions,
            )
    finally:
        database.dispose()
    _show(report, console, output)
    return True


def print_logged_report(settings: Settings, console: Console, run_id: str, output: ReportOutput) -> None:
    """The report of a run in MLflow, which alone is asked. Raises BadInput where there is none."""
    if RUN_ID.fullmatch(run_id) is None:
        raise BadInput(f"{run_id!r} is no run's id. `copydesk mlflow` shows the runs and their ids.")
    job = tracking.read_job(settings, run_id)
    logged = run_module(tracking.MODULE, document=job.model_dump_json())
    _show(Report.from_json(logged), console, output)


def _show(report: Report, console: Console, output: ReportOutput) -> None:
    if output.files:
        _write_files(report, output)
        for path in output.files:
            console.print(Text(f"Written: {path}"), soft_wrap=True)
    if output.as_json:
        console.print_json(report.to_json())
    elif not output.files:
        console.print(_shown(report))


def _write_files(report: Report, output: ReportOutput) -> None:
    """In a process of its own, which loads what draws."""
    arguments = [sys.executable, "-m", "evaluation.pages"]
    for option, path in (("--html", output.html), ("--markdown", output.markdown)):
        if path is not None:
            arguments += [option, str(path.absolute())]
    done = subprocess.run(arguments, input=report.to_json().encode(), stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        last_words = done.stderr.decode(errors="replace").strip().rsplit("\n", 1)[-1]
        raise BadInput(f"The report could not be written: {last_words}. Nothing else was changed.")


def _stored(session: Session, period: Period) -> Report | None:
    """The report of a closed week as it was delivered: later ratings do not change it.

    None as well for one that an earlier version delivered, with other figures: it is computed anew.
    """
    run = store.find_report(session, period.label)
    if run is None or run.figures is None or run.figures.get("schema_version") != REPORT_VERSION:
        return None
    return Report.model_validate(run.figures)


def _shown(report: Report) -> Group:
    words = report_table(report)
    table = RichTable(*words.header, title=Text(report.headline))
    for row in words.rows:
        table.add_row(*(Text(cell) for cell in row))
    parts: list[RenderableType] = [table]
    for title, sentences in (
        ("What changed since last week", report.changes),
        ("What we still can't tell", report.unknowns),
        ("By kind of text", tuple(f"{each.content_type}: {each.finding}" for each in report.content_types)),
        ("Keep in mind", report.caveats),
    ):
        if sentences:
            parts += [Text(title, style="bold"), *(Text(f"  {sentence}") for sentence in sentences)]
    return Group(*parts)
