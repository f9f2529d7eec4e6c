"""Audit tasks: drawn at random for a rater, and closed by a rating or a reason.

Which draft a rater is asked about is decided in `evaluation.assignment`; here it gets what it
decides from, and what it drew is kept with the probability of the draw.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from random import Random

from sqlalchemy import bindparam, text, true
from sqlmodel import Session, col, select

from evaluation.assignment import Assignment, Candidate, draw_assignments
from evaluation.errors import AuditTaskUnknown
from evaluation.store.inserting import insert_once
from evaluation.tables import (
    AuditState,
    AuditTask,
    Draft,
    DraftPair,
    DraftRequest,
    PairVoteEvent,
    RatingEvent,
    RatingEventKind,
)


def assign_audits(
    session: Session,
    rater_id: str,
    waiting: int,
    since: datetime,
    now: datetime,
    rng: Random,
    channels: Collection[str] | None = None,
) -> list[tuple[AuditTask, Draft]]:
    """Draws tasks until `waiting` of this rater's are open, and returns all open ones.

    From drafts posted at `since` or later, in one of `channels` where they are given. Asked again, it draws
    only what is missing: tasks that wait stay, so asking more often never gets a rater other drafts.
    """
    _queue_behind_others(session, rater_id)
    missing = waiting - len(open_audits(session, rater_id))
    if missing > 0:
        drawn = draw_assignments(
            rater_id,
            audit_candidates(session, since, channels),
            audit_history(session, rater_id),
            missing,
            rng,
        )
        for assignment in drawn:
            task = AuditTask(
                draft_id=assignment.draft_id,
                rater_id=rater_id,
                block=assignment.block,
                propensity=assignment.propensity,
                drawn_from=list(assignment.drawn_from),
                assigned_at=now,
            )
            insert_once(session, task, "draft_id", "rater_id")
    return open_audits(session, rater_id)


def open_audits(session: Session, rater_id: str) -> list[tuple[AuditTask, Draft]]:
    """What waits for this rater, oldest first; without what is gone, discarded or corrected."""
    statement = (
        select(AuditTask, Draft)
        .join(Draft)
        .where(AuditTask.rater_id == rater_id, AuditTask.state == AuditState.OPEN)
        .where(
            col(Draft.deleted_at).is_(None),
            col(Draft.discarded_at).is_(None),
            col(Draft.edited_at).is_(None),
        )
    )
    return list(session.exec(statement.order_by(col(AuditTask.assigned_at), col(AuditTask.id))))


def decline_audit(session: Session, task_id: str, reason: str, at: datetime) -> AuditTask:
    """Closes a task that its rater will not do, with the reason; a closed one stays as it is.

    Raises AuditTaskUnknown.
    """
    statement = select(AuditTask).where(AuditTask.id == task_id).with_for_update()
    task = session.exec(statement.execution_options(populate_existing=True)).one_or_none()
    if task is None:
        raise AuditTaskUnknown(
            f"There is no audit task {task_id}. Nothing was changed. It may belong to another data "
            "folder: look at the drafts that wait for you now."
        )
    if task.state is AuditState.OPEN:
        task.state, task.decline_reason, task.closed_at = AuditState.DECLINED, reason, at
        session.flush()
    return task


# Each rating asks for it. Built once, as to build it takes longer than to run it.
_OPEN_TASK = select(AuditTask).where(
    AuditTask.draft_id == bindparam("draft_id"),
    AuditTask.rater_id == bindparam("rater_id"),
    AuditTask.state == AuditState.OPEN,
)


def close_audit(session: Session, draft_id: str, rater_id: str, at: datetime) -> None:
    """Notes that a rater has rated a draft, where that was their task. A declined task stays declined."""
    task = session.exec(_OPEN_TASK, params={"draft_id": draft_id, "rater_id": rater_id}).one_or_none()
    if task is not None:
        task.state, task.closed_at = AuditState.RATED, at
        session.flush()


def audit_channels(session: Session, since: datetime) -> list[str]:
    """Where drafts were posted at `since` or later."""
    channels = session.exec(select(Draft.channel_id).where(col(Draft.posted_at) >= since).distinct())
    return sorted(channel_id for channel_id in channels if channel_id is not None)


def audit_candidates(
    session: Session, since: datetime, channels: Collection[str] | None = None
) -> list[Candidate]:
    """Drafts posted at `since` or later that can still be rated as their model wrote them.

    Not those that nobody is to be asked about; with `channels` only what was posted there.
    """
    rows = session.exec(
        select(Draft.id, Draft.model_name, DraftRequest.content_type, DraftRequest.requester_id)
        .join(DraftRequest)
        .where(col(Draft.posted_at) >= since)
        .where(
            col(DraftRequest.rated),
            true() if channels is None else col(Draft.channel_id).in_(channels),
            col(Draft.deleted_at).is_(None),
            col(Draft.edited_at).is_(None),
            col(Draft.discarded_at).is_(None),
        )
    ).all()
    rated_by, opinions_by = _who_said_something(session, since)
    return [
        Candidate(*row, rated_by=frozenset(rated_by[row[0]]), opinions_by=frozenset(opinions_by[row[0]]))
        for row in rows
    ]


def audit_history(session: Session, rater_id: str) -> list[Assignment]:
    """Every task that this rater ever had, declined ones too."""
    rows = session.exec(
        select(AuditTask, Draft.model_name, DraftRequest.content_type)
        .select_from(AuditTask)
        .join(Draft)
        .join(DraftRequest)
        .where(AuditTask.rater_id == rater_id)
        .order_by(col(AuditTask.assigned_at), col(AuditTask.id))
    )
    return [
        Assignment(
            task.draft_id, arm, content_type, task.block, task.propensity, tuple(task.drawn_from or ())
        )
        for task, arm, content_type in rows
    ]


def _who_said_something(
    session: Session, since: datetime
) -> tuple[defaultdict[str, set[str]], defaultdict[str, set[str]]]:
    """By draft, who ever rated it, and whose opinion others could read: also one taken back since.

    A vote on its pair is a judgement of the draft, too.
    """
    said: defaultdict[str, set[str]] = defaultdict(set)
    shown: defaultdict[str, set[str]] = defaultdict(set)
    events = session.exec(
        select(RatingEvent.draft_id, RatingEvent.rater_id, RatingEvent.kind)
        .join(Draft)
        .where(col(Draft.posted_at) >= since)
        .distinct()
    )
    for draft_id, rater_id, kind in events:
        said[draft_id].add(rater_id)
        if kind is RatingEventKind.REACTION_ADDED:
            shown[draft_id].add(rater_id)
    votes = session.exec(
        select(
            DraftPair.left_draft_id, DraftPair.right_draft_id, PairVoteEvent.rater_id, PairVoteEvent.reaction
        )
        .join(PairVoteEvent)
        .join(Draft, col(Draft.id) == col(DraftPair.left_draft_id))
        .where(col(Draft.posted_at) >= since)
        .distinct()
    )
    for left, right, rater_id, reaction in votes:
        for draft_id in (left, right):
            said[draft_id].add(rater_id)
            if reaction is not None:
                shown[draft_id].add(rater_id)
    return said, shown


def _queue_behind_others(session: Session, rater_id: str) -> None:
    """Two draws for one rater at once would both fill the same gap. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtext('audits'), hashtext(:rater_id))")
        session.connection().execute(lock, {"rater_id": rater_id})
