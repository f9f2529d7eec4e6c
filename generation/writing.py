"""One text on its way: from an order, through its model's running batch, back to the event loop.

    start(order) ─▶ lease of the model ─▶ prompt ─▶ scheduler's thread ─▶ pieces ─▶ reader

Texts of one model are written together, and models take turns (generation/scheduling.py says
how). So a text's latency depends on who else was there; its busy seconds do not: they are its
own share of the machine. Torch is not imported here.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import structlog

from generation.breaker import Breakers
from generation.energy.ledger import EnergyLedger, TextEnergy
from generation.errors import GenerationError, LoadingFailed, QueueFull, TextFailed
from generation.piece_stream import PieceStream
from generation.pool import ModelPool
from generation.registry import Backend
from generation.scheduling import Scheduler, Text
from generation.text_model import Piece, Prepared, Priority, TextModel, WritingOrder
from generation.watchdog import Watchdog

MAX_WRITINGS = 32
HANG_SECONDS = 120.0
HANDOVER_SECONDS = 0.04

_BACKGROUND_SHARE = 0.75
_RETRY_AFTER_SECONDS = 20
_LONGEST_RETRY_SECONDS = 60

_log = structlog.get_logger(__name__)


@dataclass
class Account:
    """What is known about one text; complete once its last piece has been read. Times in seconds.

    Latency and time to first token count from the moment the text joins its batch, so that no
    model is blamed for the queue or for being loaded. Those are in `waited_seconds`.
    `busy_seconds` is the text's share of the machine: of every step, the time it took divided by
    the texts in it. `queue_position` and `estimated_seconds` are as of its arrival in the queue.
    `energy` is None where no meter saw the text, `fallback_ops` where another server wrote it.
    """

    backend: str = Backend.TRANSFORMERS
    model_revision: str = ""
    precision: str = ""
    device: str = ""
    method: str = ""
    fallback_ops: tuple[str, ...] | None = None
    memory_bytes: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    finish_reason: str | None = None
    queue_position: int = 0
    estimated_seconds: float | None = None
    waited_seconds: float = 0.0
    time_to_first_token_seconds: float | None = None
    latency_seconds: float = 0.0
    busy_seconds: float = 0.0
    energy: TextEnergy | None = None


@dataclass(frozen=True)
class QueueState:
    """How many texts wait (for their turn or their model), how many are written by whom, who is suspended."""

    waiting: int
    writing: int
    models: Mapping[str, int]
    suspended: tuple[str, ...] = ()


@dataclass(frozen=True)
class QueuePlace:
    """Where a text stands, over all models: how many others wait before it, or that it has its turn.

    `estimated_seconds` is when it may be finished if every text takes its model's usual time, counted from
    its turn; None as long as none has been finished.
    """

    ahead: int
    is_being_written: bool
    estimated_seconds: float | None = None


class Writing(PieceStream):
    """A text that one of our models writes; giving it up takes effect before its batch's next step.

    What comes faster than a film's pictures is joined: every handover between the threads, and every
    event that is sent for it, costs time that is the model's.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.account = Account()
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._written: deque[Piece] = deque()  # appended to in one thread, emptied in the other
        self._handed_over = clock()
        self._let_go = asyncio.Event()
        self._error: GenerationError | None = None
        self.has_joined = False
        self._asked = self._joined = clock()

    # ------------------------------------------------- what the scheduler says, in its thread

    def joined(self) -> None:
        self._joined = self._clock()
        self.has_joined = True
        self.account.waited_seconds = self._joined - self._asked

    def wrote(self, piece: Piece | None, machine_seconds: float) -> None:
        account, now = self.account, self._clock()
        account.busy_seconds += machine_seconds
        if piece is None:
            return
        is_first = account.time_to_first_token_seconds is None and piece.completion_tokens > 0
        if is_first:
            account.time_to_first_token_seconds = now - self._joined
        account.completion_tokens = piece.completion_tokens
        account.finish_reason = piece.finish_reason
        account.latency_seconds = now - self._joined
        self._written.append(piece)
        if is_first or piece.finish_reason is not None or now - self._handed_over >= HANDOVER_SECONDS:
            self._handed_over = now
            self._loop.call_soon_threadsafe(self._take_over)

    def left(self, error: GenerationError | None) -> None:
        self._error = error
        self._loop.call_soon_threadsafe(self._part)

    # ------------------------------------------------- in the event loop

    async def _until_left(self) -> None:
        await self._let_go.wait()
        if self._error is not None:
            raise self._error

    def _take_over(self) -> None:
        """What was written since the last time, as one piece."""
        pieces = [self._written.popleft() for _ in range(len(self._written))]
        if pieces:
            self._push(joined(pieces))

    def _part(self) -> None:
        self._take_over()
        self._let_go.set()


def joined(pieces: Sequence[Piece]) -> Piece:
    """Pieces that follow each other, as one."""
    if len(pieces) == 1:
        return pieces[0]
    logprobs = tuple(logprob for piece in pieces for logprob in piece.logprobs)
    return replace(pieces[-1], text="".join(piece.text for piece in pieces), logprobs=logprobs)


class Writer:
    """Takes orders and has them written by the models of a pool.

    `state_file` keeps which models are suspended, for the next process. A step, a prompt or a load
    that takes longer than `hang_seconds` ends this one, with `watchdog.EXIT_STATUS`.
    """

    def __init__(
        self,
        pool: ModelPool[TextModel],
        max_writings: int = MAX_WRITINGS,
        clock: Callable[[], float] = time.perf_counter,
        hang_seconds: float = HANG_SECONDS,
        state_file: Path | None = None,
        energy: EnergyLedger | None = None,
    ) -> None:
        self._pool = pool
        self._max_writings = max_writings
        self._clock = clock
        self._breakers = Breakers(state_file)
        self._watchdog = Watchdog(self._breakers, hang_seconds)
        self._scheduler = Scheduler(self._breakers, self._watchdog, clock, energy)
        self._active: set[asyncio.Task[None]] = set()
        self._queue: list[tuple[WritingOrder, Writing]] = []  # as they came
        self._numbers = count()
        pool.watch_loading = self._watch_loading

    def start(self, order: WritingOrder) -> Writing:
        """Accept an order. Raises QueueFull if too many are under way; other errors come later."""
        self._refuse_if_full(order)
        writing = Writing(self._clock)
        task = asyncio.create_task(self._write(order, writing, next(self._numbers)))
        self._active.add(task)
        task.add_done_callback(self._active.discard)
        self._queue.append(entry := (order, writing))
        task.add_done_callback(lambda _: self._queue.remove(entry))
        writing._follow(task)
        return writing

    async def _write(self, order: WritingOrder, writing: Writing, number: int) -> None:
        self._breakers.check(order.model)
        async with self._pool.lease(order.model) as model:
            prepared = await asyncio.to_thread(self._prepare, model, order)
            self._describe(writing.account, model, order.model, prepared)
            text = Text(number, order.model, model, prepared, order, writing)
            place = self._scheduler.submit(text)
            writing.account.queue_position = place.position
            writing.account.estimated_seconds = place.estimated_seconds
            self._scheduler.start()
            try:
                await writing._until_left()
            except asyncio.CancelledError:
                self._scheduler.give_up(text)
                await writing._let_go.wait()  # the model is ours until then
                raise
            finally:
                writing.account.energy = text.energy

    def places(self) -> dict[str, QueuePlace]:
        """Where the first text with each ticket stands. Names no model."""
        places: dict[str, QueuePlace] = {}
        running = [order.model for order, writing in self._queue if writing.has_joined]
        waiting: list[str] = []
        for order, writing in sorted(self._queue, key=lambda entry: entry[0].priority):
            before = len(waiting)
            if not writing.has_joined:
                waiting.append(order.model)
            if order.ticket:
                ahead = 0 if writing.has_joined else before
                until_then = running if writing.has_joined else [*running, *waiting]
                seconds = self._scheduler.seconds_for(until_then)
                places.setdefault(order.ticket, QueuePlace(ahead, writing.has_joined, seconds))
        return places

    def queue_state(self) -> QueueState:
        """For metrics: what is under way now."""
        rows = self._scheduler.rows()
        writing = sum(rows.values())
        return QueueState(
            max(0, len(self._active) - writing), writing, rows, tuple(self._breakers.suspended())
        )

    def close(self) -> None:
        """End the threads; texts under way come to no end any more."""
        self._scheduler.close()
        self._watchdog.close()

    def _refuse_if_full(self, order: WritingOrder) -> None:
        """Background leaves a quarter of the places to those who wait in front of a screen."""
        background = order.priority is Priority.BACKGROUND
        places = math.ceil(self._max_writings * _BACKGROUND_SHARE) if background else self._max_writings
        if len(self._active) < places:
            return
        seconds = self._scheduler.seconds_for([order.model])
        raise QueueFull(
            f"{len(self._active)} requests are being served or waiting, which is as many as this server "
            "takes. Try again in a moment.",
            _RETRY_AFTER_SECONDS if seconds is None else max(1, min(round(seconds), _LONGEST_RETRY_SECONDS)),
        )

    def _prepare(self, model: TextModel, order: WritingOrder) -> Prepared:
        """In a thread: templates and grammars take their time."""
        try:
            with self._watchdog.watching(order.model, "Reading a prompt"):
                return model.prepare(order)
        except GenerationError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, it counts against the model
            _log.exception("a prompt could not be read", model=order.model)
            self._breakers.failed(order.model, f"It failed to read prompts ({type(error).__name__}).")
        raise TextFailed(order.model)

    def _describe(self, account: Account, model: TextModel, name: str, prepared: Prepared) -> None:
        account.model_revision, account.method = model.revision, model.method
        account.precision, account.device = model.precision, model.device
        account.fallback_ops = model.fallback_ops
        account.memory_bytes = self._pool.memory_of(name)
        account.prompt_tokens = len(prepared.tokens)

    @contextmanager
    def _watch_loading(self, name: str) -> Iterator[None]:
        """Around the loading of a model, which counts once however many wait for it."""
        try:
            with self._watchdog.watching(name, "Loading it"):
                yield
        except LoadingFailed as error:
            self._breakers.failed(name, str(error))
            raise
