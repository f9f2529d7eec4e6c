"""One text at a time, from an order to its pieces, with a model that counts."""

import asyncio
import threading
from collections.abc import Generator

import pytest

from generation.errors import OutOfMemory, QueueFull, UnknownModel
from generation.pool import ModelPool
from generation.prompts import Messages
from generation.writing import Piece, TextModel, Writer, WritingOrder
from tests.one_model_shelf import OneModelShelf
from tests.unit.model_files import spec


class CountingModel:
    """Implements TextModel: writes "0 1 2 …", and at `pause_at` waits until it is let go on."""

    revision = "r1"
    precision = "float32"
    device = "cpu"

    def __init__(self, pause_at: int | None = None, failure: Exception | None = None) -> None:
        self.pause_at = pause_at
        self.failure = failure
        self.paused, self.go_on = threading.Event(), threading.Event()
        self.steps = 0
        self.closed = threading.Event()
        self.written: list[str] = []

    def encode(self, messages: Messages) -> list[int]:
        return list(range(len(messages[0]["content"])))

    def write(self, prompt: list[int], order: WritingOrder) -> Generator[Piece]:
        self.written.append(str(order.seed))
        try:
            length = order.max_tokens or 1_000_000
            for self.steps in range(1, length + 1):
                if self.steps == self.pause_at:
                    self.paused.set()
                    self.go_on.wait()
                    if self.failure:
                        raise self.failure
                yield Piece(f"{self.steps} ", self.steps, "length" if self.steps == length else None)
        finally:
            self.closed.set()


def _writer(model: CountingModel, max_writings: int = 32) -> Writer:
    pool: ModelPool[TextModel] = ModelPool([spec("tiny")], OneModelShelf(model))
    return Writer(pool, max_writings)


def _order(model: str = "tiny", max_tokens: int | None = 3, seed: int = 1) -> WritingOrder:
    return WritingOrder(model, ({"role": "user", "content": "four"},), 1.0, 1.0, max_tokens, seed)


async def test_a_text_and_its_account() -> None:
    writing = _writer(CountingModel()).start(_order())
    await writing.begun()
    assert await writing.whole_text() == "1 2 3 "
    account = writing.account
    assert (account.prompt_tokens, account.completion_tokens, account.finish_reason) == (4, 3, "length")
    assert (account.model_revision, account.precision, account.device) == ("r1", "float32", "cpu")
    assert account.time_to_first_token_seconds is not None
    assert 0 <= account.time_to_first_token_seconds <= account.latency_seconds


async def test_texts_are_written_in_the_order_they_were_asked_for() -> None:
    model = CountingModel()
    writer = _writer(model)
    writings = [writer.start(_order(seed=seed)) for seed in range(5)]
    assert [await writing.whole_text() for writing in writings] == ["1 2 3 "] * 5
    assert model.written == ["0", "1", "2", "3", "4"]


async def test_a_failure_before_the_first_token_comes_at_once() -> None:
    writing = _writer(CountingModel()).start(_order("zebra"))
    with pytest.raises(UnknownModel):
        await writing.begun()


async def test_a_failure_in_the_middle_comes_after_what_was_written() -> None:
    model = CountingModel(pause_at=3, failure=OutOfMemory("full"))
    model.go_on.set()
    writing = _writer(model).start(_order(max_tokens=9))
    await writing.begun()
    texts = aiter(writing)
    assert [await anext(texts), await anext(texts)] == ["1 ", "2 "]
    with pytest.raises(OutOfMemory):
        await anext(texts)


async def test_stopping_ends_the_text_after_the_step_under_way() -> None:
    model = CountingModel(pause_at=5)
    writer = _writer(model)
    endless = writer.start(_order(max_tokens=None))
    await asyncio.to_thread(model.paused.wait)
    endless.stop()
    model.go_on.set()
    assert await writer.start(_order(seed=2)).whole_text() == "1 2 3 "
    assert model.written == ["1", "2"]
    assert model.closed.is_set()


async def test_stopping_while_waiting_never_starts_the_text() -> None:
    model = CountingModel(pause_at=2)
    writer = _writer(model)
    first = writer.start(_order(seed=1))
    await asyncio.to_thread(model.paused.wait)
    second, third = writer.start(_order(seed=2)), writer.start(_order(seed=3))
    second.stop()
    model.go_on.set()
    assert await third.whole_text() == await first.whole_text() == "1 2 3 "
    assert model.written == ["1", "3"]


async def test_a_full_queue_says_when_to_come_again() -> None:
    model = CountingModel(pause_at=1)
    writer = _writer(model, max_writings=2)
    taken = [writer.start(_order()), writer.start(_order())]
    with pytest.raises(QueueFull) as refusal:
        writer.start(_order())
    assert refusal.value.retry_after_seconds > 0
    model.go_on.set()
    for writing in taken:
        await writing.whole_text()
    assert await writer.start(_order()).whole_text() == "1 2 3 "
