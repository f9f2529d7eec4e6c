"""An analysis as a person reads it: what was found in words, then the ranking, pairs, checks, warnings."""

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from bot.commands.answers_text import write_answers
from evaluation.analysis.document import Analysis, Comparison, Interval, ModelFigures
from evaluation.findings import evidence_in_words
from evaluation.wording import count

RANKING = ("Model", "Rank", "Quality", "At every look", "Best", "Mean", "Blended", "Ratings", "People")
PAIRS = ("Pair", "Difference", "At every look", "p (Holm)", "Cliff's delta", "Verdict")
MOST_PAIRS = 28
UNKNOWN = "–"
BORROWED = "~"

_STANDING = {
    "qualified": "qualified",
    "undecided": "undecided",
    "below": "below the threshold",
    "insufficient": "too few ratings or raters",
}
_VERDICTS = {"equal": "equal within the margin", "undecided": "undecided"}


def show_analysis(analysis: Analysis) -> Group:
    """Headline first; tables only where they say something."""
    parts: list[RenderableType] = [Text(write_headline(analysis), style="bold"), Text(_basis(analysis))]
    overall = [line for line in analysis.models if line.content_type is None]
    if overall:
        parts.append(_ranking(overall))
        parts.extend(Text(sentence) for sentence in _needs(overall))
    types = sorted({line.content_type for line in analysis.models if line.content_type is not None})
    if types:
        parts.append(_by_type(overall, types, analysis))
    if analysis.comparisons:
        parts.append(_pairs(analysis))
    parts.extend(Text(sentence) for sentence in _votes(analysis))
    parts.extend(Text(sentence) for sentence in write_answers(analysis))
    parts.append(Text("Checks", style="bold"))
    parts.extend(Text(f"  {sentence}") for sentence in _checks(analysis))
    if analysis.warnings:
        parts.append(Text("Warnings", style="bold"))
        parts.extend(Text(f"  {sentence}") for sentence in analysis.warnings)
    return Group(*parts)


def write_headline(analysis: Analysis) -> str:
    """Who writes best, or why nobody can say so yet, and whether chance chose what was rated."""
    ranked = [line for line in analysis.overall if line.rank_set is not None]
    finding = _finding(analysis)
    return f"{finding} {evidence_in_words(ranked)}" if ranked else finding


def _finding(analysis: Analysis) -> str:
    overall = {line.model: line for line in analysis.models if line.content_type is None}
    if not analysis.n_ratings and not analysis.n_votes:
        return "There is nothing to analyse: no ratings and no votes."
    if analysis.leader is not None:
        line = overall[analysis.leader]
        bound = UNKNOWN if line.anytime_ci is None else f"{line.anytime_ci[0]:.1f}"
        return (
            f"{analysis.leader} leads: quality {_value(line.quality)}, at least {bound} at every look, "
            f"against a threshold of {analysis.threshold:g}."
        )
    if all(line.status == "insufficient" for line in overall.values()):
        return "Too few ratings to say which model writes best."
    qualified = [line.model for line in overall.values() if line.qualified]
    if not qualified:
        ahead = [line.model for line in overall.values() if line.rank_set == (1, 1)]
        if ahead and len(overall) > 1:
            return (
                f"{ahead[0]} writes better than the others, but is not shown to reach {analysis.threshold:g}."
            )
        return f"No model is shown to reach {analysis.threshold:g}; none can be called the best."
    return f"Qualified, but not shown to be the best: {', '.join(qualified)}."


def _basis(analysis: Analysis) -> str:
    return (
        f"{count(analysis.n_ratings, 'rating')} and {count(analysis.n_votes, 'vote')} by "
        f"{count(analysis.n_raters, 'person', 'people')} on {count(analysis.n_drafts, 'draft')}. Intervals "
        f"are {100 * analysis.confidence:g} % and speak of {analysis.population}."
    )


def _ranking(overall: list[ModelFigures]) -> Table:
    table = Table(*RANKING, "Standing", "Evidence", title=Text("Ranking"))
    for line in overall:
        table.add_row(
            *(
                Text(cell)
                for cell in (
                    line.model,
                    _ranks(line.rank_set),
                    _with_interval(line.quality, line.quality_ci),
                    _interval(line.anytime_ci),
                    UNKNOWN if line.p_best is None else f"{100 * line.p_best:.0f} %",
                    _with_interval(line.human_mean, line.human_ci),
                    _with_interval(line.blended_mean, line.blended_ci),
                    f"{line.n_ratings:,}",
                    f"{line.n_raters:,}",
                    _STANDING[line.status],
                    line.evidence,
                )
            )
        )
    return table


def _needs(overall: list[ModelFigures]) -> list[str]:
    sentences = []
    for line in overall:
        if (missing := line.ratings_needed) is not None:
            amount = (
                "more raters, not only more ratings,"
                if missing.ratings is None
                else f"about {missing.ratings:,} more ratings"
            )
            sentences.append(f"{line.model} needs {amount} to separate from {missing.rival}.")
    return sentences


def _by_type(overall: list[ModelFigures], types: list[str], analysis: Analysis) -> Table:
    table = Table(
        "Model",
        *(Column(Text(kind)) for kind in types),
        title=Text("Quality by content type"),
        caption=Text(f"{BORROWED}: few judgements, borrowed from other types and models"),
    )
    cells = {(line.model, line.content_type): line for line in analysis.models}
    for model in overall:
        row = [Text(model.model)]
        for kind in types:
            line = cells.get((model.model, kind))
            mark = BORROWED if line is not None and line.borrows else ""
            row.append(Text(mark + (_value(line.quality) if line is not None else UNKNOWN)))
        table.add_row(*row)
    return table


def _pairs(analysis: Analysis) -> Table:
    pairs = analysis.comparisons
    title = "Pairs"
    if len(pairs) > MOST_PAIRS:
        decided = tuple(pair for pair in pairs if pair.verdict != "undecided")
        title = f"Pairs with a verdict ({len(decided)} of {len(pairs)}; --json has all)"
        pairs = decided
    table = Table(*PAIRS, title=Text(title))
    for pair in pairs:
        table.add_row(
            *(
                Text(cell)
                for cell in (
                    f"{pair.a} – {pair.b}",
                    _with_interval(pair.difference, pair.ci),
                    _interval(pair.anytime_ci),
                    _p(pair.p_holm),
                    UNKNOWN if pair.cliffs_delta is None else f"{pair.cliffs_delta:.2f}",
                    _verdict(pair),
                )
            )
        )
    return table


def _verdict(pair: Comparison) -> str:
    better = {"a_better": pair.a, "b_better": pair.b}.get(pair.verdict)
    return _VERDICTS[pair.verdict] if better is None else f"{better} is better"


def _votes(analysis: Analysis) -> list[str]:
    votes = analysis.pairwise
    if not votes.abilities:
        return []
    order = sorted(votes.abilities, key=lambda model: -votes.abilities[model])
    abilities = ", ".join(f"{model} {votes.abilities[model]:+.2f}" for model in order)
    return [
        f"From {votes.n_votes:,} votes alone, in logits: {abilities}. Both bad: {votes.n_both_bad:,} times."
    ]


def _checks(analysis: Analysis) -> list[str]:
    checks, alpha = analysis.checks, analysis.agreement.alpha.get("ordinal")
    return [
        f"Agreement of raters: ordinal alpha {alpha.alpha:.2f} {_interval(alpha.ci)}."
        if alpha
        else "Agreement of raters: no draft has scores of two people.",
        f"Assigned drafts over models as drawn: p = {_p(checks.assignment_srm_p)}."
        if checks.assignment_srm_p is not None
        else "Assignment: no rating was assigned by chance.",
        f"Models left and right equally often: p = {_p(checks.left_right_p)}."
        if checks.left_right_p is not None
        else "Sides: too few pairs, or nobody drew which text stands left.",
        _blinding(analysis),
        "Raters who contradict everybody: "
        + (", ".join(rater.rater for rater in checks.flagged_raters) or "none")
        + ".",
    ]


def _blinding(analysis: Analysis) -> str:
    blinding = analysis.checks.blinding
    if blinding is None:
        return "Blinding: nobody was asked who wrote what."
    found = "no alarm"
    if blinding.alarm:
        found = "ALARM" if blinding.recognised else "an alarm, perhaps a favourite name"
    return f"Blinding: {blinding.n:,} guesses, {found}."


def _ranks(ranks: tuple[int, int] | None) -> str:
    if ranks is None:
        return UNKNOWN
    low, high = ranks
    return _ordinal(low) if low == high else f"{_ordinal(low)} to {_ordinal(high)}"


def _ordinal(rank: int) -> str:
    teens = rank % 100 in (11, 12, 13)
    return f"{rank}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(rank % 10, 'th')}"


def _value(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.2f}"


def _interval(interval: Interval | None) -> str:
    return UNKNOWN if interval is None else f"[{interval[0]:.2f}, {interval[1]:.2f}]"


def _with_interval(value: float | None, interval: Interval | None) -> str:
    return UNKNOWN if value is None else f"{value:.2f} {_interval(interval)}"


def _p(p: float | None) -> str:
    if p is None:
        return UNKNOWN
    return "< .001" if p < 0.001 else f"{p:.3f}"
