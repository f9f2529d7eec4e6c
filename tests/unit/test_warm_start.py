"""What the server does before anybody asks: import torch, and load what will be asked for."""

from pathlib import Path
from typing import Any

from generation.breaker import Breakers
from generation.pool import ModelPool
from generation.server import warm_up
from generation.writing import Writer
from tests.unit.model_files import spec
from tests.unit.test_pool import FakeShelf

NAMES = ("a", "b", "c")


async def test_a_model_that_hung_while_it_was_loaded_is_not_loaded_ahead_again(tmp_path: Path) -> None:
    state_file = tmp_path / "suspended.json"
    Breakers(state_file).hung("a", "Loading it took longer than 120 s.")
    shelf = FakeShelf()
    pool: ModelPool[Any] = ModelPool([spec(name) for name in NAMES], shelf)
    writer = Writer(pool, state_file=state_file)
    steps: list[str] = []
    try:
        await warm_up(lambda: steps.append("torch"), pool, writer, NAMES)
    finally:
        writer.close()
    assert (steps, shelf.loads) == (["torch"], ["b", "c"])
