"""The HTTP application with a model that fails on order: what clients see of failures."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from generation.errors import OutOfMemory
from generation.pool import ModelPool
from generation.server import build_app
from generation.text_model import Piece, TextModel
from tests.one_model_shelf import OneModelShelf
from tests.scripted_model import ScriptedModel
from tests.unit.model_files import spec

TOKEN = "a-token-for-these-tests-only"
CHAT = {"model": "tiny", "messages": [{"role": "user", "content": "hello"}]}


class FailingModel(ScriptedModel):
    """Writes "so far " and fails after as many pieces as the seed says."""

    failure: Exception = OutOfMemory("Memory ran out. Try a smaller model.")

    def step(self) -> Mapping[str, Piece]:
        if any(self.written[key] >= order.seed for key, order in self.batch.items()):
            raise self.failure
        return {key: replace(piece, text="so far ") for key, piece in super().step().items()}


@pytest.fixture
def model() -> FailingModel:
    return FailingModel()


@pytest.fixture
async def client(model: FailingModel) -> AsyncIterator[httpx2.AsyncClient]:
    pool: ModelPool[TextModel] = ModelPool([spec("tiny")], OneModelShelf(model))
    transport = httpx2.ASGITransport(build_app(pool, TOKEN), raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://server", headers=headers) as client:
        yield client


def _events(body: str) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in body.splitlines() if line]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


@pytest.mark.parametrize("stream", [False, True])
async def test_memory_that_runs_out_at_once_is_a_status(client: httpx2.AsyncClient, stream: bool) -> None:
    answer = await client.post("/v1/chat/completions", json=CHAT | {"seed": 0, "stream": stream})
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "out_of_memory"
    assert "smaller model" in answer.json()["error"]["message"]
    assert answer.headers["retry-after"] == "30"
    assert answer.headers["x-should-retry"] == "false"


async def test_memory_that_runs_out_in_mid_stream_is_the_last_event(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/chat/completions", json=CHAT | {"seed": 2, "stream": True})
    assert answer.status_code == 200
    first, *texts, failure, done = _events(answer.text)
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert "".join(text["choices"][0]["delta"]["content"] for text in texts) == "so far so far "
    assert (failure["error"]["code"], done) == ("out_of_memory", "[DONE]")


async def test_the_queue_is_shown_to_those_with_the_token(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/v1/queue")).json() == {"places": {}}
    refused = await client.get("/v1/queue", headers={"Authorization": "Bearer wrong"})
    assert refused.status_code == 401


@pytest.mark.parametrize("seed", [0, 2])
async def test_a_fault_of_ours_is_told_without_its_inside(
    client: httpx2.AsyncClient, model: FailingModel, seed: int
) -> None:
    model.failure = RuntimeError("inner secret")
    whole = await client.post("/v1/chat/completions", json=CHAT | {"seed": seed})
    assert (whole.status_code, whole.json()["error"]["type"]) == (500, "server_error")
    streamed = await client.post("/v1/chat/completions", json=CHAT | {"seed": seed, "stream": True})
    assert "server_error" in streamed.text
    assert "inner secret" not in whole.text + streamed.text
    assert (await client.get("/healthz")).json() == {"status": "ok"}
