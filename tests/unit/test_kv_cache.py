"""The cache of a batch holds exactly the texts that joined and did not leave, right-aligned."""

import random
from dataclasses import dataclass, field

import pytest
import torch

from generation.kv_cache import KVCache, LayerStates

LAYERS = 2


def _states(tokens: list[float]) -> list[LayerStates]:
    """States whose keys are the tokens and whose values are their negatives."""
    keys = torch.tensor(tokens).reshape(1, -1, 1)
    return [(keys, -keys)] * LAYERS


@dataclass
class Told:
    """A cache, and what its rows should hold."""

    cache: KVCache = field(default_factory=lambda: KVCache(0, 0))
    rows: list[list[float]] = field(default_factory=list)

    def join(self, tokens: list[float]) -> None:
        if not self.rows:
            self.cache = KVCache.of_text(len(tokens), _states(tokens))
        else:
            longest = max(map(len, [*self.rows, tokens]))
            self.cache.reserve(len(self.rows) + 1, max(longest, self.cache.columns))
            self.cache.join(_states(tokens))
        self.rows.append(list(tokens))

    def step(self, tokens: list[float]) -> tuple[torch.Tensor, torch.Tensor]:
        if self.cache.width == self.cache.columns:
            self.cache.reserve(len(self.rows), self.cache.columns + 1)
        new = torch.tensor(tokens).reshape(-1, 1, 1, 1)
        for layer in range(LAYERS):
            seen = self.cache.update(new, -new, layer)
        for row, token in zip(self.rows, tokens, strict=True):
            row.append(token)
        return seen

    def leave(self, row: int) -> None:
        self.cache.leave(row)
        last = self.rows.pop()
        if row < len(self.rows):
            self.rows[row] = last
        if self.rows:
            self.cache.trim(left=self.cache.width - max(map(len, self.rows)))

    def check(self) -> None:
        width = self.cache.width
        assert width == max(map(len, self.rows), default=width)
        for index, row in enumerate(self.rows):
            padding = [0.0] * (width - len(row))
            for keys, values in self.cache.states(index, 0, width):
                assert keys.flatten()[len(padding) :].tolist() == row
                assert values.flatten()[len(padding) :].tolist() == [-token for token in row]
                assert keys.isfinite().all()


@pytest.mark.parametrize("seed", range(20))
def test_rows_join_step_and_leave_in_any_order(seed: int) -> None:
    rng, told = random.Random(seed), Told()
    for _ in range(60):
        if not told.rows or (rng.random() < 0.25 and len(told.rows) < 6):
            told.join([float(rng.randint(1, 9999)) for _ in range(rng.randint(1, 12))])
        elif rng.random() < 0.3:
            told.leave(rng.randrange(len(told.rows)))
        else:
            told.step([float(rng.randint(1, 9999)) for _ in told.rows])
        told.check()


def test_a_step_returns_every_column() -> None:
    told = Told()
    told.join([1.0, 2.0])
    told.join([3.0])
    keys, values = told.step([4.0, 5.0])
    assert keys.squeeze().tolist() == [[1.0, 2.0, 4.0], [0.0, 3.0, 5.0]]
    assert torch.equal(values, -keys)


def test_a_step_that_broke_off_in_the_middle_is_forgotten() -> None:
    told = Told()
    told.join([1.0, 2.0])
    told.cache.reserve(1, 5)
    told.cache.update(torch.full((1, 1, 1, 1), 9.0), torch.full((1, 1, 1, 1), 9.0), 0)
    told.cache.roll_back(2)
    told.step([3.0])
    told.check()


def test_columns_that_trimming_left_are_used_again() -> None:
    told = Told()
    told.join([1.0, 2.0, 3.0, 4.0])
    told.join([5.0])
    told.leave(0)
    columns = told.cache.columns
    for token in (6.0, 7.0, 8.0):
        told.step([token])
        told.check()
    assert told.cache.columns == columns
