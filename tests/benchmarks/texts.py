"""Writing with our engine and with transformers' own generate, timed."""

import random
from time import perf_counter
from typing import Any

import torch

from generation.engine import TransformersModel
from generation.text_model import Prepared, WritingOrder

Prompt = list[int]


def random_prompt(rng: random.Random, tokens: int, vocabulary: int) -> Prompt:
    return [rng.randrange(vocabulary) for _ in range(tokens)]


def write_together(
    engine: TransformersModel, prompts: list[Prompt], lengths: list[int]
) -> tuple[float, list[str]]:
    """Seconds and texts of all prompts in one batch, greedily, each as long as it was ordered."""
    started = perf_counter()
    for index, (prompt, length) in enumerate(zip(prompts, lengths, strict=True)):
        engine.admit(str(index), Prepared(tuple(prompt)), _order(length))
    texts, ended = [""] * len(prompts), 0
    while ended < len(prompts):
        for key, piece in engine.step().items():
            texts[int(key)] += piece.text
            ended += piece.finish_reason is not None
    return perf_counter() - started, texts


def write_one_by_one(
    engine: TransformersModel, prompts: list[Prompt], lengths: list[int]
) -> tuple[float, list[str]]:
    seconds, texts = 0.0, []
    for prompt, length in zip(prompts, lengths, strict=True):
        taken, text = write_together(engine, [prompt], [length])
        seconds += taken
        texts += text
    return seconds, texts


def generate_one_by_one(model: Any, prompts: list[Prompt], lengths: list[int]) -> float:
    """Seconds that transformers' own generate takes, as anyone would call it."""
    started = perf_counter()
    for prompt, length in zip(prompts, lengths, strict=True):
        ids = torch.tensor([prompt])
        with torch.inference_mode():
            written = model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=length, do_sample=False
            )
        assert written.shape[1] == len(prompt) + length
    return perf_counter() - started


def decode_seconds(engine: TransformersModel, prompts: list[Prompt], tokens: int) -> float:
    """Seconds for `tokens` more tokens of every prompt; the prompts' reading is not counted."""
    for key, prompt in enumerate(prompts):
        engine.admit(str(key), Prepared(tuple(prompt)), _order(tokens + len(prompts) + 2))
    written: dict[str, int] = {}
    while len(written) < len(prompts):
        written |= {key: piece.completion_tokens for key, piece in engine.step().items()}
    started = perf_counter()
    for _ in range(tokens):
        engine.step()
    seconds = perf_counter() - started
    for key in range(len(prompts)):
        engine.drop(str(key))
    return seconds


def first_token_seconds(engine: TransformersModel, prompt: Prompt) -> float:
    """Seconds from a prompt's arrival to its first token."""
    return write_together(engine, [prompt], [1])[0]


def _order(tokens: int) -> WritingOrder:
    return WritingOrder("", "", temperature=0, top_p=1, max_tokens=tokens, seed=0)
