"""Beginnings that prompts share are kept once seen twice, within their budget."""

import torch

from generation.kv_cache import KVCache
from generation.prefix_cache import PrefixCache


def _read(prompt: tuple[int, ...]) -> KVCache:
    """A cache as one layer would leave it: each key is its token."""
    keys = torch.tensor(prompt, dtype=torch.float32).reshape(1, -1, 1)
    return KVCache.of_text(len(prompt), [(keys, keys)])


def _known(prefixes: PrefixCache, prompt: tuple[int, ...]) -> list[float]:
    states = prefixes.find(prompt)
    return states[0][0].flatten().tolist() if states else []


def _learn(prefixes: PrefixCache, *prompts: tuple[int, ...], room: int = 1000) -> None:
    for prompt in prompts:
        prefixes.learn(prompt, _read(prompt), room)


FIXED = tuple(range(20))
OTHER = tuple(range(100, 130))


def test_what_two_prompts_share_need_not_be_read_a_third_time() -> None:
    prefixes = PrefixCache(100)
    _learn(prefixes, (*FIXED, 1, 2))
    assert _known(prefixes, (*FIXED, 9)) == []
    _learn(prefixes, (*FIXED, 3, 4))
    assert _known(prefixes, (*FIXED, 9)) == list(FIXED)


def test_the_last_token_of_a_prompt_is_always_read() -> None:
    prefixes = PrefixCache(100)
    _learn(prefixes, (*FIXED, 1), (*FIXED, 1))
    assert _known(prefixes, (*FIXED, 1)) == list(FIXED)


def test_a_few_shared_tokens_are_not_kept() -> None:
    prefixes = PrefixCache(100)
    _learn(prefixes, (1, 2, 3), (1, 2, 4))
    assert prefixes.tokens == 0


def test_the_least_recently_used_beginning_goes_first() -> None:
    prefixes = PrefixCache(60)
    _learn(prefixes, (*FIXED, 1), (*FIXED, 2), (*OTHER, 1), (*OTHER, 2))
    assert prefixes.tokens == 50
    _known(prefixes, (*FIXED, 9))
    prefixes.shrink_to(20)
    assert _known(prefixes, (*FIXED, 9)) == list(FIXED)
    assert _known(prefixes, (*OTHER, 9)) == []


def test_no_more_is_kept_than_there_is_room() -> None:
    prefixes = PrefixCache(100)
    _learn(prefixes, (*FIXED, 1), (*FIXED, 2), room=10)
    assert prefixes.tokens == 0


def test_a_longer_shared_beginning_takes_the_place_of_a_shorter_one() -> None:
    prefixes = PrefixCache(100)
    longer = (*FIXED, 50, 51)
    _learn(prefixes, (*FIXED, 1), (*FIXED, 2), (*longer, 1), (*longer, 2))
    assert prefixes.tokens == len(longer)
