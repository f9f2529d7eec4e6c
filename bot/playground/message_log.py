"""Messages by channel and thread, so that a channel of thousands is as quick as an empty one."""

from collections import defaultdict
from collections.abc import Iterator

from bot.playground.entities import Message


class MessageLog:
    """Every message at its time stamp. Stamps rise, so the order of keeping is the order of time."""

    def __init__(self) -> None:
        self._channels: defaultdict[str, dict[str, Message]] = defaultdict(dict)
        self._growing: dict[tuple[str, str], None] = {}
        self._replies: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)

    def keep(self, message: Message) -> None:
        """A new message, or a changed one in its old place."""
        self._channels[message.channel][message.ts] = message
        if message.is_reply and message.thread_ts is not None:
            self._replies[message.channel, message.thread_ts][message.ts] = None

        if message.streaming_until is None:
            self._growing.pop((message.channel, message.ts), None)
        else:
            self._growing[message.channel, message.ts] = None

    def forget(self, message: Message) -> None:
        del self._channels[message.channel][message.ts]
        self._growing.pop((message.channel, message.ts), None)
        if message.is_reply and message.thread_ts is not None:
            self._replies[message.channel, message.thread_ts].pop(message.ts, None)

    def find(self, channel_id: str, ts: str) -> Message | None:
        return self._channels[channel_id].get(ts)

    def of_channel(self, channel_id: str) -> list[Message]:
        """Oldest first, replies included."""
        return list(self._channels[channel_id].values())

    def newest_first(self, channel_id: str) -> Iterator[Message]:
        """Not to be kept over a change."""
        yield from reversed(self._channels[channel_id].values())

    def growing(self) -> list[Message]:
        """Those that an app is still writing, or has left unfinished."""
        return [self._channels[channel_id][ts] for channel_id, ts in self._growing]

    def replies(self, message: Message) -> list[Message]:
        """What everybody sees under a message, oldest first."""
        place = (message.channel, message.ts)
        if place not in self._replies:
            return []
        found = (self._channels[message.channel][ts] for ts in self._replies[place])
        return [reply for reply in found if reply.ephemeral_to is None]
