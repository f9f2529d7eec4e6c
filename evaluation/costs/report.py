"""build_cost_report: what a period's drafts cost, in three ways, and what the cloud would have taken.

`reading` reads, `lines`, `clouds` and `estimates` compute, `words` says it, `document` is what comes out.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from math import fsum
from statistics import median

import numpy as np
from sqlmodel import Session

from evaluation.costs.assumptions import CostAssumptions
from evaluation.costs.cloud_prices import price_tables, price_usd
from evaluation.costs.clouds import PriceOf, Span, compare_with
from evaluation.costs.document import Assumptions, Business, CostReport, EnergyByScope
from evaluation.costs.estimates import estimate_mean, estimate_share
from evaluation.costs.lines import Basis, capacity_per_day, human_line, three_lines
from evaluation.costs.reading import DraftFacts, read_drafts
from evaluation.costs.words import cost_sentences
from evaluation.errors import InvalidPeriod
from evaluation.periods import Period, find_zone

WHOLE_MACHINE = "system"
SCOPES = (WHOLE_MACHINE, "soc", "accelerator", "declared")


def build_cost_report(
    session: Session,
    period: Period,
    assumptions: CostAssumptions,
    now: datetime,
    price_of: PriceOf = price_usd,
) -> CostReport:
    """The costs of the drafts written in `period`, up to `now` where it is not over.

    Reads only; the same rows, assumptions, price tables and `now` give the same report. Drafts of
    other servers are counted apart: their machine is not this one. Where meters saw different things
    in the period, the lines rest on the drafts of the kind of meter that saw most of them; all kinds
    stand in `energy`. Linear in the drafts.

    Raises InvalidPeriod for a period that has not begun.
    """
    if now <= period.start:
        raise InvalidPeriod(f"{period.label} has not begun. Ask for one that has, such as the week so far.")
    span = Span(period.start, min(period.end, now), find_zone(period.time_zone))
    written = read_drafts(session, span.start, span.until)
    here = [draft for draft in written if not draft.is_elsewhere]
    energy = energy_by_scope(here)
    basis = _basis(here, energy, span, assumptions)
    business = _business(basis)
    lines = three_lines(basis, business.share_accepted, business.share_unedited)
    human = human_line(basis)
    tables = price_tables(now)
    report = CostReport(
        period=period.label,
        time_zone=period.time_zone,
        start=span.start,
        until=span.until,
        generated_at=now,
        n_drafts=len(here),
        n_elsewhere=len(written) - len(here),
        n_without_energy=sum(draft.usd is None for draft in here),
        energy=energy,
        lines=lines if human is None else (*lines, human),
        clouds=tuple(compare_with(model, basis, lines, span, price_of) for model in assumptions.cloud_models),
        business=business,
        assumptions=_taken_as_given(basis),
        prices=tables.words,
        prices_version=tables.version,
        prices_date=tables.newest_change,
    )
    return report.model_copy(update={"sentences": cost_sentences(report)})


def energy_by_scope(drafts: Sequence[DraftFacts]) -> tuple[EnergyByScope, ...]:
    """What each kind of meter saw, the kind that saw most drafts first; nothing is added across kinds."""
    groups: dict[str, list[DraftFacts]] = defaultdict(list)
    for draft in drafts:
        if draft.usd is not None:
            groups[draft.scope].append(draft)
    ordered = sorted(groups, key=lambda scope: (-len(groups[scope]), _place(scope)))
    return tuple(_energy_of(scope, groups[scope]) for scope in ordered)


def _energy_of(scope: str, drafts: Sequence[DraftFacts]) -> EnergyByScope:
    joules = fsum(draft.joules or 0.0 for draft in drafts)
    tokens = sum(draft.completion_tokens for draft in drafts)
    idle = [draft.idle_joules for draft in drafts if draft.idle_joules is not None]
    at_once = [draft.shared_by for draft in drafts if draft.shared_by is not None]
    return EnergyByScope(
        scope=scope,
        methods=tuple(sorted({draft.method for draft in drafts})),
        n_drafts=len(drafts),
        joules=joules,
        joules_per_draft=joules / len(drafts),
        joules_per_1000_tokens=1000 * joules / tokens if tokens else None,
        usd_per_draft=estimate_mean([draft.usd for draft in drafts if draft.usd is not None]),
        idle_joules=fsum(idle) if idle else None,
        most_at_once=max(at_once, default=None),
    )


def _basis(
    drafts: Sequence[DraftFacts], energy: Sequence[EnergyByScope], span: Span, assumptions: CostAssumptions
) -> Basis:
    scope = energy[0].scope if energy else None
    priced = [draft for draft in drafts if draft.usd is not None and draft.scope == scope]
    measured = _idle_watts(priced) if scope == WHOLE_MACHINE else None
    idle_watts = assumptions.machine.idle_watts if measured is None else measured
    return Basis(drafts, priced, span.days, idle_watts, measured is not None, assumptions)


def _idle_watts(drafts: Sequence[DraftFacts]) -> float | None:
    """The idle draw that a meter of the whole machine left out, per second of writing."""
    known = [draft for draft in drafts if draft.idle_joules is not None]
    seconds = sum(draft.busy_seconds for draft in known)
    return sum(draft.idle_joules or 0.0 for draft in known) / seconds if seconds > 0 else None


def _business(basis: Basis) -> Business:
    posted = [draft for draft in basis.drafts if draft.is_posted]
    rated = [draft.mean_score for draft in basis.drafts if draft.mean_score is not None]
    threshold = basis.assumptions.accepted_score
    waits = [
        (draft.final_at - draft.requested_at).total_seconds()
        for draft in basis.drafts
        if draft.final_at is not None
    ]
    capacity = capacity_per_day(basis.drafts)
    return Business(
        drafts_per_day=basis.drafts_per_day,
        edits_per_draft=sum(draft.n_edits for draft in posted) / len(posted) if posted else None,
        seconds_to_final_median=median(waits) if waits else None,
        seconds_to_final_p90=float(np.quantile(waits, 0.9)) if waits else None,
        n_final=len(waits),
        share_unedited=estimate_share(
            sum(not draft.n_edits and not draft.is_gone for draft in posted), len(posted)
        ),
        share_accepted=estimate_share(sum(score >= threshold for score in rated), len(rated)),
        capacity_per_day=capacity,
        share_of_capacity=None if capacity is None else basis.drafts_per_day / capacity,
    )


def _taken_as_given(basis: Basis) -> Assumptions:
    given = basis.assumptions
    electricity, machine = given.electricity, given.machine
    return Assumptions(
        electricity=electricity.words,
        electricity_source=electricity.origin,
        electricity_mean_usd_per_kwh=electricity.mean_usd_per_kwh,
        machine_usd=machine.price_usd,
        machine_resale_usd=machine.resale_usd,
        machine_lifetime_years=machine.lifetime_years,
        machine_source=f"{machine.source}, {machine.as_of.isoformat()}",
        declared_watts=machine.declared_watts,
        idle_watts=basis.idle_watts,
        idle_watts_measured=basis.is_idle_measured,
        accepted_score=given.accepted_score,
        hourly_usd=given.people.hourly_usd if given.people is not None else None,
    )


def _place(scope: str) -> int:
    return SCOPES.index(scope) if scope in SCOPES else len(SCOPES)
