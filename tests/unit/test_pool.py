"""Loading once, lending, and making room; with models that are strings."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from generation.errors import (
    LoadingFailed,
    MemoryInUse,
    ModelDamaged,
    ModelMissing,
    ModelTooLarge,
    UnknownModel,
)
from generation.pool import ModelPool
from generation.registry import ModelSpec, Presence, PresenceStatus
from tests.unit.model_files import spec

PRESENT = Presence(PresenceStatus.PRESENT, "on this machine", folder=Path("folder"), revision="1")


class FakeShelf:
    """Implements pool.Shelf: every model needs 4 bytes, and there are 10."""

    def __init__(self) -> None:
        self.presence: dict[str, Presence] = {}
        self.sizes: dict[str, int] = {}
        self.failures: dict[str, Exception] = {}
        self.loads: list[str] = []
        self.releases = 0

    def find(self, spec: ModelSpec) -> Presence:
        return self.presence.get(spec.name, PRESENT)

    def needed_bytes(self, spec: ModelSpec, folder: Path) -> int:
        return self.sizes.get(spec.name, 4)

    def budget_bytes(self, held_bytes: int) -> int:
        return 10

    def load(self, spec: ModelSpec, folder: Path, revision: str) -> str:
        self.loads.append(spec.name)
        if failure := self.failures.pop(spec.name, None):
            raise failure
        return f"loaded {spec.name}"

    def release(self) -> None:
        self.releases += 1


def _pool(shelf: FakeShelf, patience_seconds: float = 5.0) -> ModelPool[str]:
    ticks: Iterator[int] = count()

    def clock() -> float:
        return float(next(ticks))

    return ModelPool([spec(name) for name in ("a", "b", "c")], shelf, patience_seconds, clock)


@asynccontextmanager
async def _held(pool: ModelPool[str], name: str) -> AsyncIterator[asyncio.Event]:
    """A task that holds a lease until the event is set."""
    let_go, holding = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with pool.lease(name):
            holding.set()
            await let_go.wait()

    task = asyncio.create_task(hold())
    await holding.wait()
    yield let_go
    let_go.set()
    await task


async def _use(pool: ModelPool[str], *names: str) -> None:
    for name in names:
        async with pool.lease(name) as model:
            assert model == f"loaded {name}"


async def test_one_cold_model_is_loaded_once_however_many_ask() -> None:
    shelf = FakeShelf()
    pool = _pool(shelf)
    await asyncio.gather(*(_use(pool, "a") for _ in range(10)))
    assert shelf.loads == ["a"]
    assert pool.loaded == ("a",)


async def test_the_least_recently_used_model_makes_room() -> None:
    shelf = FakeShelf()
    pool = _pool(shelf)
    await _use(pool, "a", "b", "a", "c")
    assert pool.loaded == ("a", "c")
    assert shelf.releases == 1
    await _use(pool, "b")
    assert shelf.loads == ["a", "b", "c", "b"]


async def test_a_model_in_use_is_not_unloaded() -> None:
    pool = _pool(FakeShelf())
    async with pool.lease("a"):
        await _use(pool, "b", "c")
        assert pool.loaded == ("a", "c")


async def test_a_model_waits_for_the_memory_of_those_in_use() -> None:
    pool = _pool(FakeShelf(), patience_seconds=1e6)
    async with _held(pool, "a") as let_go_of_a, _held(pool, "b"):
        waiting = asyncio.create_task(_use(pool, "c"))
        await asyncio.sleep(0)
        assert not waiting.done()
        let_go_of_a.set()
        await waiting
        assert pool.loaded == ("b", "c")


async def test_patience_ends() -> None:
    pool = _pool(FakeShelf(), patience_seconds=0)
    async with pool.lease("a"), pool.lease("b"):
        with pytest.raises(MemoryInUse):
            await _use(pool, "c")
    await _use(pool, "c")


async def test_a_failure_is_told_to_all_and_forgotten() -> None:
    shelf = FakeShelf()
    shelf.failures["a"] = LoadingFailed("broken")
    pool = _pool(shelf)
    outcomes = await asyncio.gather(_use(pool, "a"), _use(pool, "a"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LoadingFailed, LoadingFailed]
    assert pool.loaded == ()
    await _use(pool, "a", "b")


async def test_a_model_that_does_not_fit_leaves_the_others_alone() -> None:
    shelf = FakeShelf()
    shelf.sizes["c"] = 11
    pool = _pool(shelf)
    await _use(pool, "a")
    with pytest.raises(ModelTooLarge):
        await _use(pool, "c")
    assert pool.loaded == ("a",)
    assert shelf.loads == ["a"]


@pytest.mark.parametrize(
    ("status", "error"), [(PresenceStatus.MISSING, ModelMissing), (PresenceStatus.DAMAGED, ModelDamaged)]
)
async def test_an_unusable_model_is_not_loaded(status: PresenceStatus, error: type[Exception]) -> None:
    shelf = FakeShelf()
    shelf.presence["a"] = Presence(status, "It is not right.", "Mend it.")
    with pytest.raises(error, match=r"It is not right\. Mend it\."):
        await _use(_pool(shelf), "a")
    assert shelf.loads == []


async def test_an_unknown_model_names_the_known() -> None:
    with pytest.raises(UnknownModel, match="a, b, c"):
        await _use(_pool(FakeShelf()), "zebra")


async def test_a_requester_who_leaves_during_loading_takes_nothing_along() -> None:
    shelf = FakeShelf()
    pool = _pool(shelf)
    impatient = asyncio.create_task(_use(pool, "a"))
    await asyncio.sleep(0)
    impatient.cancel()
    await _use(pool, "a")
    assert impatient.cancelled() or impatient.done()
    assert shelf.loads == ["a"]
