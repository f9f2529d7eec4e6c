"""The compiled step: transformers' own logits, from weights in 32, 16 and 8 bit, whoever walks along."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from generation.compiled_step import CompiledStep
from generation.forward_pass import ForwardPass
from generation.kernels import quicken
from generation.kv_cache import KVCache
from generation.linear_layers import Int8Rows
from generation.llama_step import LlamaStep
from generation.registry import Precision
from generation.row_products import multiply
from generation.self_check import batching_is_right
from generation.shared_walk import await_others, new_counters, next_piece, piece_done, walk
from generation.step_choice import StepTrial
from tests.integration.tiny_models import build_architecture

CPU = torch.device("cpu")
VOCABULARY, PROMPT, STEPS = 300, 7, 4
ALWAYS = StepTrial(least_bytes=0, is_fast=lambda compiled, plain: True)


def in_steps(step: Callable[..., torch.Tensor], model: Any, tokens: torch.Tensor) -> torch.Tensor:
    """Logits (rows, steps, vocabulary) after the prompt was read by transformers."""
    rows = len(tokens)
    cache = KVCache(rows, PROMPT + STEPS)
    cache.used = rows
    model(input_ids=tokens[:, :PROMPT], past_key_values=cache, use_cache=True)
    places = range(PROMPT, PROMPT + STEPS)
    return torch.stack(
        [step(tokens[:, place : place + 1], cache, torch.full((rows, 1), place)) for place in places], 1
    )


def random_tokens(rows: int) -> torch.Tensor:
    torch.manual_seed(5)
    return torch.randint(5, VOCABULARY, (rows, PROMPT + STEPS))


@pytest.mark.parametrize("name", ["Llama", "Qwen3"])
@pytest.mark.parametrize("rows", [1, 3, 5])
@torch.inference_mode()
def test_logits_are_those_of_transformers(name: str, rows: int) -> None:
    model, tokens = build_architecture(name, VOCABULARY), random_tokens(rows)
    expected = model(input_ids=tokens).logits[:, PROMPT:]
    torch.testing.assert_close(in_steps(CompiledStep(model), model, tokens), expected, rtol=1e-4, atol=1e-4)


@torch.inference_mode()
def test_a_row_is_written_in_16_bit_as_alone() -> None:
    model, tokens = build_architecture("Qwen3", VOCABULARY).to(torch.bfloat16), random_tokens(4)
    together = in_steps(CompiledStep(model), model, tokens)
    expected = model(input_ids=tokens).logits[:, PROMPT:].float()
    assert torch.cosine_similarity(together, expected, dim=-1).min() > 0.998
    alone = torch.cat([in_steps(CompiledStep(model), model, row[None]) for row in tokens])
    assert torch.equal(alone.argmax(-1), together.argmax(-1))


@torch.inference_mode()
def test_a_model_in_8_bit_is_stepped_from_its_levels() -> None:
    model, tokens = build_architecture("Llama", VOCABULARY), random_tokens(2)
    expected = model(input_ids=tokens).logits[:, PROMPT:]
    assert quicken(model, Precision.INT8, CPU, trial=ALWAYS) == "int8 compiled up to 8 rows"
    assert isinstance(model.lm_head, Int8Rows)
    stepped = in_steps(model.compiled_step, model, tokens)
    assert torch.cosine_similarity(stepped, expected, dim=-1).min() > 0.99
    by_layers = in_steps(partial(LlamaStep(model), mask=None), model, tokens)
    assert torch.cosine_similarity(stepped, by_layers, dim=-1).min() > 0.999
    assert batching_is_right(model)


@torch.inference_mode()
def test_it_is_taken_for_as_many_rows_as_it_is_fast_with() -> None:
    model, verdicts = build_architecture("Llama", VOCABULARY), iter([True, True, False])
    trial = StepTrial(least_bytes=0, is_fast=lambda compiled, plain: next(verdicts))
    assert quicken(model, Precision.FLOAT32, CPU, trial=trial) == "fp32 compiled up to 4 rows"
    forward = ForwardPass(model)
    counted: list[int] = []

    class Counting(CompiledStep):
        def __call__(self, tokens: Any, *inputs: Any) -> torch.Tensor:
            counted.append(len(tokens))
            return super().__call__(tokens, *inputs)

    model.compiled_step.__class__ = Counting
    for rows in (1, 4, 5):
        in_steps(partial(forward, mask=None), model, random_tokens(rows))
    assert set(counted) == {1, 4}


@pytest.mark.parametrize(
    "trial", [StepTrial(), StepTrial(least_bytes=0, is_fast=lambda compiled, plain: False)]
)
def test_small_models_and_those_it_slows_down_keep_their_layers(trial: StepTrial) -> None:
    model = build_architecture("Llama", VOCABULARY)
    quicken(model, Precision.FLOAT32, CPU, trial=trial)
    assert not hasattr(model, "compiled_step")


@pytest.mark.parametrize("outputs", [1, 2, 7, 8, 61])
@pytest.mark.parametrize("rows", [1, 4, 8, 12])
def test_products_are_right_whatever_the_number_of_outputs(outputs: int, rows: int) -> None:
    rng = np.random.default_rng(0)
    weight = rng.integers(-127, 128, (outputs, 40)).astype(np.int8)
    inputs = rng.standard_normal((rows, 40)).astype(np.float32)
    result = np.zeros((rows, outputs), np.float32)
    multiply(weight, inputs, result, 0, outputs // 2)
    multiply(weight, inputs, result, outputs // 2, outputs)
    np.testing.assert_allclose(result, inputs @ weight.T.astype(np.float32), rtol=1e-4, atol=1e-3)


def test_every_piece_is_done_once_and_phases_wait_for_each_other() -> None:
    phases, pieces = 50, 7
    done: list[tuple[int, int]] = []

    def take_part(counters: Any, arrived: Any) -> None:
        for phase in range(phases):
            while (piece := next_piece(counters, phase)) < pieces:
                done.append((phase, piece))
                piece_done(counters, phase)
            await_others(counters, phase, pieces)
        arrived.release()

    arrived = threading.Semaphore(0)
    walk(3, take_part, new_counters(phases), arrived)
    for _ in range(3):
        assert arrived.acquire(timeout=20)
    assert sorted(done) == [(phase, piece) for phase in range(phases) for piece in range(pieces)]
    assert [phase for phase, _ in done] == sorted(phase for phase, _ in done)
