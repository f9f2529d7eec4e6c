"""What a person does that an app must answer: commands, clicks, submitted and closed modals.

Each function takes the local Slack of the app that is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground import conversation, events
from bot.playground.asking import ask, envelope_of, response_address
from bot.playground.attachments import with_files
from bot.playground.block_kit.state import elements, find_element, input_errors, read_values
from bot.playground.block_kit.validation import check_view
from bot.playground.changes import ViewRefused
from bot.playground.content import Content, check_content
from bot.playground.entities import TEAM_DOMAIN, TEAM_ID, Channel, Json, Message, View
from bot.playground.errors import ApiError
from bot.playground.modals import changed_view, new_view
from bot.playground.slack import Slack
from bot.playground.wire import message_payload


@dataclass(frozen=True)
class Act:
    """One element acted on: where it stands, and what the client says was chosen."""

    block_id: str
    action_id: str
    chosen: Mapping[str, Any]
    state: Mapping[str, Mapping[str, Any]]


async def run_command(slack: Slack, user: str, channel: Channel, command: str, text: str) -> None:
    """Sends a slash command and posts what the ack says. Raises ApiError with the reason it failed."""
    if not slack.manifest.takes_command(command):
        raise ApiError("unknown_command")
    payload = {
        "token": "local",
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.kind == "im" else channel.name,
        "user_id": user,
        "user_name": slack.workspace.user(user).name,
        "command": command,
        "text": text,
        "api_app_id": slack.app.id,
        "is_enterprise_install": "false",
        "response_url": response_address(slack, slack.response_grants.issue(user, channel.id)),
        "trigger_id": slack.triggers.issue(user, channel=channel.id),
    }
    answer = await slack.socket_mode.request("slash_commands", payload)
    if answer and (answer.get("text") or answer.get("blocks")):
        respond(slack, user=user, channel=channel, body=answer)


def respond(
    slack: Slack, *, user: str, channel: Channel, body: Json, thread_ts: str | None = None
) -> Message:
    """A message in answer to an interaction: for that person only, unless it says "in_channel"."""
    content = answer_content(body)
    to_all = body.get("response_type") == "in_channel"
    return conversation.post(
        slack,
        channel,
        slack.app.bot_user,
        content,
        thread_ts=body.get("thread_ts") or thread_ts,
        ephemeral_to=None if to_all else user,
    )


def answer_content(body: Json) -> Content:
    """What an app answers to an interaction, by its ack or to a response address, checked."""
    return check_content(
        body.get("text"),
        body.get("blocks"),
        metadata=body.get("metadata"),
        attachments=body.get("attachments"),
    )


async def act_on_message(slack: Slack, user: str, message: Message, act: Act) -> None:
    """A click or choice in a message."""
    element = _find(message.blocks or [], act)
    channel = slack.workspace.channel(message.channel)
    thread_ts = message.thread_ts if message.is_reply else None
    grant = slack.response_grants.issue(user, channel.id, message_ts=message.ts, thread_ts=thread_ts)
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_to is not None,
        **({"thread_ts": thread_ts} if thread_ts else {}),
    }
    payload = {
        **envelope_of(slack, user, "block_actions"),
        "container": container,
        "channel": {"id": channel.id, "name": "directmessage" if channel.kind == "im" else channel.name},
        "message": message_payload(slack, message),
        "state": {"values": read_values(message.blocks or [], act.state)},
        "trigger_id": slack.triggers.issue(user, channel=channel.id),
        "response_url": response_address(slack, grant),
        "actions": [_action(slack, element, act)],
    }
    await ask(slack, payload)


async def act_on_view(slack: Slack, user: str, view: View, act: Act) -> None:
    """A click or choice in a modal or an App Home."""
    element = _find(view.blocks, act)
    values = read_values(view.blocks, act.state)
    view = view.model_copy(update={"values": values})
    if view.type == "modal":
        slack.modals.keep_values(user, view)
    payload = {
        **envelope_of(slack, user, "block_actions"),
        "container": {"type": "view", "view_id": view.id},
        "view": view.payload(),
        "trigger_id": slack.triggers.issue(user, view_id=view.id),
        "actions": [_action(slack, element, act)],
    }
    await ask(slack, payload)


async def submit(
    slack: Slack, user: str, view: View, state: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """Submits a modal and does what the ack says; returns the faults by block id, none when all is well."""
    values = read_values(view.blocks, state)
    view = view.model_copy(update={"values": values})
    errors = input_errors(view.blocks, values)
    if errors:
        return errors
    view = view.model_copy(update={"values": with_files(slack, values)})
    slack.modals.keep_values(user, view)
    payload = {
        **envelope_of(slack, user, "view_submission"),
        "view": view.payload(),
        "trigger_id": slack.triggers.issue(user, view_id=view.id),
        "response_urls": response_addresses(slack, user, view),
    }
    answer = await ask(slack, payload)
    return _follow(slack, user, view, answer or {})


def response_addresses(slack: Slack, user: str, view: View) -> list[Json]:
    """Where the app may answer: in each conversation chosen in a select with `response_url_enabled`."""
    urls: list[Json] = []
    for block, element in elements(view.blocks):
        value = view.values.get(block["block_id"], {}).get(element["action_id"], {})
        chosen = value.get("selected_conversation") or value.get("selected_channel")
        if element.get("response_url_enabled") and chosen:
            channel = slack.find_channel(chosen)
            grant = slack.response_grants.issue(user, channel.id)
            urls.append(
                {
                    "response_url": response_address(slack, grant),
                    "channel_id": channel.id,
                    "block_id": block["block_id"],
                    "action_id": element["action_id"],
                }
            )
    return urls


async def close(slack: Slack, user: str, view: View) -> None:
    """Closes a modal, and all under it where the app wants that; the app hears of it if it asked to."""
    if view.clear_on_close:
        slack.modals.clear(user)
    else:
        slack.modals.close(user, view.id)
    if view.notify_on_close:
        payload = {
            **envelope_of(slack, user, "view_closed"),
            "view": view.payload(),
            "is_cleared": view.clear_on_close,
        }
        await ask(slack, payload)


def open_home(slack: Slack, user: str) -> None:
    """A person opens the app's Home tab; raises ApiError("home_tab_disabled")."""
    if not slack.manifest.has_home_tab:
        raise ApiError("home_tab_disabled")
    events.send_home_opened(slack, user=user, channel=slack.find_channel(user))


def _follow(slack: Slack, user: str, view: View, answer: Json) -> dict[str, str]:
    """Does what a submission's ack asks for."""
    match answer.get("response_action"):
        case None:
            slack.modals.close(user, view.id)
        case "clear":
            slack.modals.clear(user)
        case "update":
            slack.modals.replace(user, changed_view(view, check_view(answer.get("view"), kind="modal")))
        case "push":
            slack.modals.push(user, new_view(slack.app, check_view(answer.get("view"), kind="modal")))
        case "errors":
            return _refuse(slack, user, view, answer.get("errors") or {})
        case other:
            raise ApiError("invalid_response_action", [f"unknown response_action: {other}"])
    return {}


def _refuse(slack: Slack, user: str, view: View, errors: dict[str, str]) -> dict[str, str]:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not errors or not set(errors) <= inputs:
        raise ApiError(
            "invalid_response_errors", [f"no input block with these ids: {sorted(set(errors) - inputs)}"]
        )
    slack.workspace.feed.publish(ViewRefused(user, view.id, errors))
    return errors


def _find(blocks: list[Json], act: Act) -> Json:
    element = find_element(blocks, act.block_id, act.action_id)
    if element is None:
        raise ApiError("action_not_found")
    return element


def _action(slack: Slack, element: Json, act: Act) -> Json:
    """The action on the wire: what the app declared, and of the client's word only the choice."""
    chosen = {key: value for key, value in act.chosen.items() if key.startswith("selected_")}
    action: Json = {
        "type": element["type"],
        "action_id": act.action_id,
        "block_id": act.block_id,
        "action_ts": slack.workspace.next_ts(),
    }
    match element["type"]:
        case "button" | "icon_button":
            declared: Json = {
                key: element[key] for key in ("text", "value", "style", "url", "icon") if key in element
            }
            return {**action, **declared}
        case "feedback_buttons":
            buttons = (element["positive_button"], element["negative_button"])
            pressed = [button for button in buttons if button["value"] == act.chosen.get("value")]
            if not pressed:
                raise ApiError("action_not_found")
            return {**action, "text": pressed[0]["text"], "value": pressed[0]["value"]}
        case "plain_text_input" | "number_input" | "email_text_input" | "url_text_input":
            return {**action, "value": act.chosen.get("value")}
        case "rich_text_input":
            return {**action, "rich_text_value": act.chosen.get("rich_text_value")}
        case "overflow" if not chosen.get("selected_option"):
            raise ApiError("option_not_found")
    _check_options(element, chosen)
    return {**action, **chosen}


def _check_options(element: Json, chosen: Json) -> None:
    """Refuses a choice the app did not offer; what an external select offers is the app's to know."""
    if element["type"].endswith("external_select"):
        return
    offered = [*element.get("options", [])]
    for group in element.get("option_groups", []):
        offered += group["options"]
    picked = [chosen.get("selected_option"), *(chosen.get("selected_options") or [])]
    values = {option["value"] for option in offered}
    if any(option is not None and option.get("value") not in values for option in picked):
        raise ApiError("option_not_found")
