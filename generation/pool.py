"""Loaded models: loaded on demand, lent while they write, unloaded when another needs the memory.

What a model is, how it is loaded and how much memory there is are passed in, so nothing here
imports torch.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import structlog

from generation.errors import MemoryInUse, ModelDamaged, ModelMissing, UnknownModel
from generation.memory import Resident, plan_evictions
from generation.registry import ModelSpec, Presence, PresenceStatus

PATIENCE_SECONDS = 60.0

Model = TypeVar("Model")
Loaded_co = TypeVar("Loaded_co", covariant=True)

_log = structlog.get_logger(__name__)


class Shelf(Protocol[Loaded_co]):
    """Where models come from. Every method may block and is called in a thread."""

    def find(self, spec: ModelSpec) -> Presence:
        """Whether the model's files are here and whole."""

    def needed_bytes(self, spec: ModelSpec, folder: Path) -> int:
        """What the model will hold once it is loaded and writing."""

    def budget_bytes(self, held_bytes: int) -> int:
        """What all models together may hold, given what they hold now."""

    def load(self, spec: ModelSpec, folder: Path, revision: str) -> Loaded_co:
        """Load a model whose files are whole. Raises ModelUnusable."""

    def release(self) -> None:
        """Give memory back to the system after references to models were dropped."""


class ModelPool(Generic[Model]):
    """Lends loaded models. One cold model is loaded once, however many ask for it."""

    def __init__(
        self,
        specs: Iterable[ModelSpec],
        shelf: Shelf[Model],
        patience_seconds: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._shelf = shelf
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._slots: dict[str, _Slot[Model]] = {}
        self._returned = asyncio.Event()

    @property
    def specs(self) -> tuple[ModelSpec, ...]:
        return tuple(self._specs.values())

    @property
    def loaded(self) -> tuple[str, ...]:
        return tuple(name for name, slot in self._slots.items() if slot.is_loaded)

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
        slot = self._slots.get(name) or self._start_loading(self._specs[name])
        slot.users += 1
        try:
            yield await asyncio.shield(slot.loading)
        finally:
            slot.users -= 1
            slot.last_used = self._clock()
            self._returned.set()

    def _start_loading(self, spec: ModelSpec) -> "_Slot[Model]":
        slot = _Slot[Model](self._clock())
        self._slots[spec.name] = slot
        slot.loading = asyncio.create_task(self._load(spec, slot))
        slot.loading.add_done_callback(lambda loading: self._forget_failure(spec.name, loading))
        return slot

    async def _load(self, spec: ModelSpec, slot: "_Slot[Model]") -> Model:
        started = self._clock()
        folder, revision = _located(await self.find(spec))
        wanted_bytes = await asyncio.to_thread(self._shelf.needed_bytes, spec, folder)
        await self._make_room(spec.name, slot, wanted_bytes)
        model = await asyncio.to_thread(self._shelf.load, spec, folder, revision)
        seconds = round(self._clock() - started, 3)
        _log.info("model loaded", model=spec.name, seconds=seconds, memory_bytes=wanted_bytes)
        return model

    async def _make_room(self, name: str, slot: "_Slot[Model]", wanted_bytes: int) -> None:
        """Reserve the memory in `slot`, unloading idle models, or waiting for busy ones, as needed."""
        deadline = self._clock() + self._patience_seconds
        while True:
            held_bytes = sum(other.memory_bytes for other in self._slots.values())
            total_bytes = await asyncio.to_thread(self._shelf.budget_bytes, held_bytes)
            self._returned.clear()
            try:
                evicted = plan_evictions(name, wanted_bytes, total_bytes, self._residents())
                break
            except MemoryInUse:
                if not await self._some_lease_ends(deadline):
                    raise
        slot.memory_bytes = wanted_bytes
        for victim in evicted:
            del self._slots[victim]
            _log.info("model unloaded", model=victim, for_model=name)
        if evicted:
            await asyncio.to_thread(self._shelf.release)

    async def _some_lease_ends(self, deadline: float) -> bool:
        try:
            async with asyncio.timeout(max(0.0, deadline - self._clock())):
                await self._returned.wait()
        except TimeoutError:
            return False
        return True

    def _residents(self) -> list[Resident]:
        return [
            Resident(name, slot.memory_bytes, slot.last_used, in_use=slot.users > 0 or not slot.is_loaded)
            for name, slot in self._slots.items()
            if slot.memory_bytes
        ]

    def _forget_failure(self, name: str, loading: asyncio.Task[Model]) -> None:
        """A failed loading leaves nothing behind: the next request tries again."""
        error = None if loading.cancelled() else loading.exception()
        if loading.cancelled() or error:
            self._slots.pop(name, None)
            cause = repr(error.__cause__) if error and error.__cause__ else None
            _log.warning("model not loaded", model=name, reason=str(error), cause=cause)


class _Slot(Generic[Model]):
    """A model that is loaded or being loaded, and how many use it or wait for it."""

    loading: asyncio.Task[Model]

    def __init__(self, now: float) -> None:
        self.users = 0
        self.last_used = now
        self.memory_bytes = 0

    @property
    def is_loaded(self) -> bool:
        return self.loading.done() and not self.loading.cancelled() and self.loading.exception() is None


def _located(presence: Presence) -> tuple[Path, str]:
    """The folder and revision of a present model; the presence's sentences as an error otherwise."""
    if presence.folder is not None and presence.revision is not None:
        return presence.folder, presence.revision
    error = ModelMissing if presence.status is PresenceStatus.MISSING else ModelDamaged
    raise error(f"{presence.reason} {presence.remedy}".strip())
