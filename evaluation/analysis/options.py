"""What a team may decide about its analysis. No library is loaded for it."""

from dataclasses import dataclass

from evaluation.statistics.requirements import THRESHOLD


@dataclass(frozen=True)
class Options:
    """What a team may decide: its threshold, the margin within which models count as equal, a seed.

    `permutations` are half of the work and enter no verdict; without them `p_permutation` is null. The last
    three ask for more (`questions`): an `incumbent` model that all others are held against, the `horizon` in
    scores a model that an experiment declared, intervals with a `finite_sample` guarantee.
    """

    threshold: float = THRESHOLD
    margin: float = 0.5
    confidence: float = 0.95
    seed: int = 0
    permutations: bool = True
    incumbent: str | None = None
    horizon: int | None = None
    finite_sample: bool = False
