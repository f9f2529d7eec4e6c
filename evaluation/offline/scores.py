"""The heuristic scores of an evaluation's texts, each computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.draft_text import DraftText
from evaluation.heuristics import LengthRule, composite, score_draft
from evaluation.offline.record import Sample
from evaluation.tables import Dimension


@dataclass(frozen=True)
class Kind:
    """What a kind of text asks for; with a `json_schema` it is JSON."""

    length: LengthRule
    json_schema: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ScoredText:
    """A text that came, its kind, and its scores from 0 to 10 by dimension."""

    sample: Sample
    kind: Kind
    text: DraftText
    scores: Mapping[Dimension, float]

    @property
    def composite(self) -> float:
        """The mean of the four dimensions."""
        value = composite(self.scores)
        assert value is not None  # score_draft gives all dimensions
        return value


def score_texts(samples: Sequence[Sample], kinds: Mapping[str, Kind]) -> tuple[ScoredText, ...]:
    """The samples that brought a text, scored. Raises KeyError for a kind that is not among `kinds`."""
    return tuple(_scored(sample, kinds[sample.topic.content_type]) for sample in samples if sample.succeeded)


def _scored(sample: Sample, kind: Kind) -> ScoredText:
    scores = {score.dimension: score.value for score in score_draft(sample.text, kind.length)}
    return ScoredText(sample, kind, DraftText(sample.text), scores)
