"""What the page shows: a snapshot at first, then every change, as one person sees it."""

import asyncio
import contextlib

from aiohttp import WSCloseCode, web

from bot.playground.changes import (
    AppsChanged,
    Change,
    ChannelChanged,
    ChannelJoined,
    ChannelLeft,
    FaultsChanged,
    HomeChanged,
    MessageChanged,
    MessageDeleted,
    ModalsChanged,
    Noticed,
    ViewRefused,
)
from bot.playground.entities import (
    TEAM_ID,
    TEAM_NAME,
    Channel,
    File,
    Json,
    Message,
    User,
    View,
)
from bot.playground.fault_injection import faults_payload
from bot.playground.slack import Slack
from bot.playground.wire import reactions_payload

# A page that does not read its socket is dropped rather than waited for.
QUEUE_LIMIT = 1_000
PING_SECONDS = 20.0


class Pages:
    """The open pages."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._sockets: set[web.WebSocketResponse] = set()

    async def serve(self, user: str, request: web.Request) -> web.WebSocketResponse:
        """A page's socket: the snapshot, then what changes, until the page goes."""
        socket = web.WebSocketResponse(heartbeat=PING_SECONDS)
        await socket.prepare(request)
        self._sockets.add(socket)
        pushes: asyncio.Queue[Json] = asyncio.Queue(QUEUE_LIMIT)
        unsubscribe = self._slack.workspace.feed.subscribe(lambda change: self._enqueue(pushes, user, change))
        sender = asyncio.get_running_loop().create_task(
            _send_pushes(socket, snapshot(self._slack, user), pushes)
        )
        try:
            async for _ in socket:
                pass  # The page speaks by HTTP; reading only notices that it went.
        finally:
            self._sockets.discard(socket)
            unsubscribe()
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        return socket

    async def close(self) -> None:
        """Hangs up on every page; pages call again."""
        for socket in tuple(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    def _enqueue(self, pushes: asyncio.Queue[Json], user: str, change: Change) -> None:
        for push in pushes_for(self._slack, user, change):
            with contextlib.suppress(asyncio.QueueFull):
                pushes.put_nowait(push)


async def _send_pushes(socket: web.WebSocketResponse, first: Json, pushes: asyncio.Queue[Json]) -> None:
    with contextlib.suppress(ConnectionError):
        await socket.send_json(first)
        while not pushes.full():
            await socket.send_json(await pushes.get())
        await socket.close()


def snapshot(slack: Slack, user: str) -> Json:
    """Everything this person sees."""
    workspace = slack.workspace
    channels = [each for each in workspace.channels if user in each.members and not each.is_archived]
    return {
        "type": "snapshot",
        "team": {"id": TEAM_ID, "name": TEAM_NAME},
        "me": user,
        "users": [_user(person) for person in workspace.users.values()],
        "channels": [_channel(slack, user, channel) for channel in channels],
        "commands": [
            {**command.model_dump(), "app": each.manifest.app_name}
            for each in slack.apps
            for command in each.manifest.commands
        ],
        "shortcuts": [
            {**shortcut.model_dump(), "app": each.manifest.app_name, "app_id": each.app.id}
            for each in slack.apps
            for shortcut in each.manifest.shortcuts
        ],
        "apps": _apps(slack),
        "faults": faults_payload(slack),
        "messages": {channel.id: _seen_messages(slack, user, channel.id) for channel in channels},
        "homes": {each.app.id: _view(workspace.home(user, each.app.id)) for each in slack.apps},
        "modals": [_view(view) for view in slack.modals.stack(user)],
    }


def pushes_for(slack: Slack, user: str, change: Change) -> list[Json]:
    """What one change means for one person's page; nothing when it is not for their eyes."""
    match change:
        case MessageChanged(message) if _sees(slack, user, message):
            return [
                {"type": "message", "message": page_message(slack, message)},
                _unread(slack, user, message),
            ]
        case MessageDeleted(message) if _sees(slack, user, message):
            return [{"type": "message_deleted", "channel": message.channel, "ts": message.ts}]
        case ChannelChanged() | ChannelJoined() | ChannelLeft():
            return _channel_pushes(slack, user, change)
        case HomeChanged(owner, app_id) if owner == user:
            return [{"type": "home", "app": app_id, "view": _view(slack.workspace.home(user, app_id))}]
        case ModalsChanged(owner) if owner == user:
            return [{"type": "modals", "modals": [_view(view) for view in slack.modals.stack(user)]}]
        case ViewRefused(owner, view_id, errors) if owner == user:
            return [{"type": "view_errors", "view_id": view_id, "errors": errors}]
        case FaultsChanged():
            return [{"type": "faults", "faults": faults_payload(slack)}]
        case AppsChanged():
            return [{"type": "apps", "apps": _apps(slack)}]
        case Noticed(owner, tone, text, channel_id) if owner == user:
            return [{"type": "notice", "tone": tone, "text": text, "channel": channel_id}]
    return []


def _channel_pushes(
    slack: Slack, user: str, change: ChannelChanged | ChannelJoined | ChannelLeft
) -> list[Json]:
    channel = slack.workspace.channel(change.channel)
    if isinstance(change, ChannelChanged):
        if user not in channel.members:
            return []
        if channel.is_archived:
            return [{"type": "channel_left", "channel": channel.id}]
        return [{"type": "channel", "channel": _channel(slack, user, channel)}]
    if change.user != user:
        return []
    if isinstance(change, ChannelLeft):
        return [{"type": "channel_left", "channel": channel.id}]
    return [{"type": "message", "message": message} for message in _seen_messages(slack, user, channel.id)]


def page_message(slack: Slack, message: Message) -> Json:
    """A message in the page's form."""
    return {
        "channel": message.channel,
        "ts": message.ts,
        "user": message.user,
        "is_bot": message.bot_id is not None,
        "text": message.text,
        "blocks": message.blocks,
        "attachments": message.attachments or [],
        "username": message.username,
        "thread_ts": message.thread_ts if message.is_reply else None,
        "broadcast": message.is_broadcast,
        "reply_count": 0 if message.is_reply else len(slack.workspace.replies(message)),
        "reactions": reactions_payload(message),
        "files": [_file(file) for file in map(slack.workspace.file, message.files) if not file.is_deleted],
        "edited": message.edited_ts is not None,
        "ephemeral": message.ephemeral_to is not None,
        "streaming": message.streaming_until is not None,
    }


def _seen_messages(slack: Slack, user: str, channel_id: str) -> list[Json]:
    return [
        page_message(slack, message)
        for message in slack.workspace.messages(channel_id)
        if message.ephemeral_to in (None, user)
    ]


def _sees(slack: Slack, user: str, message: Message) -> bool:
    is_member = user in slack.workspace.channel(message.channel).members
    return is_member and message.ephemeral_to in (None, user)


def _unread(slack: Slack, user: str, message: Message) -> Json:
    """A message changes how much of its channel is unread."""
    channel = slack.workspace.channel(message.channel)
    return {"type": "channel", "channel": _channel(slack, user, channel)}


def _user(user: User) -> Json:
    return user.model_dump()


def _channel(slack: Slack, user: str, channel: Channel) -> Json:
    bot = slack.of_bot(channel.members[1]).app.bot() if channel.kind == "im" else None
    return {
        "id": channel.id,
        "name": bot.real_name if bot else channel.name,
        "kind": channel.kind,
        "with": bot.id if bot else None,
        "topic": channel.topic,
        "unread": slack.workspace.unread_count(user, channel.id),
    }


def _apps(slack: Slack) -> list[Json]:
    return [
        {
            "id": each.app.id,
            "name": each.manifest.app_name,
            "bot_user": each.app.bot_user,
            "connected": each.socket_mode.is_connected,
        }
        for each in slack.apps
    ]


def _file(file: File) -> Json:
    shown: Json = file.model_dump(include={"id", "name", "title", "mimetype", "alt_txt"})
    size = {"width": file.width, "height": file.height} if file.width is not None else {}
    return {**shown, "url": f"file/{file.id}", **size}


def _view(view: View | None) -> Json | None:
    return None if view is None else view.payload()
