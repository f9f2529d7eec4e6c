"""Keys and values of the texts in a running batch, in memory that is written in place.

    columns ─▶          start            start + width
    row 0   . . . . . . [ k k k k k k k k ) . . . .
    row 1   . . . . . . [ 0 0 0 k k k k k ) . . . .     shorter texts are padded on the left
    row 2   . . . . . . [ 0 0 0 0 0 0 k k ) . . . .

All texts end at the same column, so a step writes one column. Every layer keeps everything, also those that
attend to a sliding window only: distances between columns are distances between positions, so the masks that
transformers makes are right for both.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Self

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

LayerStates = tuple[Tensor, Tensor]
"""One text's keys and values in one layer, each of shape (heads, tokens, head width)."""


class KVLayer(CacheLayerMixin):  # type: ignore[no-untyped-call]
    """One layer's part of a KVCache. `keys` and `values` have shape (rows, heads, columns, head width)."""

    is_sliding = False
    keys: Any
    values: Any

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._rows, self._columns = rows, columns
        self._start, self._width = 0, 0

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        self.keys = _empty_like(key_states, self._rows, self._columns)
        self.values = _empty_like(value_states, self._rows, self._columns)
        self.is_initialized = True

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Append the columns of a step and return all of them. transformers calls this."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        rows, added = key_states.shape[0], key_states.shape[2]
        window = self.append(rows, added)
        self.keys[:rows, :, window.stop - added : window.stop] = key_states
        self.values[:rows, :, window.stop - added : window.stop] = value_states
        return self.keys[:rows, :, window], self.values[:rows, :, window]

    def append(self, rows: int, columns: int) -> slice:
        """Take so many columns more, to be written by the caller; all columns that are in use then."""
        if self._start + self._width + columns > self._columns:
            self._move_to(0, rows)
        self._width += columns
        return slice(self._start, self._start + self._width)

    def resize(self, rows: int, columns: int, used: int) -> None:
        """Take `rows` × `columns` from now on; the first `used` rows are kept."""
        if self.is_initialized and (rows, columns) != self.keys.shape[0:4:2]:
            keys, values = _empty_like(self.keys, rows, columns), _empty_like(self.values, rows, columns)
            window = slice(self._start, self._start + self._width)
            keys[:used, :, : self._width] = self.keys[:used, :, window]
            values[:used, :, : self._width] = self.values[:used, :, window]
            self.keys, self.values, self._start = keys, values, 0
        self._rows, self._columns = rows, columns

    def make_space_before(self, width: int, used: int) -> None:
        """See to it that the window can become `width` columns wide to the left."""
        if self._start < width - self._width:
            self._move_to(width - self._width, used)

    def insert(self, row: int, states: LayerStates) -> None:
        """Write a text into a row, right-aligned. Allocates nothing."""
        length = states[0].shape[1]
        wider = max(0, length - self._width)
        self._start, self._width = self._start - wider, self._width + wider
        end = self._start + self._width
        for buffer, state in ((self.keys, states[0]), (self.values, states[1])):
            # Padding must be finite: its weight is 0, and 0 times whatever lay there could be no number.
            buffer[:row, :, self._start : self._start + wider] = 0
            buffer[row, :, self._start : end - length] = 0
            buffer[row, :, end - length : end] = state

    def copy_row(self, source: int, target: int) -> None:
        window = slice(self._start, self._start + self._width)
        self.keys[target, :, window] = self.keys[source, :, window]
        self.values[target, :, window] = self.values[source, :, window]

    def trim(self, left: int = 0, right: int = 0) -> None:
        """Forget columns at either side."""
        self._start += left
        self._width -= left + right

    def states(self, row: int, start: int, end: int) -> LayerStates:
        """Views of a row's columns `start` to `end`, counted within the window."""
        window = slice(self._start + start, self._start + end)
        return self.keys[row, :, window], self.values[row, :, window]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self._width + query_length, 0

    def get_seq_length(self) -> int:
        return self._width

    def get_max_length(self) -> int:
        return -1

    def _move_to(self, start: int, rows: int) -> None:
        old = slice(self._start, self._start + self._width)
        new = slice(start, start + self._width)
        keys, values = self.keys[:rows, :, old].clone(), self.values[:rows, :, old].clone()
        self.keys[:rows, :, new], self.values[:rows, :, new] = keys, values
        self._start = start


class KVCache(Cache):
    """The cache of `used` texts, with place for `rows` × `columns` tokens.

    Whoever steps the model sees to the sizes: `reserve` before a text joins, so that no text ever becomes
    longer than `columns`. A method that runs out of memory leaves every text as it was.
    """

    layers: list[KVLayer]  # type: ignore[assignment]

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__(layer_class_to_replicate=partial(KVLayer, rows, columns))  # type: ignore[arg-type]
        self.rows, self.columns = rows, columns
        self.used = 0

    @classmethod
    def of_text(cls, columns: int, states: Sequence[LayerStates] = ()) -> Self:
        """A cache for one text, which may begin with known states (one entry a layer)."""
        cache = cls(1, columns)
        cache.used = 1
        for keys, values in states:
            layer = KVLayer(1, columns)
            layer.lazy_initialization(keys[None], values[None])
            layer.make_space_before(keys.shape[1], 1)
            layer.insert(0, (keys, values))
            cache.layers.append(layer)
        return cache

    @property
    def width(self) -> int:
        """Columns in use: the length of the longest text."""
        return self.layers[0].get_seq_length() if self.layers else 0

    def reserve(self, rows: int, columns: int) -> None:
        """Have place for so much. Layer by layer, so the peak is one layer more than the result."""
        for layer in self.layers:
            layer.resize(rows, columns, self.used)
        self.rows, self.columns = rows, columns

    def join(self, states: Sequence[LayerStates]) -> None:
        """Add a text as the last row."""
        length = states[0][0].shape[1]
        for layer in self.layers:
            layer.make_space_before(length, self.used)
        for layer, state in zip(self.layers, states, strict=True):
            layer.insert(self.used, state)
        self.used += 1

    def leave(self, row: int) -> None:
        """Take a text out; the last row takes its place."""
        self.used -= 1
        if row != self.used:
            for layer in self.layers:
                layer.copy_row(self.used, row)

    def trim(self, *, left: int = 0, right: int = 0) -> None:
        """Forget columns at either side of every row."""
        for layer in self.layers:
            if layer.is_initialized:
                layer.trim(left, right)

    def roll_back(self, width: int) -> None:
        """Forget what a forward pass has written that did not come to its end."""
        for layer in self.layers:
            layer.trim(right=layer.get_seq_length() - width)

    def states(self, row: int, start: int, end: int) -> list[LayerStates]:
        """Views of a row's columns, one entry a layer."""
        return [layer.states(row, start, end) for layer in self.layers]


def _empty_like(tensor: Tensor, rows: int, columns: int) -> Tensor:
    _, heads, _, head_width = tensor.shape
    return torch.empty((rows, heads, columns, head_width), dtype=tensor.dtype, device=tensor.device)
