"""Files: shared, found again, downloaded by the apps that may, and deleted."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.entities import BOT_USER_ID, Json
from bot.playground.page import snapshot
from bot.playground.server import Playground, run_playground
from bot.playground.testing import LocalSlack
from tests.playground_app import (
    APP_TOKEN,
    BOT_TOKEN,
    PNG,
    connected,
    error_of,
    playground_config,
    web_client,
    write_manifest,
)


@pytest.fixture
async def playground(tmp_path: Path) -> AsyncIterator[Playground]:
    manifest = write_manifest(tmp_path, scopes=("files:read",), events=("file_shared", "file_deleted"))
    async with run_playground(playground_config(manifest=manifest)) as running:
        yield running


@pytest.fixture
def client(playground: Playground) -> AsyncWebClient:
    return web_client(playground)


async def uploaded(client: AsyncWebClient, name: str = "ranking.csv", *, channel: str | None = None) -> Json:
    done = await client.files_upload_v2(content=b"model,wins\n", filename=name, channel=channel)
    file: Json = done["file"]
    return file


async def test_a_file_is_shared_in_a_thread_and_found_where_it_is(
    playground: Playground, client: AsyncWebClient
) -> None:
    root = await client.chat_postMessage(channel="C0REPORTS", text="This week")
    done = await client.files_upload_v2(
        content=PNG,
        filename="ranking.png",
        title="Ranking",
        alt_txt="B leads",
        channel="C0REPORTS",
        thread_ts=root["ts"],
        initial_comment="The picture",
    )
    info = (await client.files_info(file=done["file"]["id"]))["file"]
    reply = LocalSlack(playground).as_user("U0ADA").messages("copydesk-reports")[1]

    assert (reply.text, reply.thread_ts) == ("The picture", root["ts"])
    assert (info["title"], info["alt_txt"], info["filetype"]) == ("Ranking", "B leads", "png")
    assert info["channels"] == ["C0REPORTS"]
    assert info["shares"]["public"]["C0REPORTS"] == [
        {"ts": reply.ts, "share_user_id": BOT_USER_ID, "thread_ts": root["ts"]}
    ]


async def test_several_files_share_one_message_and_a_person_is_a_place(
    playground: Playground, client: AsyncWebClient
) -> None:
    await client.files_upload_v2(
        file_uploads=[
            {"content": b"a", "filename": "a.txt"},
            {"content": b"b", "filename": "b.txt"},
        ],
        channel="U0ADA",
        initial_comment="Two",
    )
    (message,) = LocalSlack(playground).as_user("U0ADA").messages("im")
    assert [playground.slack.workspace.file(each).name for each in message.files] == ["a.txt", "b.txt"]


async def test_a_file_shared_nowhere_is_its_apps_own(playground: Playground, client: AsyncWebClient) -> None:
    file = await uploaded(client)
    info = (await client.files_info(file=file["id"]))["file"]
    assert info["shares"] == {}
    assert all(not messages for messages in snapshot(playground.slack, "U0ADA")["messages"].values())


async def test_files_are_listed_by_place_kind_person_and_time(client: AsyncWebClient) -> None:
    table = await uploaded(client, "table.csv", channel="C0REPORTS")
    note = await uploaded(client, "note.txt", channel="C0GENERAL")
    picture = (await client.files_upload_v2(content=PNG, filename="x.png", channel="C0GENERAL"))["file"]

    async def listed(**filters: str | int) -> list[str]:
        answer = await client.files_list(**filters)  # type: ignore[arg-type]
        return [file["id"] for file in answer["files"]]

    assert await listed() == [picture["id"], note["id"], table["id"]]
    assert await listed(channel="C0GENERAL") == [picture["id"], note["id"]]
    assert await listed(types="images") == [picture["id"]]
    assert await listed(types="snippets,pdfs") == [note["id"], table["id"]]
    assert await listed(user="U0ADA") == []
    assert await listed(ts_to="1") == []
    assert await listed(count=2, page=2) == [table["id"]]
    assert (await client.files_list(count=2))["paging"] == {"count": 2, "total": 3, "page": 1, "pages": 2}
    assert (await error_of(client.files_list(types="nope")))["error"] == "unknown_type"
    assert (await error_of(client.files_list(user="U0NONE")))["error"] == "user_not_found"


async def test_files_are_downloaded_with_the_bots_token(
    playground: Playground, client: AsyncWebClient
) -> None:
    file = (await client.files_upload_v2(content=PNG, filename="a picture.png", channel="C0GENERAL"))["file"]
    info = (await client.files_info(file=file["id"]))["file"]
    bearer = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with aiohttp.ClientSession() as session:
        async with session.get(info["url_private"], headers=bearer) as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
            assert await answer.read() == PNG
        async with session.get(info["url_private_download"], headers=bearer) as answer:
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert await answer.read() == PNG
        for headers in ({}, {"Authorization": "Bearer xoxb-other"}, {"Authorization": f"Bearer {APP_TOKEN}"}):
            async with session.get(info["url_private"], headers=headers) as answer:
                assert answer.status == 403
        unknown = info["url_private"].replace(file["id"], "F0NONE")
        async with session.get(unknown, headers=bearer) as answer:
            assert answer.status == 404


async def test_a_download_needs_the_scope() -> None:
    async with run_playground(playground_config()) as playground:
        client = web_client(playground)
        file = await uploaded(client, channel="C0GENERAL")
        private = file["url_private"]
        listed = await error_of(client.files_list())
        async with (
            aiohttp.ClientSession() as session,
            session.get(private, headers={"Authorization": f"Bearer {BOT_TOKEN}"}) as answer,
        ):
            assert answer.status == 403
            assert "files:read" in await answer.text()
    assert (listed["error"], listed["needed"]) == ("missing_scope", "files:read")


async def test_a_deleted_file_leaves_its_words_behind(playground: Playground, client: AsyncWebClient) -> None:
    alone = await uploaded(client, channel="C0GENERAL")
    spoken = await client.files_upload_v2(
        content=b"x", filename="x.txt", channel="C0GENERAL", initial_comment="Read this"
    )
    for file in (alone, spoken["file"]):
        await client.files_delete(file=file["id"])
    history = (await client.conversations_history(channel="C0GENERAL"))["messages"]
    shown = snapshot(playground.slack, "U0ADA")["messages"]["C0GENERAL"]

    assert [message["text"] for message in history] == ["Read this"]
    assert history[0]["files"] == [{"id": spoken["file"]["id"], "mode": "tombstone"}]
    assert shown[0]["files"] == []
    assert (await error_of(client.files_info(file=alone["id"])))["error"] == "file_deleted"
    assert (await error_of(client.files_delete(file=alone["id"])))["error"] == "file_deleted"
    assert (await client.files_list())["files"] == []
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{playground.page_url}file/{alone['id']}") as answer,
    ):
        assert answer.status == 404


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("files.info", {"file": "F0NONE"}, "file_not_found"),
        ("files.delete", {"file": "F0NONE"}, "file_not_found"),
        (
            "files.getUploadURLExternal",
            {"filename": "x", "length": 1, "alt_txt": "x" * 1001},
            "alt_txt_too_large",
        ),
        ("files.getUploadURLExternal", {"filename": "x", "length": 0}, "invalid_arguments"),
        (
            "files.completeUploadExternal",
            {"files": '[{"id": "F1"}]', "channels": ",".join(["C0GENERAL"] * 101)},
            "channels_limit_exceeded",
        ),
        (
            "files.completeUploadExternal",
            {"files": '[{"id": "F1"}]', "channel_id": "C0NONE"},
            "channel_not_found",
        ),
    ],
)
async def test_refusals(client: AsyncWebClient, method: str, arguments: Json, error: str) -> None:
    assert (await error_of(client.api_call(method, params=arguments)))["error"] == error


async def test_an_announced_file_is_none_before_it_came(client: AsyncWebClient) -> None:
    announced = await client.files_getUploadURLExternal(filename="x.txt", length=5)
    answer = await error_of(client.files_info(file=announced["file_id"]))
    assert answer["error"] == "file_not_found"
    assert (await client.files_list())["files"] == []


async def test_apps_hear_of_shared_and_deleted_files(playground: Playground, client: AsyncWebClient) -> None:
    app = AsyncApp(client=client, ignoring_self_events_enabled=False)
    events: asyncio.Queue[Json] = asyncio.Queue()

    @app.event("file_shared")
    @app.event("file_deleted")
    async def heard(event: Json) -> None:
        await events.put(event)

    async with connected(playground, app) as slack:
        file = await uploaded(client, channel="C0GENERAL")
        await client.files_delete(file=file["id"])
        await slack.delivered()
    shared, deleted = sorted(
        (events.get_nowait() for _ in range(2)), key=lambda event: str(event["type"]), reverse=True
    )
    assert (shared["type"], shared["file_id"], shared["channel_id"]) == (
        "file_shared",
        file["id"],
        "C0GENERAL",
    )
    assert (deleted["type"], deleted["file_id"]) == ("file_deleted", file["id"])
