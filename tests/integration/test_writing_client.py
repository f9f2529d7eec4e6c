"""What the bot makes of the answers of an OpenAI-compatible server, good and bad."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.errors import ChildFailed, WritingFailed
from bot.writing import OpenAIWriter, WrittenText
from generation.content_types import Sampling

MESSAGES = ({"role": "user", "content": "remote work"},)


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


@asynccontextmanager
async def server(
    answer: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> AsyncIterator[str]:
    """A server that has one answer to everything; its address."""

    async def respond(_: web.Request) -> web.Response:
        return web.json_response(answer, status=status, headers=headers)

    application = web.Application()
    application.router.add_post("/v1/chat/completions", respond)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def write(address: str, timeout_seconds: float = 10) -> WrittenText:
    async def locate() -> str:
        return address

    async with OpenAIWriter(locate, "token", timeout_seconds=timeout_seconds, max_retries=0) as writer:
        return await writer.write("m", MESSAGES, Sampling(), seed=7)


async def test_what_our_own_server_measured_comes_along() -> None:
    measured = {
        "model_revision": "r1",
        "precision": "float32",
        "device": "cpu",
        "latency_seconds": 2.031,
        "time_to_first_token_seconds": 0.1,
        "energy_joules": None,
        "energy_scope": None,
    }
    async with server(completion(" A text.\n", copydesk=measured)) as address:
        written = await write(address)
    assert written.text == "A text."
    assert (written.prompt_tokens, written.completion_tokens) == (12, 34)
    assert (written.model_revision, written.latency_seconds) == ("r1", 2.031)


async def test_any_other_server_is_timed_from_here() -> None:
    async with server(completion("A text.")) as address:
        written = await write(address)
    assert 0 < written.latency_seconds < 10
    assert written.model_revision == "unknown"
    assert written.time_to_first_token_seconds is None


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
            await writer.write("m", MESSAGES, Sampling(), seed=7)
    assert failure.value.retryable


async def test_a_server_that_could_not_start_is_named_with_its_last_words() -> None:
    async def locate() -> str:
        raise ChildFailed("The port is in use.")

    async with OpenAIWriter(locate, "token", timeout_seconds=10) as writer:
        with pytest.raises(WritingFailed, match=r"not running: The port is in use\."):
            await writer.write("m", MESSAGES, Sampling(), seed=7)
