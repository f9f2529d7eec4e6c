"""Stepping a transformers model for several texts: all in one forward pass, or each in its own.

    open(prompt) ─▶ read(reading) … until it gives logits ─▶ join(reading) ─▶ step(tokens) … ─▶ leave(row)

Rows are numbered in the order of joining; when one leaves, the last one takes its number.
"""

from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakSet

import torch
from torch import Tensor
from transformers import DynamicCache, EncoderDecoderCache

from generation.forward_pass import ForwardPass
from generation.kv_cache import KVCache
from generation.prefix_cache import PrefixCache, Tokens

_COLUMNS_STEP = 64


@dataclass(eq=False)
class Reading:
    """A prompt on its way into a model. `longest` is how long the text may become, prompt included."""

    tokens: Tokens
    longest: int
    cache: Any
    read: int = 0

    @property
    def left(self) -> int:
        return len(self.tokens) - self.read


class Decoder(Protocol):
    """What the batch needs of a model. Errors leave every row and reading as they were."""

    def open(self, tokens: Tokens, longest: int) -> Reading:
        """Begin with a prompt. What of it is known already is not read again."""

    def read(self, reading: Reading, at_most: int) -> Tensor | None:
        """Read on; the logits (1, vocabulary) that follow the prompt once it is read."""

    def join(self, reading: Reading) -> None:
        """Make a text that was read the last row."""

    def step(self, tokens: list[int]) -> Tensor:
        """The logits (rows, vocabulary) that follow one new token in each row."""

    def leave(self, row: int) -> None:
        """Take a row out."""

    def fits(self, longest: list[int], newcomer: int) -> bool:
        """Whether texts that may become so long fit into the reserved cache, one of them being new."""


class BatchedDecoder:
    """One forward pass for all rows, padded on the left. For causal models that passed the self-check."""

    def __init__(self, model: Any, cache_tokens: int, max_rows: int) -> None:
        self._forward = ForwardPass(model)
        self._cache_tokens, self._max_rows = cache_tokens, max_rows
        self._prefixes = PrefixCache(cache_tokens // 4)
        self._cache = KVCache(0, 0)
        self._readings: WeakSet[Reading] = WeakSet()
        self._lengths: list[int] = []
        self._longest: list[int] = []

    def open(self, tokens: Tokens, longest: int) -> Reading:
        known = self._prefixes.find(tokens)
        # The first text's cache becomes the batch's; later ones are copied into it.
        columns = len(tokens) if self._lengths or self._readings else longest
        needed = self._needed([*self._longest, longest], len(tokens))
        self._prefixes.shrink_to(self._cache_tokens - max(needed, self._held + columns))
        if self._held + columns > self._cache_tokens:
            self._cache.reserve(len(self._lengths), max(self._longest, default=0))
        reading = Reading(tokens, longest, KVCache.of_text(columns, known))
        reading.read = reading.cache.width
        self._readings.add(reading)
        return reading

    def read(self, reading: Reading, at_most: int) -> Tensor | None:
        cache, width = reading.cache, reading.read
        chunk = reading.tokens[width : width + at_most]
        try:
            logits = self._forward(torch.tensor([chunk], device=self._forward.device), cache, None, None)
        except BaseException:
            cache.roll_back(width)
            raise
        reading.read += len(chunk)
        if reading.left:
            return None
        self._prefixes.learn(reading.tokens, cache, self._cache_tokens - self._held)
        return logits

    def join(self, reading: Reading) -> None:
        first = not self._lengths
        if first:
            self._cache = reading.cache
        self._reserve(len(self._lengths) + 1, max([*self._longest, reading.longest]))
        if not first:
            self._cache.join(reading.cache.states(0, 0, reading.read))
        self._readings.discard(reading)
        self._lengths.append(reading.read)
        self._longest.append(reading.longest)

    def step(self, tokens: list[int]) -> Tensor:
        device, cache = self._forward.device, self._cache
        width = cache.width
        lengths = torch.tensor(self._lengths, device=device)[:, None]
        mask = None
        if min(self._lengths) < width:
            mask = torch.arange(width + 1, device=device) >= width - lengths
        try:
            logits = self._forward(torch.tensor(tokens, device=device)[:, None], cache, lengths, mask)
        except BaseException:
            cache.roll_back(width)
            raise
        self._lengths = [length + 1 for length in self._lengths]
        return logits

    def leave(self, row: int) -> None:
        self._cache.leave(row)
        for numbers in (self._lengths, self._longest):
            last = numbers.pop()
            if row < len(numbers):
                numbers[row] = last
        if self._lengths:
            self._cache.trim(left=self._cache.width - max(self._lengths))
        else:
            self._cache = KVCache(0, 0)

    def fits(self, longest: list[int], newcomer: int) -> bool:
        return self._needed(longest, newcomer) <= self._cache_tokens

    @property
    def held_tokens(self) -> int:
        """Tokens that memory is held for: texts, newcomers, known beginnings. At most `cache_tokens`."""
        return self._held + self._prefixes.tokens

    @property
    def _held(self) -> int:
        """Tokens that memory is held for now, known beginnings apart."""
        reading: int = sum(reading.cache.columns for reading in self._readings)
        return self._cache.rows * self._cache.columns + reading

    def _needed(self, longest: list[int], newcomer: int) -> int:
        """Tokens that the batch takes with everyone in it, while the newcomer's states are copied into it."""
        return len(longest) * max(longest) + (newcomer if len(longest) > 1 else 0)

    def _reserve(self, rows: int, columns: int) -> None:
        """Grow in large steps, as long as the reserved tokens allow it."""
        cache = self._cache
        if rows <= cache.rows and columns <= cache.columns:
            return
        beside = self._held - cache.rows * cache.columns
        ample_rows = min(self._max_rows, 1 << (rows - 1).bit_length())
        ample_columns = -(-columns // _COLUMNS_STEP) * _COLUMNS_STEP
        if ample_rows * ample_columns + beside + self._prefixes.tokens <= self._cache_tokens:
            rows, columns = ample_rows, ample_columns
        self._prefixes.shrink_to(self._cache_tokens - rows * columns - beside)
        cache.reserve(rows, columns)


class SingleDecoder:
    """Each row alone, as transformers itself would. For seq2seq, and models that failed the self-check."""

    def __init__(self, model: Any, cache_tokens: int) -> None:
        self._model = model
        self._forward = ForwardPass(model)
        self._cache_tokens = cache_tokens
        self._rows: list[SingleRow] = []

    def open(self, tokens: Tokens, longest: int) -> Reading:
        return Reading(tokens, longest, SingleRow(self._model, self._forward, tokens))

    def read(self, reading: Reading, at_most: int) -> Tensor | None:  # noqa: ARG002 - the port
        # Not in chunks: states of a sliding window cannot be rolled back.
        reading.cache.go_on()
        reading.read = len(reading.tokens)
        return self._take(reading.cache)

    def join(self, reading: Reading) -> None:
        self._rows.append(reading.cache)

    def step(self, tokens: list[int]) -> Tensor:
        for row, token in zip(self._rows, tokens, strict=True):
            if row.logits is None:
                row.go_on(token)
        return torch.cat([self._take(row) for row in self._rows])

    def leave(self, row: int) -> None:
        last = self._rows.pop()
        if row < len(self._rows):
            self._rows[row] = last

    def fits(self, longest: list[int], newcomer: int) -> bool:  # noqa: ARG002 - the port
        return sum(longest) <= self._cache_tokens

    def _take(self, row: "SingleRow") -> Tensor:
        logits, row.logits = row.logits, None
        assert logits is not None
        return logits


class SingleRow:
    """A text with a cache of its own. `logits` are kept until all rows of a step have theirs."""

    def __init__(self, model: Any, forward: ForwardPass, prompt: Tokens) -> None:
        self._model, self._forward = model, forward
        self._is_seq2seq = model.config.is_encoder_decoder
        self._prompt = prompt
        self._tokens = [_decoder_start(model)] if self._is_seq2seq else list(prompt)
        self._encoded: Any = None
        self._cache: Any = None
        self.logits: Tensor | None = None

    def go_on(self, *token: int) -> None:
        """Read the prompt, or one more token. After an error the cache is made anew from all tokens."""
        tokens = list(token) if self._cache is not None else [*self._tokens, *token]
        cache = self._cache or self._new_cache()
        self._cache = None
        self.logits = self._pass(torch.tensor([tokens], device=self._forward.device), cache)
        self._cache = cache
        self._tokens += token

    def _pass(self, ids: Tensor, cache: Any) -> Tensor:
        if not self._is_seq2seq:
            return self._forward(ids, cache, None, None)
        if self._encoded is None:
            prompt = torch.tensor([self._prompt], device=self._forward.device)
            self._encoded = self._model.get_encoder()(input_ids=prompt)
        output = self._model(
            encoder_outputs=self._encoded, decoder_input_ids=ids, past_key_values=cache, use_cache=True
        )
        logits: Tensor = output.logits[:, -1]
        return logits

    def _new_cache(self) -> Any:
        cache: Any = DynamicCache(config=self._model.config)
        return EncoderDecoderCache(cache, DynamicCache()) if self._is_seq2seq else cache


def _decoder_start(model: Any) -> int:
    declared = (model.generation_config.decoder_start_token_id, model.config.decoder_start_token_id)
    return int(next(token for token in declared if token is not None))
