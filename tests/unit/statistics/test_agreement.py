"""How far raters agree: Krippendorff's and Shrout and Fleiss's published tables, single raters."""

import numpy as np
import pytest

from evaluation.statistics.agreement import Agreement, Level, krippendorff_alpha
from evaluation.statistics.heuristic_validity import Validity, Verdict, heuristic_validity
from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Floats
from evaluation.statistics.reliability import Reliability, ShroutFleiss, draft_reliability, shrout_fleiss
from evaluation.statistics.severity import rater_severity

# Four observers and twelve units, 0 for a missing value: Krippendorff (2011).
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
)
# Six targets and four judges: Shrout and Fleiss (1979), table 2.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7.0]])


def _rng() -> np.random.Generator:
    return np.random.default_rng(11)


def _rows(table: Codes) -> tuple[Codes, Floats]:
    _, unit = np.nonzero(table)
    return unit, table[np.nonzero(table)].astype(np.float64)


class TestKrippendorff:
    @pytest.mark.parametrize(
        ("level", "alpha"),
        [
            (Level.NOMINAL, 0.743421),
            (Level.ORDINAL, 0.815388),
            (Level.INTERVAL, 0.849107),
            (Level.RATIO, 0.797403),
        ],
    )
    def test_published_example(self, level: Level, alpha: float) -> None:
        found = krippendorff_alpha(*_rows(OBSERVERS), level, _rng())
        assert isinstance(found, Agreement)
        assert found.alpha == pytest.approx(alpha, abs=1e-6)
        assert found.low < alpha < found.high
        assert found.n_units == 11

    def test_chance_is_zero_and_agreement_is_one(self) -> None:
        rng = _rng()
        unit = np.repeat(np.arange(400), 3)
        chance = krippendorff_alpha(unit, rng.integers(1, 11, 1200).astype(float), Level.ORDINAL, rng)
        perfect = krippendorff_alpha(unit, (unit % 10 + 1).astype(float), Level.ORDINAL, rng)
        assert isinstance(chance, Agreement)
        assert isinstance(perfect, Agreement)
        assert chance.low < 0 < chance.high
        assert perfect.alpha == pytest.approx(1)

    def test_many_units_are_resampled_in_groups(self) -> None:
        rng = _rng()
        unit = np.repeat(np.arange(5000), 2)
        value = np.clip(np.round(5 + rng.normal(0, 1, 5000)[unit] + rng.normal(0, 1, 10_000)), 1, 10)
        found = krippendorff_alpha(unit, value, Level.INTERVAL, rng)
        assert isinstance(found, Agreement)
        assert found.alpha == pytest.approx(0.48, abs=0.05)
        assert 0.02 < found.high - found.low < 0.1

    def test_without_units_to_compare_there_is_not_enough_data(self) -> None:
        alone = krippendorff_alpha(np.arange(9), np.arange(9.0), Level.INTERVAL, _rng())
        assert alone == NotEnoughData(n=0, required=5)
        same = krippendorff_alpha(np.repeat(np.arange(6), 2), np.ones(12), Level.INTERVAL, _rng())
        assert same == NotEnoughData(n=6, required=7)

    def test_refuses_unknown_and_negative_values(self) -> None:
        with pytest.raises(ValueError, match="finite"):
            krippendorff_alpha(np.zeros(2, int), np.array([1, np.nan]), Level.NOMINAL, _rng())
        with pytest.raises(ValueError, match="ratios"):
            krippendorff_alpha(np.zeros(2, int), np.array([-1.0, 1]), Level.RATIO, _rng())


class TestReliability:
    def test_published_coefficients(self) -> None:
        found = shrout_fleiss(JUDGES)
        assert isinstance(found, ShroutFleiss)
        single = (found.icc_1_1, found.icc_2_1, found.icc_3_1)
        mean = (found.icc_1_k, found.icc_2_k, found.icc_3_k)
        assert single == pytest.approx((0.17, 0.29, 0.71), abs=0.005)
        assert mean == pytest.approx((0.44, 0.62, 0.91), abs=0.005)

    def test_of_a_complete_table_is_the_third_kind(self) -> None:
        draft, rater = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
        found = draft_reliability(JUDGES.ravel(), draft, rater)
        assert isinstance(found, Reliability)
        assert found.single == pytest.approx(0.71, abs=0.005)
        assert found.low < 0.71 < found.high

    def test_needs_drafts_with_two_scores(self) -> None:
        assert draft_reliability(np.ones(9), np.arange(9), np.zeros(9, int)) == NotEnoughData(n=0, required=5)


class TestRaters:
    def test_generous_rater_stands_above_the_others(self) -> None:
        rng = _rng()
        draft, rater = np.repeat(np.arange(40), 3), np.tile(np.arange(3), 40)
        merit = rng.normal(0, 1.5, 40)[draft]
        score = 5 + merit + np.array([2.0, 0.0, 0.0])[rater] + rng.normal(0, 0.5, 120)
        generous, other, _ = rater_severity(score, draft, rater)
        assert generous.severity == pytest.approx(2, abs=0.3)
        assert other.severity == pytest.approx(-1, abs=0.3)
        assert generous.consistency is not None
        assert generous.consistency > 0.8

    def test_contrary_rater_has_negative_consistency(self) -> None:
        draft, rater = np.repeat(np.arange(20), 3), np.tile(np.arange(3), 20)
        merit = np.linspace(1, 10, 20)[draft]
        score = np.where(rater == 0, 11 - merit, merit)
        assert rater_severity(score, draft, rater)[0].consistency == pytest.approx(-1)

    def test_rater_whose_drafts_nobody_shares_is_not_judged(self) -> None:
        line = rater_severity(np.arange(8.0), np.arange(8), np.zeros(8, int))[0]
        assert (line.n, line.n_shared, line.severity, line.consistency) == (8, 0, None, None)


class TestHeuristicValidity:
    def test_measure_that_goes_along_predicts(self) -> None:
        rng = _rng()
        human = rng.normal(6, 1, 80)
        found = heuristic_validity(human, human + rng.normal(0, 1, 80))
        assert isinstance(found, Validity)
        assert found.verdict is Verdict.PREDICTS
        assert found.low < found.correlation < found.high

    def test_measure_that_has_nothing_to_do_with_it_predicts_nothing(self) -> None:
        rng = _rng()
        found = heuristic_validity(rng.normal(6, 1, 2000), rng.normal(5, 1, 2000))
        assert isinstance(found, Validity)
        assert found.verdict is Verdict.PREDICTS_NOTHING

    def test_few_drafts_leave_it_undecided(self) -> None:
        rng = _rng()
        found = heuristic_validity(rng.normal(6, 1, 12), rng.normal(5, 1, 12))
        assert isinstance(found, Validity)
        assert found.verdict is Verdict.UNDECIDED

    def test_what_only_differs_between_kinds_of_text_is_no_merit(self) -> None:
        rng = _rng()
        kind = np.repeat([0, 1], 100)
        human, length = 5 + 3 * kind + rng.normal(0, 1, 200), 4 + 3 * kind + rng.normal(0, 1, 200)
        within = heuristic_validity(human, length, stratum=kind)
        overall = heuristic_validity(human, length)
        assert isinstance(within, Validity)
        assert isinstance(overall, Validity)
        assert overall.verdict is Verdict.PREDICTS
        assert abs(within.correlation) < 0.2

    def test_needs_ten_drafts_and_variation(self) -> None:
        assert heuristic_validity(np.arange(9.0), np.arange(9.0)) == NotEnoughData(n=9, required=10)
        assert heuristic_validity(np.ones(12), np.arange(12.0)) == NotEnoughData(n=12, required=13)
