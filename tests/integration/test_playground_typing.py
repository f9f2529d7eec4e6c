"""What people type and what apps receive of it: escapes, references, emoji, mentions."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.playground.entities import BOT_USER_ID, Json
from bot.playground.server import Playground, run_playground
from bot.playground.testing import LocalSlack
from tests.playground_app import (
    actions,
    bolt_app,
    button,
    connected,
    playground_config,
    section,
    web_client,
    write_manifest,
)


@pytest.fixture
async def playground(tmp_path: Path) -> AsyncIterator[Playground]:
    manifest = write_manifest(
        tmp_path, scopes=("app_mentions:read",), events=("app_mention", "message.channels", "message.im")
    )
    async with run_playground(playground_config(manifest=manifest)) as running:
        yield running


@pytest.mark.parametrize(
    ("typed", "received"),
    [
        ("5 < 6 & 7 > 6", "5 &lt; 6 &amp; 7 &gt; 6"),
        ('"quoted" and it\'s', '"quoted" and it\'s'),
        ("<!channel> <@U0ADA>", "&lt;!channel&gt; &lt;@U0ADA&gt;"),
        ("@Ada, please", "<@U0ADA>, please"),
        ("@ben and @CLEO", "<@U0BEN> and <@U0CLEO>"),
        ("@Copydesk write a post", f"<@{BOT_USER_ID}> write a post"),
        ("@nobody and me@adamant", "@nobody and me@adamant"),
        ("@Adam is not @Ada", "@Adam is not <@U0ADA>"),
        ("@here @channel @everyone", "<!here> <!channel> <!everyone>"),
        ("in #drafts or #Drafts, not #nowhere", "in <#C0DRAFTS|drafts> or <#C0DRAFTS|drafts>, not #nowhere"),
        ("see https://x.example/a?b=1&c=2.", "see <https://x.example/a?b=1&amp;c=2>."),
        ("(http://x.example)", "(<http://x.example>)"),
        ("write to me@x.example", "write to <mailto:me@x.example|me@x.example>"),
        ("`@Ada` and ```#drafts\nR&D```", "`@Ada` and ```#drafts\nR&amp;D```"),
        (":thumbsup: stays, 👍 and ☺️ do not", ":thumbsup: stays, :+1: and :relaxed: do not"),
        ("👍🏽", ":+1::skin-tone-4:"),
        ("*bold* _it_ ~no~", "*bold* _it_ ~no~"),
    ],
)
async def test_messages_arrive_escaped_and_with_references(
    playground: Playground, typed: str, received: str
) -> None:
    ada = LocalSlack(playground).as_user("U0ADA")
    await ada.post(typed)
    assert ada.messages("general")[-1].text == received


@pytest.mark.parametrize(
    ("should_escape", "received"),
    [
        (False, "tell @Ben in #drafts, R&amp;D, https://x.example"),
        (True, "tell <@U0BEN|ben> in <#C0DRAFTS|drafts>, R&amp;D, <https://x.example>"),
    ],
)
async def test_commands_carry_references_where_the_manifest_asks_for_them(
    tmp_path: Path, should_escape: bool, received: str
) -> None:
    path = write_manifest(tmp_path)
    manifest = json.loads(path.read_text("utf-8"))
    manifest["features"]["slash_commands"][0]["should_escape"] = should_escape
    path.write_text(json.dumps(manifest), "utf-8")
    async with run_playground(playground_config(manifest=path)) as playground:
        app = bolt_app(playground)
        texts: list[str] = []

        @app.command("/draft")
        async def draft(ack: Any, command: Json) -> None:
            texts.append(command["text"])
            await ack()

        async with connected(playground, app) as slack:
            await slack.as_user("U0ADA").slash("/draft", "tell @Ben in #drafts, R&D, https://x.example")
    assert texts == [received]


async def test_an_app_hears_that_it_was_mentioned(playground: Playground) -> None:
    app = bolt_app(playground)
    mentions: asyncio.Queue[Json] = asyncio.Queue()
    messages: asyncio.Queue[Json] = asyncio.Queue()

    @app.event("app_mention")
    async def mentioned(event: Json) -> None:
        await mentions.put(event)

    @app.event("message")
    async def heard(event: Json) -> None:
        await messages.put(event)

    async with connected(playground, app) as slack:
        ada = slack.as_user("U0ADA")
        await ada.post("@copydesk write a linkedin post about bread", channel="drafts")
        root = ada.messages("drafts")[0]
        await ada.post("@copydesk and another", channel="drafts", thread=root)
        await ada.post("@copydesk in private", channel="im")
        await ada.post("no mention", channel="drafts")
        await slack.delivered()

    first, second = (mentions.get_nowait() for _ in range(2))
    assert mentions.empty()
    assert messages.qsize() == 4
    assert first["text"] == f"<@{BOT_USER_ID}> write a linkedin post about bread"
    assert (first["user"], first["channel"], first["ts"]) == ("U0ADA", "C0DRAFTS", root.ts)
    assert "thread_ts" not in first
    assert second["thread_ts"] == root.ts


@pytest.mark.parametrize(
    ("scopes", "events"),
    [(["app_mentions:read"], []), ([], ["app_mention"])],
    ids=["no event", "no scope"],
)
async def test_mentions_need_scope_and_subscription(
    tmp_path: Path, scopes: list[str], events: list[str]
) -> None:
    manifest = write_manifest(tmp_path)
    body = json.loads(manifest.read_text("utf-8"))
    body["oauth_config"]["scopes"]["bot"] = scopes
    body["settings"]["event_subscriptions"]["bot_events"] = events
    manifest.write_text(json.dumps(body), "utf-8")
    async with run_playground(playground_config(manifest=manifest)) as playground:
        app = bolt_app(playground)
        mentions: list[Json] = []

        @app.event("app_mention")
        async def mentioned(event: Json) -> None:
            mentions.append(event)

        async with connected(playground, app) as slack:
            await slack.as_user("U0ADA").post("@copydesk hello")
            await slack.delivered()
    assert mentions == []


async def test_nobody_is_told_of_own_words(playground: Playground) -> None:
    app = bolt_app(playground)
    mentions: list[Json] = []

    @app.event("app_mention")
    async def mentioned(event: Json) -> None:
        mentions.append(event)

    async with connected(playground, app) as slack:
        await web_client(playground).chat_postMessage(
            channel="C0GENERAL",
            text=f"I am <@{BOT_USER_ID}>",
            blocks=[section("I am"), actions(button("go"))],
        )
        await slack.delivered()
    assert mentions == []
