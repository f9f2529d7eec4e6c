"""One text of an offline evaluation, asked for as a stream, so that any server's first token can be timed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any, Self

import httpx2
import openai
from openai import AsyncOpenAI
from prometheus_client.parser import text_string_to_metric_families

from evaluation.offline.record import Sample
from evaluation.offline.trials import Trial
from generation.content_types import ContentType
from generation.prompts import build_messages, stop_strings
from generation.registry import ModelSpec

_HELD = "copydesk_accelerator_bytes"
_FROM_EXTENSION = (
    "busy_seconds",
    "energy_joules",
    "energy_scope",
    "memory_bytes",
    "model_revision",
    "precision",
    "device",
    "method",
    "fallback_ops",
)


@dataclass(frozen=True)
class Question:
    """What a trial asks: of which model by which name, and whether our own server's ways are used.

    `plain` leaves out what only our own server knows (bounds of length, repetition), so that servers
    can be compared with the same decoding.
    """

    trial: Trial
    spec: ModelSpec
    content_type: ContentType
    remote_name: str
    plain: bool


class Asker:
    """Asks one server, at the address of its root, until closed."""

    def __init__(self, address: str, token: str, *, timeout_seconds: float) -> None:
        self._address = address
        self._token = token
        self._timeout_seconds = timeout_seconds
        self._client = AsyncOpenAI(
            base_url=f"{address}/v1", api_key=token, timeout=timeout_seconds, max_retries=2
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._client.close()

    async def answers(self) -> bool:
        """Whether the server is there."""
        try:
            await self._client.with_options(max_retries=0, timeout=5).models.list()
        except openai.OpenAIError:
            return False
        return True

    async def accelerator_bytes(self) -> int | None:
        """What accelerators' drivers hold for the server, as its metrics say; None where they do not."""
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            async with httpx2.AsyncClient(headers=headers, timeout=5) as client:
                said = (await client.get(f"{self._address}/metrics")).raise_for_status().text
        except httpx2.HTTPError:
            return None
        families = text_string_to_metric_families(said)
        held = [one.value for family in families if family.name == _HELD for one in family.samples]
        return int(sum(held)) if held else None

    async def ask(self, question: Question, asked_at: datetime) -> Sample:
        """What came of it. A failure is a sample without a text; only being cancelled raises."""
        started = perf_counter()
        heard = _Heard(started)
        error = None
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._listen(question, heard)
        except TimeoutError:
            error = f"no text within {self._timeout_seconds:g} s"
        except openai.APIError as problem:
            error = problem.message
        trial = question.trial
        return Sample(
            key=trial.key,
            model=trial.model,
            phase=trial.phase,
            topic=trial.topic,
            seed=trial.seed,
            asked_at=asked_at,
            waited_seconds=perf_counter() - started,
            error=error,
            **heard.figures(),
        )

    async def _listen(self, question: Question, heard: "_Heard") -> None:
        prompt = build_messages(question.content_type, question.spec, question.trial.topic.topic)
        settings = _settings(question)
        stream: Any
        if isinstance(prompt, str):
            stream = await self._client.completions.create(prompt=prompt, **settings)
        else:
            messages: Any = list(prompt)  # plain role/content dictionaries
            stream = await self._client.chat.completions.create(messages=messages, **settings)
        async for chunk in stream:
            heard.take(chunk)


class _Heard:
    """What a stream said so far."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._text: list[str] = []
        self._finish_reason = ""
        self._first_seconds: float | None = None
        self._last_seconds: float | None = None
        self._usage: Any = None
        self._extension: Mapping[str, Any] = {}

    def take(self, chunk: Any) -> None:
        for choice in chunk.choices:
            piece = choice.text if hasattr(choice, "text") else choice.delta.content
            if piece:
                self._last_seconds = perf_counter() - self._started
                self._first_seconds = self._first_seconds or self._last_seconds
                self._text.append(piece)
            self._finish_reason = choice.finish_reason or self._finish_reason
        self._usage = getattr(chunk, "usage", None) or self._usage
        self._extension = (chunk.model_extra or {}).get("copydesk") or self._extension

    def figures(self) -> dict[str, Any]:
        known = {name: self._extension.get(name) for name in _FROM_EXTENSION}
        return {
            "text": "".join(self._text).strip(),
            "finish_reason": self._finish_reason,
            "prompt_tokens": self._usage.prompt_tokens if self._usage else 0,
            "completion_tokens": self._usage.completion_tokens if self._usage else 0,
            "time_to_first_token_seconds": self._first_seconds,
            "latency_seconds": self._last_seconds,
            **known,
        }


def _settings(question: Question) -> dict[str, Any]:
    kind, sampling = question.content_type, question.content_type.sampling
    settings: dict[str, Any] = {
        "model": question.remote_name,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_new_tokens,
        "seed": question.trial.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if stop := stop_strings(kind, question.spec):
        settings["stop"] = list(stop)
    extra: dict[str, Any] = {}
    if kind.json_schema is not None:
        schema = {"name": "answer", "schema": dict(kind.json_schema), "strict": True}
        extra["response_format"] = {"type": "json_schema", "json_schema": schema}
    if not question.plain:
        extra["copydesk"] = {"repetition_penalty": sampling.repetition_penalty}
        if kind.json_schema is None:
            extra["copydesk"] |= {"min_words": kind.min_words, "max_words": kind.max_words}
    return settings | ({"extra_body": extra} if extra else {})
