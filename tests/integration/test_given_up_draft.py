"""A draft that is given up: the bot's own client, over HTTP, a real model, and the text of somebody else."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send

from bot.writing import OpenAIWriter, TextOrder
from generation.content_types import Sampling
from generation.engine import TransformersModel
from generation.pool import ModelPool
from generation.server import build_app
from generation.text_model import BatchLimits, Piece, TextModel
from generation.writing import Writer
from tests.integration.tiny_models import build_architecture, build_tokenizer
from tests.one_model_shelf import OneModelShelf
from tests.scripted_model import Hold
from tests.unit.model_files import spec

TOKEN = "a-token-for-these-tests-only"
HELD_STEP = 5


class HeldModel(TransformersModel):
    """Stops in the middle of one step; notes after which step it was told to let go of a text."""

    def __init__(self, hold: Hold) -> None:
        tokenizer: Any = build_tokenizer(ends=False)
        model = build_architecture("Llama", len(tokenizer))
        super().__init__(model, tokenizer, "r1", BatchLimits(rows=1, cache_tokens=128))
        self.steps, self.dropped_after, self._hold = 0, list[int](), hold

    def step(self) -> Mapping[str, Piece]:
        self.steps += 1
        self._hold(self.steps)
        return super().step()

    def drop(self, key: str) -> None:
        self.dropped_after.append(self.steps)
        super().drop(key)


class Listening:
    """The application; tells when it has heard that a client left."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.heard = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def overheard() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.heard.set()
            return message

        await self._app(scope, overheard, send)


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[OpenAIWriter]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))

        async def address() -> str:
            return f"http://127.0.0.1:{listener.getsockname()[1]}"

        async with OpenAIWriter(address, TOKEN, timeout_seconds=60) as writer:
            yield writer
        server.should_exit = True
        await serving


def _order(tokens: int) -> TextOrder:
    return TextOrder("tiny", ({"role": "user", "content": "tea"},), Sampling(max_new_tokens=tokens), seed=1)


@pytest.mark.parametrize("streamed", [False, True])
async def test_its_slot_is_free_before_the_next_step(streamed: bool) -> None:
    hold = Hold(HELD_STEP)
    model = HeldModel(hold)
    pool: ModelPool[TextModel] = ModelPool([spec("tiny")], OneModelShelf(model))
    writing = Writer(pool)
    app = Listening(build_app(pool, TOKEN, writing))
    try:
        async with served(app) as writer:
            draft = asyncio.create_task(writer.write(_order(100), (lambda _: None) if streamed else None))
            assert await asyncio.to_thread(hold.reached.wait, 60)
            draft.cancel()
            await app.heard.wait()
            for _ in range(10):  # from the connection to the text's task
                await asyncio.sleep(0)
            hold.go_on.set()
            short = await writer.write(_order(3))
    finally:
        hold.go_on.set()
        writing.close()
    assert short.text
    assert model.dropped_after == [HELD_STEP]
