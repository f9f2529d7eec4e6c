"""The Web API on its own: what it refuses and with which of Slack's names, pages, uploads, tokens."""

import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.entities import BOT_USER_ID, Json
from bot.playground.server import Playground, run_playground
from bot.playground.testing import LocalSlack
from tests.playground_app import (
    APP_TOKEN,
    PNG,
    SECRET,
    actions,
    button,
    error_of,
    modal,
    playground_config,
    section,
    web_client,
    write_manifest,
)


@pytest.fixture
async def playground(tmp_path: Any) -> AsyncIterator[Playground]:
    manifest = write_manifest(tmp_path, scopes=("im:write", "im:read", "reactions:write"))
    async with run_playground(playground_config(manifest=manifest)) as running:
        yield running


@pytest.fixture
def client(playground: Playground) -> AsyncWebClient:
    return web_client(playground)


HOME = {"type": "home", "blocks": []}


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.nonsense", {}, "unknown_method"),
        ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": "C0NONE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0GENERAL"}, "no_text"),
        ("chat.postMessage", {"channel": "C0GENERAL", "text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": "C0GENERAL", "blocks": [{"type": "nope"}]}, "invalid_blocks"),
        ("chat.postMessage", {"channel": "C0GENERAL", "blocks": "{nope"}, "invalid_blocks_format"),
        (
            "chat.postMessage",
            {"channel": "C0GENERAL", "blocks": [section("x" * 3000) for _ in range(5)]},
            "msg_blocks_too_long",
        ),
        (
            "chat.postEphemeral",
            {"channel": "C0GENERAL", "text": "x", "user": "U0NONE"},
            "user_not_in_channel",
        ),
        ("chat.update", {"channel": "C0GENERAL", "ts": "1.000001", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": "C0GENERAL", "ts": "1.000001"}, "message_not_found"),
        ("chat.getPermalink", {"channel": "C0GENERAL", "message_ts": "1.000001"}, "message_not_found"),
        ("reactions.add", {"name": "+1"}, "no_item_specified"),
        (
            "reactions.add",
            {"channel": "C0GENERAL", "timestamp": "1.000001", "name": "+1"},
            "message_not_found",
        ),
        ("views.open", {"view": modal(section("x"))}, "invalid_arguments"),
        ("views.update", {"view": modal(section("x"))}, "invalid_arguments"),
        ("views.update", {"view": modal(section("x")), "view_id": "V0"}, "not_found"),
        ("views.publish", {"user_id": "U0NONE", "view": HOME}, "user_not_found"),
        ("views.publish", {"user_id": "U0ADA", "view": modal(section("x"))}, "invalid_arguments"),
        ("conversations.info", {"channel": "C0NONE"}, "channel_not_found"),
        ("conversations.list", {"types": "nope"}, "invalid_types"),
        ("conversations.list", {"cursor": "!"}, "invalid_cursor"),
        ("conversations.list", {"limit": 0}, "invalid_limit"),
        ("conversations.list", {"types": "mpim"}, "missing_scope"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": "U0NONE"}, "user_not_found"),
        ("conversations.replies", {"channel": "C0GENERAL", "ts": "1.000001"}, "thread_not_found"),
        ("users.info", {"user": "U0NONE"}, "user_not_found"),
        ("files.getUploadURLExternal", {"filename": "x", "length": 10**9}, "file_upload_size_restricted"),
        ("files.completeUploadExternal", {"files": '[{"id": "F0NONE"}]'}, "file_not_found"),
        ("files.completeUploadExternal", {"files": "nope"}, "invalid_arguments"),
        ("apps.connections.open", {}, "not_allowed_token_type"),
    ],
)
async def test_refusals(client: AsyncWebClient, method: str, arguments: Json, error: str) -> None:
    as_json = method.startswith(("chat.p", "chat.u", "views."))
    call = client.api_call(method, json=arguments) if as_json else client.api_call(method, params=arguments)
    assert (await error_of(call))["error"] == error


async def test_faults_in_blocks_are_pointed_at(client: AsyncWebClient) -> None:
    answer = await error_of(
        client.chat_postMessage(channel="general", text="x", blocks=[section("x" * 3001)])
    )
    pointed = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert answer["errors"] == [pointed]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {pointed}"]


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        ("xoxb-wrong", "auth.test", "invalid_auth"),
        ("", "auth.test", "not_authed"),
        (APP_TOKEN, "chat.postMessage", "not_allowed_token_type"),
    ],
)
async def test_tokens(playground: Playground, token: str, method: str, error: str) -> None:
    answer = await error_of(web_client(playground, token).api_call(method, params={"channel": "x"}))
    assert answer["error"] == error


async def test_scopes_come_from_the_manifest() -> None:
    async with run_playground(playground_config()) as playground:
        client = web_client(playground)
        identity = await client.auth_test()
        answer = await error_of(client.conversations_open(users="U0ADA"))
    assert "chat:write" in identity.headers["x-oauth-scopes"].split(",")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "im:write")


async def test_only_own_messages_are_changed(playground: Playground, client: AsyncWebClient) -> None:
    ada = LocalSlack(playground).as_user("U0ADA")
    await ada.post("mine")
    ts = ada.messages("general")[0].ts
    assert (await error_of(client.chat_update(channel="C0GENERAL", ts=ts, text="x")))[
        "error"
    ] == "cant_update_message"
    assert (await error_of(client.chat_delete(channel="C0GENERAL", ts=ts)))["error"] == "cant_delete_message"


async def test_update_keeps_blocks_unless_it_brings_some(client: AsyncWebClient) -> None:
    sent = await client.chat_postMessage(channel="general", text="x", blocks=[actions(button("go"))])
    kept = await client.chat_update(channel="C0GENERAL", ts=sent["ts"], text="y")
    removed = await client.chat_update(channel="C0GENERAL", ts=sent["ts"], text="z", blocks=[])
    assert kept["message"]["blocks"] == sent["message"]["blocks"]
    assert "blocks" not in removed["message"]
    assert removed["message"]["edited"]["user"] == BOT_USER_ID


async def test_a_person_id_means_the_direct_message(playground: Playground, client: AsyncWebClient) -> None:
    sent = await client.chat_postMessage(channel="U0ADA", text="Just you")
    opened = await client.conversations_open(users="U0ADA")
    assert sent["channel"] == opened["channel"]["id"] == "D0ADA"
    assert LocalSlack(playground).as_user("U0ADA").messages("im")[0].text == "Just you"


async def test_a_channel_without_the_bot(playground: Playground, client: AsyncWebClient) -> None:
    channel = playground.slack.workspace.channel("C0GENERAL")
    playground.slack.workspace.put_channel(channel.model_copy(update={"members": ("U0ADA",)}))
    answer = await error_of(client.chat_postMessage(channel="general", text="x"))
    assert answer["error"] == "not_in_channel"
    assert (await client.conversations_info(channel="C0GENERAL"))["channel"]["is_member"] is False


async def test_lists_come_in_pages(client: AsyncWebClient) -> None:
    names = []
    async for page in await client.conversations_list(limit=2):
        names += [channel["name"] for channel in page["channels"]]
    users = []
    async for page in await client.users_list(limit=3):
        users += [user["id"] for user in page["members"]]
    members = await client.conversations_members(channel="C0GENERAL")
    assert names == ["general", "drafts", "copydesk-reports"]
    assert users == members["members"] == ["U0ADA", "U0BEN", "U0CLEO", BOT_USER_ID]
    assert (await client.users_info(user="U0ADA"))["user"]["real_name"] == "Ada"


async def test_the_workspace_describes_itself(tmp_path: Any) -> None:
    scopes = ("team:read", "emoji:read", "users.profile:read")
    async with run_playground(
        playground_config(manifest=write_manifest(tmp_path, scopes=scopes))
    ) as playground:
        client = web_client(playground)
        identity = await client.auth_test()
        bot = (await client.bots_info(bot=identity["bot_id"]))["bot"]
        assert bot["user_id"] == identity["user_id"]
        assert (await error_of(client.bots_info(bot="B0NONE")))["error"] == "bot_not_found"
        assert (await client.team_info())["team"]["id"] == identity["team_id"]
        assert (await client.users_profile_get(user="U0ADA"))["profile"]["display_name"] == "ada"
        assert (await client.users_getPresence(user="U0ADA"))["presence"] == "active"
        assert (await client.users_getPresence(user=BOT_USER_ID))["presence"] == "away"
        assert (await client.emoji_list())["emoji"] == {}


async def test_public_channels_are_open_to_those_who_may_write_everywhere(tmp_path: Any) -> None:
    manifest = write_manifest(tmp_path, scopes=("chat:write.public",))
    async with run_playground(playground_config(manifest=manifest)) as playground:
        workspace = playground.slack.workspace
        for channel_id, is_private in (("C0GENERAL", False), ("C0DRAFTS", True)):
            closed = {"members": ("U0ADA",), "is_private": is_private}
            workspace.put_channel(workspace.channel(channel_id).model_copy(update=closed))
        client = web_client(playground)
        assert (await client.chat_postMessage(channel="C0GENERAL", text="x"))["ok"]
        private = await error_of(client.chat_postMessage(channel="C0DRAFTS", text="x"))
    assert private["error"] == "channel_not_found"


async def test_history_comes_newest_first_within_bounds(client: AsyncWebClient) -> None:
    sent = [(await client.chat_postMessage(channel="general", text=str(number)))["ts"] for number in range(5)]
    texts = []
    async for page in await client.conversations_history(channel="C0GENERAL", limit=2):
        texts += [message["text"] for message in page["messages"]]
    between = await client.conversations_history(channel="C0GENERAL", oldest=sent[1], latest=sent[3])
    including = await client.conversations_history(
        channel="C0GENERAL", oldest=sent[1], latest=sent[3], inclusive=True
    )
    assert texts == ["4", "3", "2", "1", "0"]
    assert [message["text"] for message in between["messages"]] == ["2"]
    assert [message["text"] for message in including["messages"]] == ["3", "2", "1"]


async def test_reactions_of_the_app(client: AsyncWebClient) -> None:
    sent = await client.chat_postMessage(channel="general", text="x")
    await client.reactions_add(channel="C0GENERAL", timestamp=sent["ts"], name="thumbsup")
    again = await error_of(client.reactions_add(channel="C0GENERAL", timestamp=sent["ts"], name="+1"))
    got = await client.reactions_get(channel="C0GENERAL", timestamp=sent["ts"])
    await client.reactions_remove(channel="C0GENERAL", timestamp=sent["ts"], name="+1")
    none = await error_of(client.reactions_remove(channel="C0GENERAL", timestamp=sent["ts"], name="+1"))
    assert again["error"] == "already_reacted"
    assert got["message"]["reactions"] == [{"name": "+1", "users": [BOT_USER_ID], "count": 1}]
    assert none["error"] == "no_reaction"


async def test_reactions_are_listed_by_who_set_them(playground: Playground, client: AsyncWebClient) -> None:
    slack = LocalSlack(playground)
    ada = slack.as_user("U0ADA")
    sent = [await client.chat_postMessage(channel=channel, text=channel) for channel in ("general", "drafts")]
    for channel in ("general", "drafts"):
        await ada.react(ada.messages(channel)[0], "tada")
    await client.reactions_add(channel="C0DRAFTS", timestamp=sent[1]["ts"], name="eyes")
    hers = []
    async for page in await client.reactions_list(user="U0ADA", limit=1):
        hers += [item["message"]["text"] for item in page["items"]]
    own = (await client.reactions_list())["items"]
    nobody = await error_of(client.reactions_list(user="U0NONE"))
    assert hers == ["drafts", "general"]
    assert [(item["type"], item["channel"]) for item in own] == [("message", "C0DRAFTS")]
    assert own[0]["message"]["permalink"].endswith(sent[1]["ts"].replace(".", ""))
    assert nobody["error"] == "user_not_found"


async def test_permalinks_have_slacks_form(playground: Playground, client: AsyncWebClient) -> None:
    sent = await client.chat_postMessage(channel="general", text="x")
    link = (await client.chat_getPermalink(channel="C0GENERAL", message_ts=sent["ts"]))["permalink"]
    assert link == f"{playground.slack.origin}/archives/C0GENERAL/p{sent['ts'].replace('.', '')}"


async def test_an_upload_becomes_a_picture_in_a_message(
    playground: Playground, client: AsyncWebClient
) -> None:
    await client.files_upload_v2(
        content=PNG,
        filename="ranking.png",
        title="Ranking",
        alt_txt="A ranking",
        channel="C0REPORTS",
        initial_comment="This week",
    )
    message = LocalSlack(playground).as_user("U0BEN").messages("copydesk-reports")[0]
    file = playground.slack.workspace.file(message.files[0])
    assert message.text == "This week"
    assert (file.mimetype, file.width, file.height, file.alt_txt) == ("image/png", 1, 1, "A ranking")
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{playground.page_url}file/{file.id}") as answer,
    ):
        assert await answer.read() == PNG
        assert answer.content_type == "image/png"
        assert answer.headers["Content-Disposition"].startswith("inline")
    assert [call.method for call in playground.calls] == [
        "files.getUploadURLExternal",
        "files.upload",
        "files.completeUploadExternal",
    ]


@pytest.mark.parametrize("name", ["page.html", "fake.png", "drawing.svg"])
async def test_other_files_are_saved_never_shown(
    playground: Playground, client: AsyncWebClient, name: str
) -> None:
    page = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    done = await client.files_upload_v2(content=page, filename=name, channel="C0GENERAL")
    url = f"{playground.page_url}file/{done['file']['id']}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_uploads_must_have_their_announced_length(
    playground: Playground, client: AsyncWebClient
) -> None:
    given = await client.files_getUploadURLExternal(filename="x.txt", length=5)
    async with aiohttp.ClientSession() as session:
        for body, status in ((b"too long", 400), (b"exact", 200), (b"again", 400)):
            async with session.post(given["upload_url"], data=body) as answer:
                assert answer.status == status
        async with session.post(f"{playground.slack.origin}/upload/F0NONE", data=b"x") as answer:
            assert answer.status == 404


async def test_large_uploads_pass_up_to_the_limit(playground: Playground, client: AsyncWebClient) -> None:
    limit = playground.slack.config.max_file_bytes
    large = b"x" * (6 * 1024 * 1024)
    given = await client.files_getUploadURLExternal(filename="large.bin", length=len(large))
    async with aiohttp.ClientSession() as session:
        async with session.post(given["upload_url"], data=io.BytesIO(large)) as answer:
            assert await answer.text() == f"OK - {len(large)}"
        given = await client.files_getUploadURLExternal(filename="x.txt", length=5)
        async with session.post(given["upload_url"], data=io.BytesIO(b"x" * (limit + 1024 * 1024))) as answer:
            assert answer.status == 413


async def test_the_record_holds_every_call_and_no_token(
    playground: Playground, client: AsyncWebClient
) -> None:
    await client.auth_test()
    await error_of(client.chat_postMessage(channel="nowhere", text="x"))
    first, second = playground.calls
    assert (first.method, second.method) == ("auth.test", "chat.postMessage")
    assert second.arguments == {"channel": "nowhere", "text": "x"}
    assert second.response["error"] == "channel_not_found"
    assert not any(secret in repr(playground.calls) for secret in ("xoxb-", "xapp-", SECRET))
