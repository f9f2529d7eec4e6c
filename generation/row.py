"""One text in a running batch: what it has drawn, what of it can be shown, and when it ends.

logits ─▶ restrain ─▶ draw (sampling) ─▶ take(token) ─▶ Piece
"""

import copy
import random
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from generation.decoders import Reading
from generation.errors import AnswerInvalid
from generation.length_bounds import LengthBounds
from generation.sampling import draw_token, penalize
from generation.text_model import Piece, TokenLogprob, WritingOrder
from generation.text_stream import IncrementalDecoder, StopScanner

Decode = Callable[[list[int]], str]

# So often a stop string that comes before min_words is avoided; a model that insists ends early.
_MAX_REDRAWS = 8


class Row:
    """The state of one text. `limit` is how many tokens it may have."""

    def __init__(
        self, reading: Reading, order: WritingOrder, limit: int, ends: frozenset[int], decode: Decode
    ) -> None:
        self.reading = reading
        self.order = order
        self.first_logits: Tensor | None = None
        self.tokens: list[int] = []
        self.grammar: Any = None
        self._limit, self._ends, self._decode = limit, ends, decode
        self._broke_off = False
        # As it is, -1 would draw what 1 draws.
        self._rng = random.Random(order.seed % 2**64)
        self._decoder = IncrementalDecoder(decode)
        self._scanner = StopScanner(order.stop)
        # A JSON answer ends where its grammar ends it.
        self._bounds = LengthBounds(None if order.json_schema else order.max_words)
        self._min_words = 0 if order.json_schema else order.min_words

    @property
    def last_token(self) -> int:
        return self.tokens[-1]

    def uniform(self) -> float:
        """The chance of the next token, another number each time."""
        return self._rng.random()

    @property
    def restrains(self) -> bool:
        """Whether `restrain` changes anything."""
        return (
            self.grammar is not None
            or self._is_too_short
            or (self.order.repetition_penalty != 1 and bool(self.tokens))
        )

    def restrain(self, logits: Tensor) -> None:
        """Change logits (vocabulary,) in place: the penalty for repetition, no end yet, the grammar."""
        if self.order.repetition_penalty != 1 and self.tokens:
            penalize(logits, sorted(set(self.tokens)), self.order.repetition_penalty)
        if self._is_too_short:
            logits[[end for end in self._ends if end < len(logits)]] = -torch.inf
        if self.grammar is not None:
            try:
                self.grammar.restrict(logits)
            except AnswerInvalid:
                self._broke_off = True

    def avoid_early_stop(self, token: int, logits: Tensor, uniform: float) -> int:
        """Another token if this one completes a stop string too early. `logits` are the restrained ones."""
        if not (self._is_too_short and self.order.stop):
            return token
        for _ in range(_MAX_REDRAWS):
            if not self._would_stop(token):
                break
            logits[token] = -torch.inf
            token = draw_token(logits, self.order.temperature, self.order.top_p, uniform)
        return token

    def take(self, token: int, logprobs: tuple[TokenLogprob, ...] = ()) -> Piece:
        """Add a token. The piece has a finish reason if it was the last one."""
        self.tokens.append(token)
        written = len(self.tokens)
        if self.grammar is not None and not self._accepts(token):
            return Piece(self._rest(cut=True), written, "length", logprobs)
        if token in self._ends:
            return Piece(self._rest(cut=False), written, "stop", logprobs)
        text = self._bounds.push(self._scanner.push(self._decoder.push(token)))
        if self._bounds.exceeded:
            return Piece(text, written, "stop" if self._bounds.is_whole else "length", logprobs)
        if self._scanner.stopped:
            return Piece(text + self._bounds.finish(cut=False), written, "stop", logprobs)
        if self.grammar is not None and self.grammar.is_complete:
            return Piece(text + self._rest(cut=False), written, "stop", logprobs)
        if written >= self._limit:
            return Piece(text + self._rest(cut=True), written, "length", logprobs)
        return Piece(text, written, None, logprobs)

    def describe(self, token: int, logits: Tensor) -> tuple[TokenLogprob, ...]:
        """The drawn token's log-probability under the model (logits as they came) and the likeliest ones."""
        if self.order.top_logprobs is None:
            return ()
        logprobs = torch.log_softmax(logits.float(), dim=-1)
        values, tokens = logprobs.topk(self.order.top_logprobs)
        top = zip(tokens.tolist(), values.tolist(), strict=True)
        alternatives = tuple((self._spelled(other), value) for other, value in top)
        return (TokenLogprob(self._spelled(token), float(logprobs[token]), alternatives),)

    @property
    def _is_too_short(self) -> bool:
        return self._bounds.words < self._min_words if self._min_words else False

    def _spelled(self, token: int) -> str:
        """A token as it would stand here: some tokenizers write one without its space at a beginning."""
        before = self.tokens[-1:]
        return self._decode([*before, token])[len(self._decode(before)) :]

    def _accepts(self, token: int) -> bool:
        """Whether the grammar goes on. A text that it gives up breaks off, which its check will tell."""
        try:
            if not self._broke_off:
                self.grammar.accept(token)
        except AnswerInvalid:
            self._broke_off = True
        return not self._broke_off

    def _rest(self, *, cut: bool) -> str:
        text = self._bounds.push(self._scanner.flush())
        return text if self._bounds.exceeded else text + self._bounds.finish(cut=cut)

    def _would_stop(self, token: int) -> bool:
        scanner = copy.copy(self._scanner)
        scanner.push(copy.copy(self._decoder).push(token))
        return scanner.stopped
