"""Training examples: texts and copy drills as token ids, packed into batches.

A drill is a sequence of random tokens and several repetitions of it, under a tag of its own, so
that drill text never leaks into a content type. Prompts carry no loss; copies carry more than
other text.
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

COPY_WEIGHT = 2.0
MAX_TOKENS = 640
BATCH_TOKENS = 1536
POOL_SIZE = 384


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


class ExampleSource:
    """Draws batches of about 1,500 tokens from one grammar."""

    def __init__(self, grammar: Grammar, tokenizer: Any, rng: random.Random) -> None:
        self._grammar = grammar
        self._tokenizer = tokenizer
        self._rng = rng
        self._topics = TopicSource(vocabulary_pieces(tokenizer), rng)
        self._drill_tag, self._text_tag = tokenizer.convert_tokens_to_ids([DRILL, TEXT])
        self._first_word_id = self._text_tag + len(CONTENT_TYPES) + 2

    def batches(self, drill_share: float) -> Iterator[Batch]:
        """One pool of texts, with this share of drills among them, as batches in random order."""
        drills = round(POOL_SIZE * drill_share)
        examples = self._texts(POOL_SIZE - drills) + [self._drill() for _ in range(drills)]
        packed = _pack(sorted(examples, key=lambda example: len(example.ids)))
        self._rng.shuffle(packed)
        return (_pad(group) for group in packed)

    def _texts(self, count: int) -> list[Example]:
        prompts, texts, spans = [], [], []
        for _ in range(count):
            content_type, topic = self._rng.choice(CONTENT_TYPES), self._topics.draw()
            prompt = render_prompt(self._tokenizer, content_type, topic)
            shown = prompt.removeprefix(f"<|{content_type}|> ").removesuffix(TEXT)
            body, copies = place_topic(self._grammar.write(content_type, topic, self._rng), shown)
            prompts.append(prompt)
            texts.append(prompt + body + END)
            spans.append([(len(prompt) + start, len(prompt) + end) for start, end in copies])
        encoded = self._tokenizer(texts, return_offsets_mapping=True)
        examples = [
            Example(ids, [_weight(offset, len(prompt), copies) for offset in offsets])
            for ids, offsets, prompt, copies in zip(
                encoded["input_ids"], encoded["offset_mapping"], prompts, spans, strict=True
            )
        ]
        return [example for example in examples if len(example.ids) <= MAX_TOKENS]

    def _drill(self) -> Example:
        rng = self._rng
        length = rng.randint(4, 24)
        choices = [self._random_token() for _ in range(rng.choice((length * 4, length, length // 2 + 1)))]
        sequence = rng.choices(choices, k=length)
        ids = [self._drill_tag, *sequence, self._text_tag]
        weights = [0.0] * len(ids)
        for _ in range(rng.randint(2, 5)):
            noise = [self._random_token() for _ in range(rng.randint(0, 4))]
            ids += noise + sequence
            # What comes first, noise or the first token of a repetition, cannot be known.
            weights += [0.0] * (len(noise) + 1) + [1.0] * (length - 1)
        return Example(ids, weights)

    def _random_token(self) -> int:
        return self._rng.randrange(self._first_word_id, len(self._tokenizer))


def _weight(offset: tuple[int, int], prompt_length: int, copies: Sequence[tuple[int, int]]) -> float:
    start, end = offset
    if start < prompt_length:
        return 0.0
    return COPY_WEIGHT if any(end > first and start < last for first, last in copies) else 1.0


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
