"""`copydesk costs`: what drafting here costs, three ways, beside the cloud."""

from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Column
from rich.table import Table as RichTable
from rich.text import Text

from bot.commands.reading_database import reading_database
from bot.settings import Settings
from evaluation.costs.document import CostReport
from evaluation.costs.reading import first_draft_at
from evaluation.costs.report import build_cost_report
from evaluation.costs.spans import parse_span
from evaluation.costs.table import clouds_table, lines_table
from evaluation.periods import Period
from evaluation.report_table import Table


def print_costs(
    settings: Settings, console: Console, now: datetime, period: str | None, as_json: bool
) -> None:
    """The costs of a week, a month or everything so far; without `period`, of the week so far.

    Raises BadInput where there is no database, InvalidPeriod for a period that does not exist.
    """
    zone = settings.report.time_zone
    with reading_database(settings) as session:
        span = (
            parse_span(period, zone, first_draft_at(session), now)
            if period is not None
            else Period.containing(now, zone)
        )
        report = build_cost_report(session, span, settings.cost_assumptions, now)
    if as_json:
        console.print_json(report.to_json())
    else:
        console.print(show_costs(report))


def show_costs(report: CostReport) -> Group:
    """The three lines first, always together; then the clouds; then what it means."""
    until = f"{report.until:%Y-%m-%d %H:%M} UTC"
    parts: list[RenderableType] = [Text(f"Costs of {report.period}, up to {until}", style="bold")]
    if report.n_drafts:
        parts.append(_shown(lines_table(report)))
        if report.clouds:
            parts.append(_shown(clouds_table(report)))
    parts.extend(Padding(Text(sentence), (0, 0, 0, 2)) for sentence in report.sentences)
    if report.n_drafts:
        parts.append(Text("How each line is counted", style="bold"))
        parts.extend(Padding(Text(f"{line.title}: {line.definition}"), (0, 0, 0, 2)) for line in report.lines)
    return Group(*parts)


def _shown(table: Table) -> RichTable:
    first, *rest = table.header
    shown = RichTable(Column(first, no_wrap=True), *rest)
    for row in table.rows:
        shown.add_row(*(Text(cell) for cell in row))
    return shown
