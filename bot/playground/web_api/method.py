"""What a Web API method is: its arguments as a model, the scope it needs, the function behind it."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from bot.playground.content import Persona
from bot.playground.entities import Channel, Json
from bot.playground.errors import ApiError
from bot.playground.slack import Slack

TokenKind = Literal["bot", "app"]


def _parse_json(value: object) -> object:
    """Form fields carry nested values as JSON; what is not JSON is left for the check that follows."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


# A nested value, which a form brings as a JSON string.
Nested = Annotated[Any, BeforeValidator(_parse_json)]


class Arguments(BaseModel):
    """A method's arguments; like Slack, unknown ones are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Page(Arguments):
    """Arguments of methods that answer in pages."""

    cursor: str = ""
    limit: int = 100


@dataclass(frozen=True)
class Method:
    """One Web API method. `scope` None means any bot token; `tokens` says which kinds are taken."""

    name: str
    arguments: type[Arguments]
    call: Callable[[Slack, Any], Json]
    scope: str | None = None
    tokens: tuple[TokenKind, ...] = ("bot",)


def check_scope(slack: Slack, *any_of: str) -> None:
    """Raises ApiError("missing_scope") naming what the manifest lacks; one of several scopes is enough."""
    if not set(any_of) & set(slack.manifest.scopes):
        raise ApiError("missing_scope", needed=any_of[0], provided=",".join(slack.manifest.scopes))


def seen_channel(slack: Slack, channel_id: str) -> Channel:
    """A channel the app may know of; raises ApiError("channel_not_found") for others' private ones."""
    channel = slack.workspace.channel(channel_id)
    is_open = channel.kind == "channel" and not channel.is_private
    if not is_open and slack.app.bot_user not in channel.members:
        raise ApiError("channel_not_found")
    return channel


class Customized(Arguments):
    """What an app may call itself in a message."""

    username: str | None = None
    icon_emoji: str | None = None
    icon_url: str | None = None

    def persona(self, slack: Slack) -> Persona | None:
        """Without the scope chat:write.customize the wish is passed over (not confirmed)."""
        if "chat:write.customize" not in slack.manifest.scopes:
            return None
        if self.icon_emoji:
            return Persona(self.username, {"emoji": self.icon_emoji})
        return Persona(self.username, {"image_48": self.icon_url} if self.icon_url else None)


def joined_channel(slack: Slack, name_or_id: str) -> Channel:
    """Where the app is a member and something can be said; a person's id means their direct message.

    Raises ApiError: "not_in_channel", "is_archived", "messages_tab_disabled".
    """
    channel = seen_channel(slack, slack.find_channel(name_or_id).id)
    if slack.app.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    if channel.is_archived:
        raise ApiError("is_archived")
    if channel.kind == "im" and not slack.manifest.has_messages_tab:
        raise ApiError("messages_tab_disabled")
    return channel


def postable_channel(slack: Slack, name_or_id: str) -> Channel:
    """Where the app may post: where it is a member, and with chat:write.public in every public channel."""
    channel = seen_channel(slack, slack.find_channel(name_or_id).id)
    is_public = channel.kind == "channel" and not channel.is_private and not channel.is_archived
    if is_public and "chat:write.public" in slack.manifest.scopes:
        return channel
    return joined_channel(slack, name_or_id)


def paginate(items: Sequence[Json], page: Page, *, key: str) -> Json:
    """One page of `items` under `key`, with the cursor of the next; raises ApiError("invalid_cursor")."""
    if not 1 <= page.limit <= 1000:
        raise ApiError("invalid_limit")
    start = _offset(page.cursor)
    end = start + page.limit
    next_cursor = urlsafe_b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return {key: list(items[start:end]), "response_metadata": {"next_cursor": next_cursor}}


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(urlsafe_b64decode(cursor).decode().removeprefix("next:"))
    except ValueError:
        raise ApiError("invalid_cursor") from None
