"""What a person does on the page. Tests call the same functions."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.playground import conversation, interactions, shortcuts
from bot.playground.attachments import attach, share
from bot.playground.content import Content, check_content
from bot.playground.entities import Channel, Json, Message, View
from bot.playground.errors import ApiError
from bot.playground.interactions import Act
from bot.playground.notices import failure_notice
from bot.playground.page import page_message
from bot.playground.shortcuts import Asked
from bot.playground.slack import Slack
from bot.playground.typed_text import command_text, message_text
from bot.playground.unfurling import quotes

State = dict[str, dict[str, dict[str, Any]]]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Asking(_Body):
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


class Post(_Body):
    """A message; `files` are ids that "upload" answered with."""

    channel: str
    text: str
    thread_ts: str | None = None
    files: tuple[str, ...] = Field(default=(), max_length=10)


class Slash(_Asking):
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


class Container(_Body):
    type: Literal["message", "view"]
    channel: str | None = None
    ts: str | None = None
    view_id: str | None = None

    def asked(self, slack: Slack, user: str) -> Slack:
        """The local Slack of the app whose message or view this is."""
        where = _contained(slack, user, self)
        return slack.of_bot(where.bot_id) if isinstance(where, Message) else slack.of_app(where.app_id)


class Action(_Asking):
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


class Suggest(_Body):
    container: Container
    block_id: str
    action_id: str
    value: str = ""


class Shortcut(_Asking):
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


class _OfModal(_Asking):
    view_id: str

    def asked(self, slack: Slack, user: str) -> Slack:
        return slack.of_app(_own_modal(slack, user, self.view_id).app_id)


class Submit(_OfModal):
    state: State = Field(default_factory=dict)


class Upload(_Body):
    """A file for a form; its content is base64."""

    name: str = Field(min_length=1, max_length=255)
    content: str


class Close(_OfModal):
    """Closing waits for the app only when it asked to hear of it."""


class React(_Body):
    channel: str
    ts: str
    name: str
    remove: bool = False


class OpenHome(_Asking):
    app: str | None = None

    def asked(self, slack: Slack, _user: str) -> Slack:
        return slack if self.app is None else slack.of_app(self.app)


class Read(_Body):
    channel: str


class Edit(_Body):
    channel: str
    ts: str
    text: str


class Delete(_Body):
    channel: str
    ts: str


async def act(slack: Slack, verb: str, user: str, body: object) -> Json:
    """Does what the page asks for a person; {"ok": false, "error": …} when it cannot be done.

    Any app's local Slack will do: which app is asked follows from the body.
    """
    if verb not in _VERBS:
        return {"ok": False, "error": "unknown_verb"}
    model, do = _VERBS[verb]
    try:
        given = model.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        return {"ok": False, "error": "invalid_arguments", "detail": f"{first['loc']}: {first['msg']}"}
    try:
        if isinstance(given, _Asking):
            slack = given.asked(slack, user)
        return {"ok": True, **await do(slack, user, given)}
    except _Refused as refused:
        return {"ok": False, "errors": refused.errors}
    except ApiError as error:
        if isinstance(given, _Asking):
            notice = failure_notice(slack, user, given.subject, error.error, given.place)
            slack.workspace.feed.publish(notice)
        return error.response()


class _Refused(Exception):
    """A submission with faults in its fields."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__()
        self.errors = errors


async def _post(slack: Slack, user: str, given: Post) -> Json:
    channel = _own_channel(slack, user, given.channel)
    if channel.kind == "im" and not slack.of_bot(channel.members[1]).manifest.takes_direct_messages:
        raise ApiError("messages_tab_disabled")
    text = message_text(slack.workspace, given.text)
    files = share(slack, user, given.files, channel)
    quoted = quotes(slack, user, text) or None
    content = check_content(text, None, attachments=quoted) if text or not files else Content("")
    message = conversation.post(slack, channel, user, content, thread_ts=given.thread_ts, files=files)
    slack.workspace.mark_read(user, channel.id)
    return {"message": page_message(slack, message)}


async def _slash(slack: Slack, user: str, given: Slash) -> Json:
    channel = _own_channel(slack, user, given.channel)
    if given.thread_ts is not None:
        raise ApiError("not_supported_in_threads")
    escaping = {known.command: known.should_escape for known in slack.manifest.commands}
    text = command_text(slack.workspace, given.text, is_escaped=escaping.get(given.command, False))
    await interactions.run_command(slack, user, channel, given.command, text)
    return {}


async def _action(slack: Slack, user: str, given: Action) -> Json:
    acted = Act(given.block_id, given.action_id, given.action, given.state)
    where = _contained(slack, user, given.container)
    if isinstance(where, Message):
        await interactions.act_on_message(slack, user, where, acted)
    else:
        await interactions.act_on_view(slack, user, where, acted)
    return {}


async def _suggest(slack: Slack, user: str, given: Suggest) -> Json:
    where = _contained(slack, user, given.container)
    asked = Asked(given.block_id, given.action_id, given.value)
    return await shortcuts.suggest(given.container.asked(slack, user), user, where, asked)


async def _shortcut(slack: Slack, user: str, given: Shortcut) -> Json:
    message = _seen_message(slack, user, given.channel or "", given.ts) if given.ts is not None else None
    await shortcuts.use_shortcut(slack, user, given.callback_id, message)
    return {}


async def _upload(slack: Slack, user: str, given: Upload) -> Json:
    file = attach(slack, user, given.name, given.content)
    return {"file": {"id": file.id, "name": file.name, "mimetype": file.mimetype}}


async def _submit(slack: Slack, user: str, given: Submit) -> Json:
    errors = await interactions.submit(slack, user, _own_modal(slack, user, given.view_id), given.state)
    if errors:
        raise _Refused(errors)
    return {}


async def _close(slack: Slack, user: str, given: Close) -> Json:
    await interactions.close(slack, user, _own_modal(slack, user, given.view_id))
    return {}


async def _react(slack: Slack, user: str, given: React) -> Json:
    message = _seen_message(slack, user, given.channel, given.ts)
    change = conversation.remove_reaction if given.remove else conversation.add_reaction
    change(slack, message, user, given.name)
    return {}


async def _open_home(slack: Slack, user: str, _: OpenHome) -> Json:
    interactions.open_home(slack, user)
    return {}


async def _read(slack: Slack, user: str, given: Read) -> Json:
    slack.workspace.mark_read(user, _own_channel(slack, user, given.channel).id)
    return {}


async def _edit(slack: Slack, user: str, given: Edit) -> Json:
    """Own messages only; what the app would see of an edit it sees."""
    message = _seen_message(slack, user, given.channel, given.ts)
    if message.user != user or message.ephemeral_to is not None:
        raise ApiError("cant_update_message")
    text = message_text(slack.workspace, given.text)
    content = check_content(text, None, attachments=quotes(slack, user, text) or None)
    return {"message": page_message(slack, conversation.edit(slack, message, content))}


async def _delete(slack: Slack, user: str, given: Delete) -> Json:
    """Own messages and the bots': in the real Slack an admin deletes the latter."""
    message = _seen_message(slack, user, given.channel, given.ts)
    if message.user != user and message.bot_id is None:
        raise ApiError("cant_delete_message")
    conversation.delete(slack, message)
    return {}


def _own_channel(slack: Slack, user: str, name_or_id: str) -> Channel:
    channel = slack.workspace.find_channel(name_or_id)
    if user not in channel.members:
        raise ApiError("channel_not_found")
    return channel


def _seen_message(slack: Slack, user: str, channel_id: str, ts: str) -> Message:
    message = slack.workspace.message(_own_channel(slack, user, channel_id).id, ts)
    if message.ephemeral_to not in (None, user):
        raise ApiError("message_not_found")
    return message


def _contained(slack: Slack, user: str, container: Container) -> Message | View:
    """The message or view that an element stands in."""
    if container.type == "message":
        return _seen_message(slack, user, container.channel or "", container.ts or "")
    return _own_view(slack, user, container.view_id)


def _own_modal(slack: Slack, user: str, view_id: str | None) -> View:
    for view in slack.modals.stack(user):
        if view.id == view_id:
            return view
    raise ApiError("view_not_found")


def _own_view(slack: Slack, user: str, view_id: str | None) -> View:
    for owner, home in slack.workspace.homes():
        if owner == user and home.id == view_id:
            return home
    return _own_modal(slack, user, view_id)


_Verb = tuple[type[_Body], Callable[[Slack, str, Any], Awaitable[Json]]]
_VERBS: dict[str, _Verb] = {
    "post": (Post, _post),
    "slash": (Slash, _slash),
    "action": (Action, _action),
    "suggest": (Suggest, _suggest),
    "shortcut": (Shortcut, _shortcut),
    "upload": (Upload, _upload),
    "submit": (Submit, _submit),
    "close": (Close, _close),
    "react": (React, _react),
    "open_home": (OpenHome, _open_home),
    "read": (Read, _read),
    "edit": (Edit, _edit),
    "delete": (Delete, _delete),
}
