"""Reports: claimed by one process, computed once, delivered to each place once.

Which closed weeks lack a report is asked in `evaluation.report.weeks_without_report`.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from evaluation.store.inserting import insert_once
from evaluation.tables import Delivery, DeliveryTarget, ReportRun

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)


def claim_report(
    session: Session, key: str, period: str, closed: bool, channel_id: str | None, now: datetime
) -> ReportRun | None:
    """The row of a report that is now ours to compute, or None when its key was claimed before.

    Of any number of callers, on any number of machines, one gets the row.
    """
    claim = ReportRun(key=key, period=period, closed=closed, channel_id=channel_id, claimed_at=now)
    return session.get_one(ReportRun, claim.id) if insert_once(session, claim, "key") else None


def find_report(session: Session, key: str) -> ReportRun | None:
    """The report of this key, such as `2026-W47` for a closed week; None if nobody claimed it."""
    return session.exec(select(ReportRun).where(ReportRun.key == key)).one_or_none()


def latest_report(session: Session) -> ReportRun | None:
    """The newest computed report of a closed week; None before the first."""
    statement = select(ReportRun).where(col(ReportRun.closed), col(ReportRun.figures).is_not(None))
    return session.exec(statement.order_by(col(ReportRun.period).desc()).limit(1)).first()


def uncomputed_reports(session: Session) -> list[ReportRun]:
    """Reports that were claimed but have no figures yet, oldest claim first, then oldest week."""
    statement = select(ReportRun).where(col(ReportRun.figures).is_(None))
    in_order = (col(ReportRun.claimed_at), col(ReportRun.period), col(ReportRun.id))
    return list(session.exec(statement.order_by(*in_order)))


def save_figures(
    session: Session,
    report_id: str,
    figures: dict[str, Any],
    targets: Iterable[DeliveryTarget],
    now: datetime,
) -> ReportRun:
    """Keeps the figures with one due delivery to each target, all or nothing. The first figures stay.

    Raises NoResultFound for a report that was never claimed.
    """
    statement = select(ReportRun).where(ReportRun.id == report_id).with_for_update()
    report = session.exec(statement.execution_options(populate_existing=True)).one()
    if report.figures is None:
        report.figures = figures
    for target in targets:
        delivery = Delivery(report_id=report_id, target=target, next_attempt_at=now)
        insert_once(session, delivery, "report_id", "target")
    return report


def due_deliveries(session: Session, now: datetime) -> list[tuple[Delivery, ReportRun]]:
    """What is to be delivered at `now`, each with its report: oldest report first, targets in their order."""
    statement = (
        select(Delivery, ReportRun)
        .join(ReportRun)
        .where(col(Delivery.delivered_at).is_(None), Delivery.next_attempt_at <= now)
    )
    order = list(DeliveryTarget)
    return sorted(
        session.exec(statement),
        key=lambda due: (due[1].claimed_at, due[1].period, due[1].id, order.index(due[0].target)),
    )


def delivery_of(session: Session, report_id: str, target: DeliveryTarget) -> Delivery | None:
    """How far one part of a report is; None for a part that this report does not have."""
    statement = select(Delivery).where(Delivery.report_id == report_id, Delivery.target == target)
    return session.exec(statement).one_or_none()


def mark_delivered(session: Session, delivery_id: str, external_id: str | None, at: datetime) -> Delivery:
    """Notes that the report arrived, and under which id there; never due again. The first time counts."""
    delivery = _lock_delivery(session, delivery_id)
    if delivery.delivered_at is None:
        delivery.attempts += 1
        delivery.delivered_at, delivery.external_id, delivery.last_error = at, external_id, None
    return delivery


def mark_delivery_failed(session: Session, delivery_id: str, error: str, now: datetime) -> Delivery:
    """Notes an attempt that failed and when to try again: after 1 min, 2, 4, … at most 6 h."""
    delivery = _lock_delivery(session, delivery_id)
    if delivery.delivered_at is None:
        delivery.attempts += 1
        delivery.last_error = error
        delivery.next_attempt_at = now + retry_delay(delivery.attempts)
    return delivery


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after this many failed attempts (at least 1)."""
    doublings = min(attempts - 1, 16)  # beyond the longest delay; keeps the product finite
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)


def _lock_delivery(session: Session, delivery_id: str) -> Delivery:
    statement = select(Delivery).where(Delivery.id == delivery_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one()
