"""What is said after something was recorded: in the background, so that it holds up no acknowledgement."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from bot.draining import drain

log = structlog.get_logger(__name__)

MOST_AT_ONCE: Final = 20
DRAIN_SECONDS: Final = 2.0


class Afterwards:
    """Courtesies, in the order in which they came. They undo nothing where they fail.

    However many wait, nobody else does. To hold up acknowledgements until there was room made each look
    at all that were under way, and a busy minute never ended.
    """

    def __init__(self, most_at_once: int = MOST_AT_ONCE, drain_seconds: float = DRAIN_SECONDS) -> None:
        self._drain_seconds = drain_seconds
        self._turns = asyncio.Semaphore(most_at_once)
        self._under_way: set[asyncio.Task[None]] = set()

    def say(self, saying: Coroutine[Any, Any, object]) -> None:
        """Lets it be said, at once or as soon as those before it have been."""
        task = asyncio.create_task(self._say_in_turn(saying))
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    async def idle(self) -> None:
        """Returns when nothing is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def stop(self) -> None:
        await drain(self._under_way, self._drain_seconds)

    async def _say_in_turn(self, saying: Coroutine[Any, Any, object]) -> None:
        try:
            async with self._turns:
                await saying
        finally:
            saying.close()  # where its turn never came

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("answer_failed", exc_info=error)
