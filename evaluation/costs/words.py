"""A cost report in sentences that somebody without the formulas can act on."""

from collections.abc import Iterator
from math import floor, log10

from evaluation.costs.document import CloudComparison, CostReport, Estimate, Line, LineName, LineSavings
from evaluation.wording import count, days_in_words

_ALL = (LineName.MARGINAL, LineName.AMORTISED, LineName.OWNERSHIP)
_BY = {
    LineName.MARGINAL: "marginal energy",
    LineName.AMORTISED: "the machine over its busy time",
    LineName.OWNERSHIP: "full ownership",
}


def cost_sentences(report: CostReport) -> tuple[str, ...]:
    """What the figures say: volume, the three lines, each cloud model, quality, and what it rests on."""
    if not report.n_drafts:
        elsewhere = f" {_elsewhere(report)}" if report.n_elsewhere else ""
        return (f"No drafts were written on this machine {_when(report)}.{elsewhere}",)
    return (
        _volume(report),
        _three_lines(report),
        *(_cloud(cloud, report) for cloud in report.clouds),
        *_quality(report),
        *_business(report),
        *_energy(report),
        _given(report),
        _prices(report),
    )


def format_usd(value: float) -> str:
    """Dollars from a hundred on, cents from one on; below, three significant digits: no 0 that is none."""
    if value < 0:
        return f"−{format_usd(-value)}"
    if value == 0 or value >= 1:
        return f"${value:,.0f}" if value == 0 or value >= 100 else f"${value:,.2f}"
    return f"${value:.{2 - floor(log10(value))}f}"


def format_estimate(estimate: Estimate) -> str:
    """The figure with its interval, where there is one."""
    if estimate.value is None:
        return "not known" if estimate.low is None else f"more than {format_usd(estimate.low)}"
    value = format_usd(estimate.value)
    if estimate.low is None or estimate.high is None:
        return value
    low, high = format_usd(estimate.low), format_usd(estimate.high)
    return value if low == high else f"{value} ({low} to {high})"


def _volume(report: CostReport) -> str:
    business = report.business
    capacity = ""
    if business.capacity_per_day is not None and business.share_of_capacity is not None:
        capacity = (
            f" The machine could write {business.capacity_per_day:,.0f} such drafts a day; "
            f"{_spaced(f'{business.share_of_capacity:.2%}')} of that was used."
        )
    return (
        f"{count(report.n_drafts, 'draft')} {_when(report)}, {business.drafts_per_day:,.1f} a day.{capacity}"
        f"{f' {_elsewhere(report)}' if report.n_elsewhere else ''}"
    )


def _when(report: CostReport) -> str:
    days = days_in_words(report.period)
    if days == report.period:
        return "so far"
    return f"in {days}" if days.count(" ") == 1 else f"in the week from {days}"


def _elsewhere(report: CostReport) -> str:
    return f"{report.n_elsewhere:,} more came from other servers, whose cost is not known here."


def _three_lines(report: CostReport) -> str:
    marginal, amortised, ownership = (_line(report, name) for name in _ALL)
    if marginal.usd_per_draft.value is None:
        return f"What a draft costs here is not known: {marginal.why_unknown}."
    human = report.line(LineName.HUMAN)
    people = (
        f" People's time to rate and edit comes on top: {format_estimate(human.usd_per_draft)} a draft."
        if human is not None
        else ""
    )
    return (
        f"One draft costs {_value(marginal)} of marginal energy, {_value(amortised)} with the machine over "
        f"its busy time, and {_value(ownership)} by full ownership at this volume.{people}"
    )


def _cloud(cloud: CloudComparison, report: CostReport) -> str:
    if cloud.usd_per_draft.value is None:
        return f"{cloud.model}: {cloud.why_unknown}, so there is nothing to compare with."
    price = f"{cloud.model} would have taken {format_usd(cloud.usd_per_draft.value)} a draft"
    if cloud.n_without_price:
        price += f" for the {cloud.n_priced:,} drafts that have a price there"
    known = [saving for saving in cloud.savings if saving.share is not None]
    if not known:
        return f"{price}; what a draft costs here is not known."
    return f"{price}. {_savings(known, cloud, report)} {_break_even(cloud, report)}{_a_year(cloud)}"


def _savings(known: list[LineSavings], cloud: CloudComparison, report: CostReport) -> str:
    cheaper = [saving for saving in known if saving.share is not None and saving.share > 0]
    if len(cheaper) == len(known):
        shares = ", ".join(f"{saving.share:.1%} by {_BY[saving.line]}" for saving in cheaper)
        return f"Drafting here is cheaper by every line: {_spaced(shares)}."
    if not cheaper:
        return "It is cheaper than drafting here by every line."
    claims = [_spaced(f"“{saving.share:.1%}") for saving in cheaper]
    first, *others = (f"of {_BY[saving.line]} only" for saving in cheaper)
    more = "".join(f" and {claim}” {line}" for claim, line in zip(claims[1:], others, strict=True))
    ownership = _line(report, LineName.OWNERSHIP).usd_per_draft.value
    price = cloud.usd_per_draft.value
    assert ownership is not None
    assert price is not None
    times = f"{ownership / price:,.0f}" if ownership / price >= 10 else f"{ownership / price:.1f}"
    return (
        f"{claims[0]} savings” is true {first}{more}: by full ownership a draft costs "
        f"{format_usd(ownership)} here, {times} times as much as there."
    )


def _break_even(cloud: CloudComparison, report: CostReport) -> str:
    volume, capacity = cloud.break_even_drafts_per_day, report.business.capacity_per_day
    if volume is None:
        return "No volume makes up for that, since one more draft costs at least as much here."
    sentence = f"Full ownership breaks even at {volume:,.0f} drafts a day"
    if cloud.reachable is None or capacity is None:
        return f"{sentence}; whether one machine can write so many is not known."
    if volume <= report.business.drafts_per_day:
        return f"{sentence}, which is reached."
    if cloud.reachable:
        return f"{sentence}; one machine can write {capacity:,.0f}, so it could reach that."
    return f"{sentence}; one machine can write {capacity:,.0f}, so it cannot reach that."


def _a_year(cloud: CloudComparison) -> str:
    """What the difference comes to in a year of such days, as a cost or as a saving, never as a minus."""
    a_year = next(each.usd_per_year for each in cloud.savings if each.line is LineName.OWNERSHIP)
    if a_year.value is None:
        return ""
    verb = "saves" if a_year.value >= 0 else "costs"
    more = "" if a_year.value >= 0 else " more than the cloud"
    return f" At this pace it {verb} {_either_way(a_year)} a year{more}."


def _either_way(estimate: Estimate) -> str:
    """The size of a difference with its interval, where both ends are on the same side of nothing."""
    assert estimate.value is not None
    value = format_usd(abs(estimate.value))
    if estimate.low is None or estimate.high is None:
        return value
    if estimate.low * estimate.high <= 0:
        return f"{value} (or nothing: {format_usd(estimate.low)} to {format_usd(estimate.high)} saved)"
    low, high = sorted((abs(estimate.low), abs(estimate.high)))
    return (
        value if format_usd(low) == format_usd(high) else f"{value} ({format_usd(low)} to {format_usd(high)})"
    )


def _quality(report: CostReport) -> Iterator[str]:
    ownership = _line(report, LineName.OWNERSHIP)
    accepted, unedited = report.business.share_accepted, report.business.share_unedited
    if accepted.value is not None:
        yield (
            f"{_spaced(f'{accepted.value:.0%}')} of {accepted.n:,} rated drafts met the threshold of "
            f"{report.assumptions.accepted_score:g}; such a draft costs "
            f"{format_estimate(ownership.per_accepted)} by full ownership."
        )
    if unedited.value is not None:
        yield (
            f"{_spaced(f'{unedited.value:.0%}')} of {unedited.n:,} posted drafts stayed without edits; such "
            f"a draft costs {format_estimate(ownership.per_unedited)} by full ownership."
        )


def _business(report: CostReport) -> Iterator[str]:
    business = report.business
    if business.seconds_to_final_median is not None and business.edits_per_draft is not None:
        yield (
            f"From request to final text: {_duration(business.seconds_to_final_median)} (median); "
            f"{business.edits_per_draft:.2f} edits a posted draft."
        )


def _energy(report: CostReport) -> Iterator[str]:
    for kind in report.energy:
        idle = ""
        if kind.idle_joules is not None:
            idle = f"; {kind.idle_joules:,.0f} J of idle draw in that time are left out"
        yield (
            f"Energy ({kind.scope}: {', '.join(kind.methods)}): {kind.joules_per_draft:,.1f} J a draft over "
            f"{kind.n_drafts:,} drafts{idle}."
        )
    if len(report.energy) > 1:
        yield (
            f"Different meters see different things, so their figures are not added: the lines rest on the "
            f"{report.energy[0].n_drafts:,} drafts of “{report.energy[0].scope}”."
        )
    if report.n_without_energy:
        yield f"{report.n_without_energy:,} drafts have no energy figure: left out, not counted as 0."


def _given(report: CostReport) -> str:
    given = report.assumptions
    idle = "measured" if given.idle_watts_measured else "declared"
    return (
        f"Taken as given: electricity at {given.electricity} ({given.electricity_source}); a machine of "
        f"{format_usd(given.machine_usd)} over {given.machine_lifetime_years:g} years, then sold for "
        f"{format_usd(given.machine_resale_usd)} ({given.machine_source}); {given.idle_watts:.3g} W idle "
        f"({idle})."
    )


def _prices(report: CostReport) -> str:
    sentence = (
        f"Cloud prices: {report.prices}; each draft at its own tokens, as counted here, on its own day."
    )
    if report.prices_date is not None and (report.until.date() - report.prices_date).days > 180:
        return f"{sentence} The tables are more than half a year older than the period: update genai-prices."
    return sentence


def _line(report: CostReport, name: LineName) -> Line:
    line = report.line(name)
    assert line is not None, f"a report always has the line {name}"
    return line


def _value(line: Line) -> str:
    return "not known" if line.usd_per_draft.value is None else format_usd(line.usd_per_draft.value)


def _spaced(percent: str) -> str:
    """98.6% → 98.6 %"""
    return percent.replace("%", " %")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"
