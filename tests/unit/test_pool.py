"""Loading once, lending, and making room; with models that are strings."""

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Callable, Iterator
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
from generation.memory import MemoryNeed
from generation.pool import ModelPool, ModelUsage, PoolUsage
from generation.registry import ModelSpec, Presence, PresenceStatus
from generation.text_model import BatchLimits
from tests.unit.model_files import spec

PRESENT = Presence(PresenceStatus.PRESENT, "on this machine", folder=Path("folder"), revision="1")


class FakeShelf:
    """Implements pool.Shelf: every model needs 4 bytes, and there are 10."""

    def __init__(self) -> None:
        self.presence: dict[str, Presence] = {}
        self.sizes: dict[str, int] = {}
        self.casting: dict[str, int] = {}
        self.row_bytes = 0
        self.budget = 10
        self.limits: dict[str, BatchLimits] = {}
        self.gates: dict[str, threading.Event] = {}
        self.failures: dict[str, Exception] = {}
        self.loads: list[str] = []
        self.releases = 0

    def find(self, spec: ModelSpec) -> Presence:
        return self.presence.get(spec.name, PRESENT)

    def need(self, spec: ModelSpec, folder: Path, revision: str, limits: BatchLimits) -> MemoryNeed:
        """`limits.rows` of `row_bytes` each, beside the weights."""
        return MemoryNeed(
            self.sizes.get(spec.name, 4), limits.rows * self.row_bytes, 0, self.casting.get(spec.name, 0)
        )

    def budget_bytes(self, held_bytes: int) -> int:
        return self.budget

    def load(self, spec: ModelSpec, folder: Path, revision: str, limits: BatchLimits) -> str:
        self.loads.append(spec.name)
        self.limits[spec.name] = limits
        if spec.name in self.gates:
            self.gates[spec.name].wait(timeout=30)
        if failure := self.failures.pop(spec.name, None):
            raise failure
        return f"loaded {spec.name}"

    def release(self) -> None:
        self.releases += 1


def _pool(
    shelf: FakeShelf,
    patience_seconds: float = 1e6,
    pinned: frozenset[str] = frozenset(),
    idle_unload_seconds: float | None = None,
    clock: Callable[[], float] | None = None,
) -> ModelPool[str]:
    ticks: Iterator[int] = count()
    specs = [spec(name, pinned=name in pinned) for name in ("a", "b", "c")]
    return ModelPool(
        specs,
        shelf,
        patience_seconds,
        clock or (lambda: float(next(ticks))),
        idle_unload_seconds=idle_unload_seconds,
    )


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


async def test_models_are_loaded_one_after_the_other() -> None:
    """Transformers cannot load two at once: each would find weights missing."""

    class WatchedShelf(FakeShelf):
        at_once = most_at_once = 0
        began = threading.Event()

        def load(self, spec: ModelSpec, folder: Path, revision: str, limits: BatchLimits) -> str:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.began.set()
            loaded = super().load(spec, folder, revision, limits)
            self.at_once -= 1
            return loaded

    shelf = WatchedShelf()
    shelf.gates = {name: threading.Event() for name in "ab"}
    pool = _pool(shelf)
    asked = [asyncio.create_task(_use(pool, name)) for name in "ab"]
    await asyncio.to_thread(shelf.began.wait)
    for name in "ab":
        shelf.gates[name].set()
    await asyncio.gather(*asked)
    assert (sorted(shelf.loads), shelf.most_at_once) == (["a", "b"], 1)


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
    pool = _pool(FakeShelf())
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


async def _until(condition: Callable[[], bool]) -> None:
    """Let everybody else go on until it is so; threads among them take their time."""
    for _ in range(1_000_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came about")


async def test_a_model_that_another_waits_for_takes_no_new_texts() -> None:
    """Models that are asked for without end do not keep another one out."""
    shelf = FakeShelf()
    pool = _pool(shelf)
    async with _held(pool, "a") as let_go_of_a, _held(pool, "b"):
        waiting = asyncio.create_task(_use(pool, "c"))
        await _until(lambda: pool.usage().models["a"].is_leaving)
        late = asyncio.create_task(_use(pool, "a"))
        let_go_of_a.set()
        await asyncio.gather(waiting, late)
    assert shelf.loads == ["a", "b", "c", "a"]


async def test_a_request_that_gave_up_waiting_opens_the_models_again() -> None:
    shelf = FakeShelf()
    pool = _pool(shelf, patience_seconds=0)
    async with pool.lease("a"), pool.lease("b"):
        with pytest.raises(MemoryInUse):
            await _use(pool, "c")
        await _use(pool, "a", "b")
    assert shelf.loads == ["a", "b"]


async def test_loading_does_not_hold_up_a_resident_model() -> None:
    shelf = FakeShelf()
    pool = _pool(shelf)
    await _use(pool, "a")
    shelf.gates["b"] = threading.Event()
    loading = asyncio.create_task(_use(pool, "b"))
    await _until(lambda: "b" in shelf.loads)
    await _use(pool, "a")
    assert not loading.done()
    shelf.gates["b"].set()
    await loading


async def test_a_pinned_model_counts_but_never_goes() -> None:
    shelf = FakeShelf()
    pool = _pool(shelf, pinned=frozenset({"a"}))
    await _use(pool, "a", "b", "c")
    assert pool.loaded == ("a", "c")
    shelf.sizes["b"] = 7
    with pytest.raises(ModelTooLarge, match="held by pinned models"):
        await _use(pool, "b")
    assert pool.loaded == ("a", "c")


async def test_what_casting_takes_must_be_free_and_is_given_back() -> None:
    shelf = FakeShelf()
    shelf.casting["c"] = 3
    pool = _pool(shelf)
    await _use(pool, "a", "b", "c")
    assert pool.loaded == ("b", "c") or pool.loaded == ("c",)
    assert pool.memory_of("c") == 4
    assert pool.memory_of("zebra") == 0


async def test_a_model_that_does_not_fit_with_a_whole_batch_gets_a_smaller_one() -> None:
    shelf = FakeShelf()
    shelf.row_bytes = 2
    pool = _pool(shelf)
    await _use(pool, "a")
    assert shelf.limits["a"] == BatchLimits(rows=2, cache_tokens=2 * 2048)
    shelf.sizes["b"] = 9
    with pytest.raises(ModelTooLarge):
        await _use(pool, "b")


async def test_idle_models_are_unloaded_after_a_while() -> None:
    now = [0.0]
    shelf = FakeShelf()
    pool = _pool(shelf, pinned=frozenset({"a"}), idle_unload_seconds=60, clock=lambda: now[0])
    await _use(pool, "a", "b")
    now[0] = 59.0
    assert await pool.unload_idle() == ()
    now[0] = 60.0
    async with pool.lease("b"):
        assert await pool.unload_idle() == ()
    now[0] = 120.0
    assert await pool.unload_idle() == ("b",)
    assert pool.loaded == ("a",)
    assert shelf.releases == 1


async def test_models_make_way_when_other_programs_take_the_memory() -> None:
    shelf = FakeShelf()
    pool = _pool(shelf)
    await _use(pool, "a", "b")
    shelf.budget = 5
    assert await pool.unload_idle() == ("a",)
    shelf.budget = 3
    async with pool.lease("b"):
        assert await pool.unload_idle() == ()


async def test_the_watch_unloads_between_its_naps() -> None:
    now = [0.0]
    pool = _pool(FakeShelf(), idle_unload_seconds=60, clock=lambda: now[0])
    await _use(pool, "a")
    naps = 0

    async def nap(seconds: float) -> None:
        nonlocal naps
        naps += 1
        now[0] += 2 * seconds
        if naps > 1:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await pool.watch_idle(nap)
    assert pool.loaded == ()


async def test_warming_up_survives_a_model_that_cannot_be_loaded() -> None:
    shelf = FakeShelf()
    shelf.failures["a"] = LoadingFailed("broken")
    pool = _pool(shelf)
    await pool.warm(["a", "zebra", "b"])
    assert pool.loaded == ("b",)


async def test_warming_up_unloads_nobody() -> None:
    shelf = FakeShelf()
    pool = _pool(shelf)
    await pool.warm(["a", "b", "c"])
    assert (pool.loaded, shelf.loads, shelf.releases) == (("a", "b"), ["a", "b"], 0)
    await _use(pool, "c")
    assert pool.loaded == ("b", "c")


async def test_the_ledger_can_be_read() -> None:
    pool = _pool(FakeShelf())
    assert pool.usage() == PoolUsage(None, 0, {}, {}, {})
    async with pool.lease("a"):
        in_use = ModelUsage(4, users=1, is_loaded=True, is_leaving=False, pinned=False)
        assert pool.usage() == PoolUsage(10, 4, {"a": in_use}, loads={"a": 1}, evictions={})


async def test_the_budget_is_never_exceeded_and_no_request_is_lost() -> None:
    """200 mixed requests for three models, where two fit at a time."""
    shelf = FakeShelf()
    pool = _pool(shelf)
    order = random.Random(7)
    served: list[str] = []

    async def request(name: str) -> None:
        async with pool.lease(name) as model:
            assert pool.usage().held_bytes <= shelf.budget
            for _ in range(order.randrange(4)):
                await asyncio.sleep(0)
            served.append(model)

    await asyncio.gather(*(request(order.choice("abc")) for _ in range(200)))
    assert len(served) == 200
    assert pool.usage().held_bytes <= shelf.budget
