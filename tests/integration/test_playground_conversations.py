"""Channels as apps make, join, fill and read them, and what people's pages learn of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.changes import Change
from bot.playground.entities import BOT_USER_ID, Json
from bot.playground.page import pushes_for
from bot.playground.server import Playground, run_playground
from bot.playground.testing import LocalSlack
from tests.playground_app import bolt_app, connected, error_of, playground_config, web_client, write_manifest

SCOPES = (
    "channels:manage",
    "channels:join",
    "groups:write",
    "groups:read",
    "groups:history",
    "im:read",
    "im:write",
)
EVENTS = ("channel_created", "member_joined_channel", "member_left_channel", "message.groups")


@pytest.fixture
async def playground(tmp_path: Path) -> AsyncIterator[Playground]:
    manifest = write_manifest(tmp_path, scopes=SCOPES, events=EVENTS)
    async with run_playground(playground_config(manifest=manifest)) as running:
        yield running


@pytest.fixture
def client(playground: Playground) -> AsyncWebClient:
    return web_client(playground)


async def created(client: AsyncWebClient, name: str = "launch", **more: Any) -> str:
    return str((await client.conversations_create(name=name, **more))["channel"]["id"])


async def outsider_channel(playground: Playground, *, is_private: bool = False) -> str:
    """A channel of people only."""
    workspace = playground.slack.workspace
    channel = workspace.channel("C0DRAFTS").model_copy(
        update={"id": "C0PEOPLE", "name": "people", "members": ("U0ADA",), "is_private": is_private}
    )
    workspace.put_channel(channel)
    return channel.id


async def test_an_app_makes_a_channel_and_fills_it(playground: Playground, client: AsyncWebClient) -> None:
    seen: list[Json] = []

    def watch(change: Change) -> None:
        seen.extend(pushes_for(playground.slack, "U0ADA", change))

    channel = await created(client)
    await client.chat_postMessage(channel=channel, text="Before anybody came")
    playground.slack.workspace.feed.subscribe(watch)
    invited = await client.conversations_invite(channel=channel, users="U0ADA,U0BEN")
    members = await client.conversations_members(channel=channel)

    assert invited["channel"]["creator"] == BOT_USER_ID
    assert invited["channel"]["num_members"] == 3
    assert members["members"] == [BOT_USER_ID, "U0ADA", "U0BEN"]
    assert seen[0]["channel"]["name"] == "launch"
    assert seen[1]["message"]["text"] == "Before anybody came"
    assert LocalSlack(playground).as_user("U0ADA").messages("launch")[0].text == "Before anybody came"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("Launch", "invalid_name_specials"),
        ("the launch", "invalid_name_specials"),
        ("launch!", "invalid_name_specials"),
        ("--__", "invalid_name_punctuation"),
        ("general", "name_taken"),
    ],
)
async def test_names_of_channels(client: AsyncWebClient, name: str, error: str) -> None:
    assert (await error_of(client.conversations_create(name=name)))["error"] == error


async def test_joining_leaving_and_what_one_cannot_leave(
    playground: Playground, client: AsyncWebClient
) -> None:
    channel = await outsider_channel(playground)
    outside = await error_of(client.chat_postMessage(channel=channel, text="x"))
    unread = await error_of(client.conversations_history(channel=channel))
    joined = await client.conversations_join(channel=channel)
    again = await client.conversations_join(channel=channel)
    await client.chat_postMessage(channel=channel, text="x")
    await client.conversations_leave(channel=channel)
    twice = await client.conversations_leave(channel=channel)
    general = await error_of(client.conversations_leave(channel="C0GENERAL"))
    direct = await error_of(client.conversations_join(channel="D0ADA"))

    assert outside["error"] == unread["error"] == "not_in_channel"
    assert joined["channel"]["is_member"] is True
    assert again["warning"] == "already_in_channel"
    assert twice["not_in_channel"] is True
    assert general["error"] == "cant_leave_general"
    assert direct["error"] == "method_not_supported_for_channel_type"


async def test_an_invitation_fails_as_a_whole_unless_forced(client: AsyncWebClient) -> None:
    channel = await created(client)
    await client.conversations_invite(channel=channel, users="U0ADA")
    failed = await error_of(client.conversations_invite(channel=channel, users="U0BEN,U0ADA,U0NONE"))
    members = await client.conversations_members(channel=channel)
    forced = await client.conversations_invite(channel=channel, users="U0BEN,U0NONE", force=True)
    myself = await error_of(client.conversations_invite(channel=channel, users=BOT_USER_ID))
    nobody = await error_of(client.conversations_invite(channel=channel, users=""))

    assert failed["error"] == "already_in_channel"
    assert [(fault["user"], fault["error"]) for fault in failed["errors"]] == [
        ("U0ADA", "already_in_channel"),
        ("U0NONE", "user_not_found"),
    ]
    assert "U0BEN" not in members["members"]
    assert forced["channel"]["num_members"] == 3
    assert myself["error"] == "cant_invite_self"
    assert nobody["error"] == "no_user"


async def test_whoever_is_removed_sees_the_channel_no_more(
    playground: Playground, client: AsyncWebClient
) -> None:
    channel = await created(client)
    await client.conversations_invite(channel=channel, users="U0ADA")
    seen: list[Json] = []
    playground.slack.workspace.feed.subscribe(
        lambda change: seen.extend(pushes_for(playground.slack, "U0ADA", change))
    )
    await client.conversations_kick(channel=channel, user="U0ADA")
    gone = await error_of(client.conversations_kick(channel=channel, user="U0ADA"))
    myself = await error_of(client.conversations_kick(channel=channel, user=BOT_USER_ID))
    general = await error_of(client.conversations_kick(channel="C0GENERAL", user="U0ADA"))

    assert seen == [{"type": "channel_left", "channel": channel}]
    assert gone["error"] == "not_in_channel"
    assert myself["error"] == "cant_kick_self"
    assert general["error"] == "cant_kick_from_general"


async def test_a_private_channel_is_unknown_to_those_outside(
    playground: Playground, client: AsyncWebClient
) -> None:
    mine = await created(client, "mine", is_private=True)
    theirs = await outsider_channel(playground, is_private=True)
    listed = await client.conversations_list(types="private_channel")
    info = (await client.conversations_info(channel=mine))["channel"]
    for call in (
        client.conversations_info(channel=theirs),
        client.conversations_join(channel=theirs),
        client.conversations_history(channel=theirs),
        client.chat_postMessage(channel=theirs, text="x"),
    ):
        assert (await error_of(call))["error"] == "channel_not_found"
    assert [channel["id"] for channel in listed["channels"]] == [mine]
    assert (info["is_private"], info["is_group"], info["is_channel"]) == (True, True, False)


async def test_topic_and_purpose(client: AsyncWebClient) -> None:
    channel = await created(client)
    await client.conversations_setTopic(channel=channel, topic="Launch on Monday")
    changed = await client.conversations_setPurpose(channel=channel, purpose="Get it out")
    too_long = await error_of(client.conversations_setTopic(channel=channel, topic="x" * 251))
    assert changed["channel"]["topic"]["value"] == "Launch on Monday"
    assert changed["channel"]["purpose"]["value"] == "Get it out"
    assert too_long["error"] == "too_long"


async def test_an_archived_channel_is_read_and_no_more(
    playground: Playground, client: AsyncWebClient
) -> None:
    channel = await created(client)
    await client.conversations_invite(channel=channel, users="U0ADA")
    await client.chat_postMessage(channel=channel, text="the last word")
    seen: list[Json] = []
    playground.slack.workspace.feed.subscribe(
        lambda change: seen.extend(pushes_for(playground.slack, "U0ADA", change))
    )
    await client.conversations_archive(channel=channel)
    assert seen == [{"type": "channel_left", "channel": channel}]
    for call, error in (
        (client.chat_postMessage(channel=channel, text="x"), "is_archived"),
        (client.conversations_invite(channel=channel, users="U0BEN"), "is_archived"),
        (client.conversations_archive(channel=channel), "already_archived"),
        (client.conversations_archive(channel="C0GENERAL"), "cant_archive_general"),
        (client.conversations_unarchive(channel="C0GENERAL"), "not_archived"),
    ):
        assert (await error_of(call))["error"] == error
    history = await client.conversations_history(channel=channel)
    listed = await client.conversations_list(exclude_archived=True)
    assert history["messages"][0]["text"] == "the last word"
    assert channel not in [each["id"] for each in listed["channels"]]
    seen.clear()
    await client.conversations_unarchive(channel=channel)
    assert [push["type"] for push in seen] == ["channel", "message"]
    assert (await client.chat_postMessage(channel=channel, text="and another"))["ok"]


async def test_a_channel_gets_another_name(client: AsyncWebClient) -> None:
    channel = await created(client)
    renamed = await client.conversations_rename(channel=channel, name="relaunch")
    taken = await error_of(client.conversations_rename(channel=channel, name="drafts"))
    general = await error_of(client.conversations_rename(channel="C0GENERAL", name="x"))
    assert renamed["channel"]["name"] == "relaunch"
    assert taken["error"] == "name_taken"
    assert general["error"] == "not_authorized"


async def test_without_a_messages_tab_there_is_nothing_to_say(tmp_path: Path) -> None:
    path = write_manifest(tmp_path)
    manifest = json.loads(path.read_text("utf-8"))
    manifest["features"]["app_home"]["messages_tab_enabled"] = False
    path.write_text(json.dumps(manifest), "utf-8")
    async with run_playground(playground_config(manifest=path)) as playground:
        answer = await error_of(web_client(playground).chat_postMessage(channel="U0ADA", text="x"))
    assert answer["error"] == "messages_tab_disabled"


async def test_conversations_of_somebody_come_in_pages(
    playground: Playground, client: AsyncWebClient
) -> None:
    private = await created(client, "mine", is_private=True)
    await outsider_channel(playground)
    own = []
    async for page in await client.users_conversations(types="public_channel,private_channel", limit=2):
        own += [channel["id"] for channel in page["channels"]]
    hers = await client.users_conversations(user="U0ADA")
    direct = await client.users_conversations(types="im", user="U0BEN")
    stranger = await error_of(client.users_conversations(user="U0NONE"))

    assert own == ["C0GENERAL", "C0DRAFTS", "C0REPORTS", private]
    assert [channel["id"] for channel in hers["channels"]][-1] == "C0PEOPLE"
    assert [channel["id"] for channel in direct["channels"]] == ["D0BEN"]
    assert stranger["error"] == "user_not_found"


async def test_threads_and_history_come_in_pages(client: AsyncWebClient) -> None:
    root = (await client.chat_postMessage(channel="general", text="root"))["ts"]
    for number in range(4):
        await client.chat_postMessage(channel="general", text=str(number), thread_ts=root)
    texts = []
    async for page in await client.conversations_replies(channel="C0GENERAL", ts=root, limit=2):
        texts += [message["text"] for message in page["messages"]]
    oldest = await error_of(client.conversations_history(channel="C0GENERAL", oldest="soon"))
    latest = await error_of(client.conversations_history(channel="C0GENERAL", latest="never"))
    assert texts == ["root", "0", "1", "2", "3"]
    assert oldest["error"] == "invalid_ts_oldest"
    assert latest["error"] == "invalid_ts_latest"


async def test_a_direct_message_is_opened_by_its_person(
    playground: Playground, client: AsyncWebClient
) -> None:
    opened = await client.conversations_open(users="U0BEN", return_im=True)
    again = await client.conversations_open(channel=opened["channel"]["id"])
    assert opened["channel"]["user"] == "U0BEN"
    assert again["channel"]["id"] == opened["channel"]["id"] == "D0BEN"
    several = await error_of(client.conversations_open(users="U0ADA,U0BEN"))
    assert several["error"] == "method_not_supported_for_channel_type"


async def test_apps_hear_of_new_channels_and_members(playground: Playground, client: AsyncWebClient) -> None:
    app = bolt_app(playground)
    events: asyncio.Queue[Json] = asyncio.Queue()

    @app.event("channel_created")
    @app.event("member_joined_channel")
    @app.event("member_left_channel")
    @app.event("message")
    async def heard(event: Json) -> None:
        await events.put(event)

    async with connected(playground, app) as slack:
        channel = await created(client)
        await client.conversations_invite(channel=channel, users="U0ADA")
        await client.conversations_kick(channel=channel, user="U0ADA")
        private = await created(client, "mine", is_private=True)
        await client.conversations_invite(channel=private, users="U0ADA")
        await slack.as_user("U0ADA").post("x", channel="mine")
        await slack.delivered()

    heard_of = {event["type"]: event for event in (events.get_nowait() for _ in range(events.qsize()))}
    assert heard_of["channel_created"]["channel"]["name"] == "launch"
    assert heard_of["member_joined_channel"]["inviter"] == BOT_USER_ID
    assert heard_of["member_left_channel"]["user"] == "U0ADA"
    assert heard_of["message"]["text"] == "x"
    assert heard_of["message"]["channel_type"] == "group"


async def test_each_kind_of_channel_has_its_scope(tmp_path: Path) -> None:
    path = write_manifest(tmp_path)
    manifest = json.loads(path.read_text("utf-8"))
    manifest["oauth_config"]["scopes"]["bot"] = ["channels:read"]
    path.write_text(json.dumps(manifest), "utf-8")
    async with run_playground(playground_config(manifest=path)) as playground:
        client = web_client(playground)
        for call, needed in (
            (client.conversations_create(name="x"), "channels:manage"),
            (client.conversations_create(name="x", is_private=True), "groups:write"),
            (client.conversations_join(channel="C0GENERAL"), "channels:join"),
            (client.conversations_history(channel="C0GENERAL"), "channels:history"),
            (client.conversations_history(channel="D0ADA"), "im:history"),
            (client.users_conversations(types="private_channel"), "groups:read"),
            (client.users_list(), "users:read"),
        ):
            answer = await error_of(call)
            assert (answer["error"], answer["needed"]) == ("missing_scope", needed)
