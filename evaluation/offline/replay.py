"""What can and what cannot be concluded from the tables of the field guides that Copydesk began from.

The figures are in `field_guide.toml`, as far as they are known; nothing was filled in.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import combinations
from math import sqrt

from scipy.special import stdtrit

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.welch import Summary, WelchTest, welch_from_summaries

CONFIDENCE = 0.95
GB = 1e9


@dataclass(frozen=True)
class StatedQuality:
    """A mean and its ± as the guide gave them, and the interval that so few texts allow."""

    model: str
    mean: float
    spread: float
    texts: int
    crowned: bool
    low: float
    high: float


@dataclass(frozen=True)
class StatedMemory:
    """What the guide says that a model takes, and what its weights alone take. Bytes."""

    model: str
    stated_bytes: float
    weights_bytes: float


@dataclass(frozen=True)
class Replay:
    """The guides' figures beside what follows from them, in sentences."""

    quality: tuple[StatedQuality, ...]
    memory: tuple[StatedMemory, ...]
    without_figures: tuple[str, ...]
    findings: tuple[str, ...]


def replay_field_guide(parameters: Mapping[str, int]) -> Replay:
    """Read the guides' figures again. `parameters` by model, for those whose memory was stated.

    The ± is read as a standard deviation, which is kindest to the guide: as a standard error it would
    mean more spread still.
    """
    table = tomllib.loads(files(__package__).joinpath("field_guide.toml").read_text("utf-8"))
    quality = tuple(_quality(**row) for row in table["quality"])
    memory = tuple(
        StatedMemory(
            row["model"],
            row["stated_gb"] * GB,
            float(parameters[row["model"]] * row["bytes_per_parameter"]),
        )
        for row in table["memory"]
    )
    known = {line.model for line in quality}
    return Replay(
        quality=quality,
        memory=memory,
        without_figures=tuple(
            name for group in table["named"] for name in group["models"] if name not in known
        ),
        findings=(
            *(_compared(a, b) for a, b in combinations(quality, 2)),
            *(_remeasured(**row) for row in table["remeasured"]),
            *(_weighed(line) for line in memory),
        ),
    )


def _quality(model: str, mean: float, spread: float, texts: int, crowned: bool = False) -> StatedQuality:
    margin = float(stdtrit(texts - 1, (1 + CONFIDENCE) / 2)) * spread / sqrt(texts)
    return StatedQuality(model, mean, spread, texts, crowned, mean - margin, mean + margin)


def _compared(a: StatedQuality, b: StatedQuality) -> str:
    found = welch_from_summaries(
        Summary(a.mean, a.spread, a.texts), Summary(b.mean, b.spread, b.texts), confidence=CONFIDENCE
    )
    if isinstance(found, NotEnoughData):
        return f"{a.model} and {b.model} cannot be compared: too few texts."
    interval = f"{found.difference:+.2f} ({found.low:+.2f} to {found.high:+.2f}, Welch, p = {found.p:.2f})"
    if found.low <= 0 <= found.high:
        return (
            f"{a.model} and {b.model} are not separable: {interval}. "
            f"The guide crowned {(a if a.crowned else b).model} all the same.{_wanted(a, b)}"
        )
    return f"{(a if found.difference > 0 else b).model} was rated higher: {interval}."


def _wanted(a: StatedQuality, b: StatedQuality) -> str:
    """How many texts of each would have told, if means and spreads are what they look."""
    for n in range(2, 10_001):
        tried = welch_from_summaries(Summary(a.mean, a.spread, n), Summary(b.mean, b.spread, n))
        if isinstance(tried, WelchTest) and abs(tried.difference) > tried.high - tried.difference:
            return f" If it is as it looks, {n} texts of each would have told."
    return ""


def _remeasured(first: float, first_texts: int, again: float, again_texts: int) -> str:
    return (
        f"A mean of {first:.1f} from {first_texts} texts became {again:.1f} with {again_texts}: "
        "a few texts that somebody picked say little about the next."
    )


def _weighed(line: StatedMemory) -> str:
    return (
        f"{line.stated_bytes / GB:.1f} GB were stated for {line.model}; its weights alone take "
        f"{line.weights_bytes / GB:.1f} GB. A file that is mapped into memory counts only once it is read."
    )
