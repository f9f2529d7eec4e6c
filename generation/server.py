"""The generation server: an OpenAI-compatible application on loopback, run as a child process.

Run as `python -m generation.server`; generation/child.py says how it is configured and stopped.
"""

import asyncio
import contextlib
import hmac
import json
import os
import secrets
import socket
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from generation import child
from generation.errors import GenerationError
from generation.openai_schema import (
    AnswerHead,
    ChatRequest,
    chunk,
    completion,
    error_answer,
    error_body,
    invalid_field,
    model_entry,
    usage_chunk,
)
from generation.pool import ModelPool
from generation.registry import ModelSpec
from generation.shelf import LocalShelf
from generation.writing import TextModel, Writer, Writing

_DRAIN_SECONDS = 3

_log = structlog.get_logger(__name__)


class ServerConfig(BaseModel):
    """The first line of stdin."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    token: str = Field(min_length=16)
    models_dir: Path
    memory_fraction: float = Field(default=0.85, gt=0, le=1)
    models: tuple[ModelSpec, ...]


def build_app(pool: ModelPool[TextModel], token: str) -> FastAPI:
    """The HTTP application. A request's way: checked, written, answered."""
    app = FastAPI(openapi_url=None)
    writer = Writer(pool)

    @app.post("/v1/chat/completions")
    async def chat_completions(chat: ChatRequest, request: Request) -> Response:
        head = AnswerHead(id=f"chatcmpl-{uuid4().hex}", created=int(time.time()), model=chat.model)
        writing = writer.start(chat.order(fallback_seed=secrets.randbits(31)))
        async with _stopped_when_client_leaves(writing, request):
            await writing.begun()
            if not chat.stream:
                text = await writing.whole_text()
                return JSONResponse(completion(head, text, writing.account))
        return EventStream(_events(head, writing, chat), writing)

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        entries = [model_entry(spec, await pool.find(spec), spec.name in pool.loaded) for spec in pool.specs]
        return {"object": "list", "data": entries}

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}  # no more: it is open to all, and which model writes now is a secret

    _answer_errors_in_openai_shape(app)
    app.add_middleware(TokenGuard, token=token)
    return app


async def _events(head: AnswerHead, writing: Writing, chat: ChatRequest) -> AsyncGenerator[str]:
    """The server-sent events of one streamed answer. A failure on the way becomes the last event."""
    try:
        yield _event(chunk(head, {"role": "assistant", "content": ""}))
        async for text in writing:
            if text:
                yield _event(chunk(head, {"content": text}))
        yield _event(chunk(head, {}, writing.account.finish_reason))
        if chat.stream_options and chat.stream_options.include_usage:
            yield _event(usage_chunk(head, writing.account))
    except GenerationError as error:
        yield _event(error_answer(error)[1])
    except Exception:  # noqa: BLE001 - whatever it was, the client must hear that the text ended
        _log.exception("a text failed in mid-stream", model=head.model)
        yield _event(error_body("The text could not be finished; the server's log says why.", "server_error"))
    yield "data: [DONE]\n\n"


def _event(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body)}\n\n"


class EventStream(StreamingResponse):
    """A streamed answer whose text is given up when the client leaves, however that happens."""

    def __init__(self, events: AsyncIterator[str], writing: Writing) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        self._writing = writing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._writing.stop()


@asynccontextmanager
async def _stopped_when_client_leaves(writing: Writing, request: Request) -> AsyncIterator[None]:
    """Give the text up when the connection closes or the body of the context fails."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        writing.stop()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except BaseException:
        writing.stop()
        raise
    finally:
        watcher.cancel()


class TokenGuard:
    """Lets only bearers of the token through, before a body is read. `/healthz` is open."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != "/healthz" and not self._is_bearer(scope):
            body = error_body(
                "The token is missing or wrong. Send the server's token as `Authorization: Bearer …`.",
                "invalid_request_error",
                "invalid_api_key",
            )
            await JSONResponse(body, 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_bearer(self, scope: Scope) -> bool:
        given = dict(scope["headers"]).get(b"authorization", b"")
        return hmac.compare_digest(given, self._expected)


def _answer_errors_in_openai_shape(app: FastAPI) -> None:
    @app.exception_handler(GenerationError)
    async def on_generation_error(_request: Request, error: GenerationError) -> Response:
        status, body, headers = error_answer(error)
        return JSONResponse(body, status, headers)

    @app.exception_handler(RequestValidationError)
    async def on_invalid_field(_request: Request, error: RequestValidationError) -> Response:
        return JSONResponse(invalid_field(error.errors()[0]), 400)

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        message = f"{error.detail}: {request.method} {request.url.path} is not served here."
        return JSONResponse(error_body(message, "invalid_request_error"), error.status_code)

    @app.exception_handler(Exception)
    async def on_failure(_request: Request, _error: Exception) -> Response:
        return JSONResponse(error_body("The server failed; its log says why.", "server_error"), 500)


class _Server(uvicorn.Server):
    """A uvicorn server that says when it is listening, and leaves signals to generation.child."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()


async def serve(config: ServerConfig, listener: socket.socket) -> None:
    """Serve until told to stop; then drain for a few seconds and give up what is still being written."""
    shelf = LocalShelf(config.models_dir, config.memory_fraction)
    pool: ModelPool[TextModel] = ModelPool(config.models, shelf)
    host, port = listener.getsockname()[:2]
    server = _Server(
        uvicorn.Config(
            build_app(pool, config.token),
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        ),
        on_listening=lambda: child.announce(f"http://{f'[{host}]' if ':' in host else host}:{port}"),
    )

    def stop() -> None:
        server.should_exit = True

    child.call_when_told_to_stop(stop)
    warming = asyncio.create_task(asyncio.to_thread(shelf.warm_up))
    await server.serve(sockets=[listener])
    warming.cancel()


def main() -> None:
    """Run the server. Exits with 2 and one line on stderr if it cannot start."""
    child.ignore_interrupts()
    child.log_to_stderr()
    # Waiting threads must not spin: the bot shares these cores. Nothing here may go online.
    os.environ |= {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
    os.environ |= {
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    try:
        config = child.read_configuration(ServerConfig)
        listener = child.listen(config.host, config.port)
    except child.CannotStart as error:
        _log.error(str(error))
        sys.exit(2)
    with asyncio.Runner() as runner:
        runner.run(serve(config, listener))
        # A load that is still under way would hold the exit up; nothing of it is worth keeping.
        os._exit(0)


if __name__ == "__main__":
    main()
