"""The metrics of an offline evaluation: what each is called, its unit, which way is better, its formula.

`docs/evaluation.md` shows this list; a test keeps the two equal. What was not measured is absent with a
reason, never 0.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Better(StrEnum):
    """Which way a figure is better; NEITHER where it only describes."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True)
class Measure:
    """One metric. `group` is the section that it stands in."""

    name: str
    group: str
    unit: str
    better: Better
    definition: str


def _measure(group: str, name: str, unit: str, better: Better, definition: str) -> Measure:
    return Measure(name, group, unit, better, definition)


_UP, _DOWN, _NEITHER = Better.HIGHER, Better.LOWER, Better.NEITHER

_DIMENSIONS: Final = {
    "heuristic": "the mean of the four dimensions",
    "length": "length for the platform",
    "vocabulary": "professional vocabulary",
    "structure": "structure",
    "technical_depth": "technical depth",
}

_HEURISTICS: Final = tuple(
    measure
    for name, what in _DIMENSIONS.items()
    for measure in (
        _measure("Heuristic quality", f"{name}_mean", "0–10", _UP, f"Mean over texts of {what}."),
        _measure(
            "Heuristic quality",
            f"{name}_low",
            "0–10",
            _UP,
            "Lower bound of its 95 % interval (Student t, texts grouped by topic).",
        ),
        _measure("Heuristic quality", f"{name}_high", "0–10", _UP, "Upper bound of that interval."),
        _measure(
            "Heuristic quality", f"{name}_sd", "0–10", _DOWN, "Standard deviation between texts (n − 1)."
        ),
    )
)

_QUANTILES: Final = {
    "p05": "5th percentile",
    "p25": "25th percentile",
    "p50": "median",
    "p75": "75th percentile",
    "p95": "95th percentile",
    "p99": "99th percentile",
}

_DURATIONS: Final = tuple(
    _measure("Speed", f"{name}_{quantile}_seconds", "s", _DOWN, f"{words[0].upper()}{words[1:]} of {what}.")
    for name, what in {
        "first_token": "the time to the first token, one text at a time",
        "inter_token": "the mean time between tokens of a text after its first, one text at a time",
        "latency": "the time from asking to the whole text, one text at a time",
    }.items()
    for quantile, words in _QUANTILES.items()
)

MEASURES: Final[tuple[Measure, ...]] = (
    *_HEURISTICS,
    _measure(
        "Heuristic quality",
        "field_guide_mean",
        "0–10",
        _NEITHER,
        "Mean of the field guide's one-number formula, for comparison.",
    ),
    _measure(
        "Heuristic quality",
        "consistency_sd",
        "0–10",
        _DOWN,
        "Standard deviation of the composite over seeds of one topic, pooled over the kinds of text.",
    ),
    _measure(
        "Human quality",
        "human_quality",
        "1–10",
        _UP,
        "Quality on the joint scale of all ratings, from the analysis of the database.",
    ),
    _measure("Human quality", "human_quality_low", "1–10", _UP, "Lower bound of its anytime interval."),
    _measure("Human quality", "human_quality_high", "1–10", _UP, "Upper bound of its anytime interval."),
    _measure("Human quality", "human_ratings", "ratings", _UP, "Ratings behind it."),
    _measure(
        "Human quality",
        "blended_quality",
        "1–10",
        _UP,
        "Mean score over all drafts, rated or not, by way of the heuristics (Särndal et al. 1992).",
    ),
    _measure("Human quality", "blended_quality_low", "1–10", _UP, "Lower bound of its 95 % interval."),
    _measure("Human quality", "blended_quality_high", "1–10", _UP, "Upper bound of that interval."),
    _measure("Text", "words_mean", "words", _NEITHER, "Mean number of words."),
    _measure("Text", "words_sd", "words", _NEITHER, "Standard deviation of the number of words."),
    _measure(
        "Text", "length_in_bounds", "share", _UP, "Texts within the kind's minimum and maximum of words."
    ),
    _measure("Text", "distinct_1", "share", _UP, "Mean share of different words (Li et al. 2016)."),
    _measure("Text", "distinct_2", "share", _UP, "Mean share of different pairs of words."),
    _measure(
        "Text",
        "self_overlap",
        "share",
        _DOWN,
        "Mean Jaccard index of 4-word shingles between texts of one kind (Broder 1997), over the kinds.",
    ),
    _measure(
        "Text",
        "topic_coverage",
        "share",
        _UP,
        "Mean share of the topic's content words that the text takes up.",
    ),
    _measure("Text", "readability_lix", "LIX", _NEITHER, "Mean LIX of prose (Björnsson 1968)."),
    _measure("Text", "refusals", "share", _DOWN, "Texts that begin by declining."),
    _measure("Text", "empty", "share", _DOWN, "Answers without a text."),
    _measure("Text", "truncated", "share", _DOWN, "Texts that end at a limit or within a sentence."),
    _measure("Structured", "json_valid", "share", _UP, "Answers of JSON kinds that parse."),
    _measure("Structured", "schema_valid", "share", _UP, "Answers of JSON kinds that satisfy the schema."),
    _measure("Structured", "law_f1", "share", _UP, "Micro F1 of laws named against the compliance set."),
    _measure("Structured", "law_precision", "share", _UP, "Named laws that the set names."),
    _measure("Structured", "law_recall", "share", _UP, "Laws of the set that were named."),
    _measure("Structured", "geo_logic_right", "share", _UP, "Answers right about geography."),
    *_DURATIONS,
    _measure(
        "Speed",
        "tokens_per_second_alone",
        "tokens/s",
        _UP,
        "Tokens written over seconds, one text at a time.",
    ),
    _measure(
        "Speed", "tokens_per_second_together", "tokens/s", _UP, "Tokens written over seconds, eight at once."
    ),
    _measure("Speed", "texts_per_hour", "texts/h", _UP, "Texts written in an hour, eight at once."),
    _measure(
        "Speed",
        "load_seconds",
        "s",
        _DOWN,
        "How much longer the first text waited for its first token than the next.",
    ),
    _measure(
        "Memory", "memory_estimate_bytes", "bytes", _DOWN, "Weights, cache and working space as planned."
    ),
    _measure("Memory", "memory_process_bytes", "bytes", _DOWN, "What the process held with it loaded."),
    _measure("Memory", "memory_driver_bytes", "bytes", _DOWN, "What the accelerator's driver had allocated."),
    _measure("Memory", "models_that_fit", "models", _UP, "Such models within this machine's memory budget."),
    _measure("Energy", "joules_per_draft", "J", _DOWN, "Mean energy of a text above the idle machine."),
    _measure("Energy", "joules_per_1000_tokens", "J", _DOWN, "Energy over tokens written, times 1,000."),
    _measure("Energy", "energy_measured", "share", _UP, "Texts whose energy a meter measured."),
    _measure("Cost", "cost_per_draft_usd", "USD", _DOWN, "Mean marginal energy cost of a text."),
    _measure(
        "Cost",
        "busy_cost_per_draft_usd",
        "USD",
        _DOWN,
        "That and the machine, its depreciation and its idle draw, for the text's busy seconds.",
    ),
    _measure(
        "Cost",
        "return_per_draft_usd",
        "USD",
        _UP,
        "What the mid cloud model would have charged for the same tokens, less the busy cost.",
    ),
    _measure("Reliability", "success", "share", _UP, "Requests that brought a text."),
    _measure("Reliability", "success_low", "share", _UP, "Lower bound of its 95 % interval (Wilson 1927)."),
    _measure("Reliability", "success_high", "share", _UP, "Upper bound of that interval."),
    _measure("Reliability", "errors", "share", _DOWN, "Requests that ended in an error."),
    _measure("Reliability", "uptime", "share", _UP, "Time of the evaluation in which the server answered."),
    _measure(
        "Reliability", "accelerator_used", "share", _UP, "Texts whose steps really ran on an accelerator."
    ),
    _measure(
        "Reliability", "machine_busy", "share", _NEITHER, "The model's own time over the time of asking."
    ),
)
"""Beside these, for each cloud model compared, savings as shares of its price.

`energy_savings_against_<cloud model>` by marginal energy, `busy_savings_against_<cloud model>` by busy time.
"""

NAMES: Final = frozenset(measure.name for measure in MEASURES)
