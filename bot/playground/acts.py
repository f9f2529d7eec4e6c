"""What the page sends when a person does something, and which app is asked by it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.playground.entities import Message, View
from bot.playground.sight import own_modal, own_view, seen_message
from bot.playground.slack import Slack

State = dict[str, dict[str, dict[str, Any]]]


class Body(BaseModel):
    """What the page sends with a verb."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Asking(Body):
    """A body of a verb that asks something of an app: when it fails, the person is told by a notice."""

    @property
    def subject(self) -> str:
        return "That"

    @property
    def place(self) -> str | None:
        """The channel in which it was done, if it was one."""
        return None

    def asked(self, slack: Slack, user: str) -> Slack:
        """The local Slack of the app that is to answer; raises ApiError when what was used is not there."""
        raise NotImplementedError


class Post(Body):
    """A message; `files` are ids that "upload" answered with."""

    channel: str
    text: str
    thread_ts: str | None = None
    files: tuple[str, ...] = Field(default=(), max_length=10)


class Slash(Asking):
    channel: str
    command: str
    text: str = ""
    thread_ts: str | None = None

    @property
    def subject(self) -> str:
        return self.command

    @property
    def place(self) -> str | None:
        return self.channel

    def asked(self, slack: Slack, _user: str) -> Slack:
        return slack.of_command(self.command)


class Container(Body):
    type: Literal["message", "view"]
    channel: str | None = None
    ts: str | None = None
    view_id: str | None = None

    def found(self, slack: Slack, user: str) -> Message | View:
        """The message or view that an element stands in."""
        if self.type == "message":
            return seen_message(slack, user, self.channel or "", self.ts or "")
        return own_view(slack, user, self.view_id)

    def asked(self, slack: Slack, user: str) -> Slack:
        """The local Slack of the app whose message or view this is."""
        where = self.found(slack, user)
        return slack.of_bot(where.bot_id) if isinstance(where, Message) else slack.of_app(where.app_id)


class Action(Asking):
    container: Container
    block_id: str
    action_id: str
    action: dict[str, Any]
    state: State = Field(default_factory=dict)

    @property
    def place(self) -> str | None:
        return self.container.channel

    def asked(self, slack: Slack, user: str) -> Slack:
        return self.container.asked(slack, user)


class Suggest(Body):
    container: Container
    block_id: str
    action_id: str
    value: str = ""


class Shortcut(Asking):
    """A shortcut by its callback id: on the message at `channel` and `ts`, or a global one without."""

    callback_id: str
    app_id: str | None = None
    channel: str | None = None
    ts: str | None = None

    @property
    def place(self) -> str | None:
        return self.channel

    def asked(self, slack: Slack, _user: str) -> Slack:
        if self.app_id is not None:
            return slack.of_app(self.app_id)
        return slack.of_shortcut("global" if self.ts is None else "message", self.callback_id)


class _OfModal(Asking):
    view_id: str

    def asked(self, slack: Slack, user: str) -> Slack:
        return slack.of_app(own_modal(slack, user, self.view_id).app_id)


class Submit(_OfModal):
    state: State = Field(default_factory=dict)


class Upload(Body):
    """A file for a form; its content is base64."""

    name: str = Field(min_length=1, max_length=255)
    content: str


class Close(_OfModal):
    """Closing waits for the app only when it asked to hear of it."""


class React(Body):
    channel: str
    ts: str
    name: str
    remove: bool = False


class OpenHome(Asking):
    app: str | None = None

    def asked(self, slack: Slack, _user: str) -> Slack:
        return slack if self.app is None else slack.of_app(self.app)


class Read(Body):
    channel: str


class Edit(Body):
    channel: str
    ts: str
    text: str


class Delete(Body):
    channel: str
    ts: str
