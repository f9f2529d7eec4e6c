"""`copydesk report`: the figures of a week, as the database has them now."""

from datetime import datetime

from rich.console import Console, Group
from rich.table import Table as RichTable
from rich.text import Text
from sqlmodel import Session

from bot.checks import sqlite_path
from bot.settings import Settings
from evaluation import store
from evaluation.database import open_database
from evaluation.periods import Period
from evaluation.report import build_report
from evaluation.report_document import Report
from evaluation.report_table import report_table
from evaluation.revisions import current_revision

NO_DRAFTS = "There are no drafts yet: {name} has no tables. Start Copydesk with `copydesk run` first."


def print_report(
    settings: Settings, console: Console, now: datetime, week: str | None, as_json: bool
) -> bool:
    """The week named like 2026-W47, or the one so far. False, with a sentence, without a database.

    A week whose report was delivered is shown as it was delivered.
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
            report = _stored(session, period) or build_report(session, period, now, closed=now >= period.end)
    finally:
        database.dispose()
    if as_json:
        console.print_json(report.to_json())
    else:
        console.print(_shown(report))
    return True


def _stored(session: Session, period: Period) -> Report | None:
    """The report of a closed week as it was delivered: later ratings do not change it."""
    run = store.find_report(session, period.label)
    return Report.model_validate(run.figures) if run is not None and run.figures is not None else None


def _shown(report: Report) -> Group:
    words = report_table(report)
    table = RichTable(*words.header, title=Text(report.headline))
    for row in words.rows:
        table.add_row(*(Text(cell) for cell in row))
    return Group(table, *(Text(caveat) for caveat in report.caveats))
