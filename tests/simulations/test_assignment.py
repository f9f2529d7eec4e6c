"""What assignment is for: how often does the interval of a model's mean cover it, by who chose the drafts?

Three models write 60 drafts each, whose merits have SD 1.5. Five raters without severity judge about
30 of each model's, with noise of SD 1: drafts they chose themselves, the likelier the better
they find them; or audit drafts, all of them, or but for a fifth declined at random, or but for
those that a rater liked least. The interval is Student's, of one model's mean.
"""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

import numpy as np
import pytest

from evaluation.assignment import Candidate, draw_assignments
from evaluation.statistics.mean_interval import MeanInterval, mean_interval
from tests.simulations.study import FULL, SMALL, Share, generators, share

MODELS, RATERS, DRAFTS, TASKS = ("a", "b", "c"), 5, 60, 6
MEAN, MERIT_SD, NOISE_SD = 6.0, 1.5, 1.0


class Choice(StrEnum):
    SELF = "chosen by liking"
    AUDIT = "audit"
    DECLINED_AT_RANDOM = "audit, a fifth declined at random"
    DECLINED_BY_DISLIKE = "audit, the least liked fifth declined"


@dataclass(frozen=True)
class Draws:
    """The merits of the drafts by id, and who might be asked about them."""

    merits: dict[str, float]
    candidates: list[Candidate]


def coverage(choice: Choice, replicates: int) -> tuple[Share, float]:
    """How often the interval covers the model's mean, and by how much its centre is off on average."""
    found = [_replicate(choice, rng) for rng in generators(33, replicates)]
    return share([low <= MEAN <= high for _, low, high in found]), float(
        np.mean([mean - MEAN for mean, _, _ in found])
    )


def _replicate(choice: Choice, rng: np.random.Generator) -> tuple[float, float, float]:
    drafts = _draw_drafts(rng)
    judge = _choose if choice is Choice.SELF else _audit
    scores = [score for rater in range(RATERS) for score in judge(drafts, rater, choice, rng)]
    found = mean_interval(scores)
    assert isinstance(found, MeanInterval)
    return found.mean, found.low, found.high


def _draw_drafts(rng: np.random.Generator) -> Draws:
    ids = [(f"{model}{number}", model) for model in MODELS for number in range(DRAFTS)]
    merits = rng.normal(MEAN, MERIT_SD, len(ids))
    return Draws(
        merits={draft_id: float(merit) for (draft_id, _), merit in zip(ids, merits, strict=True)},
        candidates=[Candidate(draft_id, model, "post", "requester") for draft_id, model in ids],
    )


def _choose(drafts: Draws, rater: int, choice: Choice, rng: np.random.Generator) -> list[float]:
    """Scores of as many of the first model's drafts as an audit assigns; odds double with each half point."""
    felt = [drafts.merits[f"{MODELS[0]}{n}"] + rng.normal(0, NOISE_SD) for n in range(DRAFTS)]
    odds = np.exp(2 * np.log(2) * np.array(felt))
    return list(rng.choice(felt, TASKS, replace=False, p=odds / odds.sum()))


def _audit(drafts: Draws, rater: int, choice: Choice, rng: np.random.Generator) -> list[float]:
    """Scores of the first model's drafts among the rater's tasks, but for those they declined."""
    random = Random(int(rng.integers(2**32)))
    tasks = draw_assignments(f"rater-{rater}", drafts.candidates, [], TASKS * len(MODELS), random)
    felt = [drafts.merits[t.draft_id] + rng.normal(0, NOISE_SD) for t in tasks if t.arm == MODELS[0]]
    if choice is Choice.DECLINED_AT_RANDOM:
        return [score for score in felt if rng.random() < 0.8]
    if choice is Choice.DECLINED_BY_DISLIKE:
        return [score for score in felt if score > MEAN - 0.84 * np.hypot(MERIT_SD, NOISE_SD)]
    return felt


@pytest.mark.parametrize("choice", [Choice.AUDIT, Choice.DECLINED_AT_RANDOM], ids=str)
def test_audited_means_are_covered(choice: Choice) -> None:
    covered, _ = coverage(choice, SMALL // 2)
    assert covered.at_least(0.95)


def test_means_of_what_people_chose_are_not() -> None:
    covered, bias = coverage(Choice.SELF, SMALL // 2)
    assert covered.value < 0.3
    assert bias > 0.5


def study(replicates: int = FULL // 5) -> str:
    """The table of docs/statistics.md."""
    lines = ["| drafts | coverage of the mean | bias in points |", "|---|---|---|"]
    for choice in Choice:
        covered, bias = coverage(choice, replicates)
        lines.append(f"| {choice} | {covered} | {bias:+.2f} |")
    return "\n".join(lines)
