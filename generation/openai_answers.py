"""Answers in OpenAI's shape, whole or as chunks of a stream, with an extension block of our own.

One answer holds `n` texts, told apart by their index. `usage` counts the prompt once, as OpenAI
does, and the written tokens of all texts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from generation.energy.ledger import TextEnergy
from generation.registry import ModelSpec, Presence
from generation.text_model import Piece, TokenLogprob
from generation.writing import Account

_ENERGY_FIELDS = (
    "energy_joules",
    "energy_scope",
    "energy_method",
    "energy_shared_by",
    "energy_idle_joules",
)


@dataclass(frozen=True)
class AnswerHead:
    """What every part of one answer repeats. `created` is in seconds since 1970."""

    id: str
    created: int
    model: str


class Answer(Protocol):
    """One answer on its way to a client: either `whole`, or chunks and then `usage_chunk`."""

    def whole(self, texts: Sequence[Sequence[Piece]], accounts: Sequence[Account]) -> dict[str, Any]:
        """The answer of a request that does not stream."""

    def opening(self, index: int) -> dict[str, Any] | None:
        """What comes before a text's first piece, if anything does."""

    def chunk(self, index: int, piece: Piece) -> dict[str, Any]:
        """One piece of the text with this index."""

    def usage_chunk(self, accounts: Sequence[Account]) -> dict[str, Any]:
        """The last part of a stream, sent where `stream_options.include_usage` asks for it."""


class ChatAnswer:
    """The answer of `/v1/chat/completions`."""

    def __init__(self, head: AnswerHead) -> None:
        self._head = vars(head)

    def whole(self, texts: Sequence[Sequence[Piece]], accounts: Sequence[Account]) -> dict[str, Any]:
        choices = [
            {
                "index": index,
                "message": {"role": "assistant", "content": _joined(pieces), "refusal": None},
                "logprobs": _chat_logprobs(_all_logprobs(pieces)),
                "finish_reason": accounts[index].finish_reason,
            }
            for index, pieces in enumerate(texts)
        ]
        head = {**self._head, "object": "chat.completion"}
        return {**head, "choices": choices, **_account_fields(head, accounts)}

    def opening(self, index: int) -> dict[str, Any]:
        return self._chunk(index, {"role": "assistant", "content": ""}, None, None)

    def chunk(self, index: int, piece: Piece) -> dict[str, Any]:
        delta = {"content": piece.text} if piece.text or piece.logprobs else {}
        return self._chunk(index, delta, _chat_logprobs(piece.logprobs), piece.finish_reason)

    def usage_chunk(self, accounts: Sequence[Account]) -> dict[str, Any]:
        head = {**self._head, "object": "chat.completion.chunk"}
        return {**head, "choices": [], **_account_fields(head, accounts)}

    def _chunk(
        self, index: int, delta: dict[str, str], logprobs: dict[str, Any] | None, finish_reason: str | None
    ) -> dict[str, Any]:
        choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish_reason}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice]}


class CompletionAnswer:
    """The answer of `/v1/completions`. `text_offset` counts characters of tokens, from 0."""

    def __init__(self, head: AnswerHead) -> None:
        self._head = {**vars(head), "object": "text_completion"}
        self._offsets: Counter[int] = Counter()

    def whole(self, texts: Sequence[Sequence[Piece]], accounts: Sequence[Account]) -> dict[str, Any]:
        choices = [
            self._choice(index, _joined(pieces), _all_logprobs(pieces), accounts[index].finish_reason)
            for index, pieces in enumerate(texts)
        ]
        return {**self._head, "choices": choices, **_account_fields(self._head, accounts)}

    def opening(self, index: int) -> None:  # noqa: ARG002 - completions begin with their first piece
        return None

    def chunk(self, index: int, piece: Piece) -> dict[str, Any]:
        return {
            **self._head,
            "choices": [self._choice(index, piece.text, piece.logprobs, piece.finish_reason)],
        }

    def usage_chunk(self, accounts: Sequence[Account]) -> dict[str, Any]:
        return {**self._head, "choices": [], **_account_fields(self._head, accounts)}

    def _choice(
        self, index: int, text: str, tokens: Sequence[TokenLogprob], finish_reason: str | None
    ) -> dict[str, Any]:
        logprobs = self._logprobs(index, tokens) if tokens else None
        return {"index": index, "text": text, "logprobs": logprobs, "finish_reason": finish_reason}

    def _logprobs(self, index: int, tokens: Sequence[TokenLogprob]) -> dict[str, Any]:
        offsets = []
        for token in tokens:
            offsets.append(self._offsets[index])
            self._offsets[index] += len(token.token)
        return {
            "tokens": [token.token for token in tokens],
            "token_logprobs": [token.logprob for token in tokens],
            "top_logprobs": [dict(token.top) for token in tokens],
            "text_offset": offsets,
        }


def model_entry(spec: ModelSpec, presence: Presence, loaded: bool) -> dict[str, Any]:
    """One line of `/v1/models`. A declared model is listed even if it is not on this machine."""
    extension = {
        "status": presence.status.value,
        "reason": presence.reason,
        "remedy": presence.remedy,
        "loaded": loaded,
        "model_revision": presence.revision,
        "kind": spec.kind.value,
        "backend": spec.backend.value,
        "context_tokens": spec.context_tokens,
    }
    return {"id": spec.name, "object": "model", "created": 0, "owned_by": spec.source, "copydesk": extension}


def _joined(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def _all_logprobs(pieces: Iterable[Piece]) -> list[TokenLogprob]:
    return [token for piece in pieces for token in piece.logprobs]


def _chat_logprobs(tokens: Sequence[TokenLogprob]) -> dict[str, Any] | None:
    if not tokens:
        return None
    content = [
        {
            **_chat_logprob(token.token, token.logprob),
            "top_logprobs": [_chat_logprob(*alternative) for alternative in token.top],
        }
        for token in tokens
    ]
    return {"content": content, "refusal": None}


def _chat_logprob(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}


def _account_fields(head: Mapping[str, Any], accounts: Sequence[Account]) -> dict[str, Any]:
    prompt_tokens = accounts[0].prompt_tokens
    completion_tokens = sum(account.completion_tokens for account in accounts)
    usage = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }
    route = {"model": head["model"], "backend": accounts[0].backend}
    return {"usage": usage, "copydesk": {"route": route, **_extension(accounts)}}


def _extension(accounts: Sequence[Account]) -> dict[str, Any]:
    """What is known about the texts beyond OpenAI's usage. Seconds, bytes. The queue is as it was met.

    Over several texts of one answer: the earliest first token, the longest wait and latency, the
    busy seconds of all, and the joules of all if one kind of meter saw them all. Null is "not measured".
    """
    first = accounts[0]
    first_tokens = [account.time_to_first_token_seconds for account in accounts]
    return {
        "model_revision": first.model_revision,
        "precision": first.precision,
        "device": first.device,
        "method": first.method,
        "fallback_ops": first.fallback_ops,
        "time_to_first_token_seconds": min((each for each in first_tokens if each is not None), default=None),
        "latency_seconds": max(account.latency_seconds for account in accounts),
        "waited_seconds": max(account.waited_seconds for account in accounts),
        "busy_seconds": sum(account.busy_seconds for account in accounts),
        "memory_bytes": max(account.memory_bytes for account in accounts),
        "queue_position": first.queue_position,
        "estimated_seconds": first.estimated_seconds,
        **_energy([account.energy for account in accounts]),
    }


def _energy(texts: Sequence[TextEnergy | None]) -> dict[str, Any]:
    """Figures of different meters are of different things, so no sum of them is given."""
    measured = [energy for energy in texts if energy is not None]
    meters = {(energy.scope, energy.method) for energy in measured}
    if len(measured) < len(texts) or len(meters) != 1:
        return dict.fromkeys(_ENERGY_FIELDS)
    idle = [energy.idle_joules for energy in measured if energy.idle_joules is not None]
    values = (
        sum(energy.joules for energy in measured),
        measured[0].scope.value,
        measured[0].method,
        max(energy.shared_by for energy in measured),
        sum(idle) if idle else None,
    )
    return dict(zip(_ENERGY_FIELDS, values, strict=True))
