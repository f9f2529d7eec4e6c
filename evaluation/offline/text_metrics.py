"""What a model's texts are like: heuristic scores, consistency, wording, structured answers."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import stdev, variance
from typing import Any

from jsonschema import Draft202012Validator

from evaluation.compliance_score import ComplianceSet, read_compliance_set, score
from evaluation.offline.figures import Figures, mean, share
from evaluation.offline.grouped_mean import grouped_mean
from evaluation.offline.pairing import topic_of
from evaluation.offline.record import Sample
from evaluation.offline.scores import Kind, ScoredText
from evaluation.offline.text_measures import (
    breaks_off,
    distinct_share,
    is_refusal,
    readability,
    self_overlap,
    topic_coverage,
)
from evaluation.tables import Dimension

CONFIDENCE = 0.95
"""Of each metric's own interval; those that a decision rests on hold together."""


def heuristic_figures(texts: Sequence[ScoredText]) -> Figures:
    figures: Figures = {}
    columns = {"heuristic": [text.composite for text in texts]} | {
        dimension.value: [text.scores[dimension] for text in texts]
        for dimension in Dimension
        if dimension is not Dimension.FIELD_GUIDE
    }
    topics = [topic_of(text.sample) for text in texts]
    for name, values in columns.items():
        known = grouped_mean(zip(topics, values, strict=True))
        figures[f"{name}_mean"] = mean(values)
        figures[f"{name}_low"], figures[f"{name}_high"] = (
            known.interval(CONFIDENCE) if known else (None, None)
        )
        figures[f"{name}_sd"] = stdev(values) if len(values) > 1 else None
    figures["field_guide_mean"] = mean([text.scores[Dimension.FIELD_GUIDE] for text in texts])
    return figures


def consistency(again: Sequence[ScoredText]) -> float | None:
    """The pooled standard deviation over groups of at least two texts on one topic."""
    groups: dict[str, list[float]] = defaultdict(list)
    for text in again:
        groups[text.sample.topic.topic].append(text.composite)
    spreads = [(len(group) - 1, variance(group)) for group in groups.values() if len(group) > 1]
    weight = sum(df for df, _ in spreads)
    return sqrt(sum(df * spread for df, spread in spreads) / weight) if weight else None


def wording_figures(alone: Sequence[Sample], texts: Sequence[ScoredText]) -> Figures:
    prose = [text for text in texts if text.kind.json_schema is None]
    words = [float(len(text.text.words)) for text in texts]
    answered = [sample for sample in alone if sample.error is None]
    return {
        "words_mean": mean(words),
        "words_sd": stdev(words) if len(words) > 1 else None,
        "length_in_bounds": share(_is_in_bounds(text) for text in prose),
        "distinct_1": mean(distinct_share(text.text, 1) for text in prose),
        "distinct_2": mean(distinct_share(text.text, 2) for text in prose),
        "self_overlap": mean(self_overlap([each.text for each in group]) for group in _by_kind(prose)),
        "topic_coverage": mean(topic_coverage(text.text, text.sample.topic.topic) for text in prose),
        "readability_lix": mean(readability(text.text) for text in prose),
        "refusals": share(is_refusal(text.sample.text) for text in texts),
        "empty": share(not sample.text.strip() for sample in answered),
        "truncated": share(breaks_off(text.text, text.sample.finish_reason) for text in texts),
    }


def structured_figures(alone: Sequence[Sample], kinds: Mapping[str, Kind]) -> Figures:
    """An answer that did not come is not valid. Laws are scored on the features that were asked about."""
    schemas = [(sample, kinds[sample.topic.content_type].json_schema) for sample in alone]
    asked = [(sample, schema) for sample, schema in schemas if schema is not None]
    parsed = [(_parsed(sample.text), schema) for sample, schema in asked]
    answers = {sample.topic.feature: sample.text for sample, _ in asked if sample.topic.feature}
    laws = score(_only(read_compliance_set(), answers), answers) if answers else None
    return {
        "json_valid": share(value is not None for value, _ in parsed),
        "schema_valid": share(
            value is not None and Draft202012Validator(schema).is_valid(value) for value, schema in parsed
        ),
        "law_f1": laws.micro_f1.value if laws else None,
        "law_precision": laws.precision if laws else None,
        "law_recall": laws.recall if laws else None,
        "geo_logic_right": laws.needs_geo_logic.value if laws else None,
    }


def _is_in_bounds(text: ScoredText) -> bool:
    return text.kind.length.min_words <= len(text.text.words) <= text.kind.length.max_words


def _by_kind(texts: Sequence[ScoredText]) -> list[list[ScoredText]]:
    groups: dict[str, list[ScoredText]] = defaultdict(list)
    for text in texts:
        groups[text.sample.topic.content_type].append(text)
    return list(groups.values())


def _parsed(text: str) -> Any:
    try:
        value: Any = json.loads(text)
    except ValueError:
        return None
    return value


def _only(reference: ComplianceSet, answers: Mapping[str, str]) -> ComplianceSet:
    features = tuple(feature for feature in reference.features if feature.id in answers)
    return ComplianceSet(features, reference.law_names)
