"""What a text says depends on nothing but its prompt, its order and its seed: ten architectures in 32 bit,
and those that may be compiled with a compiled step as well.

Compared are token ids. The reference for greedy texts is transformers' own generate, one prompt at a time.
"""

from dataclasses import replace
from typing import Any

import pytest
import torch

from generation.engine import TransformersModel
from generation.kernels import quicken
from generation.registry import Precision
from generation.step_choice import StepTrial
from generation.text_model import BatchLimits, Prepared, WritingOrder
from tests.benchmarks.shapes import word_tokenizer
from tests.integration.tiny_models import (
    ARCHITECTURES,
    COMPILED_ARCHITECTURES,
    SLIDING_WINDOW,
    build_architecture,
    build_tokenizer,
)

# Two that know no last token, so that every text is as long as was ordered. With the one every byte is a
# token; with the other every token is a word of its own, which tells its id.
BYTES: Any = build_tokenizer(ends=False)
VOCABULARY = len(BYTES)
WORDS: Any = word_tokenizer(VOCABULARY)
ALWAYS = StepTrial(least_bytes=0, is_fast=lambda compiled, plain: True)
LENGTHS = (3, 40, 17, 8, 25, 1, 31, 12)
NEW_TOKENS = 2 * SLIDING_WINDOW
BROKEN = "\N{REPLACEMENT CHARACTER}"


def _prompt(length: int, first: int = 0) -> tuple[int, ...]:
    """Ordinary tokens, another sequence for every length."""
    return tuple(10 + (first + 37 * length + 101 * place) % 280 for place in range(length))


PROMPTS = [_prompt(length) for length in LENGTHS]


def _order(**changes: Any) -> WritingOrder:
    greedy = WritingOrder("tiny", "", temperature=0, top_p=1, max_tokens=NEW_TOKENS, seed=1, top_logprobs=0)
    return replace(greedy, **changes)


class Texts:
    """A model's batch, driven by hand; collects the tokens and the text of every row."""

    def __init__(self, model: Any, read_tokens: int = 512, tokenizer: Any = WORDS) -> None:
        limits = BatchLimits(rows=8, cache_tokens=4096, read_tokens=read_tokens)
        self.engine = TransformersModel(model, tokenizer, "r1", limits)
        self.tokens: dict[str, list[int]] = {}
        self.shown: dict[str, str] = {}
        self.logprobs: dict[str, list[float]] = {}
        self._open: set[str] = set()

    def admit(self, prompt: tuple[int, ...], **changes: Any) -> str:
        key = str(len(self.tokens))
        order = _order(**changes)
        assert self.engine.has_room(Prepared(prompt), order)
        self.engine.admit(key, Prepared(prompt), order)
        self.tokens[key], self.shown[key], self.logprobs[key] = [], "", []
        self._open.add(key)
        return key

    def step(self) -> None:
        for key, piece in self.engine.step().items():
            self.tokens[key] += [_id(logprob.token) for logprob in piece.logprobs]
            self.logprobs[key] += [logprob.logprob for logprob in piece.logprobs]
            self.shown[key] += piece.text
            if piece.finish_reason:
                self._open.remove(key)

    def finish(self) -> None:
        while self._open:
            self.step()

    def alone(self, prompt: tuple[int, ...], **changes: Any) -> list[int]:
        key = self.admit(prompt, **changes)
        self.finish()
        return self.tokens[key]


def _generated(model: Any, prompt: tuple[int, ...]) -> list[int]:
    """The tokens that transformers' own greedy generate writes."""
    ids = torch.tensor([prompt])
    mask = torch.ones_like(ids)
    written = model.generate(ids, attention_mask=mask, do_sample=False, max_new_tokens=NEW_TOKENS)[0]
    new: list[int] = written[1 if model.config.is_encoder_decoder else len(prompt) :].tolist()
    return new


def _id(word: str) -> int:
    """Of a token of WORDS as it stands in a text; the first one is special and never shown."""
    return int(word.strip()[1:] or 0)


_BY_LAYERS = [(name, False) for name in ARCHITECTURES]
_IN_ONE_WALK = [(name, True) for name in COMPILED_ARCHITECTURES]


@pytest.fixture(
    scope="module",
    params=_BY_LAYERS + _IN_ONE_WALK,
    ids=lambda param: f"{param[0]} compiled" if param[1] else param[0],
)
def model(request: pytest.FixtureRequest) -> Any:
    name, compiled = request.param
    built = build_architecture(name, VOCABULARY)
    built.expected = [_generated(built, prompt) for prompt in PROMPTS]
    if compiled:
        assert quicken(built, Precision.FLOAT32, built.device, trial=ALWAYS) == "fp32 compiled up to 8 rows"
    return built


def test_the_self_check_admits_every_causal_architecture(model: Any) -> None:
    expected = "one by one" if model.config.is_encoder_decoder else "batched"
    assert Texts(model).engine.method == expected


def test_alone(model: Any) -> None:
    texts = Texts(model)
    assert [texts.alone(prompt) for prompt in PROMPTS] == model.expected


def test_in_a_batch_of_eight_uneven_prompts(model: Any) -> None:
    texts = Texts(model)
    keys = [texts.admit(prompt) for prompt in PROMPTS]
    texts.finish()
    assert [texts.tokens[key] for key in keys] == model.expected


def test_while_others_join_and_leave(model: Any) -> None:
    texts = Texts(model)
    lengths = [NEW_TOKENS, 2, 5, NEW_TOKENS, 3, 9, NEW_TOKENS, 4]
    keys = []
    for prompt, length in zip(PROMPTS, lengths, strict=True):
        keys.append(texts.admit(prompt, max_tokens=length))
        texts.step()
        texts.step()
    texts.finish()
    written = [texts.tokens[key] for key in keys]
    assert written == [own[:length] for own, length in zip(model.expected, lengths, strict=True)]


def test_after_others_were_given_up(model: Any) -> None:
    texts = Texts(model)
    keys = [texts.admit(prompt, max_tokens=NEW_TOKENS) for prompt in PROMPTS[:4]]
    texts.step()
    texts.engine.drop(keys[1])
    texts.step()
    texts.engine.drop(keys[0])
    texts._open -= {keys[0], keys[1]}
    texts.finish()
    assert [texts.tokens[key] for key in keys[2:]] == model.expected[2:4]


def test_streamed_pieces_are_the_whole_text(model: Any) -> None:
    texts = Texts(model, tokenizer=BYTES)
    keys = [texts.admit(prompt, top_logprobs=None) for prompt in PROMPTS]
    texts.finish()
    whole = [BYTES.decode(tokens, skip_special_tokens=True) for tokens in model.expected]
    shown = [texts.shown[key] for key in keys]
    # A character that the last token leaves incomplete is not shown.
    assert [text.rstrip(BROKEN) for text in shown] == [text.rstrip(BROKEN) for text in whole]


def test_with_a_known_beginning_of_the_prompt(model: Any) -> None:
    fixed = _prompt(30)
    prompts = [fixed + _prompt(5, first) for first in (1, 2, 3, 4)]
    texts = Texts(model)
    written = [texts.alone(prompt) for prompt in prompts]
    assert written == [_generated(model, prompt) for prompt in prompts]


def test_a_long_prompt_is_read_in_pieces(model: Any) -> None:
    texts = Texts(model, read_tokens=7)
    short, long = texts.admit(PROMPTS[0]), texts.admit(PROMPTS[1])
    texts.step()
    waits = 0
    while not texts.tokens[long]:
        waits += 1
        texts.step()
        assert len(texts.tokens[short]) == waits + 1, "the other text goes on meanwhile"
    # 40 tokens: 4 in the first step, beside the short prompt's 3, and then 7 in each. seq2seq reads at once.
    assert waits == (0 if texts.engine.method == "one by one" else 6)
    texts.finish()
    assert [texts.tokens[short], texts.tokens[long]] == model.expected[:2]


def test_a_seed_fixes_a_text_alone_or_among_eight(model: Any) -> None:
    changes = [{"temperature": 0.9, "top_p": 0.5 + 0.07 * seed, "seed": seed} for seed in range(8)]
    texts = Texts(model)
    alone = [texts.alone(prompt, **own) for prompt, own in zip(PROMPTS, changes, strict=True)]
    keys = [texts.admit(prompt, **own) for prompt, own in zip(PROMPTS, changes, strict=True)]
    texts.finish()
    assert [texts.tokens[key] for key in keys] == alone


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_in_16_bit_the_batch_is_close(name: str) -> None:
    model = build_architecture(name, VOCABULARY, torch.bfloat16)
    texts = Texts(model)
    keys = [texts.admit(prompt, max_tokens=1) for prompt in PROMPTS]
    texts.finish()
    for key, prompt in zip(keys, PROMPTS, strict=True):
        alone = texts.alone(prompt, max_tokens=1)
        assert texts.logprobs[key] == pytest.approx(texts.logprobs[str(len(texts.tokens) - 1)], abs=0.2)
        assert len(alone) == 1
