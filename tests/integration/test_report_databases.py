"""The report's queries on every database that Copydesk supports, through its own migrations."""

from datetime import timedelta

from evaluation.database import Database
from evaluation.periods import ReportSchedule
from evaluation.report import build_report, weeks_without_report
from evaluation.report_document import Report
from tests.reports import AFTER_WEEK, WEEK, add_draft, add_rating, add_scored, session_in_memory


def test_every_database_gives_the_same_report(database: Database) -> None:
    scores = {"high": [8, 9, 8, 9, 8, 9] * 3, "low": [3, 4, 3, 4, 3, 4] * 3, "few": [5]}
    with session_in_memory() as session, database.transaction() as stored:
        for place in (session, stored):
            for model, given in scores.items():
                add_scored(place, model, given)
            deleted = add_draft(place, "low", deleted_at=AFTER_WEEK, substitute_for="high", costs=())
            add_rating(place, deleted, "U9", score=10, thumb=1)
            add_rating(place, add_draft(place, "low", at=WEEK.start - timedelta(hours=1)), "U8", thumb=-1)
        expected = build_report(session, WEEK, AFTER_WEEK, closed=True)
        assert weeks_without_report(stored, ReportSchedule(), AFTER_WEEK)

    with database.reading() as reading:
        report = build_report(reading, WEEK, AFTER_WEEK, closed=True)

    assert report == expected
    assert Report.from_json(report.to_json()) == report
