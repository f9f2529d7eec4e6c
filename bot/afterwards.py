"""What is said after something was recorded: in the background, so that it holds up no acknowledgement."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from bot.draining import drain

log = structlog.get_logger(__name__)

MOST_AT_ONCE: Final = 200
DRAIN_SECONDS: Final = 2.0


class Afterwards:
    """Courtesies under way. They undo nothing where they fail, and get a moment at the end."""

    def __init__(self, most_at_once: int = MOST_AT_ONCE) -> None:
        self._most_at_once = most_at_once
        self._under_way: set[asyncio.Task[Any]] = set()

    async def say(self, saying: Coroutine[Any, Any, object]) -> None:
        """Begins it. Where too many are under way, waits for one to end, and the acknowledgement with it."""
        while len(self._under_way) >= self._most_at_once:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(saying)
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    async def idle(self) -> None:
        """Returns when nothing is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def stop(self) -> None:
        await drain(self._under_way, DRAIN_SECONDS)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("answer_failed", exc_info=error)
