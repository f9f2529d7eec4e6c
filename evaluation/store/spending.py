"""What the drafts of a period cost, kind by kind of cost."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from math import fsum

from sqlmodel import Session, col, select

from evaluation.tables import CostEntry, Draft


@dataclass(frozen=True)
class CostTotal:
    """All cost lines of one kind and unit. `methods` say how their quantities were found."""

    kind: str
    unit: str
    n_drafts: int
    quantity: float
    amount_usd: float
    methods: tuple[str, ...]


def cost_totals(session: Session, start: datetime, end: datetime) -> list[CostTotal]:
    """Of the drafts written from `start` up to, but not including, `end`. Empty where nothing was."""
    statement = select(CostEntry).where(CostEntry.draft_id == Draft.id)
    within = statement.where(col(Draft.created_at) >= start, col(Draft.created_at) < end)
    lines: dict[tuple[str, str], list[CostEntry]] = defaultdict(list)
    for line in session.exec(within.order_by(CostEntry.kind, CostEntry.method)):
        lines[line.kind, line.unit].append(line)
    return [
        CostTotal(
            kind,
            unit,
            n_drafts=len(entries),
            quantity=fsum(entry.quantity for entry in entries),
            amount_usd=fsum(entry.amount_usd for entry in entries),
            methods=tuple(dict.fromkeys(entry.method for entry in entries)),
        )
        for (kind, unit), entries in lines.items()
    ]
