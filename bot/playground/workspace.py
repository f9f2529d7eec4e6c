"""The workspace: people, channels, messages, files and App Homes, kept in memory and written through.

Every change goes through one method that stores it and tells the feed, so that a page, a test and
the state file cannot disagree.
"""

import secrets
from collections.abc import Iterator, Sequence
from itertools import islice, product, takewhile

from bot.playground.changes import (
    ChannelChanged,
    Feed,
    HomeChanged,
    MessageChanged,
    MessageDeleted,
)
from bot.playground.entities import (
    APP_ID,
    BOT_USER_ID,
    Channel,
    Clock,
    Entity,
    File,
    Message,
    Scheduled,
    User,
    View,
)
from bot.playground.errors import ApiError
from bot.playground.message_log import MessageLog
from bot.playground.storage import Storage

# A badge shows no more; counting on would make every message dearer than the one before.
UNREAD_COUNTED = 100
PEOPLE = (
    User(id="U0ADA", name="ada", real_name="Ada", color="9f5bb5"),
    User(id="U0BEN", name="ben", real_name="Ben", color="2b8a9e"),
    User(id="U0CLEO", name="cleo", real_name="Cleo", color="c0622d"),
)
_CHANNELS = (
    ("C0GENERAL", "general", "Everything that concerns everybody"),
    ("C0DRAFTS", "drafts", "Ask for drafts and rate them"),
    ("C0REPORTS", "copydesk-reports", "The weekly ranking of the models"),
)


class ReadMark(Entity):
    """How far a person has read a channel."""

    user: str
    channel: str
    ts: str


class Home(Entity):
    """The App Home a person sees."""

    user: str
    view: View


class Workspace:
    """The state of the local Slack. Times are Slack timestamps: "seconds.microseconds", unique and rising."""

    def __init__(self, storage: Storage, *, bots: Sequence[User], clock: Clock) -> None:
        self.feed = Feed()
        self._storage = storage
        self._clock = clock
        self.users = {user.id: user for user in (*PEOPLE, *bots)}
        self._channels = {channel.id: channel for channel in self._initial_channels()}
        self._messages = MessageLog()
        self._files: dict[str, File] = {}
        self._homes: dict[tuple[str, str], View] = {}
        self._scheduled: dict[str, Scheduled] = {}
        self._marks: dict[tuple[str, str], ReadMark] = {}
        self._last_ts = 0
        self._load()

    # ------------------------------------------------------------------ people and channels

    @property
    def people(self) -> tuple[User, ...]:
        return tuple(user for user in self.users.values() if not user.is_bot)

    @property
    def channels(self) -> tuple[Channel, ...]:
        return tuple(self._channels.values())

    def user(self, user_id: str) -> User:
        """Raises ApiError("user_not_found")."""
        if user_id not in self.users:
            raise ApiError("user_not_found")
        return self.users[user_id]

    def channel(self, channel_id: str) -> Channel:
        """Raises ApiError("channel_not_found")."""
        if channel_id not in self._channels:
            raise ApiError("channel_not_found")
        return self._channels[channel_id]

    def find_channel(self, name_or_id: str, *, bot_user: str = BOT_USER_ID) -> Channel:
        """By id, by "#name" or "name"; a person's id means their direct message with that bot."""
        name = name_or_id.removeprefix("#")
        for channel in self._channels.values():
            is_direct_message = channel.with_user == name_or_id and bot_user in channel.members
            is_named = channel.kind == "channel" and channel.name == name
            if channel.id == name_or_id or is_direct_message or is_named:
                return channel
        raise ApiError("channel_not_found")

    def put_channel(self, channel: Channel) -> None:
        self._channels[channel.id] = channel
        self._storage.put("channel", channel.id, channel)
        self.feed.publish(ChannelChanged(channel.id))

    # ------------------------------------------------------------------ messages

    def next_ts(self) -> str:
        """A timestamp no message has had, later than all before it."""
        now = int(self._clock().timestamp() * 1_000_000)
        self._last_ts = max(now, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def messages(self, channel_id: str) -> Iterator[Message]:
        """Oldest first, replies included."""
        yield from self._messages.of_channel(channel_id)

    def message(self, channel_id: str, ts: str) -> Message:
        """Raises ApiError("message_not_found"), also for what was deleted."""
        message = self.find_message(channel_id, ts)
        if message is None or message.is_tombstone:
            raise ApiError("message_not_found")
        return message

    def find_message(self, channel_id: str, ts: str) -> Message | None:
        """Also the stone of a deleted one."""
        return self._messages.find(channel_id, ts)

    def replies(self, message: Message) -> list[Message]:
        return self._messages.replies(message)

    def growing_messages(self) -> list[Message]:
        """Those that an app is still writing, or has left unfinished."""
        return self._messages.growing()

    def put_message(self, message: Message) -> None:
        self._messages.keep(message)
        if message.ephemeral_to is None:
            self._storage.put("message", f"{message.channel} {message.ts}", message)
        self.feed.publish(MessageChanged(message))

    def delete_message(self, message: Message) -> None:
        self._messages.forget(message)
        self._storage.delete("message", f"{message.channel} {message.ts}")
        self.feed.publish(MessageDeleted(message))

    def scheduled(self) -> list[Scheduled]:
        """What waits to be posted, the earliest first."""
        return sorted(self._scheduled.values(), key=lambda scheduled: (scheduled.post_at, scheduled.id))

    def put_scheduled(self, scheduled: Scheduled) -> None:
        self._scheduled[scheduled.id] = scheduled
        self._storage.put("scheduled", scheduled.id, scheduled)

    def delete_scheduled(self, scheduled: Scheduled) -> None:
        del self._scheduled[scheduled.id]
        self._storage.delete("scheduled", scheduled.id)

    # ------------------------------------------------------------------ reading

    def mark_read(self, user_id: str, channel_id: str) -> None:
        """Everything in the channel until now counts as seen by this person."""
        latest = next((message.ts for message in self._messages.newest_first(channel_id)), "0")
        mark = ReadMark(user=user_id, channel=channel_id, ts=latest)
        self._marks[user_id, channel_id] = mark
        self._storage.put("mark", f"{user_id} {channel_id}", mark)
        self.feed.publish(ChannelChanged(channel_id))

    def unread_count(self, user_id: str, channel_id: str) -> int:
        """Messages by others since the person last read the channel, among the newest hundred.

        Replies in threads do not count.
        """
        mark = self._marks.get((user_id, channel_id))
        read_until = "" if mark is None else mark.ts
        since = takewhile(lambda message: message.ts > read_until, self._messages.newest_first(channel_id))
        return sum(
            message.user != user_id
            and (message.is_broadcast or not message.is_reply)
            and message.ephemeral_to in (None, user_id)
            for message in islice(since, UNREAD_COUNTED)
        )

    # ------------------------------------------------------------------ files and homes

    def file(self, file_id: str) -> File:
        """Raises ApiError("file_not_found")."""
        if file_id not in self._files:
            raise ApiError("file_not_found")
        return self._files[file_id]

    def file_content(self, file_id: str) -> bytes | None:
        return self._storage.content("file", file_id)

    def put_file(self, file: File, content: bytes | None = None) -> None:
        self._files[file.id] = file
        self._storage.put("file", file.id, file)
        if content is not None:
            self._storage.put_content("file", file.id, content)

    def delete_file(self, file: File) -> None:
        """The bytes go; that there was such a file is remembered, for messages still name it."""
        self._storage.delete("file", file.id)
        self.put_file(file.model_copy(update={"is_deleted": True}))

    def files(self) -> Iterator[File]:
        """Every file that was not deleted."""
        yield from (file for file in self._files.values() if not file.is_deleted)

    def home(self, user_id: str, app_id: str = APP_ID) -> View | None:
        """What an app shows a person on its Home tab."""
        return self._homes.get((user_id, app_id))

    def put_home(self, user_id: str, view: View) -> None:
        self._homes[user_id, view.app_id] = view
        self._storage.put("home", f"{user_id} {view.app_id}", Home(user=user_id, view=view))
        self.feed.publish(HomeChanged(user_id, view.app_id))

    def homes(self) -> Iterator[tuple[str, View]]:
        """Each Home with the person who sees it."""
        for (user_id, _), view in self._homes.items():
            yield user_id, view

    # ------------------------------------------------------------------ building

    def _initial_channels(self) -> Iterator[Channel]:
        created = int(self._clock().timestamp())
        for channel_id, name, topic in _CHANNELS:
            yield Channel(
                id=channel_id,
                name=name,
                kind="channel",
                members=tuple(self.users),
                topic=topic,
                created=created,
            )
        bots = [user for user in self.users.values() if user.is_bot]
        for bot, person in product(bots, self.people):
            yield Channel(
                id=f"D{person.id[1:]}{bot.id.removeprefix(BOT_USER_ID)}",
                name=person.name,
                kind="im",
                members=(person.id, bot.id),
                with_user=person.id,
                created=created,
            )

    def _load(self) -> None:
        for body in self._storage.bodies("channel"):
            channel = Channel.model_validate_json(body)
            self._channels[channel.id] = channel
        for body in self._storage.bodies("message"):
            message = Message.model_validate_json(body)
            self._messages.keep(message)
            self._last_ts = max(self._last_ts, int(message.ts.replace(".", "")))
        for body in self._storage.bodies("file"):
            file = File.model_validate_json(body)
            self._files[file.id] = file
        for body in self._storage.bodies("scheduled"):
            scheduled = Scheduled.model_validate_json(body)
            self._scheduled[scheduled.id] = scheduled
        for body in self._storage.bodies("mark"):
            mark = ReadMark.model_validate_json(body)
            self._marks[mark.user, mark.channel] = mark
        for body in self._storage.bodies("home"):
            home = Home.model_validate_json(body)
            self._homes[home.user, home.view.app_id] = home.view


def new_id(prefix: str) -> str:
    """An identifier in Slack's look: a letter and capitals."""
    return prefix + secrets.token_hex(5).upper()
