"""What is said while a draft waits and is written: where it stands in line, then how long it takes.

Of a blinded draft neither tokens nor shares of the whole are shown: they would tell the model by its pace.
The time that has passed goes up in steps that are the same for every model.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from bot import texts
from bot.drafting.publishing import Publisher
from bot.writing import Place
from evaluation.tables import DraftRequest
from generation.content_types import ContentType

LOOK_SECONDS: Final = 1.0
STEPS_SECONDS: Final = (0, 5, 10, 20, 30, 45, 60, 90)
MINUTE: Final = 60


class Progress:
    """Keeps placeholders up to date while their drafts are under way."""

    def __init__(
        self,
        publisher: Publisher,
        place: Callable[[str], Awaitable[Place | None]],
        clock: Callable[[], datetime],
    ) -> None:
        self._publisher = publisher
        self._place = place
        self._clock = clock

    @asynccontextmanager
    async def shown(
        self, request: DraftRequest, content_type: ContentType, is_over: Callable[[], bool] = lambda: False
    ) -> AsyncIterator[None]:
        """As long as the context lasts and nothing `is_over`."""
        if request.placeholder_ts is None:
            yield
            return
        watching = asyncio.create_task(self._watch(request, content_type, is_over))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(
        self, request: DraftRequest, content_type: ContentType, is_over: Callable[[], bool]
    ) -> None:
        shown = ""
        while not is_over():
            await asyncio.sleep(LOOK_SECONDS)
            status = await self.status(request)
            if is_over():
                return
            if status != shown and await self._publisher.show_status(request, content_type, status):
                shown = status

    async def status(self, request: DraftRequest) -> str:
        """In Slack's markup."""
        place = await self._place(request.id)
        if place is not None and not place.is_being_written:
            return texts.in_line(place.ahead) if place.ahead else texts.UP_NEXT
        waited = (self._clock() - request.created_at).total_seconds()
        return texts.being_written(step_of(waited))


def step_of(seconds: float) -> int:
    """The last step that has passed: 0, 5, 10, 20 … seconds, later full minutes."""
    if seconds >= STEPS_SECONDS[-1] + MINUTE / 2:
        return int(seconds // MINUTE) * MINUTE
    return max((step for step in STEPS_SECONDS if step <= seconds), default=0)
