"""Training examples: texts and copy drills as token ids, packed into batches.

A drill is a sequence of random tokens and several repetitions of it, under a tag of its own so that
nothing of it leaks into a text. Topics alone show most of the vocabulary too rarely: what stays
rare is copied wrongly. Prompts carry no loss; copies of the topic carry more than other text.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from generation.starter.grammar import CONTENT_TYPES, Grammar, place_topic
from generation.starter.tokenizer import DRILL, END, TEXT, render_prompt, vocabulary_pieces
from generation.starter.topics import TopicSource

COPY_WEIGHT = 5.0
MAX_TOKENS = 640
BATCH_TOKENS = 1536
POOL_SIZE = 384
DRILLS_IN_POOL = 150
DRILLED_SHARE = 0.85


@dataclass(frozen=True)
class Example:
    """Token ids and, for each, the weight of its prediction in the loss; 0 for the prompt."""

    ids: list[int]
    weights: list[float]


@dataclass(frozen=True)
class Batch:
    """Padded examples: `ids` (batch, tokens) int64 and `weights` (batch, tokens) float32."""

    ids: Tensor
    weights: Tensor


@dataclass(frozen=True)
class _Text:
    """A prompt, what follows it, and where in that the copies of the topic stand."""

    prompt: str
    body: str
    copies: Sequence[tuple[int, int]]


class ExampleSource:
    """Draws batches of about 1,500 tokens from one grammar."""

    def __init__(self, grammar: Grammar, tokenizer: Any, rng: random.Random) -> None:
        self._grammar = grammar
        self._tokenizer = tokenizer
        self._rng = rng
        self._topics = TopicSource(vocabulary_pieces(tokenizer), rng)
        self._drill_tag, self._text_tag = tokenizer.convert_tokens_to_ids([DRILL, TEXT])
        self._ordinary_ids = [
            token_id for token_id in range(len(tokenizer)) if token_id not in tokenizer.added_tokens_decoder
        ]

    def batches(self, steps: int) -> Iterator[Batch]:
        """So many batches in random order. Drills stop before the end, and leave the last word to texts."""
        step = 0
        while step < steps:
            drills = DRILLS_IN_POOL if step < DRILLED_SHARE * steps else 0
            examples = self._draw(POOL_SIZE - drills) + [self._drill() for _ in range(drills)]
            packed = _pack(sorted(examples, key=lambda example: len(example.ids)))
            self._rng.shuffle(packed)
            yield from (_pad(group) for group in packed[: steps - step])
            step += len(packed)

    def _draw(self, count: int) -> list[Example]:
        texts = [self._write() for _ in range(count)]
        encoded = self._tokenizer([text.prompt + text.body for text in texts], return_offsets_mapping=True)
        examples = [
            Example(ids, [_weight(offset, text) for offset in offsets])
            for ids, offsets, text in zip(encoded["input_ids"], encoded["offset_mapping"], texts, strict=True)
        ]
        return [example for example in examples if len(example.ids) <= MAX_TOKENS]

    def _write(self) -> _Text:
        content_type, topic = self._rng.choice(CONTENT_TYPES), self._topics.draw()
        prompt = render_prompt(self._tokenizer, content_type, topic)
        # The prompt may show the topic escaped, and that is how the text repeats it.
        shown = prompt.removeprefix(f"<|{content_type}|> ").removesuffix(TEXT)
        body, spans = place_topic(self._grammar.write(content_type, topic, self._rng), shown)
        return _Text(prompt, body + END, spans)

    def _drill(self) -> Example:
        rng, length = self._rng, self._rng.randint(4, 24)
        # A small choice makes tokens repeat, which asks for more than the last token as a cue.
        choice = rng.choices(self._ordinary_ids, k=rng.choice((4 * length, length // 2 + 1, length // 3 + 1)))
        sequence = rng.choices(choice, k=length)
        ids = [self._drill_tag, *sequence, self._text_tag]
        weights = [0.0] * len(ids)
        for _ in range(rng.randint(2, 5)):
            noise = rng.choices(self._ordinary_ids, k=rng.randint(0, 4))
            ids += noise + sequence
            # When a repetition begins cannot be known, what follows can.
            weights += [0.0] * (len(noise) + 1) + [1.0] * (length - 1)
        return Example(ids, weights)


def _weight(offset: tuple[int, int], text: _Text) -> float:
    start, end = (place - len(text.prompt) for place in offset)
    if start < 0:
        return 0.0
    return COPY_WEIGHT if any(end > first and start < last for first, last in text.copies) else 1.0


def _pack(examples: Sequence[Example]) -> list[list[Example]]:
    """Group examples, given by rising length, so that each padded group holds few enough tokens."""
    groups: list[list[Example]] = [[]]
    for example in examples:
        if groups[-1] and (len(groups[-1]) + 1) * len(example.ids) > BATCH_TOKENS:
            groups.append([])
        groups[-1].append(example)
    return groups


def _pad(group: Sequence[Example]) -> Batch:
    width = max(len(example.ids) for example in group)
    ids = torch.zeros(len(group), width, dtype=torch.long)
    weights = torch.zeros(len(group), width)
    for row, example in enumerate(group):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        weights[row, : len(example.ids)] = torch.tensor(example.weights)
    return Batch(ids, weights)
