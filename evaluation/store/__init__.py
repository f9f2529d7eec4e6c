"""Named reads and writes: the only way in which rows come into being or change.

Each is a plain function that takes a session first, and belongs into `Database.transaction`
or `Database.reading`; in the bot, `await database.run(store.record_draft, draft, …)`. What
must happen once is keyed by the database, so every write may be repeated, from several
threads, processes or machines, with the same outcome on SQLite and on PostgreSQL.
"""

from evaluation.store.audits import (
    assign_audits,
    audit_candidates,
    audit_history,
    decline_audit,
    open_audits,
)
from evaluation.store.drafts import (
    draft_at,
    draft_of_request,
    find_draft,
    mark_deleted,
    mark_discarded,
    mark_edited,
    mark_posted,
    record_draft,
)
from evaluation.store.guesses import answer_guess, ask_for_guess, guess_of
from evaluation.store.pairs import find_pair, pair_vote_of, record_pair, record_pair_vote
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
    "answer_guess",
    "ask_for_guess",
    "assign_audits",
    "audit_candidates",
    "audit_history",
    "claim_report",
    "decline_audit",
    "draft_at",
    "draft_of_request",
    "due_deliveries",
    "find_draft",
    "find_pair",
    "find_report",
    "find_request",
    "guess_of",
    "mark_deleted",
    "mark_delivered",
    "mark_delivery_failed",
    "mark_discarded",
    "mark_edited",
    "mark_failed",
    "mark_posted",
    "numbers_of",
    "open_audits",
    "pair_vote_of",
    "rating_of",
    "record_draft",
    "record_pair",
    "record_pair_vote",
    "record_rating_event",
    "record_request",
    "save_figures",
    "tell_once",
    "uncomputed_reports",
    "unfinished_requests",
    "was_told",
]
