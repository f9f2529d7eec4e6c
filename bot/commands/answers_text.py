"""Answers to what was asked for beside the usual figures, a line each: incumbent, horizon, guarantee."""

from evaluation.analysis.document import Analysis, Guarantees, Horizon, HorizonPair, Incumbent, Interval
from evaluation.wording import count

NOTHING = "not enough to say"


def write_answers(analysis: Analysis) -> list[str]:
    """Nothing where nothing was asked for."""
    lines = []
    if analysis.incumbent is not None:
        lines += _against_incumbent(analysis.incumbent)
    if analysis.horizon is not None:
        lines += _at_horizon(analysis.horizon)
    if analysis.guarantees is not None:
        lines += _guaranteed(analysis.guarantees)
    return lines


def _against_incumbent(incumbent: Incumbent) -> list[str]:
    return [
        f"Mean scores less that of {incumbent.model}, by Dunnett's test at one look:",
        *(
            f"  {line.model} {_figure(line.difference, line.ci)}"
            + ("" if line.p is None else f", p {_p(line.p)}")
            for line in incumbent.challengers
        ),
    ]


def _at_horizon(horizon: Horizon) -> list[str]:
    return [
        f"Towards {horizon.ratings_per_model:,} scores a model, by O'Brien and Fleming's boundaries:",
        *(f"  {_horizon_pair(pair)}" for pair in horizon.pairs),
    ]


def _horizon_pair(pair: HorizonPair) -> str:
    better = {"a_better": pair.a, "b_better": pair.b}.get(pair.verdict)
    if pair.difference is None:
        return f"{pair.a} – {pair.b} {NOTHING}"
    verdict = "undecided" if better is None else f"{better} is better"
    return (
        f"{pair.a} – {pair.b} {_figure(pair.difference, pair.ci)}: {verdict} "
        f"at {100 * pair.information:.0f} % of the horizon"
    )


def _guaranteed(found: Guarantees) -> list[str]:
    return [
        "Right at every look for any number of scores, by betting; means, and differences within raters:",
        *(f"  {line.model} {_figure(line.mean, line.ci)}, {count(line.n, 'score')}" for line in found.means),
        *(
            f"  {line.a} – {line.b} {_figure(line.difference, line.ci)}, {count(line.n, 'pair')} of scores"
            for line in found.differences
        ),
    ]


def _figure(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return NOTHING
    return f"{value:.2f}" + ("" if interval is None else f" [{interval[0]:.2f}, {interval[1]:.2f}]")


def _p(p: float) -> str:
    return "< .001" if p < 0.001 else f"= {p:.3f}"
