"""How the workspace keeps messages: in order, by thread, and as quickly with many as with few."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.playground.entities import Message
from bot.playground.errors import ApiError
from bot.playground.message_log import MessageLog
from bot.playground.storage import Storage
from bot.playground.workspace import UNREAD_COUNTED, Workspace

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CHANNEL = "C0GENERAL"


def message(number: int, *, thread: int | None = None, user: str = "U0BEN", **more: object) -> Message:
    return Message(
        channel=CHANNEL,
        ts=f"1772452800.{number:06d}",
        thread_ts=None if thread is None else f"1772452800.{thread:06d}",
        user=user,
        text=str(number),
        **more,  # type: ignore[arg-type]
    )


def texts(messages: list[Message]) -> list[str]:
    return [each.text for each in messages]


def new_workspace(path: Path | None = None) -> Workspace:
    return Workspace(Storage(path), bots=(), clock=lambda: NOON)


def test_a_changed_message_keeps_its_place() -> None:
    log = MessageLog()
    for number in (1, 2, 3):
        log.keep(message(number))
    log.keep(message(2).model_copy(update={"text": "changed"}))
    assert texts(log.of_channel(CHANNEL)) == ["1", "changed", "3"]
    assert texts(list(log.newest_first(CHANNEL))) == ["3", "changed", "1"]


def test_replies_belong_to_their_thread_and_leave_it_when_deleted() -> None:
    log = MessageLog()
    root, reply, other, hushed = (
        message(1),
        message(2, thread=1),
        message(3, thread=1),
        message(4, thread=1, ephemeral_to="U0ADA"),
    )
    for each in (root, reply, other, hushed):
        log.keep(each)
    assert log.replies(root) == [reply, other]
    log.forget(reply)
    assert log.replies(root) == [other]
    assert log.replies(other) == []
    assert log.find(CHANNEL, reply.ts) is None


def test_order_and_threads_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    before = new_workspace(path)
    for each in (message(1), message(2), message(3, thread=1)):
        before.put_message(each)
    after = new_workspace(path)
    assert texts(list(after.messages(CHANNEL))) == ["1", "2", "3"]
    assert texts(after.replies(message(1))) == ["3"]


def test_a_deleted_root_is_found_as_a_stone_only() -> None:
    workspace = new_workspace()
    workspace.put_message(message(1, is_tombstone=True))
    assert workspace.find_message(CHANNEL, message(1).ts) is not None
    with pytest.raises(ApiError, match="message_not_found"):
        workspace.message(CHANNEL, message(1).ts)


def test_unread_are_messages_of_others_since_the_last_look() -> None:
    workspace = new_workspace()
    workspace.put_message(message(1))
    workspace.mark_read("U0ADA", CHANNEL)
    for each in (
        message(2),
        message(3, user="U0ADA"),
        message(4, thread=1),
        message(5, thread=1, is_broadcast=True),
        message(6, ephemeral_to="U0CLEO"),
    ):
        workspace.put_message(each)
    assert workspace.unread_count("U0ADA", CHANNEL) == 2
    workspace.mark_read("U0ADA", CHANNEL)
    assert workspace.unread_count("U0ADA", CHANNEL) == 0


def test_unread_are_counted_no_further_than_a_badge_shows() -> None:
    workspace = new_workspace()
    for number in range(UNREAD_COUNTED + 50):
        workspace.put_message(message(number))
    assert workspace.unread_count("U0ADA", CHANNEL) == UNREAD_COUNTED
