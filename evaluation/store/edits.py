"""What people make of a draft after it was posted: corrected texts, each kept, and what Slack is to show."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from evaluation.errors import DraftDeleted, DraftDiscarded, EditOverlapped
from evaluation.store.drafts import lock_draft, mark_edited
from evaluation.store.inserting import insert_once
from evaluation.tables import Draft, DraftEdit


@dataclass(frozen=True)
class CurrentText:
    """What a draft says now; only `text` as long as that is the model's own."""

    text: str
    edit_id: str | None = None
    editor_id: str | None = None
    edited_at: datetime | None = None


@dataclass(frozen=True)
class Correction:
    """What a model wrote and what a person made of it."""

    draft_id: str
    original: str
    corrected: str
    editor_id: str
    at: datetime


def record_edit(session: Session, edit: DraftEdit, based_on: str | None) -> bool:
    """Keeps a corrected text, which is the draft's own from now on; False where it is known already.

    `based_on` is the edit that its editor began from, None for the model's text. One `delivery_key`, one
    edit. Raises DraftUnknown, DraftDeleted, DraftDiscarded, and EditOverlapped where somebody else
    corrected the text meanwhile, with nothing recorded.
    """
    draft = lock_draft(session, edit.draft_id)
    known = select(DraftEdit.id).where(DraftEdit.delivery_key == edit.delivery_key)
    if session.exec(known).first() is not None:
        return False
    if draft.deleted_at is not None:
        raise DraftDeleted(f"{draft.label} was deleted. Nothing was changed. Ask for a new one with /draft.")
    if draft.discarded_at is not None:
        raise DraftDiscarded(
            f"{draft.label} was discarded. Nothing was changed. Ask for a new one with /draft."
        )
    current = current_text(session, draft)
    if current.edit_id != based_on:
        raise EditOverlapped(
            f"{draft.label} was corrected by somebody else meanwhile. Nothing was changed. "
            "Begin again from the text as it is now."
        )
    if current.edited_at is not None:  # a clock that was set back must not let an older text win
        edit.created_at = max(edit.created_at, current.edited_at + timedelta(microseconds=1))
    created = insert_once(session, edit, "delivery_key")
    mark_edited(session, draft.id, edit.created_at)
    return created


def current_text(session: Session, draft: Draft) -> CurrentText:
    """What this draft says now."""
    return current_texts(session, [draft])[draft.id]


def current_texts(session: Session, drafts: Collection[Draft]) -> dict[str, CurrentText]:
    """By draft id, what each says now: the latest correction, else the model's text."""
    texts = {draft.id: CurrentText(draft.text) for draft in drafts}
    statement = select(DraftEdit).where(col(DraftEdit.draft_id).in_(texts))
    for edit in session.exec(statement.order_by(col(DraftEdit.created_at), col(DraftEdit.id))):
        texts[edit.draft_id] = CurrentText(edit.text, edit.id, edit.editor_id, edit.created_at)
    return texts


def outdated_requests(session: Session, since: datetime) -> list[str]:
    """The requests of posted drafts that changed at `since` or later, and whose messages do not show it."""
    statement = select(Draft.request_id).where(
        col(Draft.outdated_since) >= since, col(Draft.message_ts).is_not(None)
    )
    return sorted(set(session.exec(statement)))


def outdated_drafts(session: Session, request_id: str) -> dict[str, datetime]:
    """By draft id, since when the message that shows this request's drafts lags behind them."""
    statement = select(Draft.id, Draft.outdated_since).where(
        Draft.request_id == request_id, col(Draft.message_ts).is_not(None)
    )
    return {draft_id: since for draft_id, since in session.exec(statement) if since is not None}


def mark_shown(session: Session, shown: Mapping[str, datetime]) -> None:
    """Notes that the message shows what changed at these times; what changed since is still to be shown."""
    for draft_id, since in shown.items():
        session.exec(
            update(Draft)
            .where(col(Draft.id) == draft_id, col(Draft.outdated_since) == since)
            .values(outdated_since=None)
        )


def corrections(session: Session, until: datetime | None = None) -> list[Correction]:
    """Every corrected text before `until`, oldest first, beside what the model wrote."""
    statement = select(DraftEdit, Draft).where(DraftEdit.draft_id == Draft.id)
    if until is not None:
        statement = statement.where(col(DraftEdit.created_at) < until)
    return [
        Correction(draft.id, draft.text, edit.text, edit.editor_id, edit.created_at)
        for edit, draft in session.exec(statement.order_by(col(DraftEdit.created_at), col(DraftEdit.id)))
    ]
