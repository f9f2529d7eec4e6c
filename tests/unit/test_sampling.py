"""Drawing a token: greedy, nucleus, and nothing but the given chance."""

import math
import random
from collections import Counter

import pytest
import torch

from generation.sampling import draw_token, draw_tokens, penalize

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


def _draw_by_sorting(logits: torch.Tensor, temperature: float, top_p: float, uniform: float) -> int:
    """The definition, step by step, in 64 bit."""
    probabilities, tokens = torch.softmax(logits.double() / temperature, dim=-1).sort(descending=True)
    reached = probabilities.cumsum(dim=-1)
    nucleus = max(1, int((reached - probabilities < top_p).sum()))
    target = uniform * reached[nucleus - 1]
    return int(tokens[min(int((reached[:nucleus] <= target).sum()), nucleus - 1)])


@pytest.mark.parametrize("spread", [0.0, 0.5, 4.0])
def test_rows_draw_together_what_each_would_draw_by_sorting(spread: float) -> None:
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn((40, 1000), generator=generator) * spread + torch.arange(1000) * 1e-3
    rng = random.Random(5)
    orders = [(rng.choice([0.3, 1.0]), rng.choice([0.1, 0.7, 0.95, 1.0]), rng.random()) for _ in range(40)]
    drawn = draw_tokens(logits, *(list(column) for column in zip(*orders, strict=True)))
    assert drawn == [_draw_by_sorting(row, *order) for row, order in zip(logits, orders, strict=True)]


def test_greedy_rows_and_drawn_rows_mix() -> None:
    logits = LOGITS.repeat(3, 1)
    assert draw_tokens(logits, [0, 1, 0], [1.0, 0.4, 1.0], [0.9, 0.9, 0.1]) == [1, 1, 1]


def test_equally_likely_tokens_are_all_drawn() -> None:
    logits = torch.zeros(200)
    assert {draw_token(logits, 1.0, 1.0, (step + 0.5) / 200) for step in range(200)} == set(range(200))


def test_a_penalty_makes_written_tokens_less_likely() -> None:
    logits = torch.tensor([2.0, -2.0, 2.0, -2.0])
    penalize(logits, [0, 1], 2.0)
    assert logits.tolist() == [1.0, -4.0, 2.0, -2.0]
