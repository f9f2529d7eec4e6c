"""Messages that an app writes while people read them: what Slack asks for, shows, and ends by itself."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.models.messages.chunk import BlocksChunk, MarkdownTextChunk, PlanUpdateChunk, TaskUpdateChunk
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.changes import Change, MessageChanged
from bot.playground.entities import TEAM_ID, Json, Message
from bot.playground.page import pushes_for
from bot.playground.server import Playground, run_playground
from bot.playground.streaming import close_expired
from bot.playground.testing import LocalSlack
from tests.playground_app import ManualClock, error_of, playground_config, section, web_client

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TO_ADA: dict[str, Any] = {"recipient_team_id": TEAM_ID, "recipient_user_id": "U0ADA"}


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


@pytest.fixture
async def question(playground: Playground) -> Message:
    """What Ada asked: streams answer somebody."""
    ada = LocalSlack(playground).as_user("U0ADA")
    await ada.post("Write something", channel="general")
    return ada.messages("general")[0]


def answer(playground: Playground) -> Message:
    return LocalSlack(playground).as_user("U0BEN").messages("general")[-1]


async def started(client: AsyncWebClient, question: Message, **more: Any) -> Json:
    opened = await client.chat_startStream(channel="C0GENERAL", thread_ts=question.ts, **TO_ADA, **more)
    return {"channel": opened["channel"], "ts": opened["ts"]}


async def test_sdk_helper_writes_one_growing_message(
    playground: Playground, client: AsyncWebClient, question: Message
) -> None:
    shown: list[str] = []

    def watch(change: Change) -> None:
        pushes = pushes_for(playground.slack, "U0BEN", change)
        messages = [push["message"] for push in pushes if push["type"] == "message"]
        shown.extend(message["text"] for message in messages if message["thread_ts"])

    playground.slack.workspace.feed.subscribe(watch)
    stream = await client.chat_stream(channel="C0GENERAL", thread_ts=question.ts, buffer_size=1, **TO_ADA)
    for piece in ("**Hello", " world", "!**"):
        await stream.append(markdown_text=piece)
    stopped = await stream.stop(blocks=[section("How was it?")])

    assert list(dict.fromkeys(shown)) == ["**Hello", "**Hello world", "**Hello world!**"]
    assert stopped["ts"] == stream.ts
    assert [block["type"] for block in stopped["message"]["blocks"]] == ["markdown", "section"]
    assert answer(playground).thread_ts == question.ts
    assert answer(playground).streaming_until is None


async def test_nothing_said_before_the_end_still_makes_one_message(
    client: AsyncWebClient, question: Message
) -> None:
    stream = await client.chat_stream(channel="C0GENERAL", thread_ts=question.ts, **TO_ADA)
    stopped = await stream.stop(markdown_text="All at once")
    assert stopped["message"]["text"] == "All at once"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"recipient_user_id": "U0ADA"}, "missing_recipient_team_id"),
        ({"recipient_team_id": TEAM_ID}, "missing_recipient_user_id"),
        ({**TO_ADA, "recipient_team_id": "T0OTHER"}, "team_not_found"),
        ({**TO_ADA, "recipient_user_id": "U0NONE"}, "user_not_found"),
        ({**TO_ADA, "channel": "C0NONE"}, "channel_not_found"),
        ({**TO_ADA, "thread_ts": "1.000001"}, "thread_not_found"),
        ({**TO_ADA, "thread_ts": None}, "invalid_arguments"),
        ({**TO_ADA, "markdown_text": "x" * 12_001}, "msg_too_long"),
        ({**TO_ADA, "chunks": [{"type": "nope"}]}, "invalid_chunks"),
        ({**TO_ADA, "chunks": [{"type": "markdown_text"}]}, "invalid_chunks"),
        ({**TO_ADA, "chunks": [{"type": "blocks", "blocks": [{"type": "nope"}]}]}, "invalid_blocks"),
    ],
)
async def test_a_channel_asks_for_its_reader_and_a_thread(
    client: AsyncWebClient, question: Message, arguments: Json, error: str
) -> None:
    given = {"channel": "C0GENERAL", "thread_ts": question.ts, **arguments}
    call = client.api_call("chat.startStream", json={key: value for key, value in given.items() if value})
    assert (await error_of(call))["error"] == error


async def test_a_direct_message_has_one_reader_and_asks_for_none(
    playground: Playground, client: AsyncWebClient
) -> None:
    ada = LocalSlack(playground).as_user("U0ADA")
    await ada.post("Write something", channel="im")
    opened = await client.chat_startStream(channel="D0ADA", thread_ts=ada.messages("im")[0].ts)
    await client.chat_stopStream(channel="D0ADA", ts=opened["ts"], markdown_text="Done")
    assert ada.messages("im")[-1].text == "Done"


async def test_slack_closes_a_stream_after_five_minutes_and_takes_updates_from_then_on(
    playground: Playground, client: AsyncWebClient, question: Message, clock: ManualClock
) -> None:
    place = await started(client, question, markdown_text="A beginning")
    clock.pass_seconds(299)
    await client.chat_appendStream(**place, markdown_text=" and more")
    early = await error_of(client.chat_update(**place, text="Mine"))
    clock.pass_seconds(1)

    late = await error_of(client.chat_appendStream(**place, markdown_text=" and yet more"))
    too_late = await error_of(client.chat_stopStream(**place))
    updated = await client.chat_update(**place, text="The whole text", blocks=[])

    assert early["error"] == "streaming_state_conflict"
    assert late["error"] == too_late["error"] == "message_not_in_streaming_state"
    assert updated["text"] == "The whole text"
    assert answer(playground).text == "The whole text"


async def test_the_page_learns_by_itself_that_no_more_is_to_come(
    playground: Playground, client: AsyncWebClient, question: Message, clock: ManualClock
) -> None:
    def is_streaming() -> bool:
        pushes = pushes_for(playground.slack, "U0BEN", MessageChanged(answer(playground)))
        return bool(pushes[0]["message"]["streaming"])

    place = await started(client, question, markdown_text="A beginning")
    assert is_streaming()
    clock.pass_seconds(299)
    assert close_expired(playground.slack) == 0
    clock.pass_seconds(2)
    ada = LocalSlack(playground).as_user("U0ADA")
    await ada.wait_for(lambda: not is_streaming())
    late = await error_of(client.chat_appendStream(**place, markdown_text="more"))
    assert late["error"] == "message_not_in_streaming_state"


async def test_what_is_finished_takes_no_more(
    playground: Playground, client: AsyncWebClient, question: Message
) -> None:
    place = await started(client, question)
    empty = await error_of(client.chat_appendStream(**place))
    await client.chat_stopStream(**place, markdown_text="Done")
    again = await error_of(client.chat_stopStream(**place))
    posted = await client.chat_postMessage(channel="C0GENERAL", text="No stream")
    never = await error_of(
        client.chat_appendStream(channel="C0GENERAL", ts=posted["ts"], markdown_text="more")
    )
    not_mine = await error_of(
        client.chat_appendStream(channel="C0GENERAL", ts=question.ts, markdown_text="more")
    )
    gone = await error_of(client.chat_appendStream(channel="C0GENERAL", ts="1.000001", markdown_text="x"))

    assert empty["error"] == "no_text"
    assert again["error"] == never["error"] == "message_not_in_streaming_state"
    assert not_mine["error"] == "message_not_owned_by_app"
    assert gone["error"] == "message_not_found"
    assert answer(playground).text == "No stream"


async def test_a_stream_holds_no_more_than_a_message(client: AsyncWebClient, question: Message) -> None:
    place = await started(client, question, markdown_text="x" * 12_000)
    longer = await error_of(client.chat_appendStream(**place, markdown_text="x" * 1_201))
    many = [BlocksChunk(blocks=[{"type": "divider"}] * 50), BlocksChunk(blocks=[{"type": "divider"}])]
    more = await error_of(client.chat_appendStream(**place, chunks=many))
    stopped = await client.chat_stopStream(**place, blocks=[{"type": "divider"}] * 50)
    assert longer["error"] == "msg_blocks_too_long"
    assert more["error"] == "msg_blocks_too_many"
    assert len(stopped["message"]["blocks"]) == 51


async def test_tasks_are_shown_by_their_latest_state(client: AsyncWebClient, question: Message) -> None:
    place = await started(
        client,
        question,
        chunks=[
            MarkdownTextChunk(text="Let me look."),
            TaskUpdateChunk(id="1", title="Read", status="in_progress"),
        ],
    )
    await client.chat_appendStream(
        **place,
        chunks=[
            TaskUpdateChunk(id="1", title="Read", status="complete", output="12 pages"),
            MarkdownTextChunk(text="Done."),
        ],
    )
    blocks = (await client.chat_stopStream(**place))["message"]["blocks"]
    assert [block["type"] for block in blocks] == ["markdown", "task_card", "markdown"]
    assert (blocks[1]["task_id"], blocks[1]["status"]) == ("1", "complete")
    assert blocks[1]["output"]["elements"][0]["elements"][0]["text"] == "12 pages"


async def test_a_plan_gathers_its_tasks(client: AsyncWebClient, question: Message) -> None:
    place = await started(client, question, task_display_mode="plan")
    await client.chat_appendStream(
        **place,
        chunks=[
            PlanUpdateChunk(title="Write a draft"),
            TaskUpdateChunk(id="1", title="Read", status="in_progress"),
            TaskUpdateChunk(id="2", title="Write", status="pending"),
            TaskUpdateChunk(id="1", title="Read", status="complete"),
        ],
    )
    (plan,) = (await client.chat_stopStream(**place))["message"]["blocks"]
    assert plan["title"] == "Write a draft"
    assert [(task["task_id"], task["status"]) for task in plan["tasks"]] == [
        ("1", "complete"),
        ("2", "pending"),
    ]
