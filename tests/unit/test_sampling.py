"""Drawing a token: greedy, nucleus, and nothing but the given chance."""

import math
import random
from collections import Counter

import pytest
import torch

from generation.sampling import draw_token

PROBABILITIES = [0.1, 0.5, 0.15, 0.25]
LOGITS = torch.tensor(PROBABILITIES).log()


def test_temperature_zero_takes_the_likeliest() -> None:
    assert {draw_token(LOGITS, 0, 1.0, uniform) for uniform in (0.0, 0.5, 0.999)} == {1}


def test_draws_follow_the_distribution() -> None:
    rng = random.Random(11)
    counts = Counter(draw_token(LOGITS, 1.0, 1.0, rng.random()) for _ in range(4000))
    for token, probability in enumerate(PROBABILITIES):
        deviation = math.sqrt(probability * (1 - probability) / 4000)
        assert counts[token] / 4000 == pytest.approx(probability, abs=4 * deviation)


@pytest.mark.parametrize(
    ("top_p", "nucleus"), [(0.4, {1}), (0.6, {1, 3}), (0.8, {1, 2, 3}), (1.0, {0, 1, 2, 3})]
)
def test_the_nucleus_is_the_smallest_set_that_reaches_the_mass(top_p: float, nucleus: set[int]) -> None:
    uniforms = [step / 200 for step in range(200)]
    assert {draw_token(LOGITS, 1.0, top_p, uniform) for uniform in uniforms} == nucleus


def test_a_low_temperature_sharpens() -> None:
    rng = random.Random(3)
    assert Counter(draw_token(LOGITS, 0.1, 1.0, rng.random()) for _ in range(200))[1] > 195


def test_the_extremes_of_chance_stay_inside_the_vocabulary() -> None:
    logits = torch.full((50_000,), -30.0)
    logits[7] = 5.0
    for uniform in (0.0, 1 - 2**-53):
        assert 0 <= draw_token(logits, 1.0, 1.0, uniform) < 50_000
        assert draw_token(logits, 1.0, 0.9, uniform) == 7
