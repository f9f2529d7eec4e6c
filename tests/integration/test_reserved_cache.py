"""Whatever joins and leaves, a batch holds no more tokens than the memory plan reserved."""

import random

import pytest

from generation.decoders import BatchedDecoder, Reading
from tests.integration.tiny_models import build_architecture

CACHE_TOKENS, ROWS = 300, 4


@pytest.mark.parametrize("seed", range(2))
def test_the_reserved_tokens_are_never_exceeded(seed: int) -> None:
    rng = random.Random(seed)
    decoder = BatchedDecoder(build_architecture("Llama", 300), CACHE_TOKENS, ROWS)
    arriving: list[Reading] = []
    joined: list[Reading] = []
    left: list[int] = []
    held, texts = [], 0
    for _ in range(120):
        fixed = range(10, 10 + rng.choice([0, 20, 30]))
        prompt = (*fixed, *(rng.randrange(10, 290) for _ in range(rng.randint(1, 40))))
        longest = len(prompt) + rng.randint(2, 40)
        everyone = [reading.longest for reading in (*joined, *arriving)] + [longest]
        if len(everyone) <= ROWS and decoder.fits(everyone, len(prompt)):
            arriving.append(decoder.open(prompt, longest))
            texts += 1
        if arriving and decoder.read(arriving[0], 32) is not None:
            decoder.join(arriving[0])
            left.append(arriving[0].longest - arriving[0].read)
            joined.append(arriving.pop(0))
        if joined:
            decoder.step([rng.randrange(10, 290) for _ in joined])
            left = [tokens - 1 for tokens in left]
        for row in reversed([row for row, tokens in enumerate(left) if tokens <= 1 or rng.random() < 0.03]):
            decoder.leave(row)
            joined[row], left[row] = joined[-1], left[-1]
            del joined[-1], left[-1]
        held.append(decoder.held_tokens)
    assert texts > 10
    assert max(held) <= CACHE_TOKENS
