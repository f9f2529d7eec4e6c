"""How fast models are beside each other, on the same topics with the same seeds.

Times have long tails and differ by a factor rather than by seconds, so they are compared as ratios: the
mean of the logarithms of the pairs' ratios, with Student's interval, taken back from the logarithm.
"""

from collections.abc import Callable, Sequence
from math import exp, log
from typing import Final

from evaluation.offline.document import PaceName, PaceRatio
from evaluation.offline.pairing import by_model, paired
from evaluation.offline.record import Sample

_FIGURES: Final[dict[PaceName, Callable[[Sample], float | None]]] = {
    "latency_seconds": lambda sample: sample.waited_seconds,
    "first_token_seconds": lambda sample: sample.time_to_first_token_seconds,
    "tokens_per_second": lambda sample: sample.completion_tokens / sample.waited_seconds,
}


def compare_pace(samples: Sequence[Sample], confidence: float) -> tuple[PaceRatio, ...]:
    """Every two models that wrote about at least five topics in common; `samples` written alone.

    All intervals hold together (Bonferroni over pairs of models and the three figures). They know how
    texts differ, and nothing of what else the machine did while one of the two was measured.
    """
    found = {name: paired(by_model(_known(samples, of)), _log_ratio) for name, of in _FIGURES.items()}
    level = 1 - (1 - confidence) / max(1, sum(map(len, found.values())))
    ratios = []
    for name, pairs in found.items():
        for (a, b), ratio in pairs.items():
            low, high = ratio.interval(level)
            ratios.append(
                PaceRatio(
                    figure=name,
                    a=a,
                    b=b,
                    n_pairs=ratio.n,
                    ratio=exp(ratio.mean),
                    low=exp(low),
                    high=exp(high),
                )
            )
    return tuple(ratios)


def _known(samples: Sequence[Sample], of: Callable[[Sample], float | None]) -> list[tuple[Sample, float]]:
    """A figure of 0 has no logarithm: a server that counts no tokens says nothing of its pace."""
    figures = ((sample, of(sample)) for sample in samples if sample.succeeded and sample.waited_seconds > 0)
    return [(sample, figure) for sample, figure in figures if figure]


def _log_ratio(own: float, other: float) -> float:
    return log(own / other)
