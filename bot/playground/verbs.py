"""What a person does on the page. Tests call the same functions."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError

from bot.playground import conversation, interactions, shortcuts
from bot.playground.acts import (
    Action,
    Asking,
    Body,
    Close,
    Delete,
    Edit,
    OpenHome,
    Post,
    React,
    Read,
    Shortcut,
    Slash,
    Submit,
    Suggest,
    Upload,
)
from bot.playground.attachments import attach, share
from bot.playground.content import Content, check_content
from bot.playground.entities import Json, Message
from bot.playground.errors import ApiError
from bot.playground.interactions import Act
from bot.playground.notices import failure_notice
from bot.playground.page import page_message
from bot.playground.shortcuts import Asked
from bot.playground.sight import own_channel, own_modal, seen_message
from bot.playground.slack import Slack
from bot.playground.typed_text import command_text, message_text
from bot.playground.unfurling import quotes


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
        if isinstance(given, Asking):
            slack = given.asked(slack, user)
        return {"ok": True, **await do(slack, user, given)}
    except _Refused as refused:
        return {"ok": False, "errors": refused.errors}
    except ApiError as error:
        if isinstance(given, Asking):
            notice = failure_notice(slack, user, given.subject, error.error, given.place)
            slack.workspace.feed.publish(notice)
        return error.response()


class _Refused(Exception):
    """A submission with faults in its fields."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__()
        self.errors = errors


async def _post(slack: Slack, user: str, given: Post) -> Json:
    channel = own_channel(slack, user, given.channel)
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
    channel = own_channel(slack, user, given.channel)
    if given.thread_ts is not None:
        raise ApiError("not_supported_in_threads")
    escaping = {known.command: known.should_escape for known in slack.manifest.commands}
    text = command_text(slack.workspace, given.text, is_escaped=escaping.get(given.command, False))
    await interactions.run_command(slack, user, channel, given.command, text)
    return {}


async def _action(slack: Slack, user: str, given: Action) -> Json:
    acted = Act(given.block_id, given.action_id, given.action, given.state)
    where = given.container.found(slack, user)
    if isinstance(where, Message):
        await interactions.act_on_message(slack, user, where, acted)
    else:
        await interactions.act_on_view(slack, user, where, acted)
    return {}


async def _suggest(slack: Slack, user: str, given: Suggest) -> Json:
    where = given.container.found(slack, user)
    asked = Asked(given.block_id, given.action_id, given.value)
    return await shortcuts.suggest(given.container.asked(slack, user), user, where, asked)


async def _shortcut(slack: Slack, user: str, given: Shortcut) -> Json:
    message = seen_message(slack, user, given.channel or "", given.ts) if given.ts is not None else None
    await shortcuts.use_shortcut(slack, user, given.callback_id, message)
    return {}


async def _upload(slack: Slack, user: str, given: Upload) -> Json:
    file = attach(slack, user, given.name, given.content)
    return {"file": {"id": file.id, "name": file.name, "mimetype": file.mimetype}}


async def _submit(slack: Slack, user: str, given: Submit) -> Json:
    errors = await interactions.submit(slack, user, own_modal(slack, user, given.view_id), given.state)
    if errors:
        raise _Refused(errors)
    return {}


async def _close(slack: Slack, user: str, given: Close) -> Json:
    await interactions.close(slack, user, own_modal(slack, user, given.view_id))
    return {}


async def _react(slack: Slack, user: str, given: React) -> Json:
    message = seen_message(slack, user, given.channel, given.ts)
    change = conversation.remove_reaction if given.remove else conversation.add_reaction
    change(slack, message, user, given.name)
    return {}


async def _open_home(slack: Slack, user: str, _: OpenHome) -> Json:
    interactions.open_home(slack, user)
    return {}


async def _read(slack: Slack, user: str, given: Read) -> Json:
    slack.workspace.mark_read(user, own_channel(slack, user, given.channel).id)
    return {}


async def _edit(slack: Slack, user: str, given: Edit) -> Json:
    """Own messages only; what the app would see of an edit it sees."""
    message = seen_message(slack, user, given.channel, given.ts)
    if message.user != user or message.ephemeral_to is not None:
        raise ApiError("cant_update_message")
    text = message_text(slack.workspace, given.text)
    # An empty list takes the old quotes away.
    content = check_content(text, None, attachments=quotes(slack, user, text))
    return {"message": page_message(slack, conversation.edit(slack, message, content))}


async def _delete(slack: Slack, user: str, given: Delete) -> Json:
    """Own messages and the bots': in the real Slack an admin deletes the latter."""
    message = seen_message(slack, user, given.channel, given.ts)
    if message.user != user and message.bot_id is None:
        raise ApiError("cant_delete_message")
    conversation.delete(slack, message)
    return {}


_Verb = tuple[type[Body], Callable[[Slack, str, Any], Awaitable[Json]]]
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
