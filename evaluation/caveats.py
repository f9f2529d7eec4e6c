"""What a reader of a report has to keep in mind, each a sentence; only what applies."""

from statistics import median

from evaluation.analysis.document import Analysis
from evaluation.analysis.left_out import LeftOut
from evaluation.report_document import Counts, EnergySource, ModelLine, Report
from evaluation.wording import count


def write_caveats(report: Report) -> tuple[str, ...]:
    """The gravest first: what puts the figures in doubt, then what is not in them."""
    sentences = (
        None
        if report.closed
        else "The week is not over: the figures will change, and none of them is a result.",
        *report.analysis.warnings,
        _price_of_looking(report.analysis),
        _visible_opinions(report.analysis),
        *_left_out(report.analysis),
        _substitutes(report.models),
        _deleted(report.counts),
        _declared_energy(report),
    )
    return tuple(sentence for sentence in sentences if sentence is not None)


def price_of_looking(analysis: Analysis) -> float | None:
    """How many times wider intervals are for holding at every look and for all pairs together.

    The median over pairs of the anytime interval's width over that of a single look; of differences, because
    intervals of levels are cut off at the scale's ends.
    """
    ranked = {line.model for line in analysis.overall if line.rank_set}
    ratios = [
        (pair.anytime_ci[1] - pair.anytime_ci[0]) / (pair.ci[1] - pair.ci[0])
        for pair in analysis.comparisons
        if {pair.a, pair.b} <= ranked and pair.anytime_ci and pair.ci and pair.ci[1] > pair.ci[0]
    ]
    return median(ratios) if ratios else None


def _price_of_looking(analysis: Analysis) -> str | None:
    price = price_of_looking(analysis)
    if price is None:
        return None
    return (
        "Intervals hold at every weekly look and for all models together; "
        f"for that those of differences are {price:.1f} times as wide as at a single look."
    )


def _visible_opinions(analysis: Analysis) -> str | None:
    n = analysis.source.n_others_visible if analysis.source else 0
    if n == 0:
        return None
    return f"{count(n, 'rating')} came after somebody else's reaction showed; they are counted."


def _left_out(analysis: Analysis) -> tuple[str, ...]:
    return LeftOut(**analysis.source.left_out).sentences() if analysis.source else ()


def _substitutes(models: tuple[ModelLine, ...]) -> str | None:
    n_substitutes = sum(line.n_substitute_drafts for line in models)
    if n_substitutes == 0:
        return None
    came = "was written by a substitute" if n_substitutes == 1 else "were written by substitutes"
    return (
        f"{count(n_substitutes, 'draft')} {came}, because the routed model was not on the machine; "
        "each counts for the model that wrote it."
    )


def _deleted(counts: Counts) -> str | None:
    if counts.deleted_drafts == 0:
        return None
    return (
        f"This week's drafts known to be deleted ({counts.deleted_drafts}) count for speed and cost; "
        "their ratings are left out."
    )


def _declared_energy(report: Report) -> str | None:
    sources = {line.energy_source for line in report.models}
    if sources.isdisjoint({EnergySource.DECLARED, EnergySource.MIXED}):
        return None
    extent = (
        "is" if EnergySource.MEASURED not in sources and EnergySource.MIXED not in sources else "is partly"
    )
    alone = "" if report.costs else "; cost is electricity alone"
    return f"Energy {extent} declared watts × seconds, not measured{alone}."
