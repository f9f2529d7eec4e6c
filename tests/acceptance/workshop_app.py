"""A bolt app that shows every kind of element and block, for tests of the playground's page."""

import asyncio
import json
from pathlib import Path
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.playground.entities import Json
from bot.playground.server import Playground

from ..playground_app import MANIFEST, actions, bolt_app, button, modal, plain, section

Heard = asyncio.Queue[Json]
TOPICS = ("Blue-green deployments", "Blue ocean strategy", "Onboarding")
CSV = "model,mean\n" + "".join(f'"Model, {number}",{number}.5\n' for number in range(1, 10))


def option(text: str) -> Json:
    return {"text": plain(text), "value": text.lower()}


def options(*texts: str) -> list[Json]:
    return [option(text) for text in texts]


def field(block_id: str, label: str, element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": "value", **element},
        **more,
    }


def number(value: float) -> Json:
    return {"type": "raw_number", "value": value, "text": str(value)}


def raw(text: str) -> Json:
    return {"type": "raw_text", "text": text}


ELEMENTS: list[Json] = [
    section(
        "Next",
        accessory={"type": "overflow", "action_id": "overflow", "options": options("Edit", "Archive")},
    ),
    section("Due", accessory={"type": "datepicker", "action_id": "date", "initial_date": "2026-03-31"}),
    section("At", accessory={"type": "timepicker", "action_id": "time"}),
    section(
        "Kind",
        accessory={
            "type": "radio_buttons",
            "action_id": "radio",
            "options": options("Post", "Email"),
            "initial_option": option("Post"),
            "confirm": {
                "title": plain("Change the kind?"),
                "text": plain("The draft starts again."),
                "confirm": plain("Change"),
                "deny": plain("Keep"),
            },
        },
    ),
    section(
        "Also",
        accessory={"type": "checkboxes", "action_id": "checks", "options": options("Hashtags", "Emoji")},
    ),
    section(
        "Editors",
        accessory={"type": "multi_users_select", "action_id": "people", "placeholder": plain("Editors")},
    ),
    section(
        "Topic",
        accessory={
            "type": "external_select",
            "action_id": "topic",
            "min_query_length": 2,
            "placeholder": plain("Topic"),
        },
    ),
]
MEANS = [raw("Model"), raw("Mean")]
ROWS = [
    [raw(name), number(mean)]
    for name, mean in (
        ("Bloom", 7.1),
        ("OPT", 10),
        ("XGLM", 4.9),
        ("Pythia", 6.6),
        ("Starter", 7.6),
        ("C", 5),
    )
]
REPORT: list[Json] = [
    {"type": "data_table", "caption": "Models", "page_size": 4, "rows": [MEANS, *ROWS]},
    {
        "type": "data_visualization",
        "title": "Mean scores",
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": "Mean",
                    "data": [{"label": "OPT", "value": 6.4}, {"label": "Bloom", "value": 7.1}],
                }
            ],
            "axis_config": {"categories": ["OPT", "Bloom"], "y_label": "Score"},
        },
    },
    {"type": "card", "title": plain("Draft A"), "actions": [button("use", "a", "Use this")]},
    {
        "type": "container",
        "title": plain("The rest"),
        "is_collapsible": True,
        "default_collapsed": True,
        "child_blocks": [actions(button("use", "b", "Use that"))],
    },
    {
        "type": "plan",
        "title": "Writing",
        "tasks": [
            {"task_id": "1", "title": "Read", "status": "complete"},
            {"task_id": "2", "title": "Write", "status": "in_progress"},
        ],
    },
]
FORM = modal(
    field("day", "Day", {"type": "datepicker"}),
    field(
        "tones",
        "Tones",
        {"type": "multi_static_select", "options": options("Warm", "Dry", "Formal"), "max_selected_items": 2},
    ),
    field("style", "House style", {"type": "rich_text_input"}),
    field("facts", "Facts", {"type": "file_input", "filetypes": ["csv"], "max_files": 1}, optional=True),
    field(
        "place",
        "Post in",
        {"type": "conversations_select", "default_to_current_conversation": True},
    ),
    field("mail", "Reply to", {"type": "email_text_input"}),
    callback_id="workshop",
)
NEXT_STEP = modal(section("Step two"), callback_id="second", title=plain("Second step"))
LAST_STEP = {"type": "modal", "title": plain("Thank you"), "blocks": [section("It is sent.")]}


def write_manifest(folder: Path) -> Path:
    """Copydesk's manifest with a shortcut of each kind."""
    manifest = json.loads(MANIFEST.read_text("utf-8"))
    manifest["features"]["shortcuts"] = [
        {"name": "Draft from this", "type": "message", "callback_id": "from_message", "description": "x"},
        {"name": "New draft", "type": "global", "callback_id": "new_draft", "description": "Ask for one"},
    ]
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest), "utf-8")
    return path


def build_app(playground: Playground, heard: Heard) -> AsyncApp:
    """The app; `heard` gets what people did."""
    app = bolt_app(playground)
    _answer_commands(app)
    _answer_elements(app, heard)
    _answer_forms(app, heard)
    return app


def _answer_commands(app: AsyncApp) -> None:
    shown = {"elements": ELEMENTS, "report": REPORT, "form": [actions(button("open", text="Open form"))]}

    @app.command("/draft")
    async def show(ack: Any, command: Json, client: Any) -> None:
        await ack()
        channel = command["channel_id"]
        if command["text"] == "csv":
            await client.files_upload_v2(channel=channel, content=CSV, filename="week.csv")
        else:
            name = command["text"]
            await client.chat_postMessage(channel=channel, text=name, blocks=shown[name])


def _answer_elements(app: AsyncApp, heard: Heard) -> None:
    for action_id in ("overflow", "date", "time", "radio", "checks", "people", "topic", "use"):

        @app.action(action_id)
        async def use(ack: Any, action: Json) -> None:
            await ack()
            heard.put_nowait(action)

    @app.options("topic")
    async def topics(ack: Any, payload: Json) -> None:
        heard.put_nowait({"asked": payload["value"]})
        found = [topic for topic in TOPICS if payload["value"].lower() in topic.lower()]
        await ack(options=options(*found))

    @app.shortcut("from_message")
    @app.shortcut("new_draft")
    async def shortcut(ack: Any, shortcut: Json) -> None:
        await ack()
        heard.put_nowait({"shortcut": shortcut["callback_id"], "on": shortcut.get("message", {}).get("text")})


def _answer_forms(app: AsyncApp, heard: Heard) -> None:
    @app.action("open")
    async def open_form(ack: Any, body: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.view("workshop")
    async def submit(ack: Any, view: Json) -> None:
        await ack(response_action="push", view=NEXT_STEP)
        heard.put_nowait({"values": view["state"]["values"]})

    @app.view("second")
    async def finish(ack: Any) -> None:
        await ack(response_action="update", view=LAST_STEP)
