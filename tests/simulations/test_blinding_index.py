"""How often do blinding indices raise an alarm about raters who know nothing, and cover the truth?

Raters say "no idea" half of the time. Who knows nothing names a model at random, or a
favourite; who knows names the right one with some probability and guesses otherwise.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import ndtri

from evaluation.statistics.blinding_index import BangIndex, Blinding, blinding_index
from evaluation.statistics.observations import Codes
from tests.simulations.study import FULL, SMALL, Share, generators, share

NO_IDEA_SHARE = 0.5
WEEKS = 26


@dataclass(frozen=True)
class Case:
    n_arms: int
    per_arm: int
    knowing: float = 0.0
    favourite: float = 0.0


NOTHING_KNOWN = (Case(2, 10), Case(2, 40), Case(5, 10), Case(5, 40))
FAVOURITES = (Case(2, 40, favourite=0.6), Case(5, 40, favourite=0.6))
KNOWN = (Case(2, 10, 0.3), Case(2, 40, 0.3), Case(5, 10, 0.3), Case(5, 40, 0.3))


@dataclass(frozen=True)
class Outcome:
    alarm: bool
    recognised: bool
    anytime_alarm: bool
    covered: list[bool]
    covered_by_wald: list[bool]


def outcomes(case: Case, replicates: int) -> list[Outcome]:
    return [_replicate(case, rng) for rng in generators(11, replicates)]


def _replicate(case: Case, rng: np.random.Generator) -> Outcome:
    arm, guess = draw_answers(case, rng)
    found = blinding_index(arm, guess, case.n_arms)
    assert isinstance(found, Blinding)
    lines = [line for line in found.bang if isinstance(line, BangIndex)]
    truth = (1 - NO_IDEA_SHARE) * case.knowing
    wald = ndtri(0.975) * np.array([line.standard_error for line in lines])
    return Outcome(
        alarm=found.alarm,
        recognised=found.recognised,
        anytime_alarm=found.anytime_alarm,
        covered=[line.low <= truth <= line.high for line in lines],
        covered_by_wald=[abs(line.index - truth) <= w for line, w in zip(lines, wald, strict=True)],
    )


def draw_answers(case: Case, rng: np.random.Generator) -> tuple[Codes, Codes]:
    """In an order in which arms take turns."""
    arm = np.tile(np.arange(case.n_arms), case.per_arm)
    guess = rng.integers(0, case.n_arms, len(arm))
    guess = np.where(rng.random(len(arm)) < case.favourite, 0, guess)
    guess = np.where(rng.random(len(arm)) < case.knowing, arm, guess)
    return arm, np.where(rng.random(len(arm)) < NO_IDEA_SHARE, -1, guess)


def ever_alarmed(case: Case, replicates: int) -> tuple[Share, Share]:
    """Over 26 looks at growing answers: alarm, and anytime alarm."""
    ever = [_looks(case, rng) for rng in generators(12, replicates)]
    return share([alarm for alarm, _ in ever]), share([anytime for _, anytime in ever])


def _looks(case: Case, rng: np.random.Generator) -> tuple[bool, bool]:
    arm, guess = draw_answers(case, rng)
    ends = np.unique(np.linspace(5 * case.n_arms, len(arm), WEEKS).astype(int))
    found = [blinding_index(arm[:end], guess[:end], case.n_arms) for end in ends]
    known = [one for one in found if isinstance(one, Blinding)]
    return any(one.alarm for one in known), any(one.anytime_alarm for one in known)


@pytest.mark.parametrize("case", NOTHING_KNOWN, ids=str)
def test_raters_who_know_nothing_raise_no_alarm(case: Case) -> None:
    found = outcomes(case, SMALL)
    assert share([one.alarm for one in found]).at_most(0.05)


@pytest.mark.parametrize("case", [NOTHING_KNOWN[1], KNOWN[0], KNOWN[3]], ids=str)
def test_intervals_of_bang_s_index_cover_it(case: Case) -> None:
    found = outcomes(case, SMALL)
    assert share([hit for one in found for hit in one.covered]).at_least(0.95)


def test_a_favourite_is_told_from_knowledge() -> None:
    found = outcomes(FAVOURITES[0], SMALL)
    assert share([one.alarm for one in found]).value > 0.5
    assert share([one.recognised for one in found]).at_most(0.05)


def test_the_anytime_alarm_stands_26_looks() -> None:
    _, anytime = ever_alarmed(NOTHING_KNOWN[1], SMALL // 4)
    assert anytime.at_most(0.05)


def study(replicates: int = FULL // 2) -> str:
    """The two tables of docs/statistics.md."""
    lines = [
        "| arms | answers each | knowing | favourite | alarm | recognised | anytime | coverage | Wald's |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for case in (*NOTHING_KNOWN, *FAVOURITES, *KNOWN):
        found = outcomes(case, replicates)
        shares = [share([getattr(one, name) for one in found]) for name in ("alarm", "recognised")]
        shares.append(share([one.anytime_alarm for one in found]))
        covered = [share([hit for one in found for hit in one.covered])]
        covered.append(share([hit for one in found for hit in one.covered_by_wald]))
        cells = [*map(str, shares), *(["–", "–"] if case.favourite else map(str, covered))]
        head = f"| {case.n_arms} | {case.per_arm} | {case.knowing} | {case.favourite} "
        lines.append(f"{head}| {' | '.join(cells)} |")
    lines += ["", "| arms | answers each | alarm at one of 26 looks | anytime alarm |", "|---|---|---|---|"]
    for case in (NOTHING_KNOWN[1], NOTHING_KNOWN[3]):
        ever, anytime = ever_alarmed(case, replicates // 5)
        lines.append(f"| {case.n_arms} | {case.per_arm} | {ever} | {anytime} |")
    return "\n".join(lines)
