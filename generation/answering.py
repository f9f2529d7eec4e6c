"""The texts of one request, brought to its client: whole, or as server-sent events.

The texts of one request are written side by side and may come from another server. They are
given up as soon as their client leaves, and each is counted once when it is over.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import structlog
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from generation.errors import GenerationError
from generation.metrics import Metrics
from generation.openai_answers import Answer
from generation.openai_errors import error_answer, error_body, error_code
from generation.text_model import Piece, WritingOrder
from generation.writing import Account

_GIVEN_UP, _FAILED = "given_up", "server_error"

_log = structlog.get_logger(__name__)


class Text(Protocol):
    """One text on its way, wherever it is written: writing.Writing or backends.remote.RemoteWriting."""

    @property
    def account(self) -> Account: ...

    async def begun(self) -> None: ...

    async def whole(self) -> list[Piece]: ...

    def __aiter__(self) -> AsyncIterator[Piece]: ...

    def stop(self) -> None: ...


class TextsOfRequest:
    """All texts that one request asked for: `orders` differ in their seed alone."""

    def __init__(
        self, orders: Sequence[WritingOrder], start: Callable[[WritingOrder], Text], metrics: Metrics
    ) -> None:
        """Start them all, or none: raises QueueFull where there is not room for each."""
        self._order = orders[0]
        self._metrics = metrics
        self._is_counted = False
        self.texts: list[Text] = []
        try:
            for order in orders:
                self.texts.append(start(order))
        except GenerationError as error:
            self.end(error)
            raise

    @property
    def accounts(self) -> list[Account]:
        return [text.account for text in self.texts]

    async def begun(self) -> None:
        """Return when the first one has its first token. Raises the GenerationError that kept it away."""
        await self.texts[0].begun()

    async def whole(self) -> list[list[Piece]]:
        """The pieces of each, checked. Raises whatever ended one of them too early."""
        written = [await text.whole() for text in self.texts]
        await self._check(["".join(piece.text for piece in pieces) for pieces in written])
        return written

    async def pieces(self) -> AsyncGenerator[tuple[int, Piece]]:
        """Pieces as they come, with the index of their text. Checked at the end, when all were handed on."""
        spoken = [""] * len(self.texts)
        async for index, piece in _side_by_side(self.texts):
            if self._order.json_schema is not None:
                spoken[index] += piece.text
            yield index, piece
        await self._check(spoken)

    def end(self, error: BaseException | None = None) -> None:
        """Let go of them, for whatever reason, and count them. More calls change nothing."""
        for text in self.texts:
            text.stop()
        if self._is_counted:
            return
        self._is_counted = True
        for text in self.texts:
            outcome = text.account.finish_reason if error is None else _outcome(error)
            self._metrics.text_ended(self._order.model, text.account, outcome or _GIVEN_UP)

    async def _check(self, written: Sequence[str]) -> None:
        """JSON is proved before it is called an answer, whoever wrote it."""
        if self._order.json_schema is not None:
            for text in written:
                await asyncio.to_thread(_check_answer, text, self._order.json_schema)


def _check_answer(text: str, json_schema: str) -> None:
    """In a thread: a text from another server may be the first that torch is imported for."""
    from generation.structured import check_answer

    check_answer(text, json_schema)


async def _side_by_side(texts: Sequence[Text]) -> AsyncGenerator[tuple[int, Piece]]:
    """The pieces of all texts in the order in which they come."""
    if len(texts) == 1:
        async for piece in texts[0]:
            yield 0, piece
        return
    arrived: asyncio.Queue[tuple[int, Piece] | BaseException | None] = asyncio.Queue()

    async def forward(index: int) -> None:
        try:
            async for piece in texts[index]:
                arrived.put_nowait((index, piece))
            arrived.put_nowait(None)
        except Exception as error:  # noqa: BLE001 - raised where the pieces are read
            arrived.put_nowait(error)

    forwarding = [asyncio.create_task(forward(index)) for index in range(len(texts))]
    try:
        for _ in texts:
            while (item := await arrived.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
    finally:
        for task in forwarding:
            task.cancel()


async def events(answer: Answer, texts: TextsOfRequest, includes_usage: bool) -> AsyncGenerator[str]:
    """The server-sent events of one streamed answer. A failure on the way becomes the last event."""
    try:
        for index in range(len(texts.texts)):
            if opening := answer.opening(index):
                yield _event(opening)
        async for index, piece in texts.pieces():
            if piece.text or piece.logprobs or piece.finish_reason:
                yield _event(answer.chunk(index, piece))
        if includes_usage:
            yield _event(answer.usage_chunk(texts.accounts))
        texts.end()
    except GenerationError as error:
        texts.end(error)
        yield _event(error_answer(error)[1])
    except Exception as error:  # noqa: BLE001 - whatever it was, the client must hear that the text ended
        texts.end(error)
        _log.exception("a text failed in mid-stream")
        yield _event(error_body("The text could not be finished; the server's log says why.", _FAILED))
    yield "data: [DONE]\n\n"


class EventStream(StreamingResponse):
    """A streamed answer whose texts are given up when the client leaves, however that happens."""

    def __init__(self, answer: Answer, texts: TextsOfRequest, includes_usage: bool) -> None:
        super().__init__(
            events(answer, texts, includes_usage),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )
        self._texts = texts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._texts.end()


@asynccontextmanager
async def ended_with_client(texts: TextsOfRequest, request: Request) -> AsyncIterator[None]:
    """Give the texts up when the connection closes or the body of the context fails."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        texts.end()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except BaseException as error:
        texts.end(error)
        raise
    finally:
        watcher.cancel()


def _event(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body)}\n\n"


def _outcome(error: BaseException) -> str:
    """How a text that failed is counted."""
    if isinstance(error, asyncio.CancelledError):
        return _GIVEN_UP
    return error_code(error) if isinstance(error, GenerationError) else _FAILED
