"""From an order to its pieces, through the real scheduler's thread, with a model that counts."""

import asyncio
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from generation.errors import (
    InvalidRequest,
    LoadingFailed,
    ModelSuspended,
    OutOfMemory,
    QueueFull,
    TextFailed,
    UnknownModel,
)
from generation.pool import ModelPool
from generation.registry import ModelSpec
from generation.text_model import Piece, Prepared, Priority, TextModel, WritingOrder
from generation.writing import QueuePlace, QueueState, Writer, Writing, joined
from tests.one_model_shelf import OneModelShelf
from tests.scripted_model import Hold, ScriptedModel, order
from tests.unit.model_files import spec

WriterOf = Callable[..., Writer]


@pytest.fixture
def writer_of() -> Iterator[WriterOf]:
    """Makes writers whose threads end with the test."""
    writers: list[Writer] = []

    def make(model: ScriptedModel, max_writings: int = 32) -> Writer:
        pool: ModelPool[TextModel] = ModelPool([spec("tiny")], OneModelShelf(model))
        writers.append(Writer(pool, max_writings))
        return writers[-1]

    yield make
    for writer in writers:
        writer.close()


async def test_a_text_and_its_account(writer_of: WriterOf) -> None:
    writing = writer_of(ScriptedModel()).start(order())
    await writing.begun()
    pieces = await writing.whole()
    assert joined(pieces) == Piece("1 2 3 ", 3, "length")
    account = writing.account
    assert (account.prompt_tokens, account.completion_tokens, account.finish_reason) == (4, 3, "length")
    assert (account.model_revision, account.precision, account.device) == ("r1", "float32", "cpu")
    assert (account.method, account.queue_position) == ("scripted", 0)
    assert account.time_to_first_token_seconds is not None
    assert 0 <= account.time_to_first_token_seconds <= account.latency_seconds
    assert account.busy_seconds > 0


async def test_texts_written_together_share_the_machine(writer_of: WriterOf) -> None:
    hold = Hold(1)
    writer = writer_of(ScriptedModel(before_step=hold))
    first = writer.start(order(max_tokens=2))
    await asyncio.to_thread(hold.reached.wait)
    others = [writer.start(order(max_tokens=4)) for _ in range(4)]
    await asyncio.sleep(0)
    hold.go_on.set()
    assert await first.whole_text() == "1 2 "
    assert [await other.whole_text() for other in others] == ["1 2 3 4 "] * 4
    total = sum(other.account.busy_seconds for other in others)
    assert total < sum(other.account.latency_seconds for other in others)


async def test_texts_are_written_in_the_order_they_were_asked_for(writer_of: WriterOf) -> None:
    model = ScriptedModel(rows=1)
    writer = writer_of(model)
    writings = [writer.start(order(seed=seed)) for seed in range(5)]
    assert [await writing.whole_text() for writing in writings] == ["1 2 3 "] * 5
    assert model.admitted == ["0", "1", "2", "3", "4"]


async def test_waiting_is_no_latency(writer_of: WriterOf) -> None:
    now = 0.0

    def pass_ten_seconds(_: int) -> None:
        nonlocal now
        now += 10

    pool: ModelPool[TextModel] = ModelPool(
        [spec("tiny")], OneModelShelf(ScriptedModel(rows=1, before_step=pass_ten_seconds))
    )
    writer = Writer(pool, clock=lambda: now)
    first, second = writer.start(order()), writer.start(order())
    await first.whole()
    await second.whole()
    writer.close()
    for account in (first.account, second.account):
        assert (account.time_to_first_token_seconds, account.latency_seconds) == (10, 30)
        assert account.busy_seconds == 30
    assert (first.account.waited_seconds, second.account.waited_seconds) == (0, 30)


async def test_a_failure_before_the_first_token_comes_at_once(writer_of: WriterOf) -> None:
    writing = writer_of(ScriptedModel()).start(order("zebra"))
    with pytest.raises(UnknownModel):
        await writing.begun()


async def test_a_failure_in_the_middle_comes_after_what_was_written(writer_of: WriterOf) -> None:
    def fail(step: int) -> None:
        if step == 3:
            raise OutOfMemory("full")

    writing = writer_of(ScriptedModel(before_step=fail)).start(order(max_tokens=9))
    await writing.begun()
    texts: list[str] = []
    with pytest.raises(OutOfMemory):
        await _read(writing, texts)
    assert "".join(texts) == "1 2 "


async def _read(writing: Writing, texts: list[str]) -> None:
    async for piece in writing:
        texts.append(piece.text)  # noqa: PERF401 - it must outlive an exception


async def test_what_comes_fast_is_handed_over_together(writer_of: WriterOf) -> None:
    writing = writer_of(ScriptedModel()).start(order(max_tokens=500))
    pieces = await writing.whole()
    assert joined(pieces).text == "".join(f"{number} " for number in range(1, 501))
    assert len(pieces) < 100


async def test_stopping_ends_the_text_after_the_step_under_way(writer_of: WriterOf) -> None:
    hold = Hold(5)
    model = ScriptedModel(rows=1, before_step=hold)
    writer = writer_of(model)
    endless = writer.start(order(max_tokens=None))
    await asyncio.to_thread(hold.reached.wait)
    endless.stop()
    await asyncio.sleep(0)
    hold.go_on.set()
    assert await writer.start(order()).whole_text() == "1 2 3 "
    assert model.dropped == ["0"]
    assert model.written["0"] == 5


async def test_stopping_while_waiting_never_starts_the_text(writer_of: WriterOf) -> None:
    hold = Hold(2)
    model = ScriptedModel(rows=1, before_step=hold)
    writer = writer_of(model)
    first = writer.start(order())
    await asyncio.to_thread(hold.reached.wait)
    second, third = writer.start(order()), writer.start(order())
    second.stop()
    hold.go_on.set()
    assert await third.whole_text() == await first.whole_text() == "1 2 3 "
    assert model.admitted == ["0", "2"]


async def test_a_full_queue_says_when_to_come_again(writer_of: WriterOf) -> None:
    hold = Hold(1)
    writer = writer_of(ScriptedModel(rows=1, before_step=hold), max_writings=2)
    taken = [writer.start(order()), writer.start(order())]
    with pytest.raises(QueueFull) as refusal:
        writer.start(order())
    assert refusal.value.retry_after_seconds > 0
    hold.go_on.set()
    for writing in taken:
        await writing.whole()
    assert await writer.start(order()).whole_text() == "1 2 3 "


async def test_background_leaves_places_to_whoever_waits_in_front_of_a_screen(writer_of: WriterOf) -> None:
    hold = Hold(1)
    writer = writer_of(ScriptedModel(before_step=hold), max_writings=4)
    taken = [writer.start(order(priority=Priority.BACKGROUND)) for _ in range(3)]
    with pytest.raises(QueueFull):
        writer.start(order(priority=Priority.BACKGROUND))
    taken.append(writer.start(order()))
    hold.go_on.set()
    for writing in taken:
        await writing.whole()


async def test_the_queue_tells_its_state(writer_of: WriterOf) -> None:
    hold = Hold(1)
    writer = writer_of(ScriptedModel(rows=1, before_step=hold))
    writings = [writer.start(order()) for _ in range(3)]
    await asyncio.to_thread(hold.reached.wait)
    assert writer.queue_state() == QueueState(waiting=2, writing=1, models={"tiny": 1}, suspended=())
    hold.go_on.set()
    for writing in writings:
        await writing.whole()


# ------------------------------------------------------------------------ models that fail


class Unreadable(ScriptedModel):
    """Cannot read prompts: `failure` says how."""

    failure: Exception = RuntimeError("inner secret")

    def prepare(self, order: WritingOrder) -> Prepared:
        raise self.failure


async def test_a_ticket_tells_how_many_are_before_a_text_and_then_that_it_has_its_turn(
    writer_of: WriterOf,
) -> None:
    hold = Hold(1)
    writer = writer_of(ScriptedModel(rows=1, before_step=hold))
    later = Priority.BACKGROUND
    texts = [
        writer.start(order(ticket="first")),
        writer.start(order(ticket="background", priority=later)),
        writer.start(order(ticket="second")),
    ]
    await asyncio.to_thread(hold.reached.wait)
    places = writer.places()
    hold.go_on.set()
    for text in texts:
        await text.whole_text()
    assert places == {
        "first": QueuePlace(0, is_being_written=True),
        "second": QueuePlace(0, is_being_written=False),
        "background": QueuePlace(1, is_being_written=False),
    }
    assert writer.places() == {}


async def test_an_order_that_cannot_be_served_counts_against_nobody(writer_of: WriterOf) -> None:
    model = Unreadable()
    model.failure = InvalidRequest("The prompt is empty.", "messages")
    writer = writer_of(model)
    for _ in range(4):
        with pytest.raises(InvalidRequest):
            await writer.start(order()).begun()


async def test_a_model_that_fails_three_times_in_a_row_is_suspended(writer_of: WriterOf) -> None:
    writer = writer_of(Unreadable())
    for _ in range(3):
        with pytest.raises(TextFailed) as failure:
            await writer.start(order()).begun()
        assert "inner secret" not in str(failure.value)
    with pytest.raises(ModelSuspended):
        await writer.start(order()).begun()
    assert writer.queue_state().suspended == ("tiny",)


async def test_a_load_that_fails_counts_once_however_many_wait_for_it(writer_of: WriterOf) -> None:
    class EmptyShelf(OneModelShelf[TextModel]):
        def load(self, spec: ModelSpec, folder: Path, *details: object) -> TextModel:
            raise LoadingFailed("The files looked right, yet loading them failed.")

    writer = Writer(ModelPool([spec("tiny")], EmptyShelf(ScriptedModel())))
    errors = []
    for _ in range(3):
        writings = [writer.start(order()) for _ in range(5)]
        errors += await asyncio.gather(*(writing.begun() for writing in writings), return_exceptions=True)
    writer.close()
    assert [type(error) for error in errors] == [LoadingFailed] * 15
    with pytest.raises(ModelSuspended) as suspended:
        await writer.start(order()).begun()
    assert math.ceil(suspended.value.remaining_seconds) == 60
