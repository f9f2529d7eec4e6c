"""A small bolt app that answers /draft as a copywriting bot might, for tests of the playground's page."""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.playground.entities import Json
from bot.playground.server import Playground

from ..playground_app import PNG, actions, bolt_app, button, modal, plain, section, text_input

Heard = asyncio.Queue[Json]
HOSTILE = '<img src=x onerror="document.title=1"> [click](javascript:alert(1)) **bold** <!channel>'


def option(text: str, value: str) -> Json:
    return {"text": plain(text), "value": value}


DRAFT: list[Json] = [
    {"type": "header", "text": plain("Blue-green deployments")},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "*Draft K7QX* · for <@U0ADA>"}]},
    section("Rollbacks become a *switch*, not an incident. :rocket: 1 &lt; 2 &amp; 3"),
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "thumb",
                "positive_button": {"text": plain("Good"), "value": "up"},
                "negative_button": {"text": plain("Not good"), "value": "down"},
            }
        ],
    },
    actions(
        button("rate", "d1", "Rate 1–10"),
        {
            **button("discard", "d1", "Discard"),
            "style": "danger",
            "confirm": {
                "title": plain("Discard this draft?"),
                "text": plain("It can't be brought back."),
                "confirm": plain("Discard"),
                "deny": plain("Keep"),
            },
        },
    ),
]
REPORT: list[Json] = [
    {"type": "markdown", "text": "# Week 47\n\n1. **rich** leads\n   - by a little\n\n> not a verdict"},
    {
        "type": "table",
        "column_settings": [{"align": "left", "is_wrapped": True}, {"align": "right"}],
        "rows": [
            [{"type": "raw_text", "text": "Model"}, {"type": "raw_text", "text": "Mean"}],
            [{"type": "raw_text", "text": "rich"}, {"type": "raw_text", "text": "7.4"}],
        ],
    },
]
SCORE_FORM = modal(
    {
        "type": "input",
        "block_id": "score",
        "label": plain("Your score"),
        "element": {
            "type": "static_select",
            "action_id": "value",
            "options": [option(str(score), str(score)) for score in range(1, 11)],
        },
    },
    {
        "type": "input",
        "block_id": "reasons",
        "label": plain("What stood out?"),
        "optional": True,
        "element": {
            "type": "checkboxes",
            "action_id": "value",
            "options": [option("Clear", "clear"), option("Too long", "long")],
        },
    },
    text_input("value", block_id="correction", optional=True, multiline=True),
    callback_id="score",
)


def build_app(playground: Playground, heard: Heard) -> AsyncApp:
    """The app; `heard` gets what people did."""
    app = bolt_app(playground)
    _answer_commands(app)
    _answer_clicks(app, heard)
    _answer_forms(app, heard)
    _answer_events(app, heard)
    return app


def _answer_commands(app: AsyncApp) -> None:
    @app.command("/draft")
    async def draft(ack: Any, command: Json, client: Any) -> None:
        if command["text"] == "silence":
            return
        await ack()
        channel = command["channel_id"]
        if command["text"] == "report":
            await client.chat_postMessage(channel=channel, text="Week 47", blocks=REPORT)
            await client.files_upload_v2(
                channel=channel, content=PNG, filename="ranking.png", title="Ranking", alt_txt="rich leads"
            )
        elif command["text"] == "hostile":
            blocks = [{"type": "markdown", "text": HOSTILE}, {"type": "section", "text": plain(HOSTILE)}]
            await client.chat_postMessage(channel=channel, text="hostile", blocks=blocks)
        elif command["text"]:
            await client.chat_postMessage(channel=channel, text="A draft", blocks=DRAFT)
        else:
            await client.chat_postEphemeral(
                channel=channel, user=command["user_id"], text="What about? `/draft linkedin tea`"
            )


def _answer_clicks(app: AsyncApp, heard: Heard) -> None:
    @app.action("thumb")
    @app.action("discard")
    async def use(ack: Any, action: Json, body: Json) -> None:
        await ack()
        heard.put_nowait({"by": body["user"]["id"], "action": action["action_id"], "value": action["value"]})

    @app.action("rate")
    async def rate(ack: Any, body: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=SCORE_FORM)


def _answer_forms(app: AsyncApp, heard: Heard) -> None:
    @app.view("score")
    async def score(ack: Any, body: Json, view: Json) -> None:
        values = view["state"]["values"]
        if (values["correction"]["value"]["value"] or "").startswith("no"):
            await ack(response_action="errors", errors={"correction": "Please say it in full."})
            return
        await ack()
        heard.put_nowait({"by": body["user"]["id"], "values": values})


def _answer_events(app: AsyncApp, heard: Heard) -> None:
    @app.event("app_home_opened")
    async def home(event: Json, client: Any) -> None:
        if event["tab"] == "home":
            await client.views_publish(
                user_id=event["user"], view={"type": "home", "blocks": [section("Your *drafts*: 3")]}
            )

    @app.event("reaction_added")
    @app.event("reaction_removed")
    async def reaction(event: Json) -> None:
        heard.put_nowait({"by": event["user"], "event": event["type"], "reaction": event["reaction"]})
