"""Memory by shape, against the sizes that the published configurations come to."""

from typing import Any

import pytest

from generation.errors import ModelUnsupported
from generation.footprint import (
    bytes_per_value,
    context_tokens,
    kv_bytes_per_token,
    weights_bytes,
    working_bytes,
)

_GIB, _KIB = 2**30, 2**10

BLOOM_560M = {"model_type": "bloom", "n_layer": 24, "n_head": 16, "hidden_size": 1024}
OPT_27B = {"model_type": "opt", "num_hidden_layers": 32, "num_attention_heads": 32, "hidden_size": 2560}
TINYLLAMA = {
    "model_type": "llama",
    "num_hidden_layers": 22,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
    "hidden_size": 2048,
}
LLAMA_32_3B = {
    "model_type": "llama",
    "num_hidden_layers": 28,
    "num_attention_heads": 24,
    "num_key_value_heads": 8,
    "hidden_size": 3072,
    "head_dim": 128,
}
PHI_35_MINI = {
    "model_type": "phi3",
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 32,
    "hidden_size": 3072,
}
MISTRAL_7B = {
    "model_type": "mistral",
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "hidden_size": 4096,
    "head_dim": None,
}


@pytest.mark.parametrize(
    ("config", "parameters", "gib", "kib"),
    [
        (BLOOM_560M, 559_214_592, 1.04, 96),
        (TINYLLAMA, 1_100_048_384, 2.05, 22),
        (OPT_27B, 2_651_596_800, 4.94, 320),
        (LLAMA_32_3B, 3_212_749_824, 5.98, 112),
        (PHI_35_MINI, 3_821_079_552, 7.12, 384),
        (MISTRAL_7B, 7_248_023_552, 13.50, 128),
    ],
)
def test_published_models_come_to_their_known_sizes(
    config: dict[str, Any], parameters: int, gib: float, kib: int
) -> None:
    assert round(weights_bytes(parameters, "bfloat16") / _GIB, 2) == gib
    assert kv_bytes_per_token(config, 2) == kib * _KIB


@pytest.mark.parametrize(
    ("config", "kib"),
    [
        ({"model_type": "gpt_neo", "num_layers": 24, "num_heads": 16, "hidden_size": 2048}, 192),
        ({"model_type": "gpt2", "n_layer": 24, "n_head": 16, "n_embd": 1024}, 96),  # DialoGPT-medium
        (
            {"model_type": "phi", "num_hidden_layers": 32, "num_attention_heads": 32}
            | {"hidden_size": 2560, "num_key_value_heads": None},
            320,
        ),
        (  # Qwen2.5-3B
            {"model_type": "qwen2", "num_hidden_layers": 36, "num_attention_heads": 16}
            | {"hidden_size": 2048, "num_key_value_heads": 2},
            36,
        ),
        (  # Qwen3-4B: its heads are wider than its width divided by their number
            {"model_type": "qwen3", "num_hidden_layers": 36, "num_attention_heads": 32}
            | {"hidden_size": 2560, "num_key_value_heads": 8, "head_dim": 128},
            144,
        ),
        (  # Gemma 3 4B states the rest by its class alone
            {
                "model_type": "gemma3",
                "text_config": {"model_type": "gemma3_text", "hidden_size": 2560, "num_hidden_layers": 34},
            },
            136,
        ),
        (  # FLAN-T5-large
            {"model_type": "t5", "num_layers": 12, "num_decoder_layers": 24, "num_heads": 16}
            | {"d_model": 1024, "d_kv": 64},
            96,
        ),
    ],
)
def test_every_familys_own_words_are_understood(config: dict[str, Any], kib: int) -> None:
    assert kv_bytes_per_token(config, 2) == kib * _KIB


def test_weights_by_precision() -> None:
    assert [weights_bytes(10, name) for name in ("float32", "float16", "bfloat16", "int8")] == [
        40,
        20,
        20,
        10,
    ]


def test_a_config_without_a_shape_is_refused_by_name() -> None:
    with pytest.raises(ModelUnsupported, match="'mystery' states none of num_attention_heads"):
        kv_bytes_per_token({"model_type": "mystery"}, 2)


def test_context_is_told_under_the_familys_name_or_not_at_all() -> None:
    assert context_tokens({"model_type": "gpt2", "n_positions": 1024}) == 1024
    assert context_tokens(BLOOM_560M) is None


def test_a_step_takes_activations_and_scores() -> None:
    config = {"hidden_size": 10, "intermediate_size": 30, "vocab_size": 100}
    assert working_bytes(config, rows=2, step_tokens=5, value_bytes=2) == 2 * 100 * 12 + 5 * (40 + 90) * 2
    assert working_bytes({"n_embd": 10}, rows=2, step_tokens=1, value_bytes=4) == (40 + 120) * 4


def test_activations_have_the_width_of_the_weights_except_beside_int8() -> None:
    assert [bytes_per_value(name) for name in ("float32", "float16", "bfloat16", "int8")] == [4, 2, 2, 4]
