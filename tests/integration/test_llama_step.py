"""One token through a Llama-like model without the modules in between: the same logits as transformers'."""

import pytest
import torch

from generation.kv_cache import KVCache
from generation.llama_step import LlamaStep
from tests.integration.tiny_models import build_architecture

ROWS, PROMPT, STEPS = 3, 7, 4


@pytest.mark.parametrize("name", ["Llama", "Qwen3"])
@torch.inference_mode()
def test_logits_are_those_of_transformers(name: str) -> None:
    torch.manual_seed(5)
    model = build_architecture(name, 300)
    tokens = torch.randint(5, 300, (ROWS, PROMPT + STEPS))
    expected = model(input_ids=tokens).logits
    cache = KVCache(ROWS, PROMPT + STEPS)
    cache.used = ROWS
    model(input_ids=tokens[:, :PROMPT], past_key_values=cache, use_cache=True)
    step = LlamaStep(model)
    for place in range(PROMPT, PROMPT + STEPS):
        positions = torch.full((ROWS, 1), place)
        logits = step(tokens[:, place : place + 1], cache, positions, None)
        torch.testing.assert_close(logits, expected[:, place], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "suits"),
    [
        ("Llama", True),
        ("Qwen3", True),
        ("Mistral", False),
        ("Gemma 3", False),
        ("GPT-2", False),
        ("T5", False),
    ],
)
def test_only_models_that_attend_to_everything_are_stepped_this_way(name: str, suits: bool) -> None:
    assert LlamaStep.suits(build_architecture(name, 300)) is suits
