"""Who writes next: one thread that steps the running batches of all models.

    submit ─▶ waiting ─▶ in its model's batch ─▶ a piece with every step … ─▶ gone

A turn is one step of one model's batch. It goes to a model with interactive texts before one
with none, and among those to the one that has used the machine least. Before the step, texts
that were given up leave the batch, and waiting ones join it: interactive before background,
first come, first served. Torch is not imported here; a model is whatever implements TextModel.
"""

import bisect
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from generation.breaker import Breakers
from generation.energy.ledger import EnergyLedger, TextEnergy
from generation.errors import GenerationError, OutOfMemory, TextFailed
from generation.machine_time import MachineTime, Pace
from generation.text_model import Piece, Prepared, Priority, TextModel, WritingOrder
from generation.watchdog import Watchdog

_log = structlog.get_logger(__name__)


class Reader(Protocol):
    """Hears what becomes of one text, in the scheduler's thread: it must be quick."""

    def joined(self) -> None:
        """The text joins its batch now."""

    def wrote(self, piece: Piece | None, machine_seconds: float) -> None:
        """A step is over, of which this text had `machine_seconds`. None: its prompt is still being read."""

    def left(self, error: GenerationError | None) -> None:
        """The model has let go of the text: it is finished, was given up, or failed. The last call."""


@dataclass(eq=False)
class Text:
    """A text that is to be written. `number` says who came first. `energy` is known once it has left."""

    number: int
    model_name: str
    model: TextModel
    prepared: Prepared
    order: WritingOrder
    reader: Reader
    machine_seconds: float = 0.0
    energy: TextEnergy | None = None

    @property
    def key(self) -> str:
        return str(self.number)

    @property
    def rank(self) -> tuple[Priority, int]:
        return self.order.priority, self.number


@dataclass(frozen=True)
class Place:
    """Where a text stands: how many wait before it, and in how many seconds it may be finished.

    `estimated_seconds` is None as long as no text has been finished since the start.
    """

    position: int
    estimated_seconds: float | None


class Scheduler:
    """Writes the texts of all models by turns. `take_turn` is what its thread does all day."""

    def __init__(
        self,
        breakers: Breakers,
        watchdog: Watchdog,
        clock: Callable[[], float] = time.perf_counter,
        energy: EnergyLedger | None = None,
    ) -> None:
        self._breakers = breakers
        self._watchdog = watchdog
        self._clock = clock
        self._energy = energy or EnergyLedger()
        self._batches: dict[str, _Batch] = {}
        self._given_up: set[str] = set()
        self._machine_time = MachineTime()
        self._pace = Pace()
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread after the step under way; texts that are left are not told."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def submit(self, text: Text) -> Place:
        """Let a text wait for its turn. `text.reader` hears the rest."""
        with self._changed:
            if text.model_name not in self._batches:
                self._batches[text.model_name] = _Batch(text.model_name, text.model)
                self._machine_time.enter(text.model_name)
            batch = self._batches[text.model_name]
            bisect.insort(batch.waiting, text, key=lambda waiting: waiting.rank)
            self._changed.notify()
            position = batch.waiting.index(text)
            ahead = [*batch.waiting[: position + 1], *self._running()]
            return Place(position, self._pace.seconds_for(each.model_name for each in ahead))

    def give_up(self, text: Text) -> None:
        """Take a text out before the next step. Its reader hears `left`, unless it has already."""
        with self._changed:
            self._given_up.add(text.key)
            self._changed.notify()

    def rows(self) -> Mapping[str, int]:
        """How many texts each model is writing now."""
        with self._changed:
            return {name: len(batch.running) for name, batch in self._batches.items() if batch.running}

    def seconds_for(self, model_names: Iterable[str]) -> float | None:
        """How long texts of these models may take the machine; None: nothing has been measured yet."""
        with self._changed:
            return self._pace.seconds_for(model_names)

    def take_turn(self) -> bool:
        """Let texts leave and join, and give one model one step. False: there was nothing to do."""
        self._let_go()
        batch = self._choose()
        if batch is None:
            return False
        started = self._clock()
        with self._watchdog.watching(batch.name, "A step"):
            self._admit(batch)
            pieces = self._step(batch) if batch.running else {}
        self._deliver(batch, pieces, self._clock() - started)
        self._forget_if_empty(batch)
        return True

    # --------------------------------------------------------------------- a turn's parts

    def _let_go(self) -> None:
        with self._changed:
            keys, self._given_up = self._given_up, set()
            leaving = [
                (batch, text)
                for batch in (self._batches.values() if keys else ())
                for text in (*batch.waiting, *batch.running.values())
                if text.key in keys
            ]
        for batch, text in leaving:
            self._part(batch, text, None)
            self._forget_if_empty(batch)

    def _choose(self) -> "_Batch | None":
        with self._changed:
            if not self._batches:
                return None
            first = min(batch.priority for batch in self._batches.values())
            names = [name for name, batch in self._batches.items() if batch.priority is first]
            return self._batches[self._machine_time.next_of(names)]

    def _admit(self, batch: "_Batch") -> None:
        """Let waiting texts join in their order; one without room keeps those behind it waiting too."""
        while batch.waiting:
            text = batch.waiting[0]
            try:
                if not batch.model.has_room(text.prepared, text.order):
                    if batch.running:
                        return
                    raise OutOfMemory(
                        f"{batch.name} has no room for this text, though it writes no other. Try again with "
                        "fewer max_tokens or a shorter prompt."
                    )
                self._tell(text, text.reader.joined)
                self._energy.enter(text.key, batch.name, batch.model.device)
                batch.model.admit(text.key, text.prepared, text.order)
            except Exception as error:  # noqa: BLE001 - whatever a model does, the others go on
                self._part(batch, text, self._explain(batch, error))
                continue
            with self._changed:
                batch.waiting.remove(text)
                batch.running[text.key] = text

    def _step(self, batch: "_Batch") -> Mapping[str, Piece]:
        try:
            return batch.model.step()
        except OutOfMemory as error:
            youngest = next(reversed(batch.running.values()))
            self._part(batch, youngest, _without_frames(error))
        except Exception as error:  # noqa: BLE001 - whatever a model does, the others go on
            explained = self._explain(batch, error)
            for text in tuple(batch.running.values()):
                self._part(batch, text, explained)
        return {}

    def _deliver(self, batch: "_Batch", pieces: Mapping[str, Piece], seconds: float) -> None:
        self._machine_time.add(batch.name, seconds)
        share = seconds / max(1, len(batch.running))
        self._energy.step(batch.name, seconds, _tokens_so_far(batch, pieces))
        for key, text in tuple(batch.running.items()):
            piece = pieces.get(key)
            text.machine_seconds += share
            self._tell(text, lambda text=text, piece=piece: text.reader.wrote(piece, share))  # type: ignore[misc]
            if piece is not None and piece.finish_reason is not None:
                self._finish(batch, text)

    def _finish(self, batch: "_Batch", text: Text) -> None:
        with self._changed:
            batch.remove(text)
            self._pace.note(batch.name, text.machine_seconds)
        self._breakers.succeeded(batch.name)
        text.energy = self._energy.leave(text.key)
        self._tell(text, lambda: text.reader.left(None))

    def _part(self, batch: "_Batch", text: Text, error: GenerationError | None) -> None:
        """Take a text out of its batch and say so, once."""
        with self._changed:
            if not batch.remove(text):
                return
        try:
            batch.model.drop(text.key)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("a model did not let go of a text", model=batch.name)
        text.energy = self._energy.leave(text.key)
        self._tell(text, lambda: text.reader.left(error))

    def _explain(self, batch: "_Batch", error: Exception) -> GenerationError:
        """The error as texts hear it. One that nobody foresaw is logged, and counts against the model."""
        if isinstance(error, GenerationError):
            return _without_frames(error)
        _log.error("a model failed", model=batch.name, exc_info=error)
        suspended = self._breakers.failed(batch.name, "It failed several times in a row.")
        if suspended is not None:
            for text in tuple(batch.waiting):
                self._part(batch, text, suspended)
        return TextFailed(batch.name)

    def _tell(self, text: Text, call: Callable[[], None]) -> None:
        """A reader that fails, because its event loop has ended, is nobody's loss but its own."""
        try:
            call()
        except Exception as error:  # noqa: BLE001
            _log.warning("nobody reads a text any more", model=text.model_name, reason=str(error))
            self.give_up(text)

    def _forget_if_empty(self, batch: "_Batch") -> None:
        """So that nothing here holds a model that is to be unloaded."""
        with self._changed:
            if not batch.waiting and not batch.running:
                self._batches.pop(batch.name, None)

    def _running(self) -> list[Text]:
        return [text for batch in self._batches.values() for text in batch.running.values()]

    # --------------------------------------------------------------------- the thread

    def _run(self) -> None:
        while self._wait_for_work():
            try:
                self.take_turn()
            except Exception:  # noqa: BLE001 - without this thread nobody would be served any more
                _log.exception("a turn failed")
                self._lose_all()

    def _lose_all(self) -> None:
        """A fault of our own: whoever waits shall hear of it, and the next text finds a clean table."""
        for batch in tuple(self._batches.values()):
            for text in (*batch.waiting, *batch.running.values()):
                self._part(batch, text, TextFailed(batch.name))
            self._forget_if_empty(batch)

    def _wait_for_work(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._batches))
            return not self._closed


@dataclass(eq=False)
class _Batch:
    """The texts of one model: those waiting, first come first, and those in the running batch."""

    name: str
    model: TextModel
    waiting: list[Text] = field(default_factory=list)
    running: dict[str, Text] = field(default_factory=dict)

    @property
    def priority(self) -> Priority:
        return min(text.order.priority for text in (*self.waiting[:1], *self.running.values()))

    def remove(self, text: Text) -> bool:
        """False where it was not here any more."""
        if text in self.waiting:
            self.waiting.remove(text)
            return True
        return self.running.pop(text.key, None) is not None


def _tokens_so_far(batch: _Batch, pieces: Mapping[str, Piece]) -> Mapping[str, int]:
    """How many tokens each text has read and written; one whose prompt is still being read has none."""
    return {
        key: len(batch.running[key].prepared.tokens) + piece.completion_tokens
        for key, piece in pieces.items()
        if key in batch.running
    }


def _without_frames(error: GenerationError) -> GenerationError:
    """Frames hold tensors, and an error is kept for as long as its text's account is."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
