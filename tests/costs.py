"""What tests of costs take as given, and weeks of drafts to compute them from."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session

from evaluation.costs import price_draft
from evaluation.costs.assumptions import CloudModel, CostAssumptions, Machine
from evaluation.costs.electricity import Electricity, TariffBand
from evaluation.periods import Period
from evaluation.tables import CostEntry, Draft
from tests.rows import draft_row, request_row

WEEK = Period.parse("2026-W47", "UTC")
AFTER_WEEK = WEEK.end + timedelta(hours=9)

CONTRACT = Electricity(
    (TariffBand(time(0), time(0), 0.15),), source="contract of 2026", as_of=date(2026, 1, 1)
)
MACHINE = Machine(
    price_usd=3999,
    lifetime_years=4,
    resale_usd=0,
    declared_watts=35.0,
    idle_watts=7.0,
    source="invoice",
    as_of=date(2026, 1, 2),
)
SMALL = CloudModel("openai", "gpt-4o-mini")
ASSUMPTIONS = CostAssumptions(CONTRACT, MACHINE, (SMALL,))


def add_costed(
    session: Session,
    at: datetime,
    assumptions: CostAssumptions = ASSUMPTIONS,
    joules: float | None = 45.36,
    scope: str | None = "system",
    busy_seconds: float = 2.031,
    **fields: Any,
) -> Draft:
    """One draft as the bot records it: posted within seconds, with its energy line where there is one."""
    request = request_row(created_at=at - timedelta(seconds=20))
    session.add(request)
    session.flush()
    draft = draft_row(
        request.id,
        **{
            "created_at": at,
            "prompt_tokens": 100,
            "completion_tokens": 200,
            "latency_seconds": busy_seconds,
            "busy_seconds": busy_seconds,
            "energy_joules": joules,
            "energy_scope": scope if joules is not None else None,
            "energy_method": "macmon sys_power" if joules is not None else None,
            "energy_shared_by": 1 if joules is not None else None,
            "channel_id": "C1",
            "message_ts": f"{at.timestamp():.6f}",
            "posted_at": at + timedelta(seconds=1),
            **fields,
        },
    )
    session.add(draft)
    session.flush()
    for line in price_draft(busy_seconds, joules, scope, assumptions, at):
        session.add(CostEntry(draft_id=draft.id, **vars(line)))
    session.flush()
    return draft


def add_week(session: Session, a_day: int = 20, **fields: Any) -> list[Draft]:
    """`a_day` drafts on each of the seven days."""
    return [
        add_costed(session, WEEK.start + timedelta(days=day, minutes=30 + number), **fields)
        for day in range(7)
        for number in range(a_day)
    ]


def flat(price: float, **fields: Any) -> Electricity:
    return Electricity((TariffBand(time(0), time(0), price),), "contract", date(2026, 1, 1), **fields)


def bands(*spans: tuple[str, str, float]) -> Sequence[TariffBand]:
    return tuple(
        TariffBand(time.fromisoformat(start), time.fromisoformat(end), price) for start, end, price in spans
    )


def noon(day: date = date(2026, 11, 18)) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)
