"""The inspector: everything that passed between apps and the local Slack, in order, without secrets."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.entities import Json
from bot.playground.inspector import ENTRIES_KEPT, Filter, Inspector
from bot.playground.testing import LocalSlack, local_slack, slack
from tests.playground_app import error_of

__all__ = ["slack"]


@pytest.fixture
def client(slack: LocalSlack) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


@pytest.fixture
async def app(slack: LocalSlack, client: AsyncWebClient) -> AsyncIterator[AsyncApp]:
    made = AsyncApp(client=client)
    handler = AsyncSocketModeHandler(made, slack.app_token)
    await handler.connect_async()
    await slack.connected()
    yield made
    await handler.close_async()


@pytest.fixture
async def http(slack: LocalSlack) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(base_url=slack.page_url) as session:
        yield session


async def exchanges(http: aiohttp.ClientSession, **query: str) -> list[Json]:
    async with http.get("inspector", params=query) as answer:
        entries: list[Json] = (await answer.json())["entries"]
        return entries


async def test_a_command_its_ack_and_the_calls_it_caused_stand_in_order(
    slack: LocalSlack, app: AsyncApp, http: aiohttp.ClientSession
) -> None:
    @app.command("/draft")
    async def draft(ack: Any, say: Any, respond: Any) -> None:
        await ack("On it")
        await say("A draft")
        await respond("Done")

    ada = slack.as_user("U0ADA")
    await ada.slash("/draft", "linkedin tea")
    await ada.wait_for_message(fits=lambda message: message.text == "Done")
    entries = await exchanges(http)

    causes = ("/draft", "chat.postMessage", "response_url")
    order = [(entry["kind"], entry["name"]) for entry in entries if entry["name"] in causes]
    assert order == [
        ("envelope", "/draft"),
        ("call", "chat.postMessage"),
        ("response_url", "response_url"),
    ]
    envelope = next(entry for entry in entries if entry["name"] == "/draft")
    assert envelope["summary"] == "linkedin tea"
    assert envelope["answer"]["payload"] == {"text": "On it"}
    assert 0 <= envelope["latency_ms"] < 3000
    call = next(entry for entry in entries if entry["name"] == "chat.postMessage")
    assert call["request"]["text"] == "A draft"
    assert call["answer"]["ok"] is True
    assert (call["status"], call["outcome"]) == (200, "ok")


async def test_filters_narrow_what_is_shown(client: AsyncWebClient, http: aiohttp.ClientSession) -> None:
    await client.chat_postMessage(channel="C0GENERAL", text="About tea")
    await client.chat_postMessage(channel="C0DRAFTS", text="About coffee")
    await error_of(client.chat_postMessage(channel="C0NONE", text="Lost"))
    await client.auth_test()

    async def names(**query: str) -> list[str]:
        return [entry["name"] for entry in await exchanges(http, **query)]

    assert await names(name="auth.test") == ["auth.test"]
    assert await names(name="chat.*") == ["chat.postMessage"] * 3
    assert await names(text="COFFEE", kind="call") == ["chat.postMessage"]
    assert await names(kind="envelope", name="chat.*") == []
    assert await names(app="A0NONE") == []
    failed = await exchanges(http, failed="1", kind="call")
    assert [entry["error"] for entry in failed] == ["channel_not_found"]


async def test_no_token_is_ever_shown(
    slack: LocalSlack, client: AsyncWebClient, app: AsyncApp, http: aiohttp.ClientSession
) -> None:
    await client.chat_postMessage(channel="C0GENERAL", text=f"My token is {slack.bot_token}, keep it safe")
    await client.api_call("auth.test", params={"token": slack.bot_token})
    async with http.get("inspector") as answer:
        shown = await answer.text()
    secret = slack.slack.config.secret
    assert "My token is [hidden], keep it safe" in shown
    assert [known for known in (slack.bot_token, slack.app_token, secret) if known in shown] == []
    assert "ticket=[hidden]" in shown


async def test_a_call_is_copied_as_curl_that_works(
    slack: LocalSlack, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    await client.chat_postMessage(channel="C0GENERAL", text='It\'s "quoted" & $HOME `too`')
    [call] = await exchanges(http, kind="call")
    assert '"Authorization: Bearer $SLACK_BOT_TOKEN"' in call["curl"]
    done = await asyncio.to_thread(
        subprocess.run,
        ["/bin/sh", "-c", call["curl"]],
        capture_output=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "SLACK_BOT_TOKEN": slack.bot_token},
    )
    if done.returncode == 127:
        pytest.skip("There is no curl here. Install curl, then run this test again.")
    assert json.loads(done.stdout)["ok"] is True
    texts = [message.text for message in slack.as_user("U0ADA").messages()]
    assert texts == ['It\'s "quoted" & $HOME `too`'] * 2


async def test_whoever_waits_hears_of_the_next_exchange(
    client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    async with http.get("inspector") as answer:
        revision = (await answer.json())["revision"]
    waiting = asyncio.create_task(exchanges(http, since=str(revision), wait="20"))
    await client.auth_test()
    assert [entry["name"] for entry in await waiting] == ["auth.test"]


async def test_the_stop_does_not_wait_for_those_who_wait() -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(5):
        async with local_slack() as running:
            waiting = asyncio.create_task(session.get(f"{running.page_url}inspector?since=99&wait=30"))
            await asyncio.sleep(0)
            async with session.get(f"{running.page_url}inspector") as answer:
                assert answer.status == 200
        await asyncio.wait({waiting})


async def test_it_can_be_emptied(client: AsyncWebClient, http: aiohttp.ClientSession) -> None:
    await client.auth_test()
    async with http.delete("inspector") as answer:
        assert (await answer.json())["ok"] is True
    assert await exchanges(http) == []


async def test_the_oldest_are_forgotten_by_number_and_by_size(slack: LocalSlack) -> None:
    inspector = Inspector(slack.slack.clock)
    for number in range(ENTRIES_KEPT + 10):
        inspector.end(inspector.begin("A", "call", f"method.{number}", {}), {"ok": True})
    assert len(inspector.entries) == ENTRIES_KEPT
    assert inspector.entries[0].name == "method.10"
    for _ in range(100):
        inspector.end(inspector.begin("A", "call", "big", {"text": "x" * 400_000}), {"ok": True})
    assert sum(entry.characters for entry in inspector.entries) <= 16 * 1024 * 1024
    assert inspector.find(Filter(name="big"))[-1].request.endswith("… (cut)")
