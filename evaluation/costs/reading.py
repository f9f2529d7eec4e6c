"""The drafts of a period with all that costs depend on: four queries, however many drafts."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from sqlalchemy import ColumnElement
from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from evaluation.costs.draft_energy import DECLARED_METHOD, DECLARED_SCOPE, ENERGY, JOULES_PER_KWH
from evaluation.tables import CostEntry, Draft, DraftEdit, DraftRequest, Rating

REMOTE_DEVICE = "remote"
_UNNAMED_SCOPE = "unnamed"


@dataclass(frozen=True)
class DraftFacts:
    """One draft. `joules` and `usd` are None where no cost line was recorded.

    `final_at` is the last edit, or the posting where nobody edited; None for a draft that was not
    posted, was thrown away or deleted. `mean_score` is the mean of the 1–10 scores that stand.
    """

    created_at: datetime
    requested_at: datetime
    prompt_tokens: int
    completion_tokens: int
    busy_seconds: float
    is_elsewhere: bool
    scope: str
    method: str
    joules: float | None
    usd: float | None
    idle_joules: float | None
    shared_by: int | None
    is_posted: bool
    is_gone: bool
    n_edits: int
    n_ratings: int
    mean_score: float | None
    final_at: datetime | None


def read_drafts(session: Session, start: datetime, until: datetime) -> Sequence[DraftFacts]:
    """The drafts written from `start` up to `until`, oldest first."""
    within = (col(Draft.created_at) >= start) & (col(Draft.created_at) < until)
    edits, last_edits = _edits(session, within)
    n_ratings, scores = _ratings(session, within)
    lines = {
        draft_id: (kwh, usd, method)
        for draft_id, kwh, usd, method in session.exec(
            select(CostEntry.draft_id, CostEntry.quantity, CostEntry.amount_usd, CostEntry.method)
            .join(Draft, col(CostEntry.draft_id) == col(Draft.id))
            .where(within, col(CostEntry.kind) == ENERGY)
        )
    }
    rows = session.exec(
        select(Draft, DraftRequest.created_at)
        .join(DraftRequest, col(Draft.request_id) == col(DraftRequest.id))
        .where(within)
        .options(defer(Draft.text), defer(Draft.messages))  # type: ignore[arg-type]
        .order_by(col(Draft.created_at), col(Draft.id))
    )
    return [
        _facts(
            draft,
            requested_at,
            lines.get(draft.id),
            max(edits[draft.id], int(draft.edited_at is not None)),
            last_edits.get(draft.id, draft.edited_at),
            n_ratings[draft.id],
            scores.get(draft.id, ()),
        )
        for draft, requested_at in rows
    ]


def first_draft_at(session: Session) -> datetime | None:
    return session.exec(select(func.min(Draft.created_at))).one()


def _facts(
    draft: Draft,
    requested_at: datetime,
    line: tuple[float, float, str] | None,
    n_edits: int,
    last_edit: datetime | None,
    n_ratings: int,
    scores: Sequence[int],
) -> DraftFacts:
    kwh, usd, method = line or (None, None, "")
    is_gone = draft.discarded_at is not None or draft.deleted_at is not None
    final_at = None if is_gone else max(filter(None, (draft.posted_at, last_edit)), default=None)
    is_declared = method == DECLARED_METHOD
    return DraftFacts(
        created_at=draft.created_at,
        requested_at=requested_at,
        prompt_tokens=draft.prompt_tokens,
        completion_tokens=draft.completion_tokens,
        busy_seconds=draft.latency_seconds if draft.busy_seconds is None else draft.busy_seconds,
        is_elsewhere=draft.device == REMOTE_DEVICE,
        scope=DECLARED_SCOPE if is_declared else draft.energy_scope or _UNNAMED_SCOPE,
        method=method if is_declared else draft.energy_method or method,
        joules=None if kwh is None else kwh * JOULES_PER_KWH,
        usd=usd,
        idle_joules=None if is_declared else draft.energy_idle_joules,
        shared_by=draft.energy_shared_by,
        is_posted=draft.posted_at is not None,
        is_gone=is_gone,
        n_edits=n_edits,
        n_ratings=n_ratings,
        mean_score=fmean(scores) if scores else None,
        final_at=final_at if draft.posted_at is not None else None,
    )


def _edits(session: Session, within: ColumnElement[bool]) -> tuple[Counter[str], dict[str, datetime]]:
    counts: Counter[str] = Counter()
    last: dict[str, datetime] = {}
    for draft_id, n, at in session.exec(
        select(DraftEdit.draft_id, func.count(), func.max(DraftEdit.created_at))
        .join(Draft, col(DraftEdit.draft_id) == col(Draft.id))
        .where(within)
        .group_by(col(DraftEdit.draft_id))
    ):
        counts[draft_id], last[draft_id] = n, at
    return counts, last


def _ratings(session: Session, within: ColumnElement[bool]) -> tuple[Counter[str], dict[str, list[int]]]:
    counts: Counter[str] = Counter()
    scores: dict[str, list[int]] = defaultdict(list)
    for draft_id, score in session.exec(
        select(Rating.draft_id, Rating.score).join(Draft, col(Rating.draft_id) == col(Draft.id)).where(within)
    ):
        counts[draft_id] += 1
        if score is not None:
            scores[draft_id].append(score)
    return counts, scores
