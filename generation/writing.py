"""One text on its way: from an order, through the model's thread, back to the event loop.

    start(order) ─▶ lease of the model ─▶ prompt ─▶ worker thread ─▶ pieces of text ─▶ reader

One text is written at a time, first come, first served: texts that share a machine would
distort each other's latency, and the latencies of models are compared. Torch is not imported
here; a model is whatever implements `TextModel`.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from generation.errors import QueueFull
from generation.pool import ModelPool
from generation.prompts import Messages

MAX_WRITINGS = 32
_RETRY_AFTER_SECONDS = 20


@dataclass(frozen=True)
class WritingOrder:
    """What to write and how. `max_tokens` None means: as far as the model's context goes."""

    model: str
    messages: Messages
    temperature: float
    top_p: float
    max_tokens: int | None
    seed: int
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """What one step added, possibly no text. `finish_reason` ("stop", "length") ends the text."""

    text: str
    completion_tokens: int
    finish_reason: str | None = None


class TextModel(Protocol):
    """A loaded model. Both methods run in worker threads; `write` is never called twice at once."""

    @property
    def revision(self) -> str: ...

    @property
    def precision(self) -> str: ...

    @property
    def device(self) -> str: ...

    def encode(self, messages: Messages) -> list[int]:
        """The prompt's tokens. Raises InvalidRequest if this model cannot be told such messages."""

    def write(self, prompt: list[int], order: WritingOrder) -> Generator[Piece]:
        """One piece for each token; closing the generator ends the text."""


@dataclass
class Account:
    """What is known about one text; complete once its last piece has been read. Times in seconds.

    Latency and time to first token count from the moment the model begins, so that no model is
    blamed for the queue or for being loaded. Those are in `waited_seconds`.
    """

    model_revision: str = ""
    precision: str = ""
    device: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    finish_reason: str | None = None
    waited_seconds: float = 0.0
    time_to_first_token_seconds: float | None = None
    latency_seconds: float = 0.0


class Writing:
    """A text being written. Iterating over it gives its text piece by piece, some of them empty."""

    def __init__(self) -> None:
        self.account = Account()
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self._begun = asyncio.Event()
        self._stopped = threading.Event()
        self._task: asyncio.Task[None] | None = None

    async def begun(self) -> None:
        """Return when the first token is there. Raises the GenerationError that kept it away."""
        await self._begun.wait()
        self._raise_failure()

    async def whole_text(self) -> str:
        return "".join([text async for text in self])

    async def __aiter__(self) -> AsyncIterator[str]:
        while (text := await self._pieces.get()) is not None:
            yield text
        self._raise_failure()

    def stop(self) -> None:
        """Give the text up: leave the queue, or end after the step that is under way."""
        self._stopped.set()
        if self._task is not None:
            self._task.cancel()

    def _push(self, text: str) -> None:
        self._pieces.put_nowait(text)
        self._begun.set()

    def _end(self, task: asyncio.Task[None]) -> None:
        self._pieces.put_nowait(None)
        self._begun.set()
        if not task.cancelled():
            task.exception()

    def _raise_failure(self) -> None:
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()


class Writer:
    """Takes orders and has them written by the models of a pool."""

    def __init__(
        self,
        pool: ModelPool[TextModel],
        max_writings: int = MAX_WRITINGS,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._pool = pool
        self._max_writings = max_writings
        self._clock = clock
        self._active: set[asyncio.Task[None]] = set()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")

    def start(self, order: WritingOrder) -> Writing:
        """Accept an order. Raises QueueFull if too many are under way; other errors come later."""
        if len(self._active) >= self._max_writings:
            raise QueueFull(
                f"{len(self._active)} requests are being served or waiting, which is as many as this server "
                "takes. Try again in a moment.",
                _RETRY_AFTER_SECONDS,
            )
        writing = Writing()
        task = asyncio.create_task(self._write(order, writing))
        self._active.add(task)
        task.add_done_callback(self._active.discard)
        task.add_done_callback(writing._end)
        writing._task = task
        return writing

    async def _write(self, order: WritingOrder, writing: Writing) -> None:
        asked = self._clock()
        async with self._pool.lease(order.model) as model:
            account = writing.account
            account.model_revision = model.revision
            account.precision, account.device = model.precision, model.device
            prompt = await asyncio.to_thread(model.encode, order.messages)
            account.prompt_tokens = len(prompt)
            await self._in_worker(lambda loop: self._run(model, prompt, order, writing, asked, loop))

    def _run(
        self,
        model: TextModel,
        prompt: list[int],
        order: WritingOrder,
        writing: Writing,
        asked: float,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """In the worker thread: hand each piece to the event loop until the text ends or is given up."""
        account, started = writing.account, self._clock()
        account.waited_seconds = started - asked
        with closing(model.write(prompt, order)) as pieces:
            for piece in pieces:
                if account.time_to_first_token_seconds is None:
                    account.time_to_first_token_seconds = self._clock() - started
                account.completion_tokens = piece.completion_tokens
                account.finish_reason = piece.finish_reason
                account.latency_seconds = self._clock() - started
                if writing._stopped.is_set():
                    return
                loop.call_soon_threadsafe(writing._push, piece.text)

    async def _in_worker(self, job: Callable[[asyncio.AbstractEventLoop], None]) -> None:
        """Run the job in the worker thread. A cancelled call returns when the job has let go of the model."""
        future = self._worker.submit(job, asyncio.get_running_loop())
        try:
            await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if not future.cancel():
                await asyncio.wait([asyncio.wrap_future(future)])
            raise
