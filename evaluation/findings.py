"""What a report says in words: the headline, the caveats and the figure's alt text.

Every claim that Copydesk makes about models is made here, so the caution lives here too.
"""

from collections.abc import Sequence
from typing import Final

from evaluation.report_document import Counts, EnergySource, ModelLine
from evaluation.report_table import format_mean_score
from evaluation.statistics.mean_interval import REQUIRED_SCORES

FEW_SCORES: Final = 15
MOST_LISTED: Final = 5
ALT_TEXT_CHARACTERS: Final = 1000


def find_separated(models: Sequence[ModelLine]) -> tuple[ModelLine, ModelLine] | None:
    """The two models with the best means, if their intervals do not overlap; else None.

    Two intervals of 95 % that do not overlap are a stricter test than 5 %: of two equal models
    with independent scores it separates about 0.6 % a week, of five fewer than 0.1 % (simulated
    for 5 to 40 scores a model). Scores by few raters are not independent, hence the caveat.

    None as well where one of the two intervals has no width: equal scores show no spread,
    which is no proof that there is none.
    """
    ranked = _ranked(models)
    if len(ranked) < 2 or any(_is_degenerate(line) for line in ranked[:2]):
        return None
    best, second = ranked[:2]
    apart = best.ci_low is not None and second.ci_high is not None and best.ci_low > second.ci_high
    return (best, second) if apart else None


def write_headline(period: str, closed: bool, counts: Counts, models: Sequence[ModelLine]) -> str:
    """The finding in plain words. Only a closed period's can call one model better."""
    if not closed:
        scores = _count(sum(line.n_scores for line in models), "score")
        drafts = _count(counts.drafts, "draft")
        people = _count(counts.raters, "person", "people")
        return f"{period}, the week so far; claims nothing: {drafts}, {scores}, {people} rating."
    return f"{period}: {_finding(counts, models)}"


def write_caveats(closed: bool, counts: Counts, models: Sequence[ModelLine]) -> tuple[str, ...]:
    """What a reader has to keep in mind, each a sentence; only what applies to this report."""
    sentences = (
        None if closed else "The week is not over: the figures will change, and none of them is a result.",
        _few_scores(models),
        _equal_scores(models),
        _repeated_raters(models),
        _chosen_drafts(counts),
        _substitutes(models),
        _deleted(counts),
        _declared_energy(models),
    )
    return tuple(sentence for sentence in sentences if sentence is not None)


def write_alt_text(headline: str, models: Sequence[ModelLine]) -> str:
    """The ranking figure for somebody who cannot see it: the finding first, then the figures.

    At most 1,000 characters, Slack's limit for an uploaded file.
    """
    if not models:
        return headline
    lines = "; ".join(f"{line.model}: {format_mean_score(line, REQUIRED_SCORES)}" for line in models)
    text = f"{headline} Mean scores from 1 to 10 with 95% intervals: {lines}."
    return text if len(text) <= ALT_TEXT_CHARACTERS else text[: ALT_TEXT_CHARACTERS - 1].rstrip() + "…"


def _finding(counts: Counts, models: Sequence[ModelLine]) -> str:
    ranked = _ranked(models)
    if counts.drafts == 0 and counts.ratings == 0:
        return "nothing was drafted or rated."
    if not ranked:
        return _nothing_ranked(models)
    if len(ranked) == 1:
        return f"only {_scored(ranked[0])} has enough ratings, so there is nothing to compare it with."
    separated = find_separated(models)
    if separated is not None:
        best, second = separated
        return f"{best.model} was rated higher than {second.model}: {_score(best)} against {_score(second)}."
    best, second = ranked[:2]
    if _is_degenerate(best) or _is_degenerate(second):
        return "no model can be called better: equal scores show no spread to judge a difference by."
    return f"no model can be called better: the intervals of {_scored(best)} and {_scored(second)} overlap."


def _nothing_ranked(models: Sequence[ModelLine]) -> str:
    closest = max(models, key=lambda line: line.n_scores, default=None)
    if closest is None or closest.n_scores == 0:
        return f"no draft has a score from 1 to 10 yet; a model needs {REQUIRED_SCORES} to be ranked."
    return (
        f"not enough ratings to rank a model; {closest.model} comes closest "
        f"with {_count(closest.n_scores, 'score')} of the {REQUIRED_SCORES} it needs."
    )


def _few_scores(models: Sequence[ModelLine]) -> str | None:
    few = [f"{line.model} ({line.n_scores})" for line in _ranked(models) if line.n_scores < FEW_SCORES]
    if not few:
        return None
    return f"Few scores, so wide intervals that one more rating can move: {_listed(few)}."


def _equal_scores(models: Sequence[ModelLine]) -> str | None:
    equal = [line.model for line in _ranked(models) if _is_degenerate(line)]
    if not equal:
        return None
    return (
        f"All scores are equal for {_listed(equal)}: an interval without width means that no spread "
        "was seen, not that the mean is known exactly."
    )


def _repeated_raters(models: Sequence[ModelLine]) -> str | None:
    repeated = [line for line in _ranked(models) if line.n_raters < line.n_scores]
    if not repeated:
        return None
    example = repeated[0]
    people = _count(example.n_raters, "person", "people")
    return (
        f"The same people rated several drafts ({example.model}: {example.n_scores} scores by {people}). "
        "The intervals treat every score as independent and are narrower than they should be."
    )


def _chosen_drafts(counts: Counts) -> str | None:
    if counts.ratings == 0:
        return None
    return "People chose which drafts to rate, so the scores describe those drafts, not all drafts."


def _substitutes(models: Sequence[ModelLine]) -> str | None:
    n_substitutes = sum(line.n_substitute_drafts for line in models)
    if n_substitutes == 0:
        return None
    return (
        f"{_count(n_substitutes, 'draft')} came from a substitute, because the routed model was not on "
        "the machine; each counts for the model that wrote it."
    )


def _deleted(counts: Counts) -> str | None:
    if counts.deleted_drafts == 0:
        return None
    return (
        f"Drafts known to be deleted ({counts.deleted_drafts}) count for speed and cost; "
        "their ratings are left out."
    )


def _declared_energy(models: Sequence[ModelLine]) -> str | None:
    sources = {line.energy_source for line in models}
    if sources.isdisjoint({EnergySource.DECLARED, EnergySource.MIXED}):
        return None
    extent = (
        "is" if EnergySource.MEASURED not in sources and EnergySource.MIXED not in sources else "is partly"
    )
    return f"Energy {extent} declared watts × seconds, not measured; cost is electricity alone."


def _ranked(models: Sequence[ModelLine]) -> list[ModelLine]:
    return sorted((line for line in models if line.rank is not None), key=lambda line: line.rank or 0)


def _is_degenerate(line: ModelLine) -> bool:
    return line.ci_low is not None and line.ci_low == line.ci_high


def _scored(line: ModelLine) -> str:
    return f"{line.model} {_score(line)}"


def _score(line: ModelLine) -> str:
    return format_mean_score(line, REQUIRED_SCORES)


def _listed(items: Sequence[str]) -> str:
    shown = ", ".join(items[:MOST_LISTED])
    return shown if len(items) <= MOST_LISTED else f"{shown} and {len(items) - MOST_LISTED} more"


def _count(n: int, singular: str, plural: str | None = None) -> str:
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"
