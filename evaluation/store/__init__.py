"""Named reads and writes: the only way in which rows come into being or change.

Each is a plain function that takes a session first, and belongs into `Database.transaction`
or `Database.reading`; in the bot, `await database.run(store.record_draft, draft, …)`. What
must happen once is keyed by the database, so every write may be repeated, from several
threads, processes or machines, with the same outcome on SQLite and on PostgreSQL.
"""

from evaluation.store.audits import (
    assign_audits,
    audit_channels,
    audit_history,
    decline_audit,
    open_audits,
)
from evaluation.store.drafts import (
    ScoredDraft,
    draft_at,
    drafts_of_request,
    find_draft,
    mark_all_posted,
    mark_copied,
    mark_deleted,
    mark_discarded,
    mark_edited,
    mark_posted,
    record_draft,
    record_drafts,
)
from evaluation.store.edits import (
    Correction,
    CurrentText,
    corrections,
    current_text,
    current_texts,
    mark_shown,
    outdated_drafts,
    outdated_requests,
    record_edit,
)
from evaluation.store.guesses import answer_guess, ask_for_guess, guess_of
from evaluation.store.own_drafts import OwnDraft, own_drafts
from evaluation.store.pairs import (
    find_pair,
    pair_at,
    pair_vote_of,
    record_pair,
    record_pair_vote,
    record_vote_reasons,
)
from evaluation.store.people import numbers_of, tell_once, was_told
from evaluation.store.preferences import (
    claim_message,
    preference_of,
    raters_to_write_to,
    save_preference,
)
from evaluation.store.ratings import rating_of, record_rating_event
from evaluation.store.reports import (
    claim_report,
    delivery_of,
    due_deliveries,
    find_report,
    latest_report,
    mark_delivered,
    mark_delivery_failed,
    save_figures,
    uncomputed_reports,
)
from evaluation.store.requests import (
    find_request,
    mark_cancelled,
    mark_failed,
    note_placeholder,
    record_request,
    reopen_request,
    unfinished_request_ids,
    unfinished_requests,
    unfinished_requests_of,
)
from evaluation.store.reveals import NotYet, Told, is_locked, known_to, reveal
from evaluation.store.settings import newest_changes, record_change
from evaluation.store.styles import house_style, newest_styles, save_house_style

__all__ = [
    "Correction",
    "CurrentText",
    "NotYet",
    "OwnDraft",
    "ScoredDraft",
    "Told",
    "answer_guess",
    "ask_for_guess",
    "assign_audits",
    "audit_channels",
    "audit_history",
    "claim_message",
    "claim_report",
    "corrections",
    "current_text",
    "current_texts",
    "decline_audit",
    "delivery_of",
    "draft_at",
    "drafts_of_request",
    "due_deliveries",
    "find_draft",
    "find_pair",
    "find_report",
    "find_request",
    "guess_of",
    "house_style",
    "is_locked",
    "known_to",
    "latest_report",
    "mark_all_posted",
    "mark_cancelled",
    "mark_copied",
    "mark_deleted",
    "mark_delivered",
    "mark_delivery_failed",
    "mark_discarded",
    "mark_edited",
    "mark_failed",
    "mark_posted",
    "mark_shown",
    "newest_changes",
    "newest_styles",
    "note_placeholder",
    "numbers_of",
    "open_audits",
    "outdated_drafts",
    "outdated_requests",
    "own_drafts",
    "pair_at",
    "pair_vote_of",
    "preference_of",
    "raters_to_write_to",
    "rating_of",
    "record_change",
    "record_draft",
    "record_drafts",
    "record_edit",
    "record_pair",
    "record_pair_vote",
    "record_rating_event",
    "record_request",
    "record_vote_reasons",
    "reopen_request",
    "reveal",
    "save_figures",
    "save_house_style",
    "save_preference",
    "tell_once",
    "uncomputed_reports",
    "unfinished_request_ids",
    "unfinished_requests",
    "unfinished_requests_of",
    "was_told",
]
