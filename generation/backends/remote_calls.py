"""How an order is put to a server that speaks OpenAI's API, and how its failures are understood here."""

import json
from typing import Any

import openai
from openai.types import Completion
from openai.types.chat import ChatCompletionChunk

from generation.errors import Busy, GenerationError, InvalidRequest, RemoteFailed
from generation.registry import ModelSpec
from generation.text_model import TokenLogprob, WritingOrder

_LONGEST_QUOTE = 200
_RETRY_AFTER_SECONDS = 20
_MOST_COMPLETION_LOGPROBS = 5


def call_arguments(order: WritingOrder, spec: ModelSpec) -> dict[str, Any]:
    """What the official client is called with, on `chat.completions` or, for a plain prompt, `completions`.

    Word bounds are not part of the API and are not passed on; `unmet_settings` names them.
    """
    arguments: dict[str, Any] = {
        "model": spec.remote_name or spec.name,
        "temperature": order.temperature,
        "top_p": order.top_p,
        "seed": order.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if order.max_tokens is not None:
        arguments["max_tokens"] = order.max_tokens
    if order.stop:
        arguments["stop"] = list(order.stop)
    if isinstance(order.messages, str):
        return arguments | {"prompt": order.messages} | _completion_arguments(order)
    return arguments | {"messages": list(order.messages)} | _chat_arguments(order)


def unmet_settings(order: WritingOrder) -> tuple[str, ...]:
    """Which settings of the order another server knows nothing of, for the record."""
    asked = {
        "min_words": order.min_words > 0,
        "max_words": order.max_words is not None,
        "repetition_penalty": order.repetition_penalty != 1.0,
        "json_schema": order.json_schema is not None and isinstance(order.messages, str),
    }
    return tuple(name for name, is_asked in asked.items() if is_asked)


def chat_logprobs(chunk: ChatCompletionChunk) -> tuple[TokenLogprob, ...]:
    given = chunk.choices[0].logprobs
    return tuple(
        TokenLogprob(
            token.token,
            token.logprob,
            tuple((alternative.token, alternative.logprob) for alternative in token.top_logprobs or ()),
        )
        for token in (given.content if given else None) or ()
    )


def completion_logprobs(chunk: Completion) -> tuple[TokenLogprob, ...]:
    given = chunk.choices[0].logprobs
    if given is None:
        return ()
    tokens = given.tokens or []
    tops = given.top_logprobs or [{} for _ in tokens]
    return tuple(
        TokenLogprob(token, logprob, tuple((top or {}).items()))
        for token, logprob, top in zip(tokens, given.token_logprobs or (), tops, strict=False)
    )


def explained(error: openai.OpenAIError, spec: ModelSpec) -> GenerationError:
    """The client's exception as an error of ours. What a refusal of the key says is never repeated."""
    match error:
        case openai.APITimeoutError():
            return RemoteFailed(f"{_server(spec)} did not answer in time. Try again, or use another model.")
        case openai.APIConnectionError():
            return RemoteFailed(
                f"{_server(spec)} cannot be reached. Start it, or correct `address` under "
                f"[models.{spec.name}] in copydesk.toml."
            )
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return RemoteFailed(
                f"{_server(spec)} refuses the key. {_key_remedy(spec)} Restart Copydesk afterwards."
            )
        case openai.NotFoundError():
            return RemoteFailed(
                f"{_server(spec)} has no model named {spec.remote_name or spec.name!r}. Correct "
                f"`remote_name` or `address` under [models.{spec.name}] in copydesk.toml."
            )
        case openai.RateLimitError():
            return Busy(f"{_server(spec)} is busy. Try again in a moment.", _retry_after(error))
        case openai.APIStatusError(status_code=status) if status < 500:
            return InvalidRequest(f"{_server(spec)} refuses the request: {_quote(error)}", error.param)
    return RemoteFailed(f"{_server(spec)} failed: {_quote(error)} Try again, or use another model.")


def _chat_arguments(order: WritingOrder) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if order.top_logprobs is not None:
        arguments["logprobs"] = True
    if order.top_logprobs:
        arguments["top_logprobs"] = order.top_logprobs
    if order.json_schema is not None:
        arguments["response_format"] = _response_format(json.loads(order.json_schema))
    return arguments


def _completion_arguments(order: WritingOrder) -> dict[str, Any]:
    if order.top_logprobs is None:
        return {}
    return {"logprobs": min(order.top_logprobs, _MOST_COMPLETION_LOGPROBS)}


def _response_format(schema: dict[str, Any]) -> dict[str, Any]:
    if not schema:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


def _server(spec: ModelSpec) -> str:
    return f"The server that writes with {spec.name}"


def _key_remedy(spec: ModelSpec) -> str:
    if spec.api_key_env is None:
        return f"Name its variable as `api_key_env` under [models.{spec.name}] in copydesk.toml."
    return f"Put the right one into the environment variable {spec.api_key_env}."


def _quote(error: openai.OpenAIError) -> str:
    """The first line of what the other server said, cut to a length: it is somebody else's text."""
    body = error.body if isinstance(error, openai.APIError) else None
    said = body.get("message") if isinstance(body, dict) else None
    line = str(said or error).strip().partition("\n")[0]
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]} …"


def _retry_after(error: openai.RateLimitError) -> int:
    stated = error.response.headers.get("retry-after", "")
    return int(stated) if stated.isdigit() else _RETRY_AFTER_SECONDS
