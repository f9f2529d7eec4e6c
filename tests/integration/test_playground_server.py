"""The playground as a server: who may knock, what a page is told, what survives, the child process."""

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.playground.entities import APP_ID, Json
from bot.playground.errors import ConfigurationError
from bot.playground.server import Playground, run_playground
from bot.playground.testing import LocalSlack
from tests.playground_app import (
    APP_TOKEN,
    BOT_TOKEN,
    MANIFEST,
    PNG,
    SECRET,
    bolt_app,
    connected,
    playground_config,
    section,
    web_client,
)


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    async with run_playground(playground_config()) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 404),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_other_hosts_and_origins_are_refused(
    playground: Playground, http: aiohttp.ClientSession, headers: dict[str, str], status: int
) -> None:
    async with http.get(f"{playground.page_url}file/F0NONE", headers=headers) as answer:
        assert answer.status == status
    async with http.post(f"{playground.slack_api_url}auth.test", headers=headers) as answer:
        assert answer.status == (status if headers else 200)


async def test_a_client_that_names_the_host_without_its_port_is_let_in(
    playground: Playground, http: aiohttp.ClientSession
) -> None:
    headers = {"Host": "127.0.0.1", "Authorization": f"Bearer {BOT_TOKEN}"}
    async with http.post(f"{playground.slack_api_url}auth.test", headers=headers) as answer:
        assert (await answer.json())["ok"] is True


@pytest.mark.parametrize("path", ["", "events?as=U0ADA", "file/F0", "static/emoji.json"])
async def test_without_the_secret_there_is_nothing(
    playground: Playground, http: aiohttp.ClientSession, path: str
) -> None:
    async with http.get(f"{playground.slack.origin}/another-secret/{path}") as answer:
        assert answer.status == 404


async def test_the_page_has_strict_headers(playground: Playground, http: aiohttp.ClientSession) -> None:
    async with http.get(playground.page_url.rstrip("/")) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/html"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with http.get(f"{playground.page_url}static/emoji.json") as answer:
        assert answer.status == 200


@asynccontextmanager
async def page(playground: Playground, http: aiohttp.ClientSession, person: str) -> AsyncIterator[Any]:
    """A page's socket, as the browser opens it."""
    url = f"{playground.page_url}events?as={person}"
    async with http.ws_connect(url, origin=playground.slack.origin) as frames:
        yield frames


async def test_a_page_gets_a_snapshot_and_then_what_changes(
    playground: Playground, http: aiohttp.ClientSession
) -> None:
    app = bolt_app(playground)
    client = web_client(playground)

    @app.command("/draft")
    async def draft(ack: Any, command: Json) -> None:
        await ack()
        await client.chat_postEphemeral(channel=command["channel_id"], user=command["user_id"], text="Hush")

    async with page(playground, http, "U0ADA") as ada, page(playground, http, "U0BEN") as ben:
        first = await ada.receive_json()
        assert (await ben.receive_json())["me"] == "U0BEN"
        assert first["type"] == "snapshot"
        assert [channel["kind"] for channel in first["channels"]] == ["channel", "channel", "channel", "im"]
        assert first["commands"][0]["command"] == "/draft"
        assert first["apps"][0]["connected"] is False
        assert (first["homes"], first["modals"]) == ({APP_ID: None}, [])

        async with connected(playground, app):
            assert (await ada.receive_json())["apps"][0]["connected"] is True
            verb = f"{playground.page_url}act/slash?as=U0ADA"
            body = {"channel": "C0GENERAL", "command": "/draft", "text": ""}
            async with http.post(verb, json=body) as answer:
                assert await answer.json() == {"ok": True}
            told = [await ada.receive_json() for _ in range(2)]
            assert told[0]["message"]["ephemeral"] is True
            assert told[1]["channel"]["unread"] == 1
            await LocalSlack(playground).as_user("U0CLEO").post("Hello")
            heard = [await ben.receive_json() for _ in range(3)]
            texts = [push["message"]["text"] for push in heard if push["type"] == "message"]
            assert texts == ["Hello"]


async def test_page_verbs_answer_in_words(playground: Playground, http: aiohttp.ClientSession) -> None:
    async def act(verb: str, person: str, **given: Any) -> Json:
        async with http.post(f"{playground.page_url}act/{verb}?as={person}", **given) as answer:
            assert answer.status == 200
            body: Json = await answer.json()
            return body

    assert (await act("nope", "U0ADA", json={}))["error"] == "unknown_verb"
    assert (await act("post", "U0NONE", json={}))["error"] == "user_not_found"
    assert (await act("post", "U0ADA", json={"channel": "C0GENERAL"}))["error"] == "invalid_arguments"
    assert (await act("post", "U0ADA", data="{"))["error"] == "invalid_json"
    assert (await act("post", "U0ADA", json={"channel": "C0GENERAL", "text": " "}))["error"] == "no_text"
    posted = await act("post", "U0ADA", json={"channel": "C0GENERAL", "text": "Hello"})
    assert posted["message"]["text"] == "Hello"
    reaction = {"channel": "C0GENERAL", "ts": posted["message"]["ts"], "name": "+1", "remove": False}
    assert (await act("react", "U0BEN", json=reaction))["ok"] is True
    assert (await act("react", "U0BEN", json=reaction))["error"] == "already_reacted"
    place = {"channel": "C0GENERAL", "ts": posted["message"]["ts"]}
    assert (await act("delete", "U0BEN", json=place))["error"] == "cant_delete_message"
    assert (await act("read", "U0BEN", json={"channel": "C0GENERAL"}))["ok"] is True


async def test_the_workspace_survives_a_restart(tmp_path: Path) -> None:
    config = playground_config(state_path=tmp_path / "deep" / "playground.db")
    async with run_playground(config) as first:
        client = web_client(first)
        sent = await client.chat_postMessage(channel="drafts", text="Kept", blocks=[section("Kept")])
        await client.chat_postEphemeral(channel="C0DRAFTS", user="U0ADA", text="Gone")
        await client.files_upload_v2(content=PNG, filename="a.png", channel="C0DRAFTS")
        await client.views_publish(user_id="U0ADA", view={"type": "home", "blocks": [section("Home")]})
        ben = LocalSlack(first).as_user("U0BEN")
        await ben.react(ben.messages("drafts")[0], "+1")
        before = ben.messages("drafts")
        home = LocalSlack(first).as_user("U0ADA").home()

    async with run_playground(config) as second:
        ada = LocalSlack(second).as_user("U0ADA")
        assert ada.messages("drafts") == before
        assert ada.home() == home
        assert second.slack.workspace.file_content(before[1].files[0]) == PNG
        later = await web_client(second).chat_postMessage(channel="drafts", text="Later")
        assert later["ts"] > sent["ts"]


async def test_what_cannot_start_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{}", "utf-8")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for change, words in (
            ({"manifest": tmp_path / "none.json"}, "cannot be read"),
            ({"manifest": broken}, "display_information"),
            ({"state_path": tmp_path}, "cannot be opened"),
            ({"port": taken.getsockname()[1]}, "Choose another port"),
        ):
            with pytest.raises(ConfigurationError, match=words):
                async with run_playground(playground_config(**change)):
                    pass


async def test_the_stop_does_not_wait_for_open_pages(http: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(2):
        async with run_playground(playground_config()) as playground:
            frames = await http.ws_connect(f"{playground.page_url}events?as=U0ADA")
            await frames.receive_json()
        assert (await frames.receive()).type is aiohttp.WSMsgType.CLOSE


# ---------------------------------------------------------------------------- the child process


@asynccontextmanager
async def child(**changes: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m bot.playground`, given its configuration; never left running."""
    config = {"secret": SECRET, "bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "manifest": str(MANIFEST)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.playground",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({**config, **changes}).encode() + b"\n")
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        process.stdin.close()
        await process.communicate()


async def ready(process: asyncio.subprocess.Process) -> Json:
    assert process.stdout is not None
    line: Json = json.loads(await process.stdout.readline())
    return line


@pytest.mark.parametrize("way", ["end of input", "SIGTERM"])
async def test_the_child_serves_until_it_is_stopped(http: aiohttp.ClientSession, way: str) -> None:
    async with child() as process:
        line = await ready(process)
        assert line["event"] == "ready"
        assert line["address"].endswith(f"/{SECRET}/")
        process.send_signal(signal.SIGINT)
        async with http.get(line["address"]) as answer:
            assert answer.status == 200
        assert process.stdin is not None
        if way == "SIGTERM":
            process.send_signal(signal.SIGTERM)
        else:
            process.stdin.close()
        async with asyncio.timeout(5):
            assert await process.wait() == 0
        assert process.stdout is not None
        assert await process.stdout.read() == b""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"port": "many"}, "port"),
        ({"secret": "short"}, "secret"),
        ({"manifest": "/nowhere/manifest.json"}, "/nowhere/manifest.json"),
        ({"bot_token": "xoxp-a-wrong-token"}, "bot_token"),
    ],
)
async def test_a_child_that_cannot_start_says_what_to_do(changes: Json, words: str) -> None:
    async with child(**changes) as process:
        assert process.stderr is not None
        lines = (await process.stderr.read()).decode().splitlines()
        assert await process.wait() == 2
    assert len(lines) == 1
    assert words in json.loads(lines[0])["remedy"]
    assert json.loads(lines[0])["level"] == "error"
    assert "xoxp-a-wrong-token" not in lines[0]
