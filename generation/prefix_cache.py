"""Keys and values of beginnings that prompts share, such as the fixed part of a template.

What is fixed is not declared but seen: two prompts that begin alike. The first prompt of a kind is
remembered, the second one shows what they share, and from the third on that part need not be read again.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from itertools import takewhile

from generation.kv_cache import KVCache, LayerStates

# Less than this is read faster than it is looked after.
MIN_SHARED_TOKENS = 16
_PROMPTS_REMEMBERED = 16

Tokens = tuple[int, ...]


class PrefixCache:
    """Shared beginnings within a budget of tokens; the least recently used one goes first."""

    def __init__(self, max_tokens: int) -> None:
        self.max_tokens = max_tokens
        self._states: OrderedDict[Tokens, list[LayerStates]] = OrderedDict()
        self._recent: deque[Tokens] = deque(maxlen=_PROMPTS_REMEMBERED)

    @property
    def tokens(self) -> int:
        """How many tokens are kept now."""
        return sum(map(len, self._states))

    def find(self, prompt: Tokens) -> list[LayerStates]:
        """The states of the longest known beginning, one entry a layer; the last token is left to be read."""
        shared, best = max(
            ((shared_length(known, prompt[:-1]), known) for known in self._states), default=(0, ())
        )
        if shared < MIN_SHARED_TOKENS:
            return []
        self._states.move_to_end(best)
        return [(keys[:, :shared], values[:, :shared]) for keys, values in self._states[best]]

    def learn(self, prompt: Tokens, cache: KVCache, room: int) -> None:
        """Remember a prompt that was just read into row 0 of `cache`, and keep what it shares with others.

        `room` is how many tokens may be kept just now, beside what the batch holds.
        """
        room = min(room, self.max_tokens)
        shared = max((shared_length(prompt, other) for other in self._recent), default=0)
        self._recent.append(prompt)
        beginning = prompt[:shared]
        if not MIN_SHARED_TOKENS <= shared <= room or self._covers(beginning):
            return
        for known in [known for known in self._states if known == beginning[: len(known)]]:
            del self._states[known]
        self.shrink_to(room - shared)
        self._states[beginning] = [
            (keys.clone(), values.clone()) for keys, values in cache.states(0, 0, shared)
        ]

    def shrink_to(self, tokens: int) -> None:
        """Let go of beginnings until at most so many tokens are kept."""
        while self._states and self.tokens > tokens:
            self._states.popitem(last=False)

    def _covers(self, beginning: Tokens) -> bool:
        return any(known[: len(beginning)] == beginning for known in self._states)


def shared_length(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two sequences have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
