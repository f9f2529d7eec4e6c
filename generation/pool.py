"""Loaded models: loaded on demand, lent while they write, unloaded when another needs the memory.

    lease(name) ─▶ resident? lend it
                └▶ cold? reserve its memory (unload the idle, wait for the busy) ─▶ load it once ─▶ lend it

What a model is, how it is loaded and how much memory there is are passed in, so nothing here
imports torch. The ledger is the sum of the slots' `memory_bytes`: memory is entered before a model is
loaded, so that it never promises more than the budget.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import structlog

from generation.errors import (
    GenerationError,
    MemoryInUse,
    ModelDamaged,
    ModelMissing,
    ModelTooLarge,
    UnknownModel,
)
from generation.memory import DEFAULT_LIMITS, MemoryNeed, Resident, halved, plan_evictions
from generation.registry import ModelSpec, Presence, PresenceStatus
from generation.text_model import BatchLimits

PATIENCE_SECONDS = 60.0
IDLE_CHECK_SECONDS = 30.0

Model = TypeVar("Model")
Loaded_co = TypeVar("Loaded_co", covariant=True)

_log = structlog.get_logger(__name__)


class Shelf(Protocol[Loaded_co]):
    """Where models come from. Every method may block and is called in a thread."""

    def find(self, spec: ModelSpec) -> Presence:
        """Whether the model's files are here and whole."""

    def need(self, spec: ModelSpec, folder: Path, revision: str, limits: BatchLimits) -> MemoryNeed:
        """What the model takes with such a batch: as measured, or before that as estimated."""

    def budget_bytes(self, held_bytes: int) -> int:
        """What all models together may hold, given what they hold now."""

    def load(self, spec: ModelSpec, folder: Path, revision: str, limits: BatchLimits) -> Loaded_co:
        """Load a model whose files are whole. Raises ModelUnusable."""

    def release(self) -> None:
        """Give memory back to the system after references to models were dropped."""


@dataclass(frozen=True)
class ModelUsage:
    """What one model holds, and how many texts use it or wait for it.

    A leaving model finishes its texts and then makes room for another.
    """

    memory_bytes: int
    users: int
    is_loaded: bool
    is_leaving: bool
    pinned: bool


@dataclass(frozen=True)
class PoolUsage:
    """The ledger, and how often each model was loaded and unloaded.

    `budget_bytes` is the one that was measured last; None before the first load.
    """

    budget_bytes: int | None
    held_bytes: int
    models: dict[str, ModelUsage]
    loads: dict[str, int]
    evictions: dict[str, int]


class ModelPool(Generic[Model]):
    """Lends loaded models. One cold model is loaded once, however many ask for it.

    `limits` is the most that a model's batch is given; a model that does not fit otherwise gets half
    of it, and half of that, down to one text at a time. `idle_unload_seconds` None: idle models stay.
    """

    def __init__(
        self,
        specs: Iterable[ModelSpec],
        shelf: Shelf[Model],
        patience_seconds: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        limits: BatchLimits = DEFAULT_LIMITS,
        idle_unload_seconds: float | None = None,
    ) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._shelf = shelf
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._limits = limits
        self._idle_unload_seconds = idle_unload_seconds
        self._slots: dict[str, _Slot[Model]] = {}
        self._returned = asyncio.Event()
        # Whoever waits for memory is served in the order of coming: a large model is not overtaken for ever.
        self._reserving = asyncio.Lock()
        # One at a time: of three models loaded at once, transformers called weights missing that were there.
        self._loading = asyncio.Lock()
        self._budget_bytes: int | None = None
        self._loads: Counter[str] = Counter()
        self._evictions: Counter[str] = Counter()
        self.watch_loading: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext()

    @property
    def specs(self) -> tuple[ModelSpec, ...]:
        return tuple(self._specs.values())

    @property
    def loaded(self) -> tuple[str, ...]:
        return tuple(name for name, slot in self._slots.items() if slot.is_loaded)

    def memory_of(self, name: str) -> int:
        """What the model holds in the ledger, in bytes; 0 if it is not loaded."""
        slot = self._slots.get(name)
        return slot.memory_bytes if slot else 0

    def usage(self) -> PoolUsage:
        models = {
            name: ModelUsage(
                memory_bytes=slot.memory_bytes,
                users=slot.users,
                is_loaded=slot.is_loaded,
                is_leaving=not slot.open.is_set(),
                pinned=self._specs[name].pinned,
            )
            for name, slot in self._slots.items()
        }
        return PoolUsage(
            self._budget_bytes, self._held_bytes(), models, dict(self._loads), dict(self._evictions)
        )

    async def find(self, spec: ModelSpec) -> Presence:
        return await asyncio.to_thread(self._shelf.find, spec)

    @asynccontextmanager
    async def lease(self, name: str) -> AsyncIterator[Model]:
        """Lend the model for as long as the context lasts; it is not unloaded meanwhile.

        Raises UnknownModel, ModelUnusable, or MemoryInUse if models in use held the memory for
        `patience_seconds`.
        """
        if name not in self._specs:
            raise UnknownModel(name, tuple(self._specs))
        slot = await self._open_slot(name)
        slot.users += 1
        try:
            yield await asyncio.shield(slot.loading)
        finally:
            slot.users -= 1
            slot.last_used = self._clock()
            self._returned.set()

    async def warm(self, names: Iterable[str]) -> None:
        """Load these models ahead of the first request, one after the other, while there is room for them.

        None makes room for the next: it would have been loaded in vain. A failure is only logged.
        """
        for name in names:
            try:
                if not await self._has_room(name):
                    _log.info("model not warmed up", model=name, reason="other models hold the memory")
                    continue
                async with self.lease(name):
                    pass
            except GenerationError as error:
                _log.warning("model not warmed up", model=name, reason=str(error))

    async def unload_idle(self) -> tuple[str, ...]:
        """Unload whatever was unused for `idle_unload_seconds`, and more if others now need the memory.

        Returns their names. Pinned models and models in use stay.
        """
        async with self._reserving:
            idle = [resident.name for resident in self._residents() if self._is_overdue(resident)]
            await self._unload(idle, reason="idle")
            crowded = await self._crowded_out()
            await self._unload(crowded, reason="others need the memory")
        return (*idle, *crowded)

    async def watch_idle(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Unload idle models from time to time until cancelled."""
        while True:
            await sleep(IDLE_CHECK_SECONDS)
            await self.unload_idle()

    async def _has_room(self, name: str) -> bool:
        """Whether the model with its whole batch fits beside the others; the first one may always try."""
        spec, held_bytes = self._specs.get(name), self._held_bytes()
        if spec is None or name in self._slots or not held_bytes:
            return True
        folder, revision = _located(await self.find(spec))
        need = await asyncio.to_thread(self._shelf.need, spec, folder, revision, self._limits)
        return held_bytes + need.peak_bytes <= await self._measure_budget()

    async def _open_slot(self, name: str) -> "_Slot[Model]":
        """The model's slot; one that must make room for another is left alone, and loaded again after it."""
        while True:
            slot = self._slots.get(name) or self._start_loading(self._specs[name])
            if slot.open.is_set():
                return slot
            await slot.open.wait()

    def _start_loading(self, spec: ModelSpec) -> "_Slot[Model]":
        slot = _Slot[Model](self._clock())
        self._slots[spec.name] = slot
        slot.loading = asyncio.create_task(self._load(spec, slot))
        slot.loading.add_done_callback(lambda loading: self._forget_failure(spec.name, loading))
        return slot

    async def _load(self, spec: ModelSpec, slot: "_Slot[Model]") -> Model:
        folder, revision = _located(await self.find(spec))
        limits = await self._reserve(spec, folder, revision, slot)
        async with self._loading:
            started = self._clock()
            with self.watch_loading(spec.name):
                model = await asyncio.to_thread(self._shelf.load, spec, folder, revision, limits)
        need = await asyncio.to_thread(self._shelf.need, spec, folder, revision, limits)
        slot.memory_bytes, slot.reload_seconds = need.held_bytes, self._clock() - started
        self._returned.set()
        self._loads[spec.name] += 1
        _log.info(
            "model loaded",
            model=spec.name,
            seconds=round(slot.reload_seconds, 3),
            memory_bytes=slot.memory_bytes,
            texts_at_once=limits.rows,
        )
        return model

    async def _reserve(
        self, spec: ModelSpec, folder: Path, revision: str, slot: "_Slot[Model]"
    ) -> BatchLimits:
        """Enter the model's memory into the ledger, after unloading others; returns the batch that fits."""
        deadline = self._clock() + self._patience_seconds
        async with self._reserving:
            limits: BatchLimits = self._limits
            while True:
                need = await asyncio.to_thread(self._shelf.need, spec, folder, revision, limits)
                try:
                    await self._make_room(spec.name, need.peak_bytes, deadline)
                    slot.memory_bytes = need.peak_bytes
                    return limits
                except ModelTooLarge:
                    smaller = halved(limits)
                    if smaller is None:
                        raise
                    limits = smaller

    async def _make_room(self, name: str, wanted_bytes: int, deadline: float) -> None:
        """Unload idle models, or those that are busy as soon as they are not, as needed."""
        leaving: list[_Slot[Model]] = []
        try:
            while True:
                total_bytes = await self._measure_budget()
                self._returned.clear()
                residents = self._residents()
                try:
                    evicted = plan_evictions(name, wanted_bytes, total_bytes, residents, self._clock())
                    break
                except MemoryInUse:
                    leaving += self._close(name, wanted_bytes, total_bytes, residents)
                    if not await self._some_lease_ends(deadline):
                        raise
            await self._unload(evicted, reason=f"for {name}")
        finally:
            for slot in leaving:
                slot.open.set()

    def _close(
        self, name: str, wanted_bytes: int, total_bytes: int, residents: list[Resident]
    ) -> list["_Slot[Model]"]:
        """Let no new texts begin with the models that shall go once the present texts are finished.

        Without this, models that always write would never make room, and requests for others get lost.
        """
        finishing = [replace(each, in_use=False) for each in residents if self._slots[each.name].is_loaded]
        loading_bytes = sum(each.memory_bytes for each in residents) - sum(
            each.memory_bytes for each in finishing
        )
        try:
            names = plan_evictions(name, wanted_bytes, total_bytes - loading_bytes, finishing, self._clock())
        except (MemoryInUse, ModelTooLarge):
            return []
        slots = [self._slots[each] for each in names]
        for slot in slots:
            slot.open.clear()
        return slots

    async def _unload(self, names: Iterable[str], reason: str) -> None:
        names = tuple(names)
        for name in names:
            self._slots.pop(name).open.set()
            self._evictions[name] += 1
            _log.info("model unloaded", model=name, reason=reason)
        if names:
            await asyncio.to_thread(self._shelf.release)

    async def _crowded_out(self) -> tuple[str, ...]:
        """Whom to unload so that the ledger fits a budget that has shrunk; nobody while all are in use."""
        residents, total_bytes = self._residents(), await self._measure_budget()
        try:
            return plan_evictions("the models in memory", 0, total_bytes, residents, self._clock())
        except (MemoryInUse, ModelTooLarge):
            return ()

    async def _measure_budget(self) -> int:
        self._budget_bytes = await asyncio.to_thread(self._shelf.budget_bytes, self._held_bytes())
        return self._budget_bytes

    async def _some_lease_ends(self, deadline: float) -> bool:
        try:
            async with asyncio.timeout(max(0.0, deadline - self._clock())):
                await self._returned.wait()
        except TimeoutError:
            return False
        return True

    def _held_bytes(self) -> int:
        return sum(slot.memory_bytes for slot in self._slots.values())

    def _residents(self) -> list[Resident]:
        return [
            Resident(
                name,
                slot.memory_bytes,
                slot.last_used,
                in_use=slot.users > 0 or not slot.is_loaded,
                pinned=self._specs[name].pinned,
                reload_seconds=slot.reload_seconds,
            )
            for name, slot in self._slots.items()
            if slot.memory_bytes
        ]

    def _is_overdue(self, resident: Resident) -> bool:
        if self._idle_unload_seconds is None or resident.in_use or resident.pinned:
            return False
        return self._clock() - resident.last_used >= self._idle_unload_seconds

    def _forget_failure(self, name: str, loading: asyncio.Task[Model]) -> None:
        """A failed loading leaves nothing behind: the next request tries again."""
        error = None if loading.cancelled() else loading.exception()
        if loading.cancelled() or error:
            self._slots.pop(name, None)
            self._returned.set()
            cause = repr(error.__cause__) if error and error.__cause__ else None
            _log.warning("model not loaded", model=name, reason=str(error), cause=cause)


class _Slot(Generic[Model]):
    """A model that is loaded or being loaded, and how many use it or wait for it."""

    loading: asyncio.Task[Model]

    def __init__(self, now: float) -> None:
        self.users = 0
        self.last_used = now
        self.memory_bytes = 0
        self.reload_seconds = 0.0
        self.open = asyncio.Event()
        self.open.set()

    @property
    def is_loaded(self) -> bool:
        return self.loading.done() and not self.loading.cancelled() and self.loading.exception() is None


def _located(presence: Presence) -> tuple[Path, str]:
    """The folder and revision of a present model; the presence's sentences as an error otherwise."""
    if presence.folder is not None and presence.revision is not None:
        return presence.folder, presence.revision
    error = ModelMissing if presence.status is PresenceStatus.MISSING else ModelDamaged
    raise error(f"{presence.reason} {presence.remedy}".strip())
