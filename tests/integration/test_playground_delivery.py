"""How the local Slack delivers: one socket each, again when nobody answers, permissions that run out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.playground.entities import Json
from bot.playground.server import Playground, run_playground
from bot.playground.testing import LocalSlack, Refused
from tests.playground_app import (
    APP_TOKEN,
    ManualClock,
    actions,
    button,
    error_of,
    modal,
    playground_config,
    section,
    web_client,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@asynccontextmanager
async def socket(
    playground: Playground, received: asyncio.Queue[SocketModeRequest], *, acks: bool = False
) -> AsyncIterator[SocketModeClient]:
    """Slack's own client without bolt, so that a test decides what is acknowledged."""
    client = SocketModeClient(APP_TOKEN, web_client=web_client(playground))

    async def receive(_: Any, request: SocketModeRequest) -> None:
        if acks:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
        await received.put(request)

    client.socket_mode_request_listeners.append(receive)
    try:
        await client.connect()  # type: ignore[no-untyped-call]
        await LocalSlack(playground).connected()
        yield client
    finally:
        await client.close()  # type: ignore[no-untyped-call]


async def post_and_react(playground: Playground, name: str = "+1") -> None:
    await web_client(playground).chat_postMessage(channel="C0GENERAL", text="A draft")
    ada = LocalSlack(playground).as_user("U0ADA")
    await ada.react(ada.messages("general")[-1], name)


async def test_an_event_nobody_acknowledges_comes_four_times() -> None:
    config = playground_config(redelivery_seconds=(0.02, 0.02, 0.02), ack_timeout_seconds=0.02)
    async with run_playground(config) as playground:
        received: asyncio.Queue[SocketModeRequest] = asyncio.Queue()
        async with socket(playground, received):
            await post_and_react(playground)
            deliveries = [await received.get() for _ in range(4)]
            await playground.slack.socket_mode.delivered()

    assert [each.retry_attempt for each in deliveries] == [0, 1, 2, 3]
    assert [each.retry_reason for each in deliveries] == ["", "timeout", "timeout", "timeout"]
    assert len({each.payload["event_id"] for each in deliveries}) == 1
    assert len({each.envelope_id for each in deliveries}) == 4
    assert received.empty()


async def test_an_acknowledged_event_comes_no_more() -> None:
    config = playground_config(redelivery_seconds=(0.05, 0.05, 0.05))
    async with run_playground(config) as playground:
        received: asyncio.Queue[SocketModeRequest] = asyncio.Queue()
        async with socket(playground, received) as client:
            await post_and_react(playground)
            first = await received.get()
            second = await received.get()
            await client.send_socket_mode_response(SocketModeResponse(second.envelope_id))
            await playground.slack.socket_mode.delivered()

    assert first.payload["event_id"] == second.payload["event_id"]
    assert received.empty()


async def test_an_event_of_a_lonely_hour_arrives_when_the_app_is_back() -> None:
    config = playground_config(redelivery_seconds=(0.05, 0.3, 0.3))
    async with run_playground(config) as playground:
        await post_and_react(playground)
        received: asyncio.Queue[SocketModeRequest] = asyncio.Queue()
        async with socket(playground, received, acks=True):
            request = await received.get()
    assert (request.retry_attempt or 0) > 0


async def test_envelopes_go_to_one_socket_each_in_turn() -> None:
    async with run_playground(playground_config()) as playground:
        one: asyncio.Queue[SocketModeRequest] = asyncio.Queue()
        two: asyncio.Queue[SocketModeRequest] = asyncio.Queue()
        async with socket(playground, one, acks=True), socket(playground, two, acks=True):
            for name in ("one", "two", "three", "four"):
                await post_and_react(playground, name)
                await playground.slack.socket_mode.delivered()
            assert (one.qsize(), two.qsize()) == (2, 2)


async def test_an_unacknowledged_click_shows_its_user_the_timeout() -> None:
    async with run_playground(playground_config(ack_timeout_seconds=0.05)) as playground:
        received: asyncio.Queue[SocketModeRequest] = asyncio.Queue()
        ada = LocalSlack(playground).as_user("U0ADA")
        async with socket(playground, received):
            await web_client(playground).chat_postMessage(
                channel="C0GENERAL", text="Press", blocks=[actions(button("go"))]
            )
            with pytest.raises(Refused) as refused:
                await ada.click(ada.messages("general")[0], "go")
    assert refused.value.answer["error"] == "operation_timeout"
    assert ada.notices[0].channel == "C0GENERAL"


async def open_command(playground: Playground, received: asyncio.Queue[SocketModeRequest]) -> Json:
    """A command's payload, with its trigger id and response address."""
    ada = LocalSlack(playground).as_user("U0ADA")
    await ada.slash("/draft", "x")
    return (await received.get()).payload


async def test_a_trigger_opens_one_modal_within_three_seconds() -> None:
    clock = ManualClock(NOON)
    async with run_playground(playground_config(), clock=clock) as playground:
        client = web_client(playground)
        view = modal(section("Hello"))
        view.pop("submit")
        received: asyncio.Queue[SocketModeRequest] = asyncio.Queue()
        async with socket(playground, received, acks=True):
            used = (await open_command(playground, received))["trigger_id"]
            late = (await open_command(playground, received))["trigger_id"]
        await client.views_open(trigger_id=used, view=view)
        again = await error_of(client.views_open(trigger_id=used, view=view))
        clock.pass_seconds(3.1)
        expired = await error_of(client.views_open(trigger_id=late, view=view))
        unknown = await error_of(client.views_open(trigger_id="1.2.abc", view=view))

    assert again["error"] == "exchanged_trigger_id"
    assert expired["error"] == "expired_trigger_id"
    assert unknown["error"] == "invalid_trigger_id"


async def test_a_response_address_ends_after_half_an_hour() -> None:
    clock = ManualClock(NOON)
    async with run_playground(playground_config(), clock=clock) as playground:
        received: asyncio.Queue[SocketModeRequest] = asyncio.Queue()
        async with socket(playground, received, acks=True) as client:
            payload = await open_command(playground, received)
            clock.pass_seconds(1801)
            async with client.aiohttp_client_session.post(
                payload["response_url"], json={"text": "late"}
            ) as answer:
                assert answer.status == 404
                assert (await answer.json())["error"] == "expired_url"


async def test_a_socket_address_is_good_once() -> None:
    async with run_playground(playground_config()) as playground:
        received: asyncio.Queue[SocketModeRequest] = asyncio.Queue()
        async with socket(playground, received) as client:
            assert client.wss_uri is not None
            async with client.aiohttp_client_session.get(client.wss_uri.replace("ws:", "http:")) as answer:
                assert answer.status == 408


async def test_pings_come_back_with_their_own_bytes() -> None:
    async with run_playground(playground_config()) as playground:
        opened = await web_client(playground, APP_TOKEN).apps_connections_open(app_token=APP_TOKEN)
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(opened["url"], autoping=False) as frames,
        ):
            hello = await frames.receive_json()
            await frames.ping(b"sdk-ping-pong:1772452800.5")
            pong = await frames.receive()
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"]["app_id"]
    assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1772452800.5")


async def test_nonsense_on_a_socket_is_passed_over() -> None:
    async with run_playground(playground_config()) as playground:
        received: asyncio.Queue[SocketModeRequest] = asyncio.Queue()
        async with socket(playground, received, acks=True) as client:
            for nonsense in ("{", "[]", '{"envelope_id": "unknown"}'):
                await client.send_message(nonsense)
            await open_command(playground, received)
