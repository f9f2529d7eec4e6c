"""How often Slack hears of drafts under way: it takes about one `chat.update` per second and channel."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True)
class Pace:
    """The times between two of each: changes in a channel, looks at the line, parts of a growing text."""

    update_seconds: float = 1.0
    look_seconds: float = 1.0
    show_seconds: float = 1.0


class Pacer:
    """Hands out turns, `seconds` apart in each channel. Progress skips one that is not free; results wait."""

    def __init__(self, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._free_at: dict[str, float] = {}

    def try_turn(self, channel_id: str) -> bool:
        """Takes the turn if it is free now."""
        return self._clock() >= self._free_at.get(channel_id, 0) and self._take(channel_id) <= 0

    async def turn(self, channel_id: str) -> None:
        """Takes the next turn and waits until it has come."""
        wait = self._take(channel_id)
        if wait > 0:
            await asyncio.sleep(wait)

    def _take(self, channel_id: str) -> float:
        now = self._clock()
        self._free_at = {channel: at for channel, at in self._free_at.items() if at > now}
        at = max(now, self._free_at.get(channel_id, now))
        self._free_at[channel_id] = at + self._seconds
        return at - now
