"""A lunch club's app as somebody else would write it: synchronous bolt, and only its address is local."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

MENU: Final = {"Warm": ("Soup", "Stew"), "Cold": ("Salad", "Sandwich")}
MANIFEST: Final[dict[str, Any]] = {
    "display_information": {"name": "Lunch"},
    "features": {
        "bot_user": {"display_name": "lunch"},
        "slash_commands": [{"command": "/lunch", "description": "Order lunch"}],
        "shortcuts": [
            {
                "name": "Keep the receipt",
                "type": "message",
                "callback_id": "receipt",
                "description": "Keep it",
            }
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "channels:manage",
                "channels:read",
                "channels:history",
                "chat:write",
                "commands",
                "files:write",
                "reactions:read",
                "groups:write",
            ]
        }
    },
    "settings": {
        "event_subscriptions": {"bot_events": ["reaction_added", "member_joined_channel"]},
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}


def start(token: str, app_token: str, api_url: str) -> SocketModeHandler:
    """The app, connected."""
    app = App(client=WebClient(token, base_url=api_url))
    _register(app)
    handler = SocketModeHandler(app, app_token)
    handler.connect()
    return handler


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def option(text: str) -> dict[str, Any]:
    return {"text": plain(text), "value": text.lower()}


def field(block_id: str, label: str, **element: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": "value", **element},
    }


def order_form(note: str = "Changes?") -> dict[str, Any]:
    extras = field(
        "extras", "Extras", type="checkboxes", options=[option("Bread"), option("Butter"), option("Tea")]
    )
    return {
        "type": "modal",
        "callback_id": "order",
        "title": plain("Lunch"),
        "submit": plain("Order"),
        "notify_on_close": True,
        "blocks": [
            {
                "type": "section",
                "block_id": "menu",
                "text": {"type": "mrkdwn", "text": note},
                "accessory": {
                    "type": "overflow",
                    "action_id": "more",
                    "options": [option("Prices"), option("Again")],
                },
            },
            field("dish", "Dish", type="external_select", min_query_length=1),
            field("day", "Day", type="datepicker", initial_date="2031-05-06"),
            field("size", "Size", type="radio_buttons", options=[option("Small"), option("Large")]),
            {**extras, "optional": True},
            field(
                "where",
                "Tell",
                type="conversations_select",
                default_to_current_conversation=True,
                response_url_enabled=True,
            ),
        ],
    }


def message_view(title: str, text: str, **more: Any) -> dict[str, Any]:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return {"type": "modal", "title": plain(title), "blocks": [section], **more}


def _register(app: App) -> None:
    app.command("/lunch")(lunch)
    app.options({"block_id": "dish", "action_id": "value"})(dishes)
    app.action("more")(more)
    app.view("order")(order)
    app.view("sure")(sure)
    app.view_closed("order")(gone)
    app.message_shortcut("receipt")(receipt)
    app.event("reaction_added")(reacted)
    app.event("member_joined_channel")(joined)


def lunch(ack: Any, body: Any, client: WebClient) -> None:
    ack()
    client.views_open(trigger_id=body["trigger_id"], view=order_form())


def dishes(ack: Any, payload: Any) -> None:
    asked = payload["value"].lower()
    groups = [
        {"label": plain(kind), "options": [option(dish) for dish in dishes if asked in dish.lower()]}
        for kind, dishes in MENU.items()
    ]
    ack(option_groups=[group for group in groups if group["options"]])


def more(ack: Any, body: Any, action: Any, client: WebClient) -> None:
    ack()
    if action["selected_option"]["value"] == "prices":
        client.views_push(trigger_id=body["trigger_id"], view=message_view("Prices", "Soup 4, stew 6"))
        return
    seen = {"view_id": body["view"]["id"], "hash": body["view"]["hash"]}
    client.views_update(**seen, view=order_form("Once more"))
    try:
        client.views_update(**seen, view=order_form("Too late"))
    except SlackApiError as error:
        client.chat_postMessage(channel="#general", text=f"second update: {error.response['error']}")


def order(ack: Any, view: Any, body: Any) -> None:
    values = {block: fields["value"] for block, fields in view["state"]["values"].items()}
    if date.fromisoformat(values["day"]["selected_date"]).year < 2030:
        ack(response_action="errors", errors={"day": "That day is over."})
        return
    wanted = [
        values["dish"]["selected_option"]["text"]["text"],
        values["size"]["selected_option"]["value"],
        *(each["value"] for each in values["extras"]["selected_options"]),
    ]
    told = body["response_urls"][0]["channel_id"]
    ack(
        response_action="update",
        view=message_view(
            "Sure?",
            ", ".join(wanted),
            callback_id="sure",
            submit=plain("Yes"),
            private_metadata=f"{told} {values['day']['selected_date']}",
        ),
    )


def sure(ack: Any, view: Any, body: Any, client: WebClient) -> None:
    ack(response_action="clear")
    channel, day = view["private_metadata"].split()
    noon = int(datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC).timestamp())
    try:
        client.chat_scheduleMessage(channel=channel, text="Lunch!", post_at=noon)
    except SlackApiError as error:
        client.chat_postMessage(channel=channel, text=f"No reminder: {error.response['error']}")
    table = client.conversations_create(name="lunch-table", is_private=True)["channel"]
    client.conversations_invite(channel=table["id"], users=f"{body['user']['id']},U0BEN")
    client.chat_postMessage(channel=table["id"], text=f"<@{body['user']['id']}> is coming")


def gone(ack: Any, body: Any, client: WebClient) -> None:
    ack()
    client.chat_postMessage(channel="#general", text=f"<@{body['user']['id']}> is not hungry")


def receipt(ack: Any, body: Any, client: WebClient) -> None:
    ack()
    client.files_upload_v2(
        channel=body["channel"]["id"],
        thread_ts=body["message"]["ts"],
        content=body["message"]["text"],
        filename="receipt.txt",
        initial_comment="Kept",
    )


def reacted(event: Any, client: WebClient, say: Any) -> None:
    items = client.reactions_list(user=event["user"])["items"]
    names = sorted(each["name"] for item in items for each in item["message"]["reactions"])
    say(text=f"So far: {', '.join(names)}", thread_ts=event["item"]["ts"])


def joined() -> None:
    """Bolt complains of events that nobody takes."""


def write_manifest(folder: Path) -> Path:
    path = folder / "lunch.json"
    path.write_text(json.dumps(MANIFEST), "utf-8")
    return path
