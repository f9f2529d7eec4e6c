"""What the bot makes of the answers of an OpenAI-compatible server, good and bad."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.errors import ChildFailed, WritingFailed
from bot.writing import OpenAIWriter, Place, TextOrder, WrittenText
from generation.content_types import Sampling

MESSAGES = ({"role": "user", "content": "remote work"},)
ORDER = TextOrder("m", MESSAGES, Sampling(), seed=7)


def completion(text: str, **extension: Any) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 12, "completion_tokens": 34, "total_tokens": 46}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [choice],
        "usage": usage,
        **extension,
    }


Answer = tuple[Mapping[str, Any], int, Mapping[str, str]]


class AnsweringServer:
    """A server with a list of answers, the last of which it repeats. Remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def respond(self, request: web.Request) -> web.Response:
        answer, status, headers = self._answers[min(len(self.asked), len(self._answers) - 1)]
        self.asked.append((request.path, await request.json()))
        return web.json_response(answer, status=status, headers=headers)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_post("/v1/{what:.*}", self.respond)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def server(
    answer: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> AbstractAsyncContextManager[str]:
    """A server that has one answer to everything; its address."""
    return AnsweringServer((answer, status, headers or {})).listening()


def refusal(code: str) -> Answer:
    return {"error": {"message": "No.", "code": code}}, 503, {"x-should-retry": "false"}


async def write(address: str, timeout_seconds: float = 10, order: TextOrder = ORDER) -> WrittenText:
    async def locate() -> str:
        return address

    async with OpenAIWriter(locate, "token", timeout_seconds=timeout_seconds, max_retries=0) as writer:
        return await writer.write(order)


async def test_what_our_own_server_measured_comes_along() -> None:
    measured = {
        "model_revision": "r1",
        "precision": "float32",
        "device": "cpu",
        "latency_seconds": 2.031,
        "time_to_first_token_seconds": 0.1,
        "energy_joules": None,
        "energy_scope": None,
        "busy_seconds": 0.5,
        "memory_bytes": 2**31,
        "method": "batched",
        "fallback_ops": ["aten::sort"],
    }
    async with server(completion(" A text.\n", copydesk=measured)) as address:
        written = await write(address)
    assert written.text == "A text."
    assert (written.prompt_tokens, written.completion_tokens) == (12, 34)
    assert (written.model_revision, written.latency_seconds) == ("r1", 2.031)
    assert (written.busy_seconds, written.memory_bytes, written.method) == (0.5, 2**31, "batched")
    assert written.fallback_ops == ["aten::sort"]


async def test_any_other_server_is_timed_from_here() -> None:
    async with server(completion("A text.")) as address:
        written = await write(address)
    assert 0 < written.latency_seconds < 10
    assert written.model_revision == "unknown"
    assert written.time_to_first_token_seconds is None
    assert written.busy_seconds is None


async def test_an_empty_text_is_a_failure_worth_another_try() -> None:
    async with server(completion("  \n")) as address:
        with pytest.raises(WritingFailed, match="empty text") as failure:
            await write(address)
    assert failure.value.retryable


@pytest.mark.parametrize(
    ("status", "headers", "retryable"),
    [(503, {}, True), (503, {"x-should-retry": "false"}, False), (400, {}, False)],
)
async def test_a_refusal_keeps_its_reason_and_whether_to_try_again(
    status: int, headers: dict[str, str], retryable: bool
) -> None:
    async with server({"error": {"message": "Too large for this machine."}}, status, headers) as address:
        with pytest.raises(WritingFailed, match="Too large for this machine") as failure:
            await write(address)
    assert failure.value.retryable is retryable


async def test_a_server_that_never_comes_is_not_waited_for_for_ever() -> None:
    async def locate() -> str:
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    async with OpenAIWriter(locate, "token", timeout_seconds=0.05) as writer:
        with pytest.raises(WritingFailed, match=r"within 0\.05 s") as failure:
            await writer.write(ORDER)
    assert failure.value.retryable


async def test_a_server_that_could_not_start_is_named_with_its_last_words() -> None:
    async def locate() -> str:
        raise ChildFailed("The port is in use.")

    async with OpenAIWriter(locate, "token", timeout_seconds=10) as writer:
        with pytest.raises(WritingFailed, match=r"not running: The port is in use\."):
            await writer.write(ORDER)


async def test_bounds_and_stops_are_sent_along() -> None:
    answering = AnsweringServer((completion("A text."), 200, {}))
    sampling = Sampling(temperature=0.5, top_p=0.9, max_new_tokens=50, repetition_penalty=1.25)
    order = TextOrder("m", MESSAGES, sampling, seed=7, stop=("END",), min_words=20, max_words=40)
    async with answering.listening() as address:
        await write(address, order=order)
    [(path, body)] = answering.asked
    assert path == "/v1/chat/completions"
    assert body == {
        "model": "m",
        "messages": list(MESSAGES),
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 50,
        "seed": 7,
        "stop": ["END"],
        "copydesk": {"min_words": 20, "max_words": 40, "repetition_penalty": 1.25},
    }


async def test_json_is_asked_for_by_its_schema_and_not_by_words() -> None:
    answering = AnsweringServer((completion("{}"), 200, {}))
    schema = {"type": "object"}
    order = TextOrder("m", MESSAGES, Sampling(), seed=7, min_words=20, max_words=40, json_schema=schema)
    async with answering.listening() as address:
        await write(address, order=order)
    [(_, body)] = answering.asked
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": schema, "strict": True},
    }
    assert body["copydesk"] == {"repetition_penalty": 1.0}


async def test_a_plain_prompt_is_completed() -> None:
    continued = completion("") | {"choices": [{"index": 0, "finish_reason": "stop", "text": " goes on."}]}
    answering = AnsweringServer((continued, 200, {}))
    async with answering.listening() as address:
        written = await write(address, order=TextOrder("m", "This text", Sampling(), seed=7))
    [(path, body)] = answering.asked
    assert (path, body["prompt"]) == ("/v1/completions", "This text")
    assert (written.text, written.finish_reason) == ("goes on.", "stop")


@pytest.mark.parametrize(
    ("code", "unusable"), [("model_suspended", True), ("loading_failed", True), ("memory_in_use", False)]
)
async def test_what_lies_with_one_model_is_told_apart(code: str, unusable: bool) -> None:
    async with AnsweringServer(refusal(code)).listening() as address:
        with pytest.raises(WritingFailed) as failure:
            await write(address)
    assert failure.value.model_unusable is unusable


async def test_memory_that_ran_out_is_worth_one_more_try() -> None:
    answering = AnsweringServer(refusal("out_of_memory"), (completion("A text."), 200, {}))
    async with answering.listening() as address:
        assert (await write(address)).text == "A text."


async def test_memory_that_runs_out_twice_lies_with_the_model() -> None:
    answering = AnsweringServer(refusal("out_of_memory"))
    async with answering.listening() as address:
        with pytest.raises(WritingFailed) as failure:
            await write(address)
    assert failure.value.model_unusable
    assert len(answering.asked) == 2


async def test_where_all_orders_stand_is_asked_at_once() -> None:
    async def respond(_: web.Request) -> web.Response:
        return web.json_response({"places": {"t1": {"ahead": 2, "is_being_written": False}}})

    application = web.Application()
    application.router.add_get("/v1/queue", respond)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()

    async def locate() -> str:
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    async with OpenAIWriter(locate, "token", timeout_seconds=10) as writer:
        assert await writer.places() == {"t1": Place(is_being_written=False, ahead=2)}
    await runner.cleanup()


async def test_a_server_that_is_not_there_knows_no_place() -> None:
    async def locate() -> str:
        raise ChildFailed("It is gone.")

    async with OpenAIWriter(locate, "token", timeout_seconds=10) as writer:
        assert await writer.places() == {}


@asynccontextmanager
async def streaming_server(*events: Mapping[str, Any]) -> AsyncIterator[str]:
    """A server that answers everything with these events; its address."""

    async def respond(request: web.Request) -> web.Response:
        lines = [*(json.dumps(event) for event in events), "[DONE]"]
        body = "".join(f"data: {line}\n\n" for line in lines)
        return web.Response(text=body, content_type="text/event-stream")

    application = web.Application()
    application.router.add_post("/v1/{what:.*}", respond)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def chunk(choices: list[dict[str, Any]], **extension: Any) -> dict[str, Any]:
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return {**head, "choices": choices, **extension}


async def heard(address: str) -> tuple[WrittenText, list[str]]:
    said: list[str] = []

    async def locate() -> str:
        return address

    async with OpenAIWriter(locate, "token", timeout_seconds=10, max_retries=0) as writer:
        return await writer.write(ORDER, said.append), said


async def test_a_text_may_be_heard_while_it_is_written() -> None:
    events = [
        chunk([{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]),
        chunk([{"index": 0, "delta": {"content": "Tea "}, "finish_reason": None}]),
        chunk([{"index": 0, "delta": {"content": "is good."}, "finish_reason": "length"}]),
        chunk(
            [],
            usage={"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
            copydesk={"device": "cpu", "latency_seconds": 2.5},
        ),
    ]
    async with streaming_server(*events) as address:
        written, said = await heard(address)
    assert (written.text, written.finish_reason, written.completion_tokens) == ("Tea is good.", "length", 4)
    assert (written.device, written.latency_seconds) == ("cpu", 2.5)
    assert said == ["Tea ", "Tea is good.", "Tea is good."]


async def test_a_failure_in_mid_stream_is_a_failure() -> None:
    events = [
        chunk([{"index": 0, "delta": {"content": "Tea "}, "finish_reason": None}]),
        {"error": {"message": "No memory.", "code": "out_of_memory", "type": "server_error"}},
    ]
    async with streaming_server(*events) as address:
        with pytest.raises(WritingFailed, match="No memory") as failure:
            await heard(address)
    assert failure.value.retryable
    assert failure.value.model_unusable
