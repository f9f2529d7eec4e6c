"""The generation server: an OpenAI-compatible application on loopback, run as a child process.

Run as `python -m generation.server`; generation/child.py says how it is configured and stopped.
"""

import asyncio
import contextlib
import os
import secrets
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from generation import child
from generation.answering import EventStream, Text, TextsOfRequest, ended_with_client
from generation.backends.remote import RemoteWriter
from generation.energy.ledger import IDLE_WINDOW_SECONDS, EnergyLedger
from generation.energy.opening import MACMON_PORT, open_meters
from generation.errors import GenerationError, UnknownModel
from generation.gate import OPEN_PATH, Gate, too_large
from generation.memory import DEFAULT_LIMITS
from generation.metrics import CONTENT_TYPE, CountedRequests, Metrics, server_state
from generation.openai_answers import Answer, AnswerHead, ChatAnswer, CompletionAnswer, model_entry
from generation.openai_errors import error_answer, error_body, invalid_field, unreadable_body
from generation.openai_requests import ChatRequest, CompletionRequest, WritingRequest
from generation.pool import ModelPool
from generation.registry import ModelSpec
from generation.shelf import LocalShelf
from generation.text_model import BatchLimits, TextModel, WritingOrder
from generation.writing import HANG_SECONDS, Writer

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
    batch_rows: int = Field(default=8, ge=1, le=64)
    hang_seconds: float = Field(default=HANG_SECONDS, gt=0)
    idle_unload_seconds: float | None = Field(default=None, gt=0)
    state_file: Path | None = None
    warm: tuple[str, ...] = ()
    declared_watts: float | None = Field(default=None, ge=0)
    macmon_port: int = Field(default=MACMON_PORT, ge=1, le=65535)


def build_app(
    pool: ModelPool[TextModel],
    token: str,
    writer: Writer | None = None,
    remote: RemoteWriter | None = None,
) -> FastAPI:
    """The HTTP application. Texts are written by `writer`, or by `remote` for the models that it has."""
    app = FastAPI(openapi_url=None)
    here = writer or Writer(pool)
    elsewhere = remote or RemoteWriter(pool.specs, environment={})
    metrics = Metrics()
    _serve_texts(app, lambda order: (elsewhere if order.model in elsewhere else here).start(order), metrics)
    _serve_models(app, pool)

    @app.get("/v1/queue")
    async def queue() -> dict[str, Any]:
        return {"places": {ticket: asdict(place) for ticket, place in here.places().items()}}

    @app.get("/metrics")
    async def figures() -> Response:
        return Response(metrics.render(server_state(pool, here)), media_type=CONTENT_TYPE)

    @app.get(OPEN_PATH)
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}  # no more: it is open to all, and which model writes now is a secret

    _answer_errors_in_openai_shape(app)
    app.add_middleware(Gate, token=token)
    app.add_middleware(CountedRequests, metrics=metrics)
    return app


def _serve_texts(app: FastAPI, start: Callable[[WritingOrder], Text], metrics: Metrics) -> None:
    """A request's way: checked, written, answered."""

    @app.post("/v1/chat/completions")
    async def chat_completions(asked: ChatRequest, request: Request) -> Response:
        return await write(asked, ChatAnswer(_head("chatcmpl", asked.model)), request)

    @app.post("/v1/completions")
    async def completions(asked: CompletionRequest, request: Request) -> Response:
        return await write(asked, CompletionAnswer(_head("cmpl", asked.model)), request)

    async def write(asked: WritingRequest, answer: Answer, request: Request) -> Response:
        texts = TextsOfRequest(asked.orders(fallback_seed=secrets.randbits(31)), start, metrics)
        async with ended_with_client(texts, request):
            await texts.begun()
            if not asked.stream:
                whole = answer.whole(await texts.whole(), texts.accounts)
                texts.end()
                return JSONResponse(whole)
        return EventStream(answer, texts, asked.includes_usage)


def _serve_models(app: FastAPI, pool: ModelPool[TextModel]) -> None:
    """What is declared, and whether it could write now."""
    declared = {spec.name: spec for spec in pool.specs}

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [await entry(spec) for spec in declared.values()]}

    @app.get("/v1/models/{name}")
    async def model(name: str) -> dict[str, Any]:
        if name not in declared:
            raise UnknownModel(name, tuple(declared))
        return await entry(declared[name])

    async def entry(spec: ModelSpec) -> dict[str, Any]:
        return model_entry(spec, await pool.find(spec), spec.name in pool.loaded)


def _head(prefix: str, model: str) -> AnswerHead:
    return AnswerHead(id=f"{prefix}-{uuid4().hex}", created=int(time.time()), model=model)


def _answer_errors_in_openai_shape(app: FastAPI) -> None:
    @app.exception_handler(GenerationError)
    async def on_generation_error(_request: Request, error: GenerationError) -> Response:
        status, body, headers = error_answer(error)
        return JSONResponse(body, status, headers)

    @app.exception_handler(RequestValidationError)
    async def on_invalid_field(_request: Request, error: RequestValidationError) -> Response:
        return JSONResponse(invalid_field(error.errors()), 400)

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == 413:
            return JSONResponse(too_large(error.detail), 413)
        if error.status_code == 400:
            return JSONResponse(unreadable_body(), 400)
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
    pool: ModelPool[TextModel] = ModelPool(
        config.models, shelf, limits=_limits(config), idle_unload_seconds=config.idle_unload_seconds
    )
    energy = EnergyLedger(open_meters(config.declared_watts, config.macmon_port))
    writer = Writer(pool, hang_seconds=config.hang_seconds, state_file=config.state_file, energy=energy)
    remote = RemoteWriter(config.models, os.environ, silence_seconds=config.hang_seconds)
    host, port = listener.getsockname()[:2]
    server = _Server(
        uvicorn.Config(
            build_app(pool, config.token, writer, remote),
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
    warming = warm_up(shelf.warm_up, pool, writer, config.warm)
    async with _beside(warming, pool.watch_idle(), _watch_idle_draw(energy)):
        await server.serve(sockets=[listener])
    writer.close()
    energy.close()
    await remote.close()


async def warm_up(
    import_torch: Callable[[], None], pool: ModelPool[TextModel], writer: Writer, names: Iterable[str]
) -> None:
    """Torch, then the routed models, so that the first person who asks need not wait for either.

    A suspended model is left alone: if it hung while it was loaded, it would end this process like the last.
    """
    await asyncio.to_thread(import_torch)
    suspended = writer.queue_state().suspended
    await pool.warm(name for name in names if name not in suspended)


def _limits(config: ServerConfig) -> BatchLimits:
    """The most that one model's batch is given: each row gets what it has by default."""
    tokens_a_row = DEFAULT_LIMITS.cache_tokens // DEFAULT_LIMITS.rows
    return BatchLimits(config.batch_rows, config.batch_rows * tokens_a_row)


async def _watch_idle_draw(energy: EnergyLedger) -> None:
    """What the machine draws while nobody writes, so that no text pays for it."""
    while True:
        await asyncio.to_thread(energy.note_idle)
        await asyncio.sleep(IDLE_WINDOW_SECONDS)


@asynccontextmanager
async def _beside(*chores: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do this in the background for as long as the context lasts."""
    tasks = [asyncio.create_task(chore) for chore in chores]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


def main() -> None:
    """Run the server. Exits with 2 and one line on stderr if it cannot start."""
    child.ignore_interrupts()
    child.log_to_stderr()
    child.let_others_go_first()  # a text may take a moment longer, an acknowledgement may not
    # Waiting threads must not spin: the bot shares these cores. Nothing here may go online.
    os.environ |= {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
    # An operator that Apple's GPU lacks is computed on the CPU and reported, not an error.
    os.environ |= {"PYTORCH_ENABLE_MPS_FALLBACK": "1"}
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
