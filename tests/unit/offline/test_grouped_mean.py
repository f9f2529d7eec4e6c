"""Texts on one topic belong together: an interval knows of topics, not only of texts."""

from random import Random

import pytest

from evaluation.offline.grouped_mean import grouped_mean
from evaluation.statistics.mean_interval import MeanInterval, mean_interval

FIGURES = (7.1, 6.2, 8.3, 7.7, 5.5, 6.9)


def test_one_figure_a_group_is_students_interval() -> None:
    mean, student = grouped_mean(enumerate(FIGURES)), mean_interval(FIGURES)
    assert mean is not None
    assert isinstance(student, MeanInterval)
    assert mean.interval(0.95) == pytest.approx((student.low, student.high))


def test_a_figure_that_is_told_twice_makes_no_interval_narrower() -> None:
    once = grouped_mean(enumerate(FIGURES))
    twice = grouped_mean([*enumerate(FIGURES), *enumerate(FIGURES)])
    assert once is not None
    assert twice is not None
    assert (twice.n, twice.groups) == (12, 6)
    assert twice.interval(0.95) == pytest.approx(once.interval(0.95))


def test_groups_of_three_and_one_are_counted_by_hand() -> None:
    """Deviations from 3: −1 −1 −1 in the first group, then 0, 0, 1, 2; squares 9 + 0 + 0 + 1 + 4."""
    figures = [("a", 2.0), ("a", 2.0), ("a", 2.0), ("b", 3.0), ("c", 3.0), ("d", 4.0), ("e", 5.0)]
    mean = grouped_mean(figures)
    assert mean is not None
    assert mean.mean == pytest.approx(3)
    assert mean.error == pytest.approx((5 / 4 * 14) ** 0.5 / 7)


def test_four_groups_are_too_few_however_many_figures() -> None:
    assert grouped_mean([(n % 4, float(n)) for n in range(100)]) is None


@pytest.mark.parametrize(("figure", "p"), [(0.0, 1.0), (0.3, 0.0)])
def test_without_any_spread_the_mean_alone_decides(figure: float, p: float) -> None:
    mean = grouped_mean((n, figure) for n in range(15))
    assert mean is not None
    assert mean.interval(0.95) == (figure, figure)
    assert mean.p == p


def test_a_mean_of_nothing_in_particular_has_an_even_p() -> None:
    """Of 400 draws about 0, some 5 % fall below .05."""
    rng = Random(11)
    draws = (grouped_mean((n % 8, rng.gauss(0, 1)) for n in range(16)) for _ in range(400))
    assert 0.02 < sum(mean is not None and mean.p < 0.05 for mean in draws) / 400 < 0.09
