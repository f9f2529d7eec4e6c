"""Drafts as they stand in the database, with what people and heuristics say of each, read a few at a time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum

from sqlmodel import Session, col, or_, select

from evaluation.heuristics import composite
from evaluation.tables import CostEntry, Dimension, Draft, DraftRequest, HeuristicScore, Rating, RatingEvent


@dataclass(frozen=True)
class DraftRecord:
    """One draft and all that is said of it now. `heuristic` is 0–10, `cost_usd` its energy; None: unknown."""

    draft: Draft
    request: DraftRequest
    ratings: tuple[Rating, ...]
    heuristic: float | None
    cost_usd: float | None


def changed_drafts(session: Session, since: datetime | None, until: datetime) -> list[str]:
    """Ids of the drafts written, rated or deleted after `since` (None: ever) up to `until`, oldest first."""
    statement = select(Draft.id).where(Draft.created_at <= until)
    if since is not None:
        rated = select(RatingEvent.draft_id).where(RatingEvent.recorded_at > since)
        deleted = col(Draft.deleted_at) > since
        statement = statement.where(or_(col(Draft.created_at) > since, deleted, col(Draft.id).in_(rated)))
    return list(session.exec(statement.order_by(col(Draft.created_at), col(Draft.id))))


def read_records(session: Session, ids: Sequence[str]) -> list[DraftRecord]:
    """The drafts with these ids, in that order. Four queries."""
    pairs = session.exec(
        select(Draft, DraftRequest).where(Draft.request_id == DraftRequest.id).where(col(Draft.id).in_(ids))
    )
    ratings, scores, costs = _ratings(session, ids), _scores(session, ids), _costs(session, ids)
    records = {
        draft.id: DraftRecord(
            draft=draft,
            request=request,
            ratings=tuple(ratings[draft.id]),
            heuristic=composite(scores[draft.id]),
            cost_usd=fsum(costs[draft.id]) if draft.id in costs else None,
        )
        for draft, request in pairs
    }
    return [records[id_] for id_ in ids if id_ in records]


def _ratings(session: Session, ids: Sequence[str]) -> Mapping[str, list[Rating]]:
    found: dict[str, list[Rating]] = defaultdict(list)
    statement = select(Rating).where(col(Rating.draft_id).in_(ids)).order_by(Rating.rater_id)
    for rating in session.exec(statement):
        found[rating.draft_id].append(rating)
    return found


def _scores(session: Session, ids: Sequence[str]) -> Mapping[str, dict[Dimension, float]]:
    found: dict[str, dict[Dimension, float]] = defaultdict(dict)
    for score in session.exec(select(HeuristicScore).where(col(HeuristicScore.draft_id).in_(ids))):
        found[score.draft_id][score.dimension] = score.value
    return found


def _costs(session: Session, ids: Sequence[str]) -> Mapping[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for entry in session.exec(select(CostEntry).where(col(CostEntry.draft_id).in_(ids))):
        found[entry.draft_id].append(entry.amount_usd)
    return dict(found)
