"""Drafts: recorded with their scores and costs before they are posted, then found by their place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import count
from random import Random

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from evaluation.costs import CostLine
from evaluation.errors import DraftUnknown, RequestCancelled
from evaluation.heuristics import Score
from evaluation.store.inserting import insert_once
from evaluation.store.requests import lock_request
from evaluation.tables import CostEntry, Draft, HeuristicScore, RequestState

# No vowels, so that no words come about, and no character that reads like another one.
LABEL_ALPHABET = "CDFGHJKMNPQRTVWXY34679"
_TRIES_PER_LENGTH = 20


def record_draft(
    session: Session, draft: Draft, scores: Iterable[Score], costs: Iterable[CostLine], rng: Random
) -> Draft:
    """Keeps a written text with its scores and costs under a new neutral label; its request is WRITTEN.

    All of it or nothing. Where this position of the request already has a draft, that one is
    returned and nothing is written: a text recorded once is never replaced. Returns the row;
    `draft` itself only gives the values. Raises NoResultFound for an unknown request.
    """
    request = lock_request(session, draft.request_id)
    recorded = _draft_at_position(session, draft.request_id, draft.position)
    if recorded is not None:
        return recorded
    labels = neutral_labels(rng)
    draft.label = next(labels)
    while not insert_once(session, draft, "label"):
        draft.label = next(labels)
    session.add_all(HeuristicScore(draft_id=draft.id, **asdict(score)) for score in scores)
    session.add_all(CostEntry(draft_id=draft.id, **asdict(line)) for line in costs)
    request.state, request.error = RequestState.WRITTEN, None
    session.flush()
    return session.get_one(Draft, draft.id)


@dataclass(frozen=True)
class ScoredDraft:
    """A written text with what was measured of it, before it is kept."""

    draft: Draft
    scores: tuple[Score, ...]
    costs: tuple[CostLine, ...]


def record_drafts(session: Session, written: Sequence[ScoredDraft], rng: Random) -> list[Draft]:
    """Keeps all texts of one request, as `record_draft` does: all of them or none.

    Raises RequestCancelled where the request was taken back meanwhile.
    """
    request = lock_request(session, written[0].draft.request_id)
    if request.state is RequestState.CANCELLED:
        raise RequestCancelled(
            f"The request {request.id} was cancelled while it was written. The text was not kept. "
            "Ask for a new one with /draft."
        )
    return [record_draft(session, each.draft, each.scores, each.costs, rng) for each in written]


def neutral_labels(rng: Random) -> Iterator[str]:
    """Labels to try until one is free, such as "Draft K7Q3": they say nothing of model, time or order.

    There are 234,256 of four characters; who has tried many that were taken gets longer ones.
    """
    for attempt in count():
        yield "Draft " + "".join(rng.choices(LABEL_ALPHABET, k=4 + attempt // _TRIES_PER_LENGTH))


def mark_posted(session: Session, draft_id: str, channel_id: str, message_ts: str, at: datetime) -> Draft:
    """Notes where the draft stands in Slack; its request is POSTED. The first place noted stays.

    Raises DraftUnknown.
    """
    request = lock_request(session, _known(session, draft_id).request_id)
    draft = lock_draft(session, draft_id)
    if draft.message_ts is None:
        draft.channel_id, draft.message_ts, draft.posted_at = channel_id, message_ts, at
    request.state, request.error = RequestState.POSTED, None
    return draft


def mark_all_posted(
    session: Session, request_id: str, channel_id: str, message_ts: str, at: datetime
) -> list[Draft]:
    """`mark_posted` for every draft of a request: both halves of a pair stand in one message."""
    drafts = drafts_of_request(session, request_id)
    return [mark_posted(session, draft.id, channel_id, message_ts, at) for draft in drafts]


def mark_deleted(session: Session, draft_id: str, at: datetime) -> Draft:
    """Notes that the draft's message is gone, the first time; it takes no more ratings.

    What was said before stays. Raises DraftUnknown.
    """
    draft = lock_draft(session, draft_id)
    draft.deleted_at = draft.deleted_at or at
    return draft


def mark_edited(session: Session, draft_id: str, at: datetime) -> Draft:
    """Notes the first time that somebody changed the text that raters see: later ratings are of both.

    Its message is to show the change. Raises DraftUnknown.
    """
    draft = lock_draft(session, draft_id)
    draft.edited_at = draft.edited_at or at
    draft.outdated_since = at
    return draft


def mark_discarded(session: Session, draft_id: str, by_user_id: str, at: datetime) -> Draft:
    """Notes who threw the draft away, the first time. It is no rating; the text stays.

    Its message is to say so. Raises DraftUnknown.
    """
    draft = lock_draft(session, draft_id)
    if draft.discarded_at is None:
        draft.discarded_at, draft.discarded_by, draft.outdated_since = at, by_user_id, at
    return draft


def mark_copied(session: Session, draft_id: str, at: datetime) -> Draft:
    """Notes the first time that somebody took the plain text away. Raises DraftUnknown."""
    draft = lock_draft(session, draft_id)
    draft.copied_at = draft.copied_at or at
    return draft


def find_draft(session: Session, draft_id: str) -> Draft | None:
    """The draft with this id, or None."""
    return session.get(Draft, draft_id)


def draft_at(session: Session, channel_id: str, message_ts: str) -> Draft | None:
    """The draft that a message shows, a deleted one too; None for any other message, also for a pair's."""
    shown = session.exec(
        select(Draft).where(Draft.channel_id == channel_id, Draft.message_ts == message_ts)
    ).all()
    return shown[0] if len(shown) == 1 else None


def drafts_of_request(session: Session, request_id: str) -> list[Draft]:
    """What was written for a request: nothing yet, one draft, or the two of a pair."""
    statement = select(Draft).where(Draft.request_id == request_id)
    return list(session.exec(statement.order_by(col(Draft.position))))


# Most writes begin with it. Built once, as to build it takes longer than to run it.
_LOCKED = (
    select(Draft)
    .where(Draft.id == bindparam("draft_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_draft(session: Session, draft_id: str) -> Draft:
    """The draft, which no other transaction can change or rate before this one ends.

    Raises DraftUnknown.
    """
    draft = session.exec(_LOCKED, params={"draft_id": draft_id}).one_or_none()
    return draft if draft is not None else _known(session, draft_id)


def _known(session: Session, draft_id: str) -> Draft:
    draft = find_draft(session, draft_id)
    if draft is None:
        raise DraftUnknown(
            f"There is no draft {draft_id}. Nothing was changed. It may belong to another data folder: "
            "ask for a new one with /draft."
        )
    return draft


def _draft_at_position(session: Session, request_id: str, position: int) -> Draft | None:
    return session.exec(
        select(Draft).where(Draft.request_id == request_id, Draft.position == position)
    ).one_or_none()
