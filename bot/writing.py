"""Asking the generation server, or any OpenAI-compatible one, for a text."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, Protocol, Self

import openai
from openai import AsyncOpenAI

from bot.errors import ChildFailed, WritingFailed
from generation.content_types import Sampling
from generation.prompts import Messages

UNUSABLE_CODES: Final = frozenset(
    {
        "context_length_exceeded",
        "loading_failed",
        "model_damaged",
        "model_missing",
        "model_not_found",
        "model_suspended",
        "model_too_large",
        "model_unsupported",
        "out_of_memory",
        "remote_failed",
        "text_failed",
    }
)
"""What the server says of one model and not of itself: another model may well write the text."""

PLACES_SECONDS: Final = 2.0


@dataclass(frozen=True)
class TextOrder:
    """What to write and with which model.

    `prompt` is a conversation, or, for models that only go on with a text, that text. The text
    has `min_words` to `max_words` words; with a `json_schema` it is JSON, which has no such bounds.
    By its `ticket` an order is found in the queue.
    """

    model: str
    prompt: Messages | str
    sampling: Sampling
    seed: int
    stop: tuple[str, ...] = ()
    min_words: int = 0
    max_words: int | None = None
    json_schema: Mapping[str, Any] | None = None
    ticket: str = ""


@dataclass(frozen=True)
class WrittenText:
    """A text and how it came about. Durations in seconds, energy in joules; None: not measured."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    model_revision: str
    precision: str
    device: str
    latency_seconds: float
    time_to_first_token_seconds: float | None
    energy_joules: float | None
    energy_scope: str | None
    busy_seconds: float | None = None
    memory_bytes: int | None = None
    method: str | None = None
    energy_method: str | None = None
    energy_shared_by: int | None = None
    energy_idle_joules: float | None = None
    fallback_ops: list[str] | None = None


@dataclass(frozen=True)
class Place:
    """Where an order stands: `ahead` others wait before it, or it has its turn.

    No expected time: it would tell a fast model from a slow one.
    """

    is_being_written: bool
    ahead: int = 0


Hear = Callable[[str], None]


class Writer(Protocol):
    """Whatever can write: the generation server in the product, a script in a unit test."""

    async def write(self, order: TextOrder, hear: Hear | None = None) -> WrittenText:
        """The whole text; raises WritingFailed with a sentence for the requester.

        `hear` is told the text so far whenever something has been added.
        """
        ...

    async def places(self) -> Mapping[str, Place]:
        """Where orders stand, by their tickets; empty where nobody knows."""
        ...


class OpenAIWriter:
    """A Writer over OpenAI's chat completions, and completions for plain prompts.

    `locate` waits until a server is there and returns its address: a restarted server may
    have moved. Refused connections and 503 answers are tried again `max_retries` times, but all
    of it together takes at most `timeout_seconds`.
    """

    def __init__(
        self,
        locate: Callable[[], Awaitable[str]],
        token: str,
        *,
        timeout_seconds: float,
        max_retries: int = 4,
    ) -> None:
        self._locate = locate
        self._timeout_seconds = timeout_seconds
        self._client = AsyncOpenAI(
            base_url="http://127.0.0.1", api_key=token, timeout=timeout_seconds, max_retries=max_retries
        )
        self._hasty_client = self._client.with_options(max_retries=0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._client.close()

    async def write(self, order: TextOrder, hear: Hear | None = None) -> WrittenText:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._ask_again_if_memory_ran_out(order, hear)
        except TimeoutError as error:
            limit = f"{self._timeout_seconds:g} s"
            raise WritingFailed(f"No text came within {limit}.", retryable=True) from error
        except openai.APIStatusError as error:
            unusable = error.code in UNUSABLE_CODES
            raise WritingFailed(
                _reason(error), retryable=_may_work_later(error), model_unusable=unusable
            ) from error
        except ChildFailed as error:
            raise WritingFailed(f"The part that writes is not running: {error}", retryable=False) from error
        except openai.APIConnectionError as error:
            raise WritingFailed("The part that writes is restarting.", retryable=True) from error
        except openai.APIError as error:  # in the middle of a stream, which has no status any more
            unusable = error.code in UNUSABLE_CODES
            raise WritingFailed(error.message, retryable=True, model_unusable=unusable) from error

    async def places(self) -> Mapping[str, Place]:
        try:
            async with asyncio.timeout(PLACES_SECONDS):
                client = await self._pointed(self._hasty_client)
                found: Any = await client.get("/queue", cast_to=object)
            return {
                ticket: Place(place["is_being_written"], place["ahead"])
                for ticket, place in found["places"].items()
            }
        except (openai.OpenAIError, ChildFailed, TimeoutError, AttributeError, KeyError, TypeError):
            return {}  # another server has no such page, and progress is a courtesy

    async def _ask_again_if_memory_ran_out(self, order: TextOrder, hear: Hear | None) -> WrittenText:
        """Once: the texts that took the memory may have ended by now."""
        try:
            return await self._ask(order, hear)
        except openai.APIStatusError as error:
            if error.code != "out_of_memory":
                raise
        return await self._ask(order, hear)

    async def _ask(self, order: TextOrder, hear: Hear | None) -> WrittenText:
        client = await self._pointed(self._client)
        started = perf_counter()
        settings = _settings(order)
        if hear is not None:
            settings |= {"stream": True, "stream_options": {"include_usage": True}}
        if isinstance(order.prompt, str):
            answer: Any = await client.completions.create(prompt=order.prompt, **settings)
        else:
            conversation: Any = list(order.prompt)
            answer = await client.chat.completions.create(messages=conversation, **settings)
        if hear is None:
            text, finish_reason, last = _text_of(answer.choices[0]), answer.choices[0].finish_reason, answer
        else:
            text, finish_reason, last = await _heard(answer, hear)
        return _written(last, text, finish_reason, elapsed_seconds=perf_counter() - started)

    async def _pointed(self, client: AsyncOpenAI) -> AsyncOpenAI:
        """At where the server is now. One client for all: to make one takes as long as to ask."""
        client.base_url = f"{await self._locate()}/v1"
        return client


async def _heard(chunks: AsyncIterator[Any], hear: Hear) -> tuple[str, str, Any]:
    """The text of a stream, why it ended, and the chunk that holds what was measured."""
    text, finish_reason, last = "", "stop", None
    async for last in chunks:
        for choice in last.choices:
            text += _text_of(choice)
            finish_reason = choice.finish_reason or finish_reason
        if text.strip():
            hear(text)
    return text, finish_reason, last


def _text_of(choice: Any) -> str:
    """Of a choice in any of the four shapes that OpenAI has for it."""
    said = getattr(choice, "message", None) or getattr(choice, "delta", None)
    return (said.content if said is not None else choice.text) or ""


def _settings(order: TextOrder) -> dict[str, Any]:
    """What both ways of asking have in common. The block `copydesk` is ours; other servers ignore it."""
    settings: dict[str, Any] = {
        "model": order.model,
        "temperature": order.sampling.temperature,
        "top_p": order.sampling.top_p,
        "max_tokens": order.sampling.max_new_tokens,
        "seed": order.seed,
    }
    if order.stop:
        settings["stop"] = list(order.stop)
    block: dict[str, Any] = {"repetition_penalty": order.sampling.repetition_penalty}
    if order.ticket:
        block["ticket"] = order.ticket
    if order.json_schema is None:
        block |= {"min_words": order.min_words, "max_words": order.max_words}
        return settings | {"extra_body": {"copydesk": block}}
    schema = {"name": "answer", "schema": dict(order.json_schema), "strict": True}
    answer_format = {"type": "json_schema", "json_schema": schema}
    return settings | {"extra_body": {"copydesk": block, "response_format": answer_format}}


def _written(completion: Any, text: str, finish_reason: str, elapsed_seconds: float) -> WrittenText:
    text = text.strip()
    if not text:
        raise WritingFailed("The model returned an empty text.", retryable=True)
    measured: dict[str, Any] = (completion.model_extra or {}).get("copydesk", {})
    return WrittenText(
        text=text,
        finish_reason=finish_reason,
        prompt_tokens=completion.usage.prompt_tokens if completion.usage else 0,
        completion_tokens=completion.usage.completion_tokens if completion.usage else 0,
        model_revision=measured.get("model_revision", "unknown"),
        precision=measured.get("precision", "unknown"),
        device=measured.get("device", "unknown"),
        latency_seconds=measured.get("latency_seconds", elapsed_seconds),
        time_to_first_token_seconds=measured.get("time_to_first_token_seconds"),
        energy_joules=measured.get("energy_joules"),
        energy_scope=measured.get("energy_scope"),
        busy_seconds=measured.get("busy_seconds"),
        memory_bytes=measured.get("memory_bytes"),
        method=measured.get("method"),
        energy_method=measured.get("energy_method"),
        energy_shared_by=measured.get("energy_shared_by"),
        energy_idle_joules=measured.get("energy_idle_joules"),
        fallback_ops=measured.get("fallback_ops"),
    )


def _may_work_later(error: openai.APIStatusError) -> bool:
    return (error.status_code >= 500 or error.status_code == 429) and error.response.headers.get(
        "x-should-retry"
    ) != "false"


def _reason(error: openai.APIStatusError) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    return str(body.get("message") or "The part that writes answered with an error.")
