"""The running batch of one model: texts join, take a step together, and leave.

A step: newcomers that were read join ─▶ a piece of the prompts that wait is read ─▶ one forward pass for all
─▶ one token is drawn for each ─▶ ended texts leave.

Memory that runs out shows in one of the first three, and nothing has been drawn by then: the same step can be
taken again.
"""

import torch
from torch import Tensor

from generation.decoders import Decoder
from generation.row import Row
from generation.sampling import draw_tokens
from generation.text_model import Piece


class Batch:
    """Rows in the order of the decoder's rows, and newcomers that are not in there yet."""

    def __init__(self, decoder: Decoder, read_tokens: int) -> None:
        self._decoder = decoder
        self._read_tokens = read_tokens
        self._writing: dict[str, Row] = {}
        self._order: list[str] = []
        self._arriving: dict[str, Row] = {}

    def __len__(self) -> int:
        return len(self._writing) + len(self._arriving)

    @property
    def longest(self) -> list[int]:
        """How long each text may become, prompt included."""
        return [row.reading.longest for row in (*self._writing.values(), *self._arriving.values())]

    def admit(self, key: str, row: Row) -> None:
        self._arriving[key] = row

    def drop(self, key: str) -> None:
        """Take a text out. An unknown key is no error."""
        self._arriving.pop(key, None)
        if self._writing.pop(key, None) is None:
            return
        index = self._order.index(key)
        self._decoder.leave(index)
        last = self._order.pop()
        if index < len(self._order):
            self._order[index] = last

    def step(self) -> dict[str, Piece]:
        """One token for every text whose prompt is read. Raises OutOfMemory with the batch as it was."""
        self._let_join()
        self._read_prompts()
        rows = [(key, self._writing[key]) for key in self._order]
        parts = [self._decoder.step([row.last_token for _, row in rows])] if rows else []
        for key, row in self._arriving.items():
            if row.first_logits is not None:
                rows.append((key, row))
                parts.append(row.first_logits)
        if not rows:
            return {}
        pieces = _draw([row for _, row in rows], parts[0] if len(parts) == 1 else torch.cat(parts))
        written = {key: piece for (key, _), piece in zip(rows, pieces, strict=True)}
        for key, piece in written.items():
            if piece.finish_reason:
                self.drop(key)
        return written

    def _let_join(self) -> None:
        """A text joins one step after its first token, before anything of that step has happened."""
        for key in [key for key, row in self._arriving.items() if row.tokens]:
            self._decoder.join(self._arriving[key].reading)
            self._writing[key] = self._arriving.pop(key)
            self._order.append(key)

    def _read_prompts(self) -> None:
        left = self._read_tokens
        for row in self._arriving.values():
            if left <= 0:
                break
            if row.first_logits is None:
                before = row.reading.left
                row.first_logits = self._decoder.read(row.reading, left)
                left -= before - row.reading.left


def _draw(rows: list[Row], logits: Tensor) -> list[Piece]:
    """Draw a token for each row from `logits` (rows, vocabulary)."""
    raw = logits
    if any(row.restrains for row in rows):
        logits = logits.float() if logits.dtype != torch.float32 else logits.clone()
        for row, own in zip(rows, logits, strict=True):
            row.restrain(own)
    uniforms = [row.uniform() for row in rows]
    tokens = draw_tokens(
        logits, [row.order.temperature for row in rows], [row.order.top_p for row in rows], uniforms
    )
    pieces = []
    for index, row in enumerate(rows):
        token = row.avoid_early_stop(tokens[index], logits[index], uniforms[index])
        pieces.append(row.take(token, row.describe(token, raw[index])))
    return pieces
