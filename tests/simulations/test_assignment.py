"""What assignment is for: how often does the interval of a model's mean cover it, by who chose the drafts?

Three models write 60 drafts each, whose merits have SD 1.5. Five raters without severity judge six of
each model's, with noise of SD 1: drafts they chose themselves, with odds that grow by half for
each point that they like one better; or audit drafts, all of them, or but for a fifth declined at
random, or but for those that a rater liked least. The interval is Student's, of one model's mean,
from the mean score of each judged draft.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

import numpy as np
import pytest

from evaluation.analysis.assigned import shares_by_time, shares_of_draws
from evaluation.assignment import Assignment, Candidate, draw_assignments
from evaluation.statistics.mean_interval import MeanInterval, mean_interval
from evaluation.statistics.observations import Drafts, Labels, Observations, PairVotes, Ratings
from evaluation.statistics.sample_ratio import SampleRatio, sample_ratio_test
from tests.simulations.study import FULL, SMALL, Share, generators, share

MODELS, RATERS, DRAFTS, TASKS = ("a", "b", "c"), 5, 60, 6
MEAN, MERIT_SD, NOISE_SD = 6.0, 1.5, 1.0


Scored = tuple[str, float]


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
    scores = defaultdict[str, list[float]](list)
    for rater in range(RATERS):
        for draft_id, score in judge(drafts, rater, choice, rng):
            scores[draft_id].append(score)
    found = mean_interval([float(np.mean(given)) for given in scores.values()])
    assert isinstance(found, MeanInterval)
    return found.mean, found.low, found.high


def _draw_drafts(rng: np.random.Generator) -> Draws:
    ids = [(f"{model}{number}", model) for model in MODELS for number in range(DRAFTS)]
    merits = rng.normal(MEAN, MERIT_SD, len(ids))
    return Draws(
        merits={draft_id: float(merit) for (draft_id, _), merit in zip(ids, merits, strict=True)},
        candidates=[Candidate(draft_id, model, "post", "requester") for draft_id, model in ids],
    )


def _choose(drafts: Draws, rater: int, choice: Choice, rng: np.random.Generator) -> Iterator[Scored]:
    """As many of the first model's drafts as an audit assigns."""
    ids = [f"{MODELS[0]}{number}" for number in range(DRAFTS)]
    felt = [drafts.merits[draft_id] + rng.normal(0, NOISE_SD) for draft_id in ids]
    odds = 1.5 ** np.array(felt)
    for place in rng.choice(DRAFTS, TASKS, replace=False, p=odds / odds.sum()):
        yield ids[place], felt[place]


def _audit(drafts: Draws, rater: int, choice: Choice, rng: np.random.Generator) -> Iterator[Scored]:
    """The first model's drafts among the rater's tasks, but for those they declined."""
    random = Random(int(rng.integers(2**32)))
    for task in draw_assignments(f"r{rater}", drafts.candidates, [], TASKS * len(MODELS), random):
        felt = drafts.merits[task.draft_id] + rng.normal(0, NOISE_SD)
        declined = {
            Choice.DECLINED_AT_RANDOM: rng.random() < 0.2,
            Choice.DECLINED_BY_DISLIKE: felt < MEAN - 0.84 * np.hypot(MERIT_SD, NOISE_SD),
        }
        if task.arm == MODELS[0] and not declined.get(choice, False):
            yield task.draft_id, felt


@pytest.mark.parametrize("choice", [Choice.AUDIT, Choice.DECLINED_AT_RANDOM], ids=str)
def test_audited_means_are_covered(choice: Choice) -> None:
    covered, _ = coverage(choice, SMALL // 2)
    assert covered.at_least(0.95)


def test_means_of_what_people_chose_are_not() -> None:
    covered, bias = coverage(Choice.SELF, SMALL // 2)
    assert covered.value < 0.3
    assert bias > 0.5


class Shares(StrEnum):
    NOTED = "as noted with each draw"
    BY_TIME = "even among models in use"
    EVEN = "even"


def false_alarms(shares: Shares, replicates: int) -> Share:
    """How often the sample-ratio check blames sound assignments for a model that joins or leaves."""
    p_values = [_check(shares, _draw_half_a_year(rng)) for rng in generators(34, replicates)]
    return share([p is not None and p < 0.001 for p in p_values])


def _draw_half_a_year(rng: np.random.Generator) -> list[Assignment]:
    """Five raters, three tasks a week each: a, b and c at first, d from week 14 on, c until week 20."""
    random = Random(int(rng.integers(2**32)))
    past: dict[int, list[Assignment]] = {rater: [] for rater in range(RATERS)}
    drawn = []
    for week in range(26):
        models = ["a", "b", *(["c"] if week < 20 else []), *(["d"] if week >= 14 else [])]
        candidates = [
            Candidate(f"{model}{week}-{number}", model, "post", "requester")
            for model in models
            for number in range(4)
        ]
        for rater, tasks in past.items():
            new = draw_assignments(f"r{rater}", candidates, tasks, 3, random)
            past[rater] = tasks + new
            drawn += new
    return drawn


def _check(shares: Shares, tasks: list[Assignment]) -> float | None:
    if shares is Shares.NOTED:
        counts = shares_of_draws((task.arm, tuple(task.drawn_from)) for task in tasks)
    else:
        counts = shares_by_time(_as_ratings(tasks, timed=shares is Shares.BY_TIME))
    assert counts is not None
    found = sample_ratio_test(counts.observed, counts.expected)
    return found.p if isinstance(found, SampleRatio) else None


def _as_ratings(tasks: list[Assignment], *, timed: bool) -> Observations:
    names = tuple(sorted({task.arm for task in tasks}))
    n = len(tasks)
    code = np.array([names.index(task.arm) for task in tasks])
    zeros, unknown = np.zeros(n, dtype=np.int64), np.full(n, np.nan)
    ratings = Ratings(
        draft=np.arange(n),
        rater=zeros,
        score=np.full(n, 7.0),
        thumb=unknown,
        at=np.arange(n, dtype=np.float64) if timed else unknown,
        assigned=np.ones(n, dtype=bool),
        propensity=unknown,
        model_guess=zeros - 2,
    )
    none = zeros[:0]
    votes = PairVotes(none, none, none, none, none, none, none, unknown[:0])
    return Observations(Labels(names, ("post",), ("r",)), Drafts(code, zeros, unknown), ratings, votes)


@pytest.mark.parametrize("shares", [Shares.NOTED, Shares.BY_TIME], ids=str)
def test_a_model_that_joins_or_leaves_raises_no_false_alarm(shares: Shares) -> None:
    assert false_alarms(shares, SMALL // 2).at_most(0.001)


def test_even_shares_would_blame_it() -> None:
    assert false_alarms(Shares.EVEN, 20).value > 0.9


def study(replicates: int = FULL // 5) -> str:
    """The table of docs/statistics.md."""
    lines = ["| drafts | coverage of the mean | bias in points |", "|---|---|---|"]
    for choice in Choice:
        covered, bias = coverage(choice, replicates)
        lines.append(f"| {choice} | {covered} | {bias:+.2f} |")
    lines += ["", "| expected shares | false alarms |", "|---|---|"]
    lines += [f"| {shares} | {false_alarms(shares, replicates)} |" for shares in Shares]
    return "\n".join(lines)
