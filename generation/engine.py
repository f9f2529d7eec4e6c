"""Writing with a transformers model: the running batch that the scheduler steps. Imports torch, transformers.

    prepare(order): prompt ─▶ tokens, grammar      admit ─▶ Row ─▶ Batch.step ─▶ Pieces

The boundary: the model comes in loaded (loading), settings come in valid (the server), turns are taken and
pieces are handed out by the scheduler.
"""

from collections.abc import Mapping
from typing import Any

import structlog
import torch
from torch import Tensor

from generation.batch import Batch
from generation.decoders import BatchedDecoder, Decoder, SingleDecoder
from generation.devices import dtype_name, fallback_operators
from generation.errors import InvalidRequest, PromptTooLong
from generation.forward_pass import memory_watched
from generation.prompt_reader import PromptReader, end_tokens
from generation.row import Row
from generation.self_check import batching_is_right
from generation.structured import GrammarCompiler
from generation.text_model import BatchLimits, Piece, Prepared, WritingOrder

# For models that state no limit (position by distance): a context that was surely trained.
_FALLBACK_CONTEXT_TOKENS = 2048
_DEFAULT_LIMITS = BatchLimits(rows=8, cache_tokens=8 * 2048)

_log = structlog.get_logger(__name__)


class TransformersModel:
    """A language model with its tokenizer and its running batch, on one device. Implements TextModel.

    `limits` are what the memory plan has reserved; `kernel` names what computes the linear layers, for the
    record. Raises OutOfMemory if there is not even the memory for a self-check.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        revision: str,
        limits: BatchLimits = _DEFAULT_LIMITS,
        kernel: str = "",
    ) -> None:
        self.revision = revision
        self.precision = dtype_name(model.dtype)
        self.context_tokens = _context_tokens(model)
        self._is_seq2seq = bool(model.config.is_encoder_decoder)
        self._limits = limits
        self._prompts = PromptReader(tokenizer)
        self._tokenizer = tokenizer
        self._ends = end_tokens(model, tokenizer)
        self._compiler: GrammarCompiler | None = None
        self._decoder, way = _choose_decoder(model, limits)
        self.method = f"{way}, {kernel}" if kernel else way
        logits = _first_logits(model)
        self.device, self._vocabulary = str(logits.device.type), logits.shape[-1]
        self._batch = Batch(self._decoder, limits.read_tokens)

    @property
    def fallback_ops(self) -> tuple[str, ...]:
        return fallback_operators(self.device)

    def prepare(self, order: WritingOrder) -> Prepared:
        """Tokens and grammar of an order. Raises InvalidRequest, also for one that could never fit."""
        longest = min(self.context_tokens, self._limits.cache_tokens)
        tokens = self._prompts.read(order.messages, longest)
        parameter = "prompt" if isinstance(order.messages, str) else "messages"
        if not tokens:
            raise InvalidRequest("The prompt is empty. Say what to write.", parameter=parameter)
        if len(tokens) >= longest:
            raise PromptTooLong(len(tokens), longest, parameter)
        self._check_max_tokens(len(tokens), order)
        if order.json_schema is None:
            return Prepared(tokens)
        if self._compiler is None:
            self._compiler = GrammarCompiler(self._tokenizer, self._ends, self._vocabulary)
        return Prepared(tokens, self._compiler.compile(order.json_schema, self._limit(len(tokens), order)))

    def has_room(self, prepared: Prepared, order: WritingOrder) -> bool:
        """Whether this text may join now, without exceeding the rows and the cache reserved."""
        prompt = len(prepared.tokens)
        longest = [*self._batch.longest, prompt + self._limit(prompt, order)]
        return len(longest) <= self._limits.rows and self._decoder.fits(longest, prompt)

    def admit(self, key: str, prepared: Prepared, order: WritingOrder) -> None:
        """Let a text join. Its prompt is read within the next steps."""
        limit = self._limit(len(prepared.tokens), order)
        with torch.inference_mode(), memory_watched():
            reading = self._decoder.open(prepared.tokens, len(prepared.tokens) + limit)
        row = Row(reading, order, limit, self._ends, self._prompts.decode)
        if prepared.grammar is not None:
            row.grammar = prepared.grammar.start()
        self._batch.admit(key, row)

    def step(self) -> Mapping[str, Piece]:
        """One token for every text whose prompt has been read; finished texts have left.

        Raises OutOfMemory with the batch as it was before.
        """
        with torch.inference_mode(), memory_watched():
            return self._batch.step()

    def drop(self, key: str) -> None:
        """Take a text out. An unknown key is no error: it may just have finished."""
        with torch.inference_mode():
            self._batch.drop(key)

    def _check_max_tokens(self, prompt_tokens: int, order: WritingOrder) -> None:
        reserved, asked = self._limits.cache_tokens, order.max_tokens or 1
        if (
            asked <= max(self.context_tokens, reserved)
            and prompt_tokens + self._limit(prompt_tokens, order) <= reserved
        ):
            return
        raise InvalidRequest(
            f"max_tokens = {asked} after a prompt of {prompt_tokens} tokens exceeds the {reserved} tokens "
            f"that memory is reserved for, or this model's context of {self.context_tokens}. Ask for fewer "
            "max_tokens.",
            parameter="max_tokens",
        )

    def _limit(self, prompt_tokens: int, order: WritingOrder) -> int:
        """How many tokens an order may have. One that names no number gets its share of the cache."""
        # An encoder-decoder counts the prompt and the text apart.
        room = self.context_tokens - (0 if self._is_seq2seq else prompt_tokens)
        if order.max_tokens is not None:
            return min(order.max_tokens, room)
        share = self._limits.cache_tokens // self._limits.rows
        wanted = max(share - prompt_tokens, share // 2)
        return min(wanted, room, self._limits.cache_tokens - prompt_tokens)


def _choose_decoder(model: Any, limits: BatchLimits) -> tuple[Decoder, str]:
    with memory_watched():
        if not model.config.is_encoder_decoder and batching_is_right(model):
            return BatchedDecoder(model, limits.cache_tokens, limits.rows), "batched"
    return SingleDecoder(model, limits.cache_tokens), "one by one"


def _first_logits(model: Any) -> Tensor:
    """What a real step computes: the proof of the device that drafts record."""
    decoder = SingleDecoder(model, 8)
    with torch.inference_mode(), memory_watched():
        logits = decoder.read(decoder.open((1,), 2), 1)
    assert logits is not None
    if logits.device.type != model.device.type:
        _log.warning("device_differs", asked=model.device.type, used=logits.device.type)
    return logits


def _context_tokens(model: Any) -> int:
    config = model.config.get_text_config()
    stated = getattr(config, "max_position_embeddings", None) or getattr(config, "n_positions", None)
    return int(stated or _FALLBACK_CONTEXT_TOKENS)
