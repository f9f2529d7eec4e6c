"""Blinding indices: a published table, cases worked out by hand, and few or unanimous answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from evaluation.statistics.blinding_index import (
    BangIndex,
    Blinding,
    JamesIndex,
    OverallIndex,
    blinding_index,
)
from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes

Table = list[list[int]]


def answers(table: Table) -> tuple[Codes, Codes]:
    """Parallel codes of a table of arms × (guesses…, no idea)."""
    cells = [(arm, guess, count) for arm, row in enumerate(table) for guess, count in enumerate(row)]
    arms = np.repeat([arm for arm, _, _ in cells], [count for *_, count in cells])
    guesses = np.repeat([guess for _, guess, _ in cells], [count for *_, count in cells])
    return arms, np.where(guesses == len(table), -1, guesses)


def blinding(table: Table) -> Blinding:
    found = blinding_index(*answers(table), len(table))
    assert isinstance(found, Blinding)
    return found


def bang(table: Table, arm: int = 0) -> BangIndex:
    found = blinding(table).bang[arm]
    assert isinstance(found, BangIndex)
    return found


PUBLISHED = [[48, 4, 330], [22, 30, 319]]


def test_the_published_table() -> None:
    """The example of BlindingIndex.jl, whose numbers are those of the R package BI, to three digits."""
    found = blinding(PUBLISHED)
    james, (treatment, placebo) = found.james, found.bang
    assert isinstance(james, JamesIndex)
    assert isinstance(treatment, BangIndex)
    assert isinstance(placebo, BangIndex)
    assert (james.index, james.standard_error) == pytest.approx((0.896, 0.011), abs=5e-4)
    assert (james.low, james.high) == pytest.approx((0.875, 0.918), abs=5e-4)
    assert (treatment.index, treatment.standard_error) == pytest.approx((0.115, 0.018), abs=5e-4)
    assert (placebo.index, placebo.standard_error) == pytest.approx((0.022, 0.019), abs=5e-4)
    # Wald's intervals there; not far from ours for answers as many as these.
    assert (treatment.low, treatment.high) == pytest.approx((0.080, 0.150), abs=0.005)
    assert (placebo.low, placebo.high) == pytest.approx((-0.016, 0.060), abs=0.005)
    assert (treatment.alarm, placebo.alarm, found.alarm, found.recognised) == (True, False, True, True)


def test_three_arms_by_hand() -> None:
    """Of 10 answers 4 right, 2 wrong: .4 − .2/2 = .3; the variance (.4 + .2/4 − .3²)/10."""
    found = bang([[4, 1, 1, 4], [0, 0, 0, 5], [0, 0, 0, 5]])
    assert found.index == pytest.approx(0.3)
    assert found.standard_error == pytest.approx(np.sqrt(0.036))
    assert (found.n, found.n_guessed, found.n_correct) == (10, 6, 4)


def test_james_by_hand() -> None:
    """No "no idea"; wrong ¼ where chance gives ½: (1 + 0 + 1 · (½ − 1))/2 = ¼."""
    james = blinding([[6, 2, 0], [2, 6, 0]]).james
    assert isinstance(james, JamesIndex)
    assert james.index == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("table", "index"),
    [([[5, 0, 0], [0, 5, 0]], 0.0), ([[4, 4, 0], [4, 4, 0]], 0.5), ([[0, 0, 5], [0, 0, 5]], 1.0)],
)
def test_james_at_its_landmarks_is_never_without_doubt(table: Table, index: float) -> None:
    james = blinding(table).james
    assert isinstance(james, JamesIndex)
    assert james.index == pytest.approx(index)
    assert james.low <= index <= james.high
    assert james.high - james.low > 0.1


def test_a_few_guesses_that_agree_are_no_alarm() -> None:
    """Wald's bound would be 1: three of three right happen by chance 1 time in 8."""
    found = bang([[3, 0, 2], [0, 0, 5]])
    assert found.index == pytest.approx(0.6)
    assert found.low < 0 < found.high
    assert not found.alarm


@settings(deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(2, 5))
def test_an_alarm_is_exactly_a_rejection(right: int, wrong: int, unsure: int, n_arms: int) -> None:
    table = [[0] * (n_arms + 1) for _ in range(n_arms)]
    table[0][0], table[0][1], table[0][-1] = right, wrong, unsure + 5
    found = bang(table)
    assert -1 / (n_arms - 1) <= found.low <= found.index <= found.high <= 1
    if right + wrong > 0:
        guesses = binomtest(right, right + wrong, 1 / n_arms, alternative="greater")
        assert found.alarm == (guesses.pvalue <= 0.05 / n_arms)


@settings(deadline=None)
@given(st.lists(st.integers(0, 12), min_size=12, max_size=12), st.permutations(range(3)))
def test_names_of_arms_do_not_matter(counts: list[int], order: list[int]) -> None:
    table = np.array(counts).reshape(3, 4)
    renamed = np.column_stack([table[:, order], table[:, 3]])[order]
    one, other = (blinding_index(*answers(t.tolist()), 3) for t in (table, renamed))
    if isinstance(one, Blinding) and isinstance(other, Blinding):
        for place, arm in enumerate(order):
            was, became = one.bang[arm], other.bang[place]
            if isinstance(was, BangIndex) and isinstance(became, BangIndex):
                assert (became.index, became.bound) == pytest.approx((was.index, was.bound))
            else:
                assert became == was
        assert one.alarm == other.alarm
        if isinstance(one.james, JamesIndex) and isinstance(other.james, JamesIndex):
            assert one.james.index == pytest.approx(other.james.index)
            assert one.james.standard_error == pytest.approx(other.james.standard_error)
    else:
        assert one == other


def test_a_favourite_name_is_an_alarm_but_not_recognition() -> None:
    found = blinding([[40, 5, 0], [40, 5, 0]])
    assert isinstance(found.overall, OverallIndex)
    assert found.overall.index == pytest.approx(0.0)
    assert (found.alarm, found.recognised) == (True, False)


def test_who_was_not_asked_does_not_count() -> None:
    arm, guess = answers(PUBLISHED)
    more = blinding_index(np.r_[arm, 0, 1, 1], np.r_[guess, -2, -2, -2], 2)
    assert more == blinding_index(arm, guess, 2)


def test_little_data() -> None:
    assert blinding_index(*answers([[2, 0, 2], [1, 1, 1]]), 2) == NotEnoughData(n=4, required=5)
    assert blinding_index(np.array([], dtype=int), np.array([], dtype=int), 2) == NotEnoughData(0, 5)
    found = blinding([[3, 1, 4], [1, 1, 1]])
    assert found.bang[1] == NotEnoughData(n=3, required=5)
    assert found.overall == NotEnoughData(n=1, required=2)
    assert blinding([[9, 0, 1], [0, 0, 9]]).james == NotEnoughData(n=1, required=2)


@pytest.mark.parametrize(
    ("arm", "guess", "n_arms", "confidence"),
    [
        ([2], [0], 2, 0.95),
        ([0], [2], 2, 0.95),
        ([0], [-3], 2, 0.95),
        ([0], [0], 1, 0.95),
        ([0], [0], 2, 1.0),
        ([0, 1], [0], 2, 0.95),
    ],
)
def test_malformed_input_is_refused(arm: list[int], guess: list[int], n_arms: int, confidence: float) -> None:
    with pytest.raises(ValueError, match=r"arm|confidence"):
        blinding_index(np.array(arm), np.array(guess), n_arms, confidence=confidence)
