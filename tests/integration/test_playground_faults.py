"""Faults on purpose: what an app must survive, over HTTP and from a test, each ending by itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.entities import Json
from bot.playground.faults import (
    AskForRefresh,
    DelayAcks,
    DeliverTwice,
    DropSockets,
    ExpireTriggers,
    FailMethod,
    LimitRate,
    LoseAcks,
)
from bot.playground.testing import LocalSlack, Refused, local_slack
from tests.playground_app import ManualClock, error_of, modal, section

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def slack(clock: ManualClock) -> AsyncIterator[LocalSlack]:
    """Little patience with acks, so that a lost one is soon noticed."""
    async with local_slack(
        clock=clock, ack_timeout_seconds=0.5, redelivery_seconds=(0.05, 0.05, 0.05)
    ) as running:
        yield running


@pytest.fixture
def client(slack: LocalSlack) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


@pytest.fixture
async def app(slack: LocalSlack, client: AsyncWebClient) -> AsyncIterator[AsyncApp]:
    made = AsyncApp(client=client)
    handler = AsyncSocketModeHandler(made, slack.app_token, ping_interval=0.5)
    await handler.connect_async()
    await slack.connected()
    yield made
    await handler.close_async()


def counting(app: AsyncApp) -> list[str]:
    """The app's listeners; returns what they will have heard."""
    heard: list[str] = []

    @app.command("/draft")
    async def draft(ack: Any, command: Json) -> None:
        heard.append(command["text"])
        await ack()

    @app.event("reaction_added")
    async def reaction(event: Json, body: Json) -> None:
        heard.append(f"{event['reaction']} {body['event_id']}")

    return heard


class TestAcks:
    async def test_a_lost_ack_shows_its_person_the_timeout(self, slack: LocalSlack, app: AsyncApp) -> None:
        heard = counting(app)
        ada = slack.as_user("U0ADA")
        await slack.inject(LoseAcks(kind="lose_acks"))
        with pytest.raises(Refused, match="operation_timeout"):
            await ada.slash("/draft", "tea")
        assert heard == ["tea"]
        slack.end_faults()
        await ada.slash("/draft", "coffee")

    async def test_an_event_whose_acks_are_lost_comes_four_times(
        self, slack: LocalSlack, app: AsyncApp
    ) -> None:
        heard = counting(app)
        ada = slack.as_user("U0ADA")
        await ada.post("Hello")
        await slack.delivered()
        await slack.inject(LoseAcks(kind="lose_acks"))
        await ada.react(ada.messages()[-1], "tada")
        await slack.delivered()
        assert len(heard) == 4
        assert len(set(heard)) == 1

    async def test_a_delayed_ack_arrives_too_late(self, slack: LocalSlack, app: AsyncApp) -> None:
        counting(app)
        ada = slack.as_user("U0ADA")
        await slack.inject(DelayAcks(kind="delay_acks", seconds=1))
        with pytest.raises(Refused, match="operation_timeout"):
            await ada.slash("/draft", "tea")
        await slack.inject(DelayAcks(kind="delay_acks", seconds=0.02))
        await ada.slash("/draft", "tea")


class TestDeliveries:
    async def test_everything_comes_twice(self, slack: LocalSlack, app: AsyncApp) -> None:
        heard = counting(app)
        ada = slack.as_user("U0ADA")
        await slack.inject(DeliverTwice(kind="deliver_twice"))
        await ada.slash("/draft", "tea")
        async with asyncio.timeout(5):
            await slack.wait_for(lambda: len(heard) == 2 or None)
        assert heard == ["tea", "tea"]

    async def test_an_app_whose_socket_drops_comes_back(self, slack: LocalSlack, app: AsyncApp) -> None:
        heard = counting(app)
        assert await slack.inject(DropSockets(kind="drop_sockets")) == {"sockets": 1}
        await slack.wait_for(lambda: not slack.slack.socket_mode.is_connected)
        await slack.connected(timeout_seconds=30)
        await slack.as_user("U0ADA").slash("/draft", "tea")
        assert heard == ["tea"]

    async def test_an_app_asked_for_a_refresh_opens_another_socket(
        self, slack: LocalSlack, app: AsyncApp
    ) -> None:
        heard = counting(app)
        before = sum(entry.name == "hello" for entry in slack.exchanges())
        await slack.inject(AskForRefresh(kind="ask_for_refresh"))
        await slack.wait_for(
            lambda: sum(entry.name == "hello" for entry in slack.exchanges()) > before, timeout_seconds=30
        )
        await slack.as_user("U0ADA").slash("/draft", "tea")
        assert heard == ["tea"]


class TestMethods:
    @pytest.mark.parametrize(("status", "error"), [(429, "ratelimited"), (500, "internal_error")])
    async def test_a_method_refuses_for_a_while(
        self, slack: LocalSlack, client: AsyncWebClient, clock: ManualClock, status: int, error: str
    ) -> None:
        fault = FailMethod.model_validate(
            {"kind": "fail_method", "method": "chat.*", "status": status, "for_seconds": 30}
        )
        await slack.inject(fault)
        assert (await error_of(client.chat_postMessage(channel="C0GENERAL", text="x")))["error"] == error
        assert (await client.auth_test())["ok"]
        clock.pass_seconds(30)
        assert (await client.chat_postMessage(channel="C0GENERAL", text="x"))["ok"]

    async def test_a_429_says_when_to_come_again(self, slack: LocalSlack) -> None:
        await slack.inject(FailMethod(kind="fail_method", method="auth.test", retry_after_seconds=7))
        headers = {"Authorization": f"Bearer {slack.bot_token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.post(f"{slack.api_url}auth.test") as answer,
        ):
            assert (answer.status, answer.headers["Retry-After"]) == (429, "7")

    async def test_one_message_a_second_and_channel(
        self, slack: LocalSlack, client: AsyncWebClient, clock: ManualClock
    ) -> None:
        await slack.inject(LimitRate(kind="limit_rate"))
        sent = await client.chat_postMessage(channel="C0GENERAL", text="first")
        update = client.chat_update(channel="C0GENERAL", ts=str(sent["ts"]), text="at once")
        assert (await error_of(update))["error"] == "ratelimited"
        assert (await client.chat_postMessage(channel="C0DRAFTS", text="elsewhere"))["ok"]
        clock.pass_seconds(1)
        assert (await client.chat_postMessage(channel="C0GENERAL", text="second"))["ok"]

    async def test_expired_triggers_open_no_modal(self, slack: LocalSlack, app: AsyncApp) -> None:
        errors: asyncio.Queue[str] = asyncio.Queue()

        @app.command("/draft")
        async def draft(ack: Any, command: Json, client: Any) -> None:
            await ack()
            await slack.inject(ExpireTriggers(kind="expire_triggers"))
            view = modal(section("Hello"))
            view.pop("submit")
            opened = client.views_open(trigger_id=command["trigger_id"], view=view)
            await errors.put((await error_of(opened))["error"])

        await slack.as_user("U0ADA").slash("/draft")
        assert await errors.get() == "expired_trigger_id"


class TestOverHttp:
    @pytest.fixture
    async def http(self, slack: LocalSlack) -> AsyncIterator[aiohttp.ClientSession]:
        async with aiohttp.ClientSession(base_url=slack.page_url) as session:
            yield session

    async def test_a_fault_is_started_seen_and_ended(
        self, slack: LocalSlack, http: aiohttp.ClientSession
    ) -> None:
        async with http.post("faults", json={"kind": "lose_acks", "for_seconds": 30}) as answer:
            started = (await answer.json())["fault"]
        async with http.get("faults") as answer:
            assert (await answer.json())["faults"] == [started]
        assert started["ends_at"] == "2026-03-02T12:00:30+00:00"
        async with http.delete(f"faults/{started['id']}") as answer:
            assert (await answer.json())["faults"] == []
        async with http.delete(f"faults/{started['id']}") as answer:
            assert (answer.status, (await answer.json())["error"]) == (404, "fault_not_found")

    async def test_a_fault_that_ran_out_is_gone(
        self, slack: LocalSlack, http: aiohttp.ClientSession, clock: ManualClock
    ) -> None:
        for kind in ("lose_acks", "deliver_twice"):
            await (await http.post("faults", json={"kind": kind, "for_seconds": 5})).read()
        clock.pass_seconds(5)
        async with http.get("faults") as answer:
            assert (await answer.json())["faults"] == []

    async def test_the_same_fault_again_begins_anew(self, http: aiohttp.ClientSession) -> None:
        for seconds in (10, 20):
            body = {"kind": "delay_acks", "seconds": seconds}
            await (await http.post("faults", json=body)).read()
        async with http.get("faults") as answer:
            assert [fault["seconds"] for fault in (await answer.json())["faults"]] == [20]

    @pytest.mark.parametrize(
        ("body", "status", "error"),
        [
            ({"kind": "earthquake"}, 400, "invalid_arguments"),
            ({"kind": "fail_method", "status": 404}, 400, "invalid_arguments"),
            ({"kind": "lose_acks", "for_seconds": -1}, 400, "invalid_arguments"),
            ({"kind": "lose_acks", "app": "A0NONE"}, 404, "app_not_found"),
        ],
    )
    async def test_what_is_no_fault_is_refused(
        self, http: aiohttp.ClientSession, body: Json, status: int, error: str
    ) -> None:
        async with http.post("faults", json=body) as answer:
            assert (answer.status, (await answer.json())["error"]) == (status, error)
