"""Asking the generation server, or any OpenAI-compatible one, for a text."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol, Self

import openai
from openai import AsyncOpenAI

from bot.errors import ChildFailed, WritingFailed
from generation.content_types import Sampling


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


class Writer(Protocol):
    """Whatever can write: the generation server in the product, a script in a unit test."""

    async def write(
        self, model: str, messages: Sequence[dict[str, str]], sampling: Sampling, seed: int
    ) -> WrittenText:
        """The whole text; raises WritingFailed with a sentence for the requester."""
        ...


class OpenAIWriter:
    """A Writer over OpenAI's chat completions.

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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._client.close()

    async def write(
        self, model: str, messages: Sequence[dict[str, str]], sampling: Sampling, seed: int
    ) -> WrittenText:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._ask(model, messages, sampling, seed)
        except TimeoutError as error:
            limit = f"{self._timeout_seconds:g} s"
            raise WritingFailed(f"No text came within {limit}.", retryable=True) from error
        except openai.APIStatusError as error:
            raise WritingFailed(_reason(error), retryable=_may_work_later(error)) from error
        except ChildFailed as error:
            raise WritingFailed(f"The part that writes is not running: {error}", retryable=False) from error
        except openai.APIConnectionError as error:
            raise WritingFailed("The part that writes is restarting.", retryable=True) from error

    async def _ask(
        self, model: str, messages: Sequence[dict[str, str]], sampling: Sampling, seed: int
    ) -> WrittenText:
        client = self._client.with_options(base_url=f"{await self._locate()}/v1")
        started = perf_counter()
        completion: Any = await client.chat.completions.create(
            model=model,
            messages=list(messages),  # type: ignore[arg-type]  # plain role/content dictionaries
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=sampling.max_new_tokens,
            seed=seed,
        )
        return _written(completion, elapsed_seconds=perf_counter() - started)


def _written(completion: Any, elapsed_seconds: float) -> WrittenText:
    choice = completion.choices[0]
    text = (choice.message.content or "").strip()
    if not text:
        raise WritingFailed("The model returned an empty text.", retryable=True)
    measured: dict[str, Any] = (completion.model_extra or {}).get("copydesk", {})
    return WrittenText(
        text=text,
        finish_reason=choice.finish_reason,
        prompt_tokens=completion.usage.prompt_tokens,
        completion_tokens=completion.usage.completion_tokens,
        model_revision=measured.get("model_revision", "unknown"),
        precision=measured.get("precision", "unknown"),
        device=measured.get("device", "unknown"),
        latency_seconds=measured.get("latency_seconds", elapsed_seconds),
        time_to_first_token_seconds=measured.get("time_to_first_token_seconds"),
        energy_joules=measured.get("energy_joules"),
        energy_scope=measured.get("energy_scope"),
    )


def _may_work_later(error: openai.APIStatusError) -> bool:
    return error.status_code >= 500 and error.response.headers.get("x-should-retry") != "false"


def _reason(error: openai.APIStatusError) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    return str(body.get("message") or "The part that writes answered with an error.")
