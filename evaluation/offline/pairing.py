"""Texts of two models on the same topic with the same seed: a pair."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations

from evaluation.offline.grouped_mean import GroupedMean, grouped_mean
from evaluation.offline.record import Sample

Topic = tuple[str, str]
"""A kind of text and what it is about."""
Place = tuple[Topic, int]
"""A topic and a seed: at the same place every model was asked for the same."""
Figures = Mapping[str, Mapping[Place, float]]
"""A figure of each text, by model and place."""


def by_model(figures: Iterable[tuple[Sample, float]]) -> Figures:
    found: defaultdict[str, dict[Place, float]] = defaultdict(dict)
    for sample, figure in figures:
        found[sample.model][topic_of(sample), sample.seed] = figure
    return found


def topic_of(sample: Sample) -> Topic:
    return sample.topic.content_type, sample.topic.topic


def paired(figures: Figures, compare: Callable[[float, float], float]) -> dict[tuple[str, str], GroupedMean]:
    """What `compare` says of each pair's figures, in the mean over the topics of two models.

    For every two models, in alphabetical order, that share at least five topics.
    """
    found = {}
    for a, b in combinations(sorted(figures), 2):
        shared = sorted(figures[a].keys() & figures[b].keys())
        mean = grouped_mean((place[0], compare(figures[a][place], figures[b][place])) for place in shared)
        if mean is not None:
            found[a, b] = mean
    return found
