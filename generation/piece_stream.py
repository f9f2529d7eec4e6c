"""The pieces of one text on their way to whoever reads it, in the event loop."""

import asyncio
from collections.abc import AsyncIterator

from generation.text_model import Piece


class PieceStream:
    """A text being written. Iterating over it gives its pieces, some of them without text.

    Whoever writes calls `_push` for each piece, and gives the task that does it to `_follow`: the
    stream ends with the task, and raises what the task raised.
    """

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[Piece | None] = asyncio.Queue()
        self._begun = asyncio.Event()
        self._has_begun = False
        self._task: asyncio.Task[None] | None = None

    async def begun(self) -> None:
        """Return when the first token is there. Raises the GenerationError that kept it away."""
        await self._begun.wait()
        if not self._has_begun:
            self._raise_failure()

    async def whole(self) -> list[Piece]:
        return [piece async for piece in self]

    async def whole_text(self) -> str:
        return "".join([piece.text async for piece in self])

    async def __aiter__(self) -> AsyncIterator[Piece]:
        while (piece := await self._pieces.get()) is not None:
            yield piece
        self._raise_failure()

    def stop(self) -> None:
        """Give the text up."""
        if self._task is not None:
            self._task.cancel()

    def _follow(self, task: asyncio.Task[None]) -> None:
        self._task = task
        task.add_done_callback(self._end)

    def _push(self, piece: Piece) -> None:
        self._pieces.put_nowait(piece)
        if piece.completion_tokens or piece.finish_reason:
            self._has_begun = True
            self._begun.set()

    def _end(self, task: asyncio.Task[None]) -> None:
        self._pieces.put_nowait(None)
        self._begun.set()
        if not task.cancelled():
            task.exception()

    def _raise_failure(self) -> None:
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()
