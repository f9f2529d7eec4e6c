"""Models of other servers: passed on to one that is real, and to some that misbehave."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
import structlog
from pydantic import ValidationError

from generation.backends.remote import RemoteWriter
from generation.pool import ModelPool
from generation.registry import ModelSpec
from generation.server import build_app
from generation.shelf import LocalShelf
from generation.text_model import TextModel
from tests.generation_child import TOKEN, configuration, declared, running_child
from tests.integration.tiny_models import build_llama
from tests.scripted_model import order

KEY = "a-key-that-nobody-else-may-see"
FRONT_TOKEN = "the-token-of-the-server-in-front"
MESSAGES: list[Any] = [{"role": "user", "content": "tea"}]
GREEDY: dict[str, Any] = {"messages": MESSAGES, "temperature": 0, "max_tokens": 12, "seed": 1}
SILENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    build_llama(folder / "llama")
    build_llama(folder / "endless", ends=False, max_position_embeddings=200_000)
    return folder


@pytest.fixture(scope="module")
def behind(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a real generation server that writes for the one in front."""
    settings = configuration(models_dir, [declared("llama"), declared("endless")])
    with running_child(settings, tmp_path_factory.mktemp("behind") / "stderr.log") as child:
        yield f"{child.wait_until_ready()}/v1"


def _remote(name: str, address: str, **more: Any) -> ModelSpec:
    more = {"api_key_env": "BEHIND_KEY", **more}
    return ModelSpec(**declared(name, source="remote", backend="openai", address=address, **more))


@asynccontextmanager
async def _client(
    *specs: ModelSpec, key: str = TOKEN, silence_seconds: float = SILENCE_SECONDS
) -> AsyncIterator[openai.AsyncOpenAI]:
    """A client of a server in front, which has nothing but these models of other servers."""
    pool: ModelPool[TextModel] = ModelPool(specs, LocalShelf(Path(), 0.85))
    remote = RemoteWriter(specs, {"BEHIND_KEY": key}, silence_seconds)
    transport = httpx2.ASGITransport(build_app(pool, FRONT_TOKEN, remote=remote), raise_app_exceptions=False)
    async with openai.AsyncOpenAI(
        base_url="http://front/v1",
        api_key=FRONT_TOKEN,
        max_retries=0,
        http_client=httpx2.AsyncClient(transport=transport),
    ) as client:
        yield client
    await remote.close()


async def test_a_text_is_the_one_that_the_other_server_writes(behind: str) -> None:
    async with (
        _client(_remote("far", behind, remote_name="llama")) as client,
        openai.AsyncOpenAI(base_url=behind, api_key=TOKEN) as direct,
    ):
        own = await direct.chat.completions.create(model="llama", **GREEDY)
        answer = await client.chat.completions.create(model="far", **GREEDY)
        stream = await client.chat.completions.create(
            model="far", **GREEDY, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
    assert answer.choices[0].message.content == own.choices[0].message.content
    assert answer.choices[0].finish_reason == own.choices[0].finish_reason == "length"
    assert answer.usage == own.usage == chunks[-1].usage
    streamed = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert streamed == own.choices[0].message.content
    account, expected = ((each.model_extra or {})["copydesk"] for each in (answer, own))
    assert account["model_revision"] == expected["model_revision"]
    assert (account["device"], account["method"]) == ("remote", "openai")
    assert 0 < account["time_to_first_token_seconds"] <= account["latency_seconds"]


async def test_a_prompt_is_passed_on_to_completions(behind: str) -> None:
    async with (
        _client(_remote("far", behind, remote_name="llama")) as client,
        openai.AsyncOpenAI(base_url=behind, api_key=TOKEN) as direct,
    ):
        asked: dict[str, Any] = {"prompt": "tea is", "temperature": 0, "max_tokens": 6, "seed": 1}
        own = await direct.completions.create(model="llama", **asked)
        answer = await client.completions.create(model="far", **asked)
    assert answer.choices[0].text == own.choices[0].text


async def test_what_is_not_passed_on_stands_in_the_record(behind: str) -> None:
    async with _client(_remote("far", behind, remote_name="llama")) as client:
        answer = await client.chat.completions.create(
            model="far", **GREEDY, extra_body={"copydesk": {"max_words": 5}}
        )
    assert (answer.model_extra or {})["copydesk"]["method"] == "openai, without max_words"


async def test_a_refused_request_is_refused_with_its_reason(behind: str) -> None:
    async with _client(_remote("far", behind, remote_name="llama")) as client:
        with pytest.raises(openai.BadRequestError, match="context"):
            await client.chat.completions.create(
                model="far", messages=[{"role": "user", "content": "x " * 500}]
            )


async def test_a_wrong_key_is_said_and_never_shown(behind: str) -> None:
    with structlog.testing.capture_logs() as lines:
        async with _client(_remote("far", behind, remote_name="llama"), key=KEY) as client:
            with pytest.raises(openai.InternalServerError, match="BEHIND_KEY") as failure:
                await client.chat.completions.create(model="far", **GREEDY)
    assert (failure.value.status_code, failure.value.code) == (502, "remote_failed")
    assert KEY not in failure.value.message + json.dumps(lines)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"remote_name": "zebra"}, "has no model named 'zebra'"),
        ({"remote_name": "llama", "api_key_env": "NOT_SET"}, "environment variable NOT_SET"),
        ({"remote_name": "llama", "api_key_env": None}, "Name its variable as `api_key_env`"),
        ({"address": "http://127.0.0.1:9/v1"}, "cannot be reached"),
    ],
)
async def test_a_wrong_declaration_is_named(behind: str, more: dict[str, Any], sentence: str) -> None:
    spec = _remote("far", **{"address": behind} | more)
    async with _client(spec) as client:
        for stream in (False, True):
            with pytest.raises(openai.InternalServerError) as failure:
                await client.chat.completions.create(model="far", **GREEDY, stream=stream)
            assert sentence in failure.value.message
            assert failure.value.code == "remote_failed"


async def test_a_client_that_leaves_ends_its_text_over_there(behind: str) -> None:
    spec = _remote("far", behind, remote_name="endless")
    remote = RemoteWriter([spec], {"BEHIND_KEY": TOKEN})
    async with openai.AsyncOpenAI(base_url=behind, api_key=TOKEN) as direct:
        writing = remote.start(order("far", max_tokens=None))
        await writing.begun()
        writing.stop()
        assert await writing.whole()
        figures = await _figures_once(direct, "copydesk_texts_writing 0.0")
    assert 'copydesk_texts_total{model="endless",outcome="given_up"} 1.0' in figures
    await remote.close()


async def _figures_once(client: openai.AsyncOpenAI, line: str) -> str:
    """The other server's figures as soon as they hold this line."""
    while True:
        answer = await client.with_options(base_url=str(client.base_url).removesuffix("v1/")).get(
            "/metrics", cast_to=httpx2.Response
        )
        if line in answer.text:
            return answer.text


async def _collect(stream: openai.AsyncStream[Any], texts: list[str]) -> None:
    async for chunk in stream:
        texts.append(chunk.choices[0].delta.content or "")  # noqa: PERF401 - it must outlive an exception


# ------------------------------------------------------------------- servers that misbehave


@asynccontextmanager
async def _server(answer: bytes) -> AsyncIterator[str]:
    """The base URL of a server that answers anything with these bytes and hangs up; b"" stays silent."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        if not answer:
            await reader.read()  # until the other side hangs up
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


def _chunk(text: str) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    head = {"id": "1", "created": 1, "model": "m", "object": "chat.completion.chunk"}
    return f"data: {json.dumps({**head, 'choices': [choice]})}\n\n".encode()


def _status(line: str, body: bytes, **headers: str) -> bytes:
    given = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {line}\r\n{given}Connection: close\r\n\r\n".encode() + body


STREAM = {"Content_Type": "text/event-stream"}
JSON = {"Content_Type": "application/json"}
FAULT = b'{"error": {"message": "the cache\\nhas burst", "type": "x", "code": "y", "param": null}}'


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (_status("200 OK", _chunk("so far"), **STREAM), "broke off in the middle"),
        (_status("200 OK", _chunk("so far") + b"data: [DONE]\n\n", **STREAM), "broke off in the middle"),
        (_status("200 OK", _chunk("so far") + b"data: " + FAULT + b"\n\n", **STREAM), "the cache"),
        (_status("500 Oh", FAULT, **JSON), "failed: the cache Try again"),
        (_status("200 OK", b"<html>", Content_Type="text/html"), "broke off in the middle"),
    ],
)
async def test_a_server_that_fails_is_told_apart_from_one_that_finished(answer: bytes, sentence: str) -> None:
    async with _server(answer) as address, _client(_remote("far", address)) as client:
        with pytest.raises(openai.InternalServerError) as failure:
            await client.chat.completions.create(model="far", **GREEDY)
    assert sentence in failure.value.message
    assert (failure.value.status_code, failure.value.code) == (502, "remote_failed")


async def test_what_came_before_a_failure_is_streamed() -> None:
    answer = _status("200 OK", _chunk("so far"), **STREAM)
    async with _server(answer) as address, _client(_remote("far", address)) as client:
        stream = await client.chat.completions.create(model="far", **GREEDY, stream=True)
        texts: list[str] = []
        with pytest.raises(openai.APIError, match="broke off"):
            await _collect(stream, texts)
    assert "".join(texts) == "so far"


async def test_a_busy_server_says_when_to_come_again() -> None:
    answer = _status("429 Slow down", FAULT, **JSON, Retry_After="7")
    async with _server(answer) as address, _client(_remote("far", address)) as client:
        with pytest.raises(openai.InternalServerError) as failure:
            await client.chat.completions.create(model="far", **GREEDY)
    assert (failure.value.status_code, failure.value.code) == (503, "busy")
    assert failure.value.response.headers["retry-after"] == "7"


async def test_a_server_that_says_nothing_is_given_up() -> None:
    async with _server(b"") as address, _client(_remote("far", address), silence_seconds=0.2) as client:
        with pytest.raises(openai.InternalServerError, match="did not answer in time"):
            await client.chat.completions.create(model="far", **GREEDY)


# ------------------------------------------------------------------- declarations


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://models.example/v1", "without encryption"),
        ("https://me:secret@models.example/v1", "put the key into"),
    ],
)
def test_a_careless_address_is_refused(address: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        _remote("far", address)


def test_a_careless_address_can_be_wanted() -> None:
    assert _remote("far", "http://models.example/v1", plain_http=True).plain_http
