"""What is said while a draft waits and is written: where it stands in line, then how long it takes.

Of a blinded draft neither tokens nor shares of the whole are shown: they would tell the model by its pace.
The time that has passed goes up in steps that are the same for every model.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Final

import structlog

from bot import texts
from bot.drafting.publishing import Publisher
from bot.whispers import UNHEARD
from bot.writing import Place
from evaluation.tables import DraftRequest
from generation.content_types import ContentType

log = structlog.get_logger(__name__)

LOOKS_PER_LINE: Final = 5
STEPS_SECONDS: Final = (0, 5, 10, 20, 30, 45, 60, 90)
MINUTE: Final = 60


@dataclass
class _Watched:
    """One draft under way, and what was last said of it."""

    request: DraftRequest
    content_type: ContentType
    is_over: Callable[[], bool]
    said: str = ""
    speaking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Progress:
    """Keeps placeholders up to date: one look at a time for all drafts that are under way."""

    def __init__(
        self,
        publisher: Publisher,
        places: Callable[[], Awaitable[Mapping[str, Place]]],
        show_line: Callable[[], Awaitable[None]],
        clock: Callable[[], datetime],
        look_seconds: float,
    ) -> None:
        self._publisher = publisher
        self._places = places
        self._show_line = show_line
        self._clock = clock
        self._look_seconds = look_seconds
        self._watched: dict[str, _Watched] = {}
        self._looking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def shown(
        self, request: DraftRequest, content_type: ContentType, is_over: Callable[[], bool] = lambda: False
    ) -> AsyncIterator[None]:
        """As long as the context lasts and nothing `is_over`; nothing more is said once it has ended."""
        if request.placeholder_ts is None:
            yield
            return
        watched = self._watched[request.id] = _Watched(request, content_type, is_over)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            self._watched.pop(request.id, None)
            async with watched.speaking:
                pass

    async def status(self, request: DraftRequest, ahead: int | None = None) -> str:
        """In Slack's markup; `ahead` are those before a draft that no model has been asked for yet."""
        return texts.in_line(ahead) if ahead else self._status(request, await self._places())

    async def _look_on(self) -> None:
        """Until nothing is under way any more."""
        for look in count(1):
            await asyncio.sleep(self._look_seconds)
            if not self._watched:
                return
            try:
                await self._look(with_line=look % LOOKS_PER_LINE == 0)
            except Exception:  # a courtesy, and the next look is another one
                log.exception("progress_interrupted")

    async def _look(self, *, with_line: bool) -> None:
        if with_line:
            await self._show_line()
        places = await self._places()
        for watched in list(self._watched.values()):
            await self._say(watched, self._status(watched.request, places))

    async def _say(self, watched: _Watched, status: str) -> None:
        if status == watched.said:
            return
        async with watched.speaking:
            if watched.request.id not in self._watched or watched.is_over():
                return
            try:
                if await self._publisher.show_status(watched.request, watched.content_type, status):
                    watched.said = status
            except UNHEARD as error:  # a courtesy, and others wait for theirs
                log.warning("progress_not_shown", request_id=watched.request.id, reason=str(error))

    def _status(self, request: DraftRequest, places: Mapping[str, Place]) -> str:
        place = places.get(request.id)
        if place is not None and not place.is_being_written:
            return texts.in_line(place.ahead) if place.ahead else texts.UP_NEXT
        waited = (self._clock() - request.created_at).total_seconds()
        return texts.being_written(step_of(waited))


def step_of(seconds: float) -> int:
    """The last step that has passed: 0, 5, 10, 20 … seconds, later full minutes."""
    if seconds >= STEPS_SECONDS[-1] + MINUTE / 2:
        return int(seconds // MINUTE) * MINUTE
    return max((step for step in STEPS_SECONDS if step <= seconds), default=0)
