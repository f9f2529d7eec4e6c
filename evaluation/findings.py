"""What a report says in words: the finding, what cannot be told yet, the figure's alt text.

Every claim that Copydesk makes about models is made here, so the caution lives here too: "better" and
"best" stand only where the analysis decided so by intervals that hold at every look, "probably" says how
things look at this one. `changes` has what is new, `caveats` what a reader must keep in mind.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from evaluation.analysis.document import Analysis, Comparison, ModelFigures, RatingsNeeded
from evaluation.caveats import write_caveats
from evaluation.changes import write_changes
from evaluation.report_document import Report, TypeFinding
from evaluation.report_table import format_interval, ranks_in_words
from evaluation.statistics.requirements import REQUIRED_RATERS, REQUIRED_RATINGS
from evaluation.wording import count, in_a_row

ALT_TEXT_CHARACTERS: Final = 1000
_CHANCES = ((0.95, "very probably better"), (0.8, "probably better"), (0.65, "perhaps better"))


def in_words(report: Report) -> Report:
    """The same figures with every sentence written anew from them, under the names that they have."""
    headline = write_headline(report)
    return report.model_copy(
        update={
            "headline": headline,
            "content_types": write_type_findings(report.analysis) if report.closed else (),
            "changes": write_changes(report.history),
            "unknowns": write_unknowns(report.analysis) if report.closed else (),
            "caveats": write_caveats(report),
            "alt_text": write_alt_text(headline, report),
        }
    )


def write_headline(report: Report) -> str:
    """The finding in plain words. Only a closed period's can call one model better."""
    if not report.closed:
        counts = report.counts
        return (
            f"{report.period}, the week so far; claims nothing: {count(counts.drafts, 'draft')}, "
            f"{count(counts.ratings, 'rating')} by {count(counts.raters, 'person', 'people')}."
        )
    return f"{report.period}: {_finding(report)}"


def write_unknowns(analysis: Analysis) -> tuple[str, ...]:
    """What the evidence cannot tell yet, and how many ratings it would take, each a sentence."""
    ranked = [line for line in analysis.overall if line.rank_set is not None]
    return (
        *_open_pairs(analysis, ranked),
        *(_about_threshold(line, analysis.threshold) for line in ranked if line.status == "undecided"),
        *(_too_little(line) for line in analysis.overall if line.rank_set is None),
    )


def write_type_findings(analysis: Analysis) -> tuple[TypeFinding, ...]:
    """What can be said of each content type; nothing where there is only one."""
    return tuple(
        TypeFinding(content_type=kind, finding=_in_type(analysis.in_type(kind)))
        for kind in analysis.content_types
    )


def write_alt_text(headline: str, report: Report) -> str:
    """The ranking figure for somebody who cannot see it: the finding first, then the figures.

    At most 1,000 characters, Slack's limit for an uploaded file.
    """
    lines = "; ".join(_row(line) for line in report.analysis.overall)
    if not lines:
        return headline
    text = f"{headline} Quality from 1 to 10, with the interval that holds at every look: {lines}."
    return text if len(text) <= ALT_TEXT_CHARACTERS else text[: ALT_TEXT_CHARACTERS - 1].rstrip() + "…"


def evidence_in_words(ranked: Sequence[ModelFigures]) -> str:
    """Audited or descriptive: whether chance or people chose what was rated."""
    descriptive = [line.model for line in ranked if line.evidence == "descriptive"]
    if not descriptive:
        return "Audited: enough of the rated drafts were drawn by chance."
    if len(descriptive) == len(ranked):
        return "Descriptive, not audited: people chose what to rate."
    return f"Audited, but for {in_a_row(descriptive)}: there people chose what to rate."


def _finding(report: Report) -> str:
    analysis, ranked = report.analysis, report.ranked
    if not analysis.n_ratings and not analysis.n_votes:
        if not report.counts.drafts:
            return "nothing was drafted or rated."
        return (
            f"nobody has judged a draft yet; to be ranked, a model needs {REQUIRED_RATINGS} ratings "
            f"by {REQUIRED_RATERS} people."
        )
    if not ranked:
        return _nothing_ranked(analysis.overall)
    if len(ranked) == 1:
        found = f"only {_with_level(ranked[0])} has enough ratings, so there is nothing to compare it with."
    else:
        found = _best_of(analysis, ranked)
    return f"{found} {evidence_in_words(ranked)}"


def _nothing_ranked(overall: Sequence[ModelFigures]) -> str:
    closest = max(overall, key=lambda line: line.n_ratings)
    people = count(closest.n_raters, "person", "people")
    return (
        f"not enough ratings to rank a model; {closest.model} comes closest with {closest.n_ratings} by "
        f"{people}, of the {REQUIRED_RATINGS} by {REQUIRED_RATERS} that it needs."
    )


def _best_of(analysis: Analysis, ranked: Sequence[ModelFigures]) -> str:
    best, second = ranked[:2]
    threshold = f"{analysis.threshold:g}"
    if analysis.leader is not None:
        leader = next(line for line in ranked if line.model == analysis.leader)
        bound = f" ({leader.anytime_ci[0]:.1f} at least)" if leader.anytime_ci else ""
        return f"{leader.model} writes best, and reaches the required {threshold}{bound}."
    if best.rank_set == (1, 1):
        others = second.model if len(ranked) == 2 else "all others"
        return (
            f"{best.model} writes better than {others}, but is not shown to reach the required {threshold}."
        )
    finding = _compared(best, second, analysis)
    return finding if len(ranked) == 2 else f"none of {len(ranked)} models is surely the best. {finding}"


def _compared(best: ModelFigures, second: ModelFigures, analysis: Analysis) -> str:
    pair = _pair_of(analysis, best.model, second.model)
    if pair is not None and pair.verdict == "equal":
        return f"{best.model} and {second.model} write equally well, within {analysis.margin:g} points."
    chance = _chance_better(pair, best.model)
    words = next((words for bound, words in _CHANCES if chance >= bound), None)
    stand = (
        f"{best.model} is {words} than {second.model}"
        if words
        else f"{best.model} and {second.model} cannot be told apart"
    )
    needed = next(
        (
            line.ratings_needed
            for line, other in ((best, second), (second, best))
            if line.ratings_needed is not None and line.ratings_needed.rival == other.model
        ),
        None,
    )
    return f"{stand}{_settled_by(needed)}"


def _settled_by(needed: RatingsNeeded | None) -> str:
    if needed is None:
        return "."
    if needed.ratings is None:
        return "; more ratings by the same people would not settle it, other people's might."
    return f"; about {count(needed.ratings, 'more rating')} would settle it."


def _open_pairs(analysis: Analysis, ranked: Sequence[ModelFigures]) -> Iterator[str]:
    told = set[frozenset[str]]()
    for line in ranked:
        needed = line.ratings_needed
        if needed is None or frozenset((line.model, needed.rival)) in told:
            continue
        told.add(frozenset((line.model, needed.rival)))
        pair = _pair_of(analysis, line.model, needed.rival)
        if pair is not None and pair.verdict == "equal":
            continue
        takes = (
            "more people; more ratings by the same ones would not tell"
            if needed.ratings is None
            else f"about {count(needed.ratings, 'more rating')} of the two"
        )
        yield f"Whether {line.model} or {needed.rival} is better: it takes {takes}."


def _about_threshold(line: ModelFigures, threshold: float) -> str:
    between = "" if line.anytime_ci is None else f": so far anything from {format_interval(line.anytime_ci)}"
    return f"Whether {line.model} reaches {threshold:g}{between}."


def _too_little(line: ModelFigures) -> str:
    ratings = max(0, REQUIRED_RATINGS - line.n_ratings)
    raters = max(0, REQUIRED_RATERS - line.n_raters)
    missing = [
        *([count(ratings, "more rating")] if ratings else []),
        *([count(raters, "more rater")] if raters else []),
    ]
    return f"How good {line.model} is: it takes {in_a_row(missing)}." if missing else (
        f"How good {line.model} is."
    )  # fmt: skip


def _in_type(lines: Sequence[ModelFigures]) -> str:
    known = sorted(
        (line for line in lines if line.quality is not None and line.quality_ci is not None),
        key=lambda line: -(line.quality or 0),
    )
    rated = [line for line in known if line.n_ratings]
    if not rated:
        return "Nobody has rated this kind of text yet; its figures come from the others."
    best = rated[0]
    ratings = count(sum(line.n_ratings for line in lines), "rating")
    if len(rated) == 1:
        return f"Only {_with_look(best)} has been rated here, {ratings}."
    second = rated[1]
    apart = best.quality_ci and second.quality_ci and best.quality_ci[0] > second.quality_ci[1]
    finding = (
        f"{_with_look(best)} stands above {_with_look(second)} at this look"
        if apart
        else f"{_with_look(best)} and {_with_look(second)} are too close to tell apart"
    )
    borrowed = in_a_row([line.model for line in rated if line.borrows])
    borrows = (
        f" Few ratings for {borrowed}: what is known of other kinds of text counts here, too."
        if borrowed
        else ""
    )
    return f"{finding}, {ratings}.{borrows}"


def _row(line: ModelFigures) -> str:
    if line.rank_set is None or line.anytime_ci is None or line.quality is None:
        return f"{line.model}: not enough ratings, {line.n_ratings}"
    interval = format_interval(line.anytime_ci)
    return f"{line.model}: {line.quality:.1f}, {interval}, {ranks_in_words(line.rank_set)}"


def _pair_of(analysis: Analysis, one: str, other: str) -> Comparison | None:
    return next((pair for pair in analysis.comparisons if {pair.a, pair.b} == {one, other}), None)


def _chance_better(pair: Comparison | None, model: str) -> float:
    if pair is None or pair.p_a_better is None:
        return 0.5
    return pair.p_a_better if pair.a == model else 1 - pair.p_a_better


def _with_level(line: ModelFigures) -> str:
    if line.quality is None or line.anytime_ci is None:
        return line.model
    return f"{line.model} ({line.quality:.1f}, {format_interval(line.anytime_ci)})"


def _with_look(line: ModelFigures) -> str:
    if line.quality is None or line.quality_ci is None:
        return line.model
    return f"{line.model} ({line.quality:.1f}, {format_interval(line.quality_ci)})"
