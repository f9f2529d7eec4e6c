"""Messages that an app wants posted later."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.entities import Json
from bot.playground.scheduling import post_due
from bot.playground.server import Playground, run_playground
from bot.playground.testing import LocalSlack
from tests.playground_app import ManualClock, error_of, playground_config, section, web_client

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = 60
DAY = 24 * 60 * MINUTE


def at(seconds: int) -> int:
    return int(NOON.timestamp()) + seconds


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def playground(clock: ManualClock) -> AsyncIterator[Playground]:
    async with run_playground(playground_config(), clock=clock) as running:
        yield running


@pytest.fixture
def client(playground: Playground) -> AsyncWebClient:
    return web_client(playground)


def texts(playground: Playground) -> list[str]:
    return [message.text for message in LocalSlack(playground).as_user("U0ADA").messages("general")]


async def test_a_message_is_posted_when_its_time_has_come(
    playground: Playground, client: AsyncWebClient, clock: ManualClock
) -> None:
    root = await client.chat_postMessage(channel="C0GENERAL", text="root")
    later = await client.chat_scheduleMessage(
        channel="general",
        post_at=at(10 * MINUTE),
        text="later",
        blocks=[section("later")],
        thread_ts=root["ts"],
    )
    await client.chat_scheduleMessage(channel="C0GENERAL", post_at=at(5 * MINUTE), text="sooner")
    assert later["scheduled_message_id"].startswith("Q")
    assert later["message"]["type"] == "delayed_message"

    clock.pass_seconds(10 * MINUTE - 1)
    post_due(playground.slack)
    assert texts(playground) == ["root", "sooner"]
    clock.pass_seconds(1)
    post_due(playground.slack)
    posted = LocalSlack(playground).as_user("U0ADA").messages("general")[-1]
    assert (posted.text, posted.thread_ts) == ("later", root["ts"])
    assert posted.blocks is not None
    assert post_due(playground.slack) == 0


async def test_the_server_looks_by_itself(
    playground: Playground, client: AsyncWebClient, clock: ManualClock
) -> None:
    await client.chat_scheduleMessage(channel="C0GENERAL", post_at=at(1), text="soon")
    clock.pass_seconds(1)
    ada = LocalSlack(playground).as_user("U0ADA")
    assert await ada.wait_for_message("general", lambda message: message.text == "soon")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"post_at": at(0)}, "time_in_past"),
        ({"post_at": at(120 * DAY + 1)}, "time_too_far"),
        ({"post_at": "soon"}, "invalid_arguments"),
        ({"post_at": at(MINUTE), "channel": "C0NONE"}, "channel_not_found"),
        ({"post_at": at(MINUTE), "text": ""}, "no_text"),
    ],
)
async def test_what_cannot_be_scheduled(client: AsyncWebClient, arguments: Json, error: str) -> None:
    given = {"channel": "C0GENERAL", "text": "x", **arguments}
    assert (await error_of(client.api_call("chat.scheduleMessage", json=given)))["error"] == error


async def test_thirty_messages_in_five_minutes_are_enough(client: AsyncWebClient) -> None:
    for second in range(30):
        await client.chat_scheduleMessage(channel="C0GENERAL", post_at=at(DAY + second), text="x")
    one_more = await error_of(
        client.chat_scheduleMessage(channel="C0GENERAL", post_at=at(DAY + 299), text="x")
    )
    assert one_more["error"] == "restricted_too_many"
    assert (await client.chat_scheduleMessage(channel="C0GENERAL", post_at=at(DAY + 329), text="x"))["ok"]
    assert (await client.chat_scheduleMessage(channel="C0DRAFTS", post_at=at(DAY), text="x"))["ok"]


async def test_waiting_messages_are_listed_and_cancelled(
    playground: Playground, client: AsyncWebClient, clock: ManualClock
) -> None:
    ids = [
        (await client.chat_scheduleMessage(channel=channel, post_at=at(seconds), text=f"in {seconds}"))[
            "scheduled_message_id"
        ]
        for channel, seconds in (("C0GENERAL", 600), ("C0GENERAL", 300), ("C0DRAFTS", 900))
    ]
    listed = []
    async for page in await client.chat_scheduledMessages_list(limit=2):
        listed += [message["id"] for message in page["scheduled_messages"]]
    general = await client.chat_scheduledMessages_list(channel="C0GENERAL", oldest=str(at(400)))
    elsewhere = await error_of(client.chat_scheduledMessages_list(channel="C0NONE"))
    wrong_place = await error_of(
        client.chat_deleteScheduledMessage(channel="C0DRAFTS", scheduled_message_id=ids[0])
    )
    await client.chat_deleteScheduledMessage(channel="C0GENERAL", scheduled_message_id=ids[0])
    clock.pass_seconds(241)
    last_minute = await error_of(
        client.chat_deleteScheduledMessage(channel="C0GENERAL", scheduled_message_id=ids[1])
    )
    clock.pass_seconds(DAY)
    post_due(playground.slack)

    assert listed == [ids[1], ids[0], ids[2]]
    assert [message["id"] for message in general["scheduled_messages"]] == [ids[0]]
    assert general["scheduled_messages"][0]["post_at"] == at(600)
    assert elsewhere["error"] == "invalid_channel"
    assert wrong_place["error"] == last_minute["error"] == "invalid_scheduled_message_id"
    assert texts(playground) == ["in 300"]


async def test_what_waits_survives_a_restart(tmp_path: Path, clock: ManualClock) -> None:
    config = playground_config(state_path=tmp_path / "state.sqlite")
    async with run_playground(config, clock=clock) as playground:
        await web_client(playground).chat_scheduleMessage(channel="C0GENERAL", post_at=at(60), text="later")
    clock.pass_seconds(3600)
    async with run_playground(config, clock=clock) as playground:
        ada = LocalSlack(playground).as_user("U0ADA")
        assert await ada.wait_for_message("general", lambda message: message.text == "later")


async def test_what_lost_its_place_is_dropped(
    playground: Playground, client: AsyncWebClient, clock: ManualClock
) -> None:
    await client.chat_scheduleMessage(channel="C0GENERAL", post_at=at(60), text="nowhere to go")
    channel = playground.slack.workspace.channel("C0GENERAL")
    playground.slack.workspace.put_channel(channel.model_copy(update={"members": ("U0ADA",)}))
    clock.pass_seconds(60)
    assert post_due(playground.slack) == 0
    assert playground.slack.workspace.scheduled() == []
