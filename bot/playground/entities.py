"""The things a workspace holds: people, channels, messages, files, views. Values, never changed in place."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Json = dict[str, Any]
Clock = Callable[[], datetime]

TEAM_ID = "T0LOCAL"
TEAM_NAME = "Local workspace"
TEAM_DOMAIN = "local"
APP_ID = "A0LOCALAPP"
BOT_ID = "B0LOCALAPP"
BOT_USER_ID = "U0LOCALBOT"


class Entity(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class User(Entity):
    id: str
    name: str
    real_name: str
    color: str
    is_bot: bool = False


class Channel(Entity):
    """A channel, or a direct message between one person and one app's bot."""

    id: str
    name: str
    kind: Literal["channel", "im"]
    members: tuple[str, ...]
    with_user: str | None = None
    is_private: bool = False
    is_archived: bool = False
    topic: str = ""
    purpose: str = ""
    created: int = 0
    creator: str = ""


class Reaction(Entity):
    name: str
    users: tuple[str, ...]


class Message(Entity):
    """A message; `ephemeral_to` names the one person who sees it.

    `streaming_until`: Unix seconds at which Slack takes no more pieces of a message that grows.
    `is_broadcast`: a reply that stands in the channel too. `username` and `icons`: what an app calls
    itself in this message.
    """

    channel: str
    ts: str
    user: str
    text: str
    bot_id: str | None = None
    blocks: list[Json] | None = None
    thread_ts: str | None = None
    reactions: tuple[Reaction, ...] = ()
    files: tuple[str, ...] = ()
    edited_ts: str | None = None
    ephemeral_to: str | None = None
    metadata: Json | None = None
    streaming_until: float | None = None
    attachments: list[Json] | None = None
    is_broadcast: bool = False
    username: str | None = None
    icons: dict[str, str] | None = None
    is_tombstone: bool = False

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


class File(Entity):
    """An uploaded file without its bytes; width and height are in pixels, for pictures only."""

    id: str
    name: str
    title: str
    mimetype: str
    size_bytes: int
    user: str
    created: int
    alt_txt: str = ""
    width: int | None = None
    height: int | None = None
    is_shared: bool = False
    is_deleted: bool = False


class Scheduled(Entity):
    """A message that waits; `post_at` and `created` are Unix seconds."""

    id: str
    app_id: str
    channel: str
    post_at: int
    created: int
    text: str
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    metadata: Json | None = None
    thread_ts: str | None = None


class View(Entity):
    """A modal or an App Home as Slack keeps it: what the app sent, plus identity and hash."""

    id: str
    hash: str
    type: Literal["modal", "home"]
    blocks: list[Json]
    app_id: str = APP_ID
    bot_id: str = BOT_ID
    title: Json | None = None
    submit: Json | None = None
    close: Json | None = None
    callback_id: str = ""
    private_metadata: str = ""
    external_id: str = ""
    clear_on_close: bool = False
    notify_on_close: bool = False
    submit_disabled: bool = False
    root_view_id: str = ""
    previous_view_id: str | None = None
    values: Json = {}

    def payload(self) -> Json:
        """The view object on the wire."""
        body = self.model_dump(exclude={"values"})
        return {
            **body,
            "team_id": TEAM_ID,
            "app_installed_team_id": TEAM_ID,
            "state": {"values": self.values},
        }
