"""The cost report's queries on every database that Copydesk supports, through its own migrations."""

from datetime import timedelta

from sqlmodel import Session

from evaluation.costs.report import build_cost_report
from evaluation.database import Database
from evaluation.tables import DraftEdit
from tests.costs import AFTER_WEEK, ASSUMPTIONS, WEEK, add_week
from tests.reports import add_rating, session_in_memory


def _fill(session: Session) -> None:
    drafts = add_week(session, 2, energy_idle_joules=14.2)
    for number, draft in enumerate(drafts):
        add_rating(session, draft, "U1", score=6 + number % 3)
    session.add(
        DraftEdit(
            delivery_key="e1",
            draft_id=drafts[0].id,
            editor_id="U1",
            text="better",
            created_at=drafts[0].created_at + timedelta(minutes=3),
        )
    )
    drafts[1].discarded_at = drafts[1].created_at
    session.flush()


def test_every_database_gives_the_same_costs(database: Database) -> None:
    with session_in_memory() as session, database.transaction() as stored:
        _fill(session)
        _fill(stored)
        expected = build_cost_report(session, WEEK, ASSUMPTIONS, AFTER_WEEK)

    with database.reading() as reading:
        report = build_cost_report(reading, WEEK, ASSUMPTIONS, AFTER_WEEK)

    assert report == expected
    assert report.business.share_unedited.value == 12 / 14
