"""The OpenAI chat API as pydantic models and dictionaries: requests in, answers and errors out."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import ErrorDetails

from generation import errors
from generation.registry import ModelSpec, Presence
from generation.writing import Account, WritingOrder

# Fields of the API that do not change a text; anything else unknown is refused, not ignored.
_HARMLESS = {"user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key"}
_NEUTRAL: tuple[Any, ...] = (None, 0, False, [], {}, {"type": "text"})

_UNUSABLE_RETRY_SECONDS = 60
_MEMORY_RETRY_SECONDS = 30


class TextPart(BaseModel):
    type: Literal["text"]
    text: str


class Message(BaseModel):
    """One message of the conversation. Content in parts may hold text only."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]

    @property
    def text(self) -> str:
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    """What `/v1/chat/completions` takes. Fields that would be ignored silently are refused."""

    model_config = ConfigDict(extra="allow")

    model: str
    messages: list[Message] = Field(min_length=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    seed: int | None = None
    stop: Annotated[str, Field(min_length=1)] | list[Annotated[str, Field(min_length=1)]] | None = None
    n: Literal[1] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    @field_validator("messages")
    @classmethod
    def _something_is_asked(cls, messages: list[Message]) -> list[Message]:
        if not any(message.role == "user" and message.text.strip() for message in messages):
            raise ValueError("at least one message of the user must hold text")
        return messages

    @field_validator("stop")
    @classmethod
    def _few_stops(cls, stop: str | list[str] | None) -> str | list[str] | None:
        if isinstance(stop, list) and len(stop) > 4:
            raise ValueError("at most 4 stop strings are allowed")
        return stop

    @model_validator(mode="after")
    def _nothing_ignored(self) -> Self:
        for name, value in (self.model_extra or {}).items():
            if name not in _HARMLESS and value not in _NEUTRAL:
                raise errors.InvalidRequest(f"{name!r} is not supported by this server. Leave it out.", name)
        return self

    def order(self, fallback_seed: int) -> WritingOrder:
        """The request as the writer takes it, with OpenAI's defaults."""
        return WritingOrder(
            model=self.model,
            messages=tuple(
                {"role": "system" if message.role == "developer" else message.role, "content": message.text}
                for message in self.messages
            ),
            temperature=1.0 if self.temperature is None else self.temperature,
            top_p=1.0 if self.top_p is None else self.top_p,
            max_tokens=self.max_completion_tokens or self.max_tokens,
            seed=fallback_seed if self.seed is None else self.seed,
            stop=(self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ()),
        )


class AnswerHead(BaseModel):
    """What every part of one answer repeats."""

    model_config = ConfigDict(frozen=True)

    id: str
    created: int
    model: str


def completion(head: AnswerHead, text: str, account: Account) -> dict[str, Any]:
    """The whole answer of a request that does not stream."""
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": account.finish_reason}
    return {
        **head.model_dump(),
        "object": "chat.completion",
        "choices": [choice],
        "usage": _usage(account),
        "copydesk": _extension(account),
    }


def chunk(head: AnswerHead, delta: Mapping[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    """One part of a streamed answer."""
    choice = {"index": 0, "delta": dict(delta), "logprobs": None, "finish_reason": finish_reason}
    return {**head.model_dump(), "object": "chat.completion.chunk", "choices": [choice]}


def usage_chunk(head: AnswerHead, account: Account) -> dict[str, Any]:
    """The last part of a streamed answer, sent where `stream_options.include_usage` asks for it."""
    return {
        **head.model_dump(),
        "object": "chat.completion.chunk",
        "choices": [],
        "usage": _usage(account),
        "copydesk": _extension(account),
    }


def model_entry(spec: ModelSpec, presence: Presence, loaded: bool) -> dict[str, Any]:
    """One line of `/v1/models`. A declared model is listed even if it is not on this machine."""
    state = {"status": presence.status.value, "reason": presence.reason, "remedy": presence.remedy}
    extension = {**state, "loaded": loaded, "model_revision": presence.revision}
    return {"id": spec.name, "object": "model", "created": 0, "owned_by": spec.source, "copydesk": extension}


def error_body(
    message: str, kind: str, code: str | None = None, parameter: str | None = None
) -> dict[str, Any]:
    """An error in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "param": parameter, "code": code}}


def error_answer(error: errors.GenerationError) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers for an error. `x-should-retry` tells the official clients what is hopeless."""
    match error:
        case errors.PromptTooLong():
            return 400, _invalid(error, "context_length_exceeded"), {}
        case errors.InvalidRequest():
            return 400, _invalid(error, "invalid_value"), {}
        case errors.UnknownModel() | errors.ModelMissing():
            code = "model_not_found" if isinstance(error, errors.UnknownModel) else "model_missing"
            return 404, error_body(str(error), "invalid_request_error", code, "model"), {}
        case errors.Busy(retry_after_seconds=seconds):
            return 503, error_body(str(error), "server_error", "busy"), {"Retry-After": str(seconds)}
        case errors.ModelUnusable():
            headers = {"Retry-After": str(_UNUSABLE_RETRY_SECONDS), "x-should-retry": "false"}
            return 503, error_body(str(error), "server_error", _snake(error), "model"), headers
        case errors.OutOfMemory():
            headers = {"Retry-After": str(_MEMORY_RETRY_SECONDS), "x-should-retry": "false"}
            return 503, error_body(str(error), "server_error", "out_of_memory"), headers
    return 500, error_body(str(error), "server_error", None), {}


def invalid_field(details: ErrorDetails) -> dict[str, Any]:
    """The body for a field that pydantic refused, named as a path: `messages.0.role`."""
    path = ".".join(str(part) for part in details["loc"] if part != "body")
    message = f"{path}: {details['msg']}." if path else f"{details['msg']}."
    return error_body(message, "invalid_request_error", "invalid_value", path or None)


def _invalid(error: errors.InvalidRequest, code: str) -> dict[str, Any]:
    return error_body(str(error), "invalid_request_error", code, error.parameter)


def _usage(account: Account) -> dict[str, int]:
    return {
        "prompt_tokens": account.prompt_tokens,
        "completion_tokens": account.completion_tokens,
        "total_tokens": account.prompt_tokens + account.completion_tokens,
    }


def _extension(account: Account) -> dict[str, Any]:
    return {
        "model_revision": account.model_revision,
        "precision": account.precision,
        "device": account.device,
        "time_to_first_token_seconds": account.time_to_first_token_seconds,
        "latency_seconds": account.latency_seconds,
        "waited_seconds": account.waited_seconds,
        "energy_joules": None,
        "energy_scope": None,
    }


def _snake(error: errors.GenerationError) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in type(error).__name__).lstrip("_")
