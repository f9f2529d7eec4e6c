"""Named reads and writes: the only way in which rows come into being or change.

Each is a plain function that takes a session first, and belongs into `Database.transaction`
or `Database.reading`; in the bot, `await database.run(store.record_draft, draft, …)`. What
must happen once is keyed by the database, so every write may be repeated, from several
threads, processes or machines, with the same outcome on SQLite and on PostgreSQL.
"""

from evaluation.store.drafts import (
    draft_at,
    draft_of_request,
    find_draft,
    mark_deleted,
    mark_posted,
    record_draft,
)
from evaluation.store.people import numbers_of, tell_once, was_told
from evaluation.store.ratings import rating_of, record_rating_event
from evaluation.store.reports import (
    claim_report,
    due_deliveries,
    find_report,
    mark_delivered,
    mark_delivery_failed,
    save_figures,
    uncomputed_reports,
)
from evaluation.store.requests import find_request, mark_failed, record_request, unfinished_requests

__all__ = [
    "claim_report",
    "draft_at",
    "draft_of_request",
    "due_deliveries",
    "find_draft",
    "find_report",
    "find_request",
    "mark_deleted",
    "mark_delivered",
    "mark_delivery_failed",
    "mark_failed",
    "mark_posted",
    "numbers_of",
    "rating_of",
    "record_draft",
    "record_rating_event",
    "record_request",
    "save_figures",
    "tell_once",
    "uncomputed_reports",
    "unfinished_requests",
    "was_told",
]
