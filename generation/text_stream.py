"""Turning tokens into text as they come, without ever having to take a character back."""

from collections.abc import Callable, Iterable

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# An incomplete character shows as one replacement character, or as one for each of its bytes.
_MAX_HELD_CHARACTERS = 3
# So many tokens without one clean boundary are no text; forgetting them bounds the work a token.
_MAX_WINDOW_TOKENS = 64


class IncrementalDecoder:
    """Decodes one token after another into the same text that decoding them all would give.

    A byte-level token may end within a character: such a tail is held back until it is whole.
    Some tokenizers write a token differently at the start of a text, so a short window of tokens
    is decoded again at each step, beginning one boundary before the new ones.
    """

    def __init__(self, decode: Callable[[list[int]], str]) -> None:
        self._decode = decode
        self._window: list[int] = []
        self._boundary = 0
        self._shown = 0

    def push(self, token: int) -> str:
        """The text that this token completes; empty while a character is still incomplete."""
        self._window = [*self._window, token]
        text = self._decode(self._window)
        stable = _without_incomplete_tail(text)
        new, self._shown = stable[self._shown :], max(self._shown, len(stable))
        if stable == text or len(self._window) > _MAX_WINDOW_TOKENS:
            self._start_window_at_boundary()
        return new

    def _start_window_at_boundary(self) -> None:
        self._window = self._window[self._boundary :]
        self._boundary = len(self._window)
        self._shown = len(_without_incomplete_tail(self._decode(self._window)))


def _without_incomplete_tail(text: str) -> str:
    tail = len(text) - len(text.rstrip(_REPLACEMENT))
    return text[: len(text) - min(tail, _MAX_HELD_CHARACTERS)]


class StopScanner:
    """Ends a text before the stop string that is complete first, in however many pieces it arrives."""

    def __init__(self, stops: Iterable[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.stopped = False

    def push(self, text: str) -> str:
        """The part of the text so far that can be shown; the possible start of a stop is held back."""
        self._held += text
        found = [(at + len(stop), at) for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            return self._take(min(found)[1])
        return self._take(len(self._held) - self._possible_start())

    def flush(self) -> str:
        """What was held back, once the text has ended without a stop string."""
        return "" if self.stopped else self._take(len(self._held))

    def _take(self, length: int) -> str:
        shown, self._held = self._held[:length], self._held[length:]
        return shown

    def _possible_start(self) -> int:
        """The length of the longest tail that some stop string begins with."""
        return max(
            (
                length
                for stop in self._stops
                for length in range(1, min(len(stop) - 1, len(self._held)) + 1)
                if self._held.endswith(stop[:length])
            ),
            default=0,
        )
