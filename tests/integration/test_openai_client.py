"""OpenAI's own client against the application, with a model whose every piece is known."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import openai
import pytest
from prometheus_client.parser import text_string_to_metric_families

from generation.errors import OutOfMemory, PromptTooLong
from generation.pool import ModelPool
from generation.server import build_app
from generation.text_model import Piece, Prepared, Priority, TextModel, TokenLogprob, WritingOrder
from generation.writing import Writer
from tests.one_model_shelf import OneModelShelf
from tests.scripted_model import Hold, ScriptedModel
from tests.unit.model_files import spec

TOKEN = "a-token-for-these-tests-only"
MESSAGES: list[Any] = [{"role": "user", "content": "count"}]
CHAT: dict[str, Any] = {"model": "tiny", "messages": MESSAGES, "max_tokens": 3, "seed": 40}
SCHEMA = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}
FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}}


@dataclass
class SpeakingModel(ScriptedModel):
    """Says its seed before it counts, with log-probabilities; asked for JSON, says `json_text` instead."""

    json_text: str = '{"number": 1}'

    def prepare(self, order: WritingOrder) -> Prepared:
        prepared = super().prepare(order)
        if len(prepared.tokens) > 1000:
            raise PromptTooLong(len(prepared.tokens), 1000)
        return prepared

    def _count(self, key: str, order: WritingOrder) -> Piece:
        piece = super()._count(key, order)
        if order.json_schema is not None:
            return replace(piece, text=self.json_text, finish_reason="stop")
        text = f"{order.seed}: {piece.text}" if piece.completion_tokens == 1 else piece.text
        if order.top_logprobs is None:
            return replace(piece, text=text)
        top = (("a", -0.5), ("ü", -1.5))[: order.top_logprobs]
        return replace(piece, text=text, logprobs=(TokenLogprob(text, -0.5, top),))


@pytest.fixture
def model() -> SpeakingModel:
    return SpeakingModel()


@pytest.fixture
async def transport(model: SpeakingModel) -> AsyncIterator[httpx2.ASGITransport]:
    pool: ModelPool[TextModel] = ModelPool([spec("tiny")], OneModelShelf(model))
    writer = Writer(pool, max_writings=8)
    yield httpx2.ASGITransport(build_app(pool, TOKEN, writer), raise_app_exceptions=False)
    writer.close()


@pytest.fixture
async def client(transport: httpx2.ASGITransport) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url="http://server/v1",
        api_key=TOKEN,
        max_retries=0,
        http_client=httpx2.AsyncClient(transport=transport),
    ) as client:
        yield client


async def test_several_texts_are_drawn_with_seeds_in_a_row(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(**CHAT, n=3)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert [choice.message.content for choice in answer.choices] == [
        "40: 1 2 3 ",
        "41: 1 2 3 ",
        "42: 1 2 3 ",
    ]
    assert {choice.finish_reason for choice in answer.choices} == {"length"}
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (5, 9)


async def test_several_texts_are_streamed_side_by_side(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        **CHAT, n=2, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    *_, usage = chunks
    texts = {0: "", 1: ""}
    for chunk in chunks:
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
    assert texts == {0: "40: 1 2 3 ", 1: "41: 1 2 3 "}
    assert sorted(c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason) == [
        "length",
        "length",
    ]
    assert usage.usage is not None
    assert usage.usage.total_tokens == 11
    assert (usage.model_extra or {})["copydesk"]["method"] == "scripted"


async def test_the_account_says_how_a_text_came_about(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(**CHAT)
    account = (answer.model_extra or {})["copydesk"]
    assert account["memory_bytes"] > 0
    assert account["busy_seconds"] > 0
    assert (account["queue_position"], account["energy_joules"]) == (0, None)
    assert account["route"] == {"model": "tiny", "backend": "transformers"}
    assert set(account) >= {"model_revision", "time_to_first_token_seconds", "latency_seconds"}


async def test_once_a_text_is_finished_the_next_are_told_a_time(client: openai.AsyncOpenAI) -> None:
    estimates = []
    for _ in range(2):
        answer = await client.chat.completions.create(**CHAT)
        estimates.append((answer.model_extra or {})["copydesk"]["estimated_seconds"])
    assert estimates[0] is None
    assert estimates[1] > 0


async def test_logprobs_of_a_chat(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(**CHAT, logprobs=True, top_logprobs=2)
    logprobs = answer.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    assert [token.token for token in logprobs.content] == ["40: 1 ", "2 ", "3 "]
    assert [(each.token, each.logprob) for each in logprobs.content[0].top_logprobs] == [
        ("a", -0.5),
        ("ü", -1.5),
    ]
    assert logprobs.content[0].top_logprobs[1].bytes == list("ü".encode())


async def test_logprobs_in_a_stream(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(**CHAT, logprobs=True, stream=True)
    tokens = [
        token
        async for chunk in stream
        for choice in chunk.choices
        if choice.logprobs
        for token in choice.logprobs.content or ()
    ]
    assert [(token.token, token.logprob, token.top_logprobs) for token in tokens] == [
        ("40: 1 ", -0.5, []),
        ("2 ", -0.5, []),
        ("3 ", -0.5, []),
    ]


async def test_completions_go_on_from_a_prompt(client: openai.AsyncOpenAI) -> None:
    answer = await client.completions.create(
        model="tiny", prompt=["go on"], max_tokens=2, seed=1, n=2, logprobs=1
    )
    assert [choice.text for choice in answer.choices] == ["1: 1 2 ", "2: 1 2 "]
    logprobs = answer.choices[0].logprobs
    assert logprobs is not None
    assert (logprobs.tokens, logprobs.token_logprobs) == (["1: 1 ", "2 "], [-0.5, -0.5])
    assert (logprobs.top_logprobs, logprobs.text_offset) == ([{"a": -0.5}, {"a": -0.5}], [0, 5])
    assert (answer.object, answer.id[:5]) == ("text_completion", "cmpl-")


async def test_completions_are_streamed_and_write_sixteen_tokens(client: openai.AsyncOpenAI) -> None:
    stream = await client.completions.create(
        model="tiny", prompt="x", seed=7, stream=True, stream_options={"include_usage": True}
    )
    *chunks, usage = [chunk async for chunk in stream]
    text = "".join(chunk.choices[0].text for chunk in chunks)
    assert text == "7: " + "".join(f"{number} " for number in range(1, 17))
    assert chunks[-1].choices[0].finish_reason == "length"
    assert usage.usage is not None
    assert usage.usage.completion_tokens == 16


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"prompt": ["a", "b"]}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"echo": True}, "echo"),
        ({"suffix": "x"}, "suffix"),
        ({"logprobs": 6}, "logprobs"),
        ({"best_of": 2}, "best_of"),
    ],
)
async def test_a_completion_that_is_not_served_says_so(
    client: openai.AsyncOpenAI, change: dict[str, Any], parameter: str
) -> None:
    arguments: dict[str, Any] = {"model": "tiny", "prompt": "x"} | change
    with pytest.raises(openai.BadRequestError) as refusal:
        await client.completions.create(**arguments)
    assert (refusal.value.param or "").split(".")[0] == parameter


async def test_json_is_answered_as_asked(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(**CHAT, response_format=FORMAT)
    assert json.loads(answer.choices[0].message.content or "") == {"number": 1}
    answer = await client.chat.completions.create(**CHAT, response_format={"type": "json_object"})
    assert json.loads(answer.choices[0].message.content or "") == {"number": 1}


@pytest.mark.parametrize(
    ("text", "code"), [('{"number": "one"}', "answer_invalid"), ('{"number": 1', "answer_truncated")]
)
async def test_json_that_is_wrong_is_never_passed_off_as_right(
    client: openai.AsyncOpenAI, model: SpeakingModel, text: str, code: str
) -> None:
    model.json_text = text
    with pytest.raises(openai.InternalServerError) as failure:
        await client.chat.completions.create(**CHAT, response_format=FORMAT)
    assert (failure.value.status_code, failure.value.code) == (502, code)
    stream = await client.chat.completions.create(**CHAT, response_format=FORMAT, stream=True)
    with pytest.raises(openai.APIError) as late:
        [chunk async for chunk in stream]
    assert late.value.code == code


async def test_our_own_settings_reach_the_model(client: openai.AsyncOpenAI, model: SpeakingModel) -> None:
    orders: list[WritingOrder] = []
    model.before_step = lambda _: orders.extend(model.batch.values())
    extension = {"min_words": 5, "max_words": 9, "repetition_penalty": 1.2, "priority": "background"}
    await client.chat.completions.create(**CHAT, extra_body={"copydesk": extension}, stop=["\n\n", "END"])
    order = orders[0]
    assert (order.min_words, order.max_words, order.repetition_penalty) == (5, 9, 1.2)
    assert (order.priority, order.stop) == (Priority.BACKGROUND, ("\n\n", "END"))


async def test_one_model_can_be_asked_after(client: openai.AsyncOpenAI) -> None:
    entry = await client.models.retrieve("tiny")
    assert (entry.id, (entry.model_extra or {})["copydesk"]["status"]) == ("tiny", "present")
    with pytest.raises(openai.NotFoundError, match="tiny") as refusal:
        await client.models.retrieve("zebra")
    assert refusal.value.code == "model_not_found"


async def test_errors_are_the_clients_own_exceptions(
    client: openai.AsyncOpenAI, model: SpeakingModel
) -> None:
    with pytest.raises(openai.AuthenticationError):
        await client.with_options(api_key="wrong").models.list()
    with pytest.raises(openai.NotFoundError):
        await client.chat.completions.create(**CHAT | {"model": "zebra"})
    with pytest.raises(openai.BadRequestError) as too_long:
        await client.completions.create(model="tiny", prompt="x" * 1001)
    assert too_long.value.code == "context_length_exceeded"

    def fail(step: int) -> None:
        raise OutOfMemory("Memory ran out.")

    model.before_step = fail
    with pytest.raises(openai.InternalServerError) as failure:
        await client.chat.completions.create(**CHAT)
    assert (failure.value.status_code, failure.value.code) == (503, "out_of_memory")


async def test_a_full_queue_refuses_all_of_a_request(
    client: openai.AsyncOpenAI, model: SpeakingModel
) -> None:
    hold = Hold(at_step=1)
    model.before_step = hold
    stream = client.chat.completions.create(**CHAT, n=8)
    waiting = asyncio.create_task(stream)
    await asyncio.to_thread(hold.reached.wait)
    with pytest.raises(openai.RateLimitError) as refusal:
        await client.chat.completions.create(**CHAT, n=2)
    assert refusal.value.code == "queue_full"
    assert int(refusal.value.response.headers["retry-after"]) >= 1
    hold.go_on.set()
    assert len((await waiting).choices) == 8


@pytest.mark.parametrize("says_how_long", [True, False])
async def test_a_body_that_is_too_large_is_refused_unread(
    transport: httpx2.ASGITransport, says_how_long: bool
) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(20):
            sent += 2**20
            yield b"x" * 2**20

    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    if says_how_long:
        headers["Content-Length"] = str(20 * 2**20)
    async with httpx2.AsyncClient(transport=transport, base_url="http://server") as http:
        answer = await http.post("/v1/chat/completions", content=body(), headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")
    assert sent <= 5 * 2**20


async def test_metrics_need_the_token_and_count(
    client: openai.AsyncOpenAI, transport: httpx2.ASGITransport
) -> None:
    await client.chat.completions.create(**CHAT)
    [chunk async for chunk in await client.chat.completions.create(**CHAT, stream=True)]
    async with httpx2.AsyncClient(transport=transport, base_url="http://server") as http:
        refused = await http.get("/metrics")
        healthy = await http.get("/healthz")
        answer = await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert refused.status_code == 401
    assert healthy.json() == {"status": "ok"}
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert samples["copydesk_requests_total", "/v1/chat/completions", "200"] == 2
    assert samples["copydesk_requests_total", "/metrics", "401"] == 1
    assert samples["copydesk_texts_total", "tiny", "length"] == 2
    assert samples["copydesk_tokens_total", "completion", "tiny"] == 6
    assert samples["copydesk_time_to_first_token_seconds_count", "tiny"] == 2
    assert samples["copydesk_model_loads_total", "tiny"] == 1
    assert samples["copydesk_model_suspended", "tiny"] == 0
    assert samples["copydesk_memory_budget_bytes",] > 0
    assert samples["copydesk_texts_writing",] == 0
