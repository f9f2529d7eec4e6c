"""What happened in the workspace, told to whoever watches: the page's sockets and waiting tests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.playground.entities import Message


@dataclass(frozen=True)
class MessageChanged:
    """A message is new or different."""

    message: Message


@dataclass(frozen=True)
class MessageDeleted:
    message: Message


@dataclass(frozen=True)
class ChannelChanged:
    channel: str


@dataclass(frozen=True)
class ChannelJoined:
    """Somebody sees a channel, and all that was said there, for the first time."""

    channel: str
    user: str


@dataclass(frozen=True)
class ChannelLeft:
    channel: str
    user: str


@dataclass(frozen=True)
class HomeChanged:
    """An app published another Home for a person."""

    user: str
    app_id: str


@dataclass(frozen=True)
class ModalsChanged:
    user: str


@dataclass(frozen=True)
class ViewRefused:
    """A submission came back with errors, by block id."""

    user: str
    view_id: str
    errors: dict[str, str]


@dataclass(frozen=True)
class AppsChanged:
    """An app connected or went away."""


@dataclass(frozen=True)
class FaultsChanged:
    """A fault was switched on or off."""


@dataclass(frozen=True)
class Noticed:
    """A sentence for one person only, about something that did not work."""

    user: str
    tone: Literal["error", "info"]
    text: str
    channel: str | None = None


Change = (
    MessageChanged
    | MessageDeleted
    | ChannelChanged
    | ChannelJoined
    | ChannelLeft
    | HomeChanged
    | ModalsChanged
    | ViewRefused
    | AppsChanged
    | FaultsChanged
    | Noticed
)
Listener = Callable[[Change], None]


class Feed:
    """Tells every listener of every change, in order, at once."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Adds a listener; call what comes back to remove it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, change: Change) -> None:
        for listener in tuple(self._listeners):
            listener(change)
