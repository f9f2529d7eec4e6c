"""`copydesk report`: a week on the screen, as a document, and as files."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.commands.reporting import ReportOutput, print_report
from bot.errors import BadInput
from bot.settings import Settings, load_settings
from evaluation.blinding import for_raters
from evaluation.database import open_database
from evaluation.pages.sections import write_sections
from evaluation.report_document import Report
from evaluation.revisions import upgrade
from evaluation.tables import ReportRun
from tests.reports import AFTER_WEEK, WEEK, add_scored

HIGH, LOW = [8, 9, 8, 9, 8, 9] * 4, [3, 4, 3, 4, 3, 4] * 4


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    config = tmp_path / "copydesk.toml"
    config.write_text('[report]\ntime_zone = "Europe/Berlin"\nthreshold = 6.5\n', encoding="utf-8")
    settings = load_settings(config, {"COPYDESK_DATA_DIR": str(tmp_path / "data")}, tmp_path)
    (tmp_path / "data").mkdir()
    upgrade(settings.database_url)
    database = open_database(settings.database_url)
    with database.transaction() as session:
        add_scored(session, "high", HIGH, raters=6)
        add_scored(session, "low", LOW, raters=6)
    database.dispose()
    return settings


def shown(
    settings: Settings, output: ReportOutput, now: datetime = AFTER_WEEK, week: str | None = None
) -> str:
    console = Console(file=StringIO(), width=240)
    assert print_report(settings, console, now, week or WEEK.label, output)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_finding_stands_first_and_caveats_last(settings: Settings) -> None:
    text = shown(settings, ReportOutput())

    assert text.index("high writes best, and reaches the required 6.5") < text.index("good enough")
    assert text.index("good enough") < text.index("Keep in mind")


def test_json_is_the_whole_document(settings: Settings) -> None:
    report = Report.from_json(shown(settings, ReportOutput(as_json=True)))

    assert report.analysis.threshold == 6.5
    assert [line.model for line in report.ranked] == ["high", "low"]


def test_the_costs_of_the_week_are_part_of_it(settings: Settings) -> None:
    report = Report.from_json(shown(settings, ReportOutput(as_json=True)))

    assert report.costs is not None
    assert report.costs.n_drafts == report.counts.drafts == 48
    assert Report.from_json(report.to_json()) == report
    assert for_raters(report, revealed=False).costs == report.costs
    titles = {section.title: section for section in write_sections(report)}
    assert titles["Cost"].sentences
    assert titles["Cost"].tables[0][1].rows[0][0].startswith("Marginal")


def test_what_one_more_draft_costs_is_not_shown_in_an_open_week(settings: Settings) -> None:
    text = shown(settings, ReportOutput(as_json=True), now=WEEK.end - timedelta(hours=1))
    report = Report.from_json(text)

    assert (report.closed, report.costs is None) == (False, False)
    assert for_raters(report, revealed=True).costs is None


def test_files_are_written_and_named(settings: Settings, tmp_path: Path) -> None:
    html, markdown = tmp_path / "week.html", tmp_path / "week.md"

    text = shown(settings, ReportOutput(html=html, markdown=markdown))

    assert text.splitlines() == [f"Written: {html}", f"Written: {markdown}"]
    assert "high writes best" in html.read_text("utf-8")
    assert "high writes best" in markdown.read_text("utf-8")


def test_a_file_that_cannot_be_written_is_refused_in_a_sentence(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"could not be written: .*week\.html"):
        shown(settings, ReportOutput(html=tmp_path / "missing" / "week.html"))


def test_a_week_that_an_earlier_version_reported_is_computed_anew(settings: Settings) -> None:
    database = open_database(settings.database_url)
    with database.transaction() as session:
        old = ReportRun(key=WEEK.label, period=WEEK.label, closed=True, claimed_at=datetime.now(UTC))
        old.figures = {"schema_version": 1}
        session.add(old)
    database.dispose()

    assert "high writes best" in shown(settings, ReportOutput())
