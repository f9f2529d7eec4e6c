"""What `/v1/chat/completions` and `/v1/completions` take, as pydantic models, and the orders they make.

Whatever would be ignored silently is refused: a client must not believe in a setting that had no effect.
"""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from generation.errors import InvalidRequest
from generation.prompts import Messages
from generation.text_model import Priority, WritingOrder

# Fields of the API that do not change a text; anything else unknown is refused, not ignored.
_HARMLESS = {"user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key"}
_NEUTRAL: tuple[Any, ...] = (None, 0, False, "", [], {})
# What some clients always send, and what is done here anyway.
_AS_IT_IS: dict[str, tuple[Any, ...]] = {
    "best_of": (1,),
    "tool_choice": ("none", "auto"),
    "modalities": (["text"],),
}

_MOST_TOKENS = 1_000_000
_COMPLETION_TOKENS = 16
_ANY_OBJECT = "{}"

Stop = Annotated[str, Field(min_length=1)]


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


class NamedSchema(BaseModel):
    """A JSON schema as OpenAI's clients send it. It is always kept to strictly; `name` is for people."""

    name: str = Field(min_length=1, max_length=64)
    description: str | None = None
    json_schema: dict[str, Any] = Field(alias="schema")
    strict: bool | None = None


class ResponseFormat(BaseModel):
    """What the answer must be: any text, any JSON object, or JSON that satisfies a schema."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: NamedSchema | None = None

    @model_validator(mode="after")
    def _schema_where_it_belongs(self) -> Self:
        if (self.json_schema is not None) != (self.type == "json_schema"):
            raise ValueError('json_schema and type "json_schema" belong together: give both or neither')
        return self

    @property
    def schema_text(self) -> str | None:
        if self.json_schema is not None:
            return json.dumps(self.json_schema.json_schema)
        return _ANY_OBJECT if self.type == "json_object" else None


class Extension(BaseModel):
    """Our own settings, which OpenAI's clients send as `extra_body={"copydesk": {…}}`.

    `min_words` and `max_words` bound the text, which ends with a whole sentence; `priority`
    "background" lets whoever waits in front of a screen go first. A `ticket` of the client's choice is
    what `/v1/queue` names the text by.
    """

    model_config = ConfigDict(extra="forbid")

    min_words: int = Field(default=0, ge=0, le=_MOST_TOKENS)
    max_words: int | None = Field(default=None, ge=1, le=_MOST_TOKENS)
    repetition_penalty: float = Field(default=1.0, ge=0.5, le=2)
    priority: Literal["interactive", "background"] = "interactive"
    ticket: str = Field(default="", max_length=64)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max_words is not None and self.min_words > self.max_words:
            raise ValueError(f"min_words ({self.min_words}) must not exceed max_words ({self.max_words})")
        return self


class WritingRequest(BaseModel):
    """What both ways of asking have in common."""

    model_config = ConfigDict(extra="allow")

    model: str
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1, le=_MOST_TOKENS)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    stop: Stop | list[Stop] | None = None
    n: int | None = Field(default=None, ge=1, le=8)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    copydesk: Extension = Extension()

    @model_validator(mode="before")
    @classmethod
    def _whole_characters(cls, asked: Any) -> Any:
        """JSON may hold half of a character (a lone surrogate), which no model could be told."""
        try:
            if isinstance(asked, dict):
                json.dumps(asked, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise InvalidRequest(
                "The request holds half a character, as remains where a text was cut within an emoji. "
                "Send whole characters."
            ) from error
        return asked

    @field_validator("stop")
    @classmethod
    def _few_stops(cls, stop: str | list[str] | None) -> str | list[str] | None:
        if isinstance(stop, list) and len(stop) > 4:
            raise ValueError("at most 4 stop strings are allowed")
        return stop

    @model_validator(mode="after")
    def _nothing_ignored(self) -> Self:
        for name, value in (self.model_extra or {}).items():
            if name not in _HARMLESS and value not in (*_NEUTRAL, *_AS_IT_IS.get(name, ())):
                raise InvalidRequest(f"{name!r} is not supported by this server. Leave it out.", name)
        if self.stream_options is not None and not self.stream:
            raise InvalidRequest("stream_options needs stream. Set stream to true.", "stream_options")
        return self

    @property
    def includes_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage

    def orders(self, fallback_seed: int) -> tuple[WritingOrder, ...]:
        """One order for each of the `n` texts, with OpenAI's defaults. Text i is drawn with seed + i."""
        first_seed = fallback_seed if self.seed is None else self.seed
        return tuple(self._order(first_seed + number) for number in range(self.n or 1))

    def _order(self, seed: int) -> WritingOrder:
        return WritingOrder(
            model=self.model,
            messages=self._told(),
            temperature=1.0 if self.temperature is None else self.temperature,
            top_p=1.0 if self.top_p is None else self.top_p,
            max_tokens=self._most_tokens(),
            seed=seed,
            stop=(self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ()),
            min_words=self.copydesk.min_words,
            max_words=self.copydesk.max_words,
            repetition_penalty=self.copydesk.repetition_penalty,
            top_logprobs=self._wanted_logprobs(),
            json_schema=self._schema_text(),
            priority=Priority[self.copydesk.priority.upper()],
            ticket=self.copydesk.ticket,
        )

    def _told(self) -> Messages | str:
        raise NotImplementedError

    def _most_tokens(self) -> int | None:
        return self.max_tokens

    def _wanted_logprobs(self) -> int | None:
        raise NotImplementedError

    def _schema_text(self) -> str | None:
        return None


class ChatRequest(WritingRequest):
    """A conversation to be answered."""

    messages: list[Message] = Field(min_length=1)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=_MOST_TOKENS)
    logprobs: bool | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    response_format: ResponseFormat | None = None

    @field_validator("messages")
    @classmethod
    def _something_is_asked(cls, messages: list[Message]) -> list[Message]:
        if not any(message.role == "user" and message.text.strip() for message in messages):
            raise ValueError("at least one message of the user must hold text")
        return messages

    @model_validator(mode="after")
    def _logprobs_for_alternatives(self) -> Self:
        if self.top_logprobs and not self.logprobs:
            raise InvalidRequest("top_logprobs needs logprobs. Set logprobs to true.", "top_logprobs")
        return self

    def _told(self) -> Messages:
        return tuple(
            {"role": "system" if message.role == "developer" else message.role, "content": message.text}
            for message in self.messages
        )

    def _most_tokens(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    def _wanted_logprobs(self) -> int | None:
        return (self.top_logprobs or 0) if self.logprobs else None

    def _schema_text(self) -> str | None:
        return self.response_format.schema_text if self.response_format else None


class CompletionRequest(WritingRequest):
    """A text to go on from. As at OpenAI, 16 tokens are written unless max_tokens says otherwise."""

    prompt: str | list[str]
    logprobs: int | None = Field(default=None, ge=0, le=5)

    @field_validator("prompt")
    @classmethod
    def _one_prompt(cls, prompt: str | list[str]) -> str | list[str]:
        prompts = [prompt] if isinstance(prompt, str) else prompt
        if len(prompts) != 1 or not prompts[0]:
            raise ValueError("exactly one prompt that is not empty is taken; send one request for each")
        return prompt

    def _told(self) -> str:
        return self.prompt if isinstance(self.prompt, str) else self.prompt[0]

    def _most_tokens(self) -> int:
        return self.max_tokens or _COMPLETION_TOKENS

    def _wanted_logprobs(self) -> int | None:
        return self.logprobs
