"""What apps offer at other places: shortcuts in menus, and options in external selects."""

from dataclasses import dataclass

from bot.playground.asking import ask, envelope_of, message_context
from bot.playground.block_kit.state import find_element
from bot.playground.block_kit.validation import check_suggestions
from bot.playground.entities import Json, Message, View
from bot.playground.errors import ApiError
from bot.playground.slack import Slack


@dataclass(frozen=True)
class Asked:
    """What was typed into an external select."""

    block_id: str
    action_id: str
    value: str


async def use_shortcut(slack: Slack, user: str, callback_id: str, message: Message | None = None) -> None:
    """An app's shortcut: on `message`, or a global one. Raises ApiError("shortcut_not_found")."""
    if not slack.manifest.takes_shortcut("global" if message is None else "message", callback_id):
        raise ApiError("shortcut_not_found")
    payload = {
        **envelope_of(slack, user, "shortcut" if message is None else "message_action"),
        "callback_id": callback_id,
        "trigger_id": slack.triggers.issue(user, channel=None if message is None else message.channel),
        "action_ts": slack.workspace.next_ts(),
    }
    if message is not None:
        payload |= message_context(slack, user, message)
    await ask(slack, payload)


async def suggest(slack: Slack, user: str, where: Message | View, asked: Asked) -> Json:
    """What the app offers for what was typed into an external select: `options` or `option_groups`.

    Raises ApiError: "action_not_found", "invalid_options" and what a missing ack means.
    """
    blocks = where.blocks or []
    element = find_element(blocks, asked.block_id, asked.action_id)
    if element is None or not element["type"].endswith("external_select"):
        raise ApiError("action_not_found")
    place = (
        {"container": {"type": "view", "view_id": where.id}, "view": where.payload()}
        if isinstance(where, View)
        else message_context(slack, user, where, answerable=False)
    )
    payload = {
        **envelope_of(slack, user, "block_suggestion"),
        **place,
        "block_id": asked.block_id,
        "action_id": asked.action_id,
        "value": asked.value,
    }
    return check_suggestions(await ask(slack, payload))
