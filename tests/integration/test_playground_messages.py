"""What messages hold: Markdown, attachments, quotes of messages that are linked to, and Slack's limits."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.entities import Json
from bot.playground.faults import LimitRate
from bot.playground.page import snapshot
from bot.playground.server import Playground, run_playground
from bot.playground.testing import LocalSlack
from tests.playground_app import ManualClock, error_of, playground_config, section, web_client, write_manifest


@pytest.fixture
async def playground(tmp_path: Path) -> AsyncIterator[Playground]:
    manifest = write_manifest(tmp_path, scopes=("channels:manage", "groups:write"))
    async with run_playground(playground_config(manifest=manifest)) as running:
        yield running


@pytest.fixture
def client(playground: Playground) -> AsyncWebClient:
    return web_client(playground)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"markdown_text": "x", "text": "y"}, "markdown_text_conflict"),
        ({"markdown_text": "x", "blocks": [{"type": "divider"}]}, "markdown_text_conflict"),
        ({"blocks": [*[section("x" * 3_000)] * 4, section("x" * 1_201)]}, "msg_blocks_too_long"),
        ({"blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
        ({"attachments": ["x"]}, "invalid_attachments"),
        ({"attachments": [{"blocks": [{"type": "nope"}]}]}, "invalid_blocks"),
        ({"attachments": []}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "metadata": {"event_payload": {}}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "y", "event_payload": []}}, "invalid_metadata_format"),
    ],
)  # fmt: skip
async def test_limits_have_slacks_names(client: AsyncWebClient, said: Json, error: str) -> None:
    answer = await error_of(client.api_call("chat.postMessage", json={"channel": "C0GENERAL", **said}))
    assert answer["error"] == error


async def test_an_update_is_shorter_than_a_post(client: AsyncWebClient) -> None:
    sent = await client.chat_postMessage(channel="C0GENERAL", text="x" * 40_000)
    too_long = await error_of(client.chat_update(channel="C0GENERAL", ts=sent["ts"], text="x" * 4_001))
    assert too_long["error"] == "msg_too_long"
    assert (await client.chat_update(channel="C0GENERAL", ts=sent["ts"], text="x" * 4_000))["ok"]


async def test_markdown_text_becomes_a_markdown_block(client: AsyncWebClient) -> None:
    sent = await client.chat_postMessage(channel="C0GENERAL", markdown_text="**Hello**")
    changed = await client.chat_update(channel="C0GENERAL", ts=sent["ts"], markdown_text="*Goodbye*")
    assert [(block["type"], block["text"]) for block in sent["message"]["blocks"]] == [
        ("markdown", "**Hello**")
    ]
    assert changed["message"]["blocks"][0]["text"] == "*Goodbye*"


async def test_attachments_stay_until_an_update_removes_them(client: AsyncWebClient) -> None:
    sent = await client.chat_postMessage(
        channel="C0GENERAL",
        text="See",
        attachments=[{"title": "A title", "text": "A text", "color": "#36a64f"}],
    )
    kept = await client.chat_update(channel="C0GENERAL", ts=sent["ts"], text="Changed")
    removed = await client.chat_update(channel="C0GENERAL", ts=sent["ts"], text="Changed", attachments=[])
    assert sent["message"]["attachments"][0]["id"] == 1
    assert kept["message"]["attachments"] == sent["message"]["attachments"]
    assert "attachments" not in removed["message"]


async def test_a_link_to_a_message_quotes_it(playground: Playground, client: AsyncWebClient) -> None:
    sent = await client.chat_postMessage(channel="C0DRAFTS", text="The *quoted* words", blocks=[section("x")])
    link = (await client.chat_getPermalink(channel="C0DRAFTS", message_ts=sent["ts"]))["permalink"]
    ada = LocalSlack(playground).as_user("U0ADA")
    await ada.post(f"look at {link} and again {link}")
    posted = ada.messages("general")[0]
    (quote,) = posted.attachments or []

    assert posted.text == f"look at <{link}> and again <{link}>"
    assert quote["is_msg_unfurl"] is True
    assert (quote["channel_id"], quote["ts"]) == ("C0DRAFTS", sent["ts"])
    assert (quote["author_name"], quote["text"]) == ("Copydesk", "The *quoted* words")
    assert quote["from_url"] == link
    assert quote["footer"] == "Posted in #drafts"
    assert quote["message_blocks"][0]["message"]["blocks"][0]["type"] == "section"
    shown = snapshot(playground.slack, "U0BEN")["messages"]["C0GENERAL"][0]
    assert shown["attachments"] == posted.attachments
    history = await client.conversations_history(channel="C0GENERAL")
    assert history["messages"][0]["attachments"] == posted.attachments


async def test_a_quote_goes_with_the_link_it_came_from(
    playground: Playground, client: AsyncWebClient
) -> None:
    sent = await client.chat_postMessage(channel="C0DRAFTS", text="quoted")
    link = (await client.chat_getPermalink(channel="C0DRAFTS", message_ts=sent["ts"]))["permalink"]
    ada = LocalSlack(playground).as_user("U0ADA")
    await ada.post(f"see {link}")
    await ada.do("edit", channel="C0GENERAL", ts=ada.messages("general")[0].ts, text="never mind, @Ben")
    changed = ada.messages("general")[0]
    assert (changed.text, changed.attachments) == ("never mind, <@U0BEN>", None)
    assert changed.edited_ts is not None


async def test_a_reply_is_quoted_by_its_own_link(playground: Playground, client: AsyncWebClient) -> None:
    root = await client.chat_postMessage(channel="C0DRAFTS", text="root")
    reply = await client.chat_postMessage(channel="C0DRAFTS", text="reply", thread_ts=root["ts"])
    link = (await client.chat_getPermalink(channel="C0DRAFTS", message_ts=reply["ts"]))["permalink"]
    ada = LocalSlack(playground).as_user("U0ADA")
    await ada.post(link)
    (quote,) = ada.messages("general")[0].attachments or []
    assert "thread_ts=" in link
    assert (quote["text"], quote["from_url"]) == ("reply", link)
    assert quote["footer"] == "Thread in #drafts"


async def test_nobody_quotes_what_they_cannot_see(playground: Playground, client: AsyncWebClient) -> None:
    private = (await client.conversations_create(name="mine", is_private=True))["channel"]["id"]
    secret = await client.chat_postMessage(channel=private, text="secret")
    direct = await client.chat_postMessage(channel="U0BEN", text="secret")
    hushed = await client.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="secret")
    ada = LocalSlack(playground).as_user("U0ADA")
    for channel, ts in (
        (private, secret["ts"]),
        ("D0BEN", direct["ts"]),
        ("C0GENERAL", hushed["message_ts"]),
        ("C0GENERAL", "1000000000.000001"),
        ("C0NONE", direct["ts"]),
    ):
        await ada.post(
            f"{playground.slack.origin}/archives/{channel}/p{ts.replace('.', '')}", channel="drafts"
        )
    assert [message.attachments for message in ada.messages("drafts")] == [None] * 5


async def test_apps_quote_where_they_ask_for_it(client: AsyncWebClient) -> None:
    sent = await client.chat_postMessage(channel="C0DRAFTS", text="quoted")
    link = (await client.chat_getPermalink(channel="C0DRAFTS", message_ts=sent["ts"]))["permalink"]
    plain = await client.chat_postMessage(channel="C0GENERAL", text=f"<{link}|this one>")
    quoting = await client.chat_postMessage(channel="C0GENERAL", text=f"<{link}|this one>", unfurl_links=True)
    assert "attachments" not in plain["message"]
    assert quoting["message"]["attachments"][0]["text"] == "quoted"


async def test_a_reply_may_stand_in_the_channel_too(playground: Playground, client: AsyncWebClient) -> None:
    root = await client.chat_postMessage(channel="C0GENERAL", text="root")
    await client.chat_postMessage(channel="C0GENERAL", text="quiet", thread_ts=root["ts"])
    sent = await client.chat_postMessage(
        channel="C0GENERAL", text="loud", thread_ts=root["ts"], reply_broadcast=True
    )
    history = await client.conversations_history(channel="C0GENERAL")
    thread = await client.conversations_replies(channel="C0GENERAL", ts=root["ts"])
    shown = snapshot(playground.slack, "U0ADA")["messages"]["C0GENERAL"]

    assert sent["message"]["subtype"] == "thread_broadcast"
    assert [message["text"] for message in history["messages"]] == ["loud", "root"]
    assert [message["text"] for message in thread["messages"]] == ["root", "quiet", "loud"]
    assert [message["broadcast"] for message in shown] == [False, False, True]


async def test_metadata_is_told_to_those_who_ask(client: AsyncWebClient) -> None:
    metadata = {"event_type": "draft", "event_payload": {"id": "K7Q2"}}
    await client.chat_postMessage(channel="C0GENERAL", text="x", metadata=metadata)
    quiet = await client.conversations_history(channel="C0GENERAL")
    told = await client.conversations_history(channel="C0GENERAL", include_all_metadata=True)
    assert "metadata" not in quiet["messages"][0]
    assert told["messages"][0]["metadata"] == metadata


@pytest.mark.parametrize(
    ("scopes", "name"), [((), None), (("chat:write.customize",), "The night desk")], ids=["without", "with"]
)
async def test_apps_that_may_call_themselves_otherwise(
    tmp_path: Path, scopes: tuple[str, ...], name: str | None
) -> None:
    manifest = write_manifest(tmp_path, scopes=scopes)
    async with run_playground(playground_config(manifest=manifest)) as playground:
        sent = await web_client(playground).chat_postMessage(
            channel="C0GENERAL", text="x", username="The night desk", icon_emoji=":owl:"
        )
        shown = snapshot(playground.slack, "U0ADA")["messages"]["C0GENERAL"][0]
    assert sent["message"].get("username") == shown["username"] == name
    assert sent["message"].get("icons") == ({"emoji": ":owl:"} if scopes else None)


async def test_a_channel_is_one_place_whatever_it_is_called() -> None:
    clock = ManualClock(datetime(2026, 3, 2, 12, tzinfo=UTC))
    async with run_playground(playground_config(), clock=clock) as playground:
        await LocalSlack(playground).inject(LimitRate(kind="limit_rate"))
        client = web_client(playground)
        await client.chat_postMessage(channel="C0GENERAL", text="x")
        await client.chat_postMessage(channel="U0ADA", text="x")
        for channel in ("#general", "general", "D0ADA"):
            answer = await error_of(client.chat_postMessage(channel=channel, text="y"))
            assert answer["error"] == "ratelimited"
