"""What a loaded model is to the server: a running batch that texts join and leave. No torch here.

prepare(order) ─▶ admit(key, prepared, order) ─▶ step() ─▶ {key: Piece} … ─▶ gone, or drop(key)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

from generation.prompts import Messages


class Priority(IntEnum):
    """Who goes first. Within one priority, whoever came first."""

    INTERACTIVE = 0
    BACKGROUND = 1


@dataclass(frozen=True)
class WritingOrder:
    """What to write and how.

    `messages` is a conversation, or a plain prompt to go on from. `max_tokens` None means: as far
    as the model's context goes. `min_words` and `max_words` bound the text where a content type
    says so: it does not end earlier, and ends with a whole sentence before it gets longer.
    `repetition_penalty` is 1 for none (Keskar et al. 2019, section 4.1). `top_logprobs` None means:
    no log-probabilities wanted; 0: the chosen token's only. `json_schema` is a JSON text that the
    answer must satisfy; "{}" asks for any JSON object. By its `ticket` a client finds it in the queue.
    """

    model: str
    messages: Messages | str
    temperature: float
    top_p: float
    max_tokens: int | None
    seed: int
    stop: tuple[str, ...] = ()
    min_words: int = 0
    max_words: int | None = None
    repetition_penalty: float = 1.0
    top_logprobs: int | None = None
    json_schema: str | None = None
    priority: Priority = Priority.INTERACTIVE
    ticket: str = ""


@dataclass(frozen=True)
class TokenLogprob:
    """One written token and its natural log-probability; `top` holds the likeliest alternatives."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Piece:
    """What one step added to one text, possibly nothing. `finish_reason` ("stop", "length") ends it.

    `completion_tokens` counts the tokens drawn so far.
    """

    text: str
    completion_tokens: int
    finish_reason: str | None = None
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """An order as one model takes it: the prompt's tokens, and the compiled grammar if it has one."""

    tokens: tuple[int, ...]
    grammar: Any = None


@dataclass(frozen=True)
class BatchLimits:
    """What a model's running batch may hold, as reserved by the memory plan.

    `rows` texts at once, and at most `cache_tokens` tokens, prompts included, over all of them. Of prompts
    `read_tokens` are read in a step, so that a long one does not hold up the others' next token for long.
    """

    rows: int
    cache_tokens: int
    read_tokens: int = 512


class TextModel(Protocol):
    """A loaded model with its running batch.

    `prepare` may be called from any thread at any time. `admit`, `step` and `drop` are called by one thread,
    the scheduler's, and never at once. What a text says does not depend on what else is in the batch.
    """

    @property
    def revision(self) -> str: ...

    @property
    def precision(self) -> str: ...

    @property
    def device(self) -> str: ...

    @property
    def method(self) -> str:
        """How steps are computed ("batched", "one by one", and the kernels), as drafts record it."""

    @property
    def fallback_ops(self) -> tuple[str, ...]:
        """Operators that the accelerator lacks and the CPU computed; known once a step has been taken."""

    def prepare(self, order: WritingOrder) -> Prepared:
        """Tokens and grammar of an order. Raises InvalidRequest if this model cannot serve it.

        That includes PromptTooLong, and an order that could never fit into the cache that is reserved.
        """

    def has_room(self, prepared: Prepared, order: WritingOrder) -> bool:
        """Whether this text may join the batch now, without exceeding the rows and the cache reserved."""

    def admit(self, key: str, prepared: Prepared, order: WritingOrder) -> None:
        """Let a text join. Its prompt is read within the next steps. `key` is the caller's."""

    def step(self) -> Mapping[str, Piece]:
        """One step of every text in the batch; finished texts have left it.

        Raises OutOfMemory with the batch as it was before: the caller drops a text and goes on.
        """

    def drop(self, key: str) -> None:
        """Take a text out. An unknown key is no error: it may just have finished."""
