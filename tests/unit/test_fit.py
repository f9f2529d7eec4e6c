"""What a model takes of a machine, from its published configuration alone."""

from typing import Any

import pytest
from transformers import (
    BloomConfig,
    LlamaConfig,
    MistralConfig,
    OPTConfig,
    Phi3Config,
    PretrainedConfig,
    T5Config,
)

from generation.errors import ModelUnsupported
from generation.exact_parameters import count_exact_parameters
from generation.fit import FitOrder, FitReport, ModelFit, ModelToFit, Origin, compute_fit
from generation.memory import MachineMemory
from tests.unit.model_files import spec

GIB, KIB = 2**30, 2**10
BIG = MachineMemory(physical_bytes=36 * GIB, available_bytes=36 * GIB)

BLOOM_560M = BloomConfig(vocab_size=250_880, hidden_size=1024, n_layer=24, n_head=16)
TINYLLAMA = LlamaConfig(
    vocab_size=32_000,
    hidden_size=2048,
    intermediate_size=5632,
    num_hidden_layers=22,
    num_attention_heads=32,
    num_key_value_heads=4,
    max_position_embeddings=2048,
    tie_word_embeddings=False,
)
OPT_27B = OPTConfig(
    vocab_size=50_272,
    hidden_size=2560,
    word_embed_proj_dim=2560,
    ffn_dim=10_240,
    num_hidden_layers=32,
    num_attention_heads=32,
)
LLAMA_32_3B = LlamaConfig(
    vocab_size=128_256,
    hidden_size=3072,
    intermediate_size=8192,
    num_hidden_layers=28,
    num_attention_heads=24,
    num_key_value_heads=8,
    head_dim=128,
    max_position_embeddings=131_072,
    tie_word_embeddings=True,
)
PHI_35_MINI = Phi3Config(
    vocab_size=32_064,
    hidden_size=3072,
    intermediate_size=8192,
    num_hidden_layers=32,
    num_attention_heads=32,
    num_key_value_heads=32,
    max_position_embeddings=131_072,
)
MISTRAL_7B = MistralConfig(
    vocab_size=32_768,
    hidden_size=4096,
    intermediate_size=14_336,
    num_hidden_layers=32,
    num_attention_heads=32,
    num_key_value_heads=8,
    max_position_embeddings=32_768,
)


def model(name: str, config: PretrainedConfig | dict[str, Any] | None, **fields: Any) -> ModelToFit:
    described = config.to_dict() if isinstance(config, PretrainedConfig) else config
    origin = Origin.DECLARED if config is None else Origin.HUB
    reason = "The hub does not answer." if config is None else ""
    return ModelToFit(spec=spec(name, **fields), config=described, origin=origin, reason=reason)


def fit(*models: ModelToFit, memory: MachineMemory = BIG, **changes: Any) -> FitReport:
    settings = {"models": models, "memory_fraction": 0.85, "rows": 8, "context_tokens": 4096}
    order = FitOrder.model_validate(settings | changes)
    return compute_fit(order, "mps", "bfloat16", memory)


def only(report: FitReport) -> ModelFit:
    (model,) = report.models
    return model


@pytest.mark.parametrize(
    ("config", "gib", "kib"),
    [
        (BLOOM_560M, 1.04, 96),
        (TINYLLAMA, 2.05, 22),
        (OPT_27B, 4.94, 320),
        (LLAMA_32_3B, 5.98, 112),
        (PHI_35_MINI, 7.12, 384),
        (MISTRAL_7B, 13.50, 128),
    ],
    ids=["bloom-560m", "tinyllama", "opt-2.7b", "llama-3.2-3b", "phi-3.5-mini", "mistral-7b"],
)
def test_published_models_take_what_they_are_known_to_take(
    config: PretrainedConfig, gib: float, kib: int
) -> None:
    size = only(fit(model("known", config)))
    assert round(size.weights_bytes / GIB, 2) == gib
    assert size.kv_bytes_per_token == kib * KIB
    assert size.precision == "bfloat16"


def test_parameters_are_exact_and_tied_ones_count_once() -> None:
    assert count_exact_parameters(LLAMA_32_3B.to_dict()) == 3_212_749_824
    untied = LLAMA_32_3B.to_dict() | {"tie_word_embeddings": False}
    assert count_exact_parameters(untied) == 3_212_749_824 + 128_256 * 3072


def test_an_encoder_decoder_is_counted_with_both_halves() -> None:
    assert count_exact_parameters(T5Config().to_dict()) == 60_506_624


def test_a_flan_t5_has_two_ends_of_its_vocabulary_though_transformers_ties_them_at_first() -> None:
    flan_t5_large = {
        "model_type": "t5",
        "d_model": 1024,
        "d_ff": 2816,
        "d_kv": 64,
        "num_layers": 24,
        "num_heads": 16,
        "vocab_size": 32_128,
        "feed_forward_proj": "gated-gelu",
        "tie_word_embeddings": False,
    }
    assert count_exact_parameters(flan_t5_large) == 783_150_080


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"model_type": "from-tomorrow"}, "cannot write text with the architecture from-tomorrow"),
        (LLAMA_32_3B.to_dict() | {"num_attention_heads": 0}, "cannot be built from this config.json"),
    ],
)
def test_what_cannot_be_built_is_refused_in_a_sentence(config: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ModelUnsupported, match=sentence):
        count_exact_parameters(config)


def test_the_cache_is_context_times_texts_and_ends_where_the_models_context_ends() -> None:
    size = only(fit(model("tiny", TINYLLAMA), context_tokens=100_000, rows=3))
    assert size.context_tokens == 2048
    assert size.cache_bytes == 22 * KIB * 2048 * 3


def test_together_is_weights_cache_and_working_space_and_the_guides_formula_stands_beside() -> None:
    size = only(fit(model("llama", LLAMA_32_3B)))
    assert size.cache_bytes is not None
    assert size.working_bytes is not None
    assert size.working_bytes >= 8 * 128_256 * 4
    in_use = size.weights_bytes + size.cache_bytes + size.working_bytes
    assert size.needed_bytes == in_use + size.loading_bytes
    assert size.guide_bytes == round(3_212_749_824 * 2 * 1.4)


def test_precision_decides_what_weights_and_cache_take() -> None:
    whole = only(fit(model("whole", TINYLLAMA, precision="float32")))
    half = only(fit(model("half", TINYLLAMA, precision="float16")))
    eighth = only(fit(model("eighth", TINYLLAMA, precision="int8")))
    assert whole.weights_bytes == 2 * half.weights_bytes == 4 * eighth.weights_bytes
    assert (whole.kv_bytes_per_token, half.kv_bytes_per_token) == (44 * KIB, 22 * KIB)
    assert eighth.loading_bytes > half.loading_bytes


def test_what_other_programs_use_is_not_there_for_models() -> None:
    crowded = MachineMemory(physical_bytes=36 * GIB, available_bytes=14 * GIB)
    report = fit(model("mistral", MISTRAL_7B), memory=crowded)
    assert report.budget_bytes == round(36 * GIB * 0.85) - 22 * GIB
    size = only(report)
    assert not size.fits
    assert "mistral needs about" in size.problem
    assert only(fit(model("mistral", MISTRAL_7B))).fits


def test_models_in_memory_are_named_when_they_would_have_to_go_oldest_first() -> None:
    residents = (model("llama", LLAMA_32_3B), model("tiny", TINYLLAMA))
    small = MachineMemory(physical_bytes=32 * GIB, available_bytes=32 * GIB)
    assert only(fit(model("mistral", MISTRAL_7B), residents=residents, memory=small)).evicts == ("llama",)
    roomy = MachineMemory(physical_bytes=96 * GIB, available_bytes=96 * GIB)
    assert only(fit(model("mistral", MISTRAL_7B), residents=residents, memory=roomy)).evicts == ()


def test_without_a_config_the_declared_parameters_count_and_it_is_said() -> None:
    size = only(fit(model("gated", None, parameters=3_212_749_824)))
    assert size.weights_bytes == 2 * 3_212_749_824
    assert (size.kv_bytes_per_token, size.cache_bytes, size.working_bytes) == (None, None, None)
    assert (size.origin, size.problem) == (Origin.DECLARED, "The hub does not answer.")


def test_one_unknown_architecture_does_not_hide_the_others() -> None:
    unknown, known = fit(model("new", {"model_type": "from-tomorrow"}), model("tiny", TINYLLAMA)).models
    assert "from-tomorrow" in unknown.problem
    assert known.fits
