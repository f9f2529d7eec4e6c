"""The backend `openai`: texts written by any server that speaks OpenAI's API.

vLLM, Ollama, mlx-lm, llama.cpp's server: the registry says which model, at which address, under
which name, and which environment variable holds the key. A text that is written there looks to
its reader like one that is written here (writing.Writing); its times are measured here, so they
include the way there and back.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
import structlog

from generation.backends.remote_calls import (
    call_arguments,
    chat_logprobs,
    completion_logprobs,
    explained,
    unmet_settings,
)
from generation.child import LOOPBACK
from generation.errors import GenerationError, QueueFull, RemoteFailed
from generation.piece_stream import PieceStream
from generation.registry import Backend, ModelSpec
from generation.text_model import Piece, WritingOrder
from generation.writing import MAX_WRITINGS, Account

_CONNECT_SECONDS = 5.0
_RETRY_AFTER_SECONDS = 20

_log = structlog.get_logger(__name__)


class RemoteWriting(PieceStream):
    """A text that another server writes. Giving it up closes the connection, by which that server notices."""

    def __init__(self) -> None:
        super().__init__()
        self.account = Account()


class RemoteWriter:
    """Takes orders for the models of the backend `openai` among `specs`; `environment` holds their keys.

    `silence_seconds` is how long the other server may say nothing before the text is given up.
    """

    def __init__(
        self,
        specs: Iterable[ModelSpec],
        environment: Mapping[str, str],
        silence_seconds: float = 120.0,
        max_writings: int = MAX_WRITINGS,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._specs = {spec.name: spec for spec in specs if spec.backend is Backend.OPENAI}
        self._environment = environment
        self._silence_seconds = silence_seconds
        self._max_writings = max_writings
        self._clock = clock
        self._clients: dict[str, openai.AsyncOpenAI] = {}
        self._active: set[asyncio.Task[None]] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._specs

    def start(self, order: WritingOrder) -> RemoteWriting:
        """Pass an order on. Raises QueueFull if too many are under way; other errors come later."""
        if len(self._active) >= self._max_writings:
            raise QueueFull(
                f"{len(self._active)} texts are being written elsewhere, as many as are taken at once. "
                "Try again in a moment.",
                _RETRY_AFTER_SECONDS,
            )
        writing = RemoteWriting()
        task = asyncio.create_task(self._write(self._specs[order.model], order, writing))
        self._active.add(task)
        task.add_done_callback(self._active.discard)
        writing._follow(task)
        return writing

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()

    async def _write(self, spec: ModelSpec, order: WritingOrder, writing: RemoteWriting) -> None:
        try:
            await self._read(self._client(spec), spec, order, writing)
        except openai.OpenAIError as error:
            _log.warning("another server failed", model=spec.name, kind=type(error).__name__)
            raise explained(error, spec) from None
        except httpx2.TimeoutException as error:
            raise explained(openai.APITimeoutError(error.request), spec) from None
        except httpx2.HTTPError as error:
            _log.warning("another server failed", model=spec.name, kind=type(error).__name__)
            raise _broken_off(spec) from None

    async def _read(
        self, client: openai.AsyncOpenAI, spec: ModelSpec, order: WritingOrder, writing: RemoteWriting
    ) -> None:
        """Hand on what comes. The piece that ends the text is last, when the account is complete."""
        account, started = writing.account, self._clock()
        account.backend = Backend.OPENAI
        account.precision, account.device, account.method = "unknown", "remote", _method(order)
        is_chat = not isinstance(order.messages, str)
        calls: Any = client.chat.completions if is_chat else client.completions
        finish_reason = None
        async with await calls.create(**call_arguments(order, spec)) as stream:
            async for chunk in stream:
                self._note(account, chunk, started)
                if not chunk.choices:
                    continue
                finish_reason = chunk.choices[0].finish_reason or finish_reason
                text = (chunk.choices[0].delta.content if is_chat else chunk.choices[0].text) or ""
                logprobs = chat_logprobs(chunk) if is_chat else completion_logprobs(chunk)
                if text or logprobs:
                    account.completion_tokens += 1
                    if account.time_to_first_token_seconds is None:
                        account.time_to_first_token_seconds = account.latency_seconds
                    writing._push(Piece(text, account.completion_tokens, None, logprobs))
        if finish_reason is None:
            raise _broken_off(spec)
        account.finish_reason = finish_reason
        writing._push(Piece("", account.completion_tokens, finish_reason))

    def _note(self, account: Account, chunk: Any, started: float) -> None:
        """What any chunk may tell: the time, what wrote it, and at the end how many tokens."""
        account.latency_seconds = self._clock() - started
        extension = (chunk.model_extra or {}).get("copydesk")
        if isinstance(extension, dict) and "model_revision" in extension:
            account.model_revision = str(extension["model_revision"])
        elif not account.model_revision:
            version = f"+{chunk.system_fingerprint}" if chunk.system_fingerprint else ""
            account.model_revision = f"remote-{chunk.model}{version}"
        if chunk.usage is not None:
            account.prompt_tokens = chunk.usage.prompt_tokens
            account.completion_tokens = chunk.usage.completion_tokens

    def _client(self, spec: ModelSpec) -> openai.AsyncOpenAI:
        """One client, and so one pool of connections, for each model. Retries are up to who asked us."""
        if spec.name not in self._clients:
            host = urlsplit(spec.address or "").hostname
            self._clients[spec.name] = openai.AsyncOpenAI(
                base_url=spec.address,
                api_key=self._key(spec),
                max_retries=0,
                timeout=httpx2.Timeout(self._silence_seconds, connect=_CONNECT_SECONDS),
                # A proxy of the environment is for the way out, never for this machine.
                http_client=openai.DefaultAsyncHttpxClient(trust_env=host not in LOOPBACK),
            )
        return self._clients[spec.name]

    def _key(self, spec: ModelSpec) -> str:
        if spec.api_key_env is None:
            return "none"  # the client insists on one, servers without keys ignore it
        if key := self._environment.get(spec.api_key_env):
            return key
        raise RemoteFailed(
            f"The key for {spec.name} is missing. Put it into the environment variable {spec.api_key_env} "
            "and restart Copydesk."
        )


def _method(order: WritingOrder) -> str:
    unmet = unmet_settings(order)
    return f"openai, without {', '.join(unmet)}" if unmet else "openai"


def _broken_off(spec: ModelSpec) -> GenerationError:
    return RemoteFailed(
        f"The server that writes with {spec.name} broke off in the middle of the text. Try again, or use "
        "another model."
    )
