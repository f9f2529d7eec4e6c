"""Faster linear layers compute what the model's own computed, whatever the architecture."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    BloomForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    OPTConfig,
    OPTForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

from generation.kernels import quicken, weights_bytes
from generation.linear_layers import FastLinear, Int8Linear, PackedLinear
from generation.mapped_pages import let_go_of_pages, mapped_weight_files
from generation.registry import Precision

CPU = torch.device("cpu")
VOCABULARY = 256


def always(layers: list[Any], kind: type[FastLinear]) -> bool:
    """Tiny layers are not faster; whether they are right is what is tested here."""
    return True


def build(architecture: str, dtype: torch.dtype = torch.float32, tied: bool = True) -> Any:
    torch.manual_seed(0)
    ends: dict[str, Any] = {"bos_token_id": None, "eos_token_id": None, "tie_word_embeddings": tied}
    llama_like: dict[str, Any] = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 64}
    built: dict[str, Any] = {
        "qwen2": lambda: Qwen2ForCausalLM(
            Qwen2Config(
                vocab_size=VOCABULARY, intermediate_size=128, num_key_value_heads=2, **llama_like, **ends
            )
        ),
        "bloom": lambda: BloomForCausalLM(
            BloomConfig(vocab_size=VOCABULARY, hidden_size=64, n_layer=2, n_head=4, **ends)
        ),
        "opt": lambda: OPTForCausalLM(
            OPTConfig(vocab_size=VOCABULARY, ffn_dim=128, word_embed_proj_dim=64, **llama_like, **ends)
        ),
        "gpt2": lambda: GPT2LMHeadModel(
            GPT2Config(vocab_size=VOCABULARY, n_embd=64, n_layer=2, n_head=4, **ends)
        ),
        "t5": lambda: T5ForConditionalGeneration(
            T5Config(vocab_size=VOCABULARY, d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4)
        ),
    }
    return built[architecture]().to(dtype).eval()


def answer(model: Any) -> torch.Tensor:
    tokens = torch.arange(3 * 10).reshape(3, 10) % VOCABULARY
    decoder = {"decoder_input_ids": tokens} if model.config.is_encoder_decoder else {}
    with torch.inference_mode():
        logits: torch.Tensor = model(input_ids=tokens, **decoder).logits
        return logits.float()


def kinds_of(model: Any, kind: type[nn.Module]) -> int:
    return sum(isinstance(module, kind) for module in model.modules())


@pytest.mark.parametrize("architecture", ["qwen2", "bloom", "opt", "gpt2", "t5"])
@pytest.mark.parametrize(
    ("precision", "dtype", "tolerance"),
    [(Precision.FLOAT32, torch.float32, 1e-4), (Precision.BFLOAT16, torch.bfloat16, 0.05)],
)
def test_packed_layers_answer_as_before(
    architecture: str, precision: Precision, dtype: torch.dtype, tolerance: float
) -> None:
    model = build(architecture, dtype)
    before = answer(model)

    method = quicken(model, precision, CPU, always)

    assert method == {torch.float32: "fp32 onednn", torch.bfloat16: "bf16 onednn"}[dtype]
    assert kinds_of(model, PackedLinear) > 0
    scale = before.abs().max()
    assert torch.allclose(answer(model) / scale, before / scale, atol=tolerance)


@pytest.mark.parametrize("architecture", ["qwen2", "bloom", "opt", "gpt2", "t5"])
def test_int8_layers_answer_nearly_as_before(architecture: str) -> None:
    model = build(architecture)
    before = answer(model)

    assert quicken(model, Precision.INT8, CPU, always) == "int8 onednn"

    after = answer(model)
    assert torch.cosine_similarity(before, after, dim=-1).min() > 0.99
    assert (before.argmax(-1) == after.argmax(-1)).float().mean() > 0.85


def test_rows_of_a_batch_do_not_touch_each_other_in_int8() -> None:
    torch.manual_seed(0)
    layer = Int8Linear(nn.Linear(64, 48))
    rows = torch.randn(8, 64) * torch.logspace(-2, 2, 8)[:, None]
    together = layer(rows)
    alone = torch.cat([layer(row[None]) for row in rows])
    assert torch.equal(together, alone)


def test_a_row_of_zeros_gives_the_bias() -> None:
    linear = nn.Linear(16, 4)
    assert torch.allclose(Int8Linear(linear)(torch.zeros(1, 16)), linear.bias.detach())


def test_shared_embeddings_are_not_copied_in_16_and_32_bit() -> None:
    model = build("qwen2", torch.bfloat16, tied=True)
    before_bytes = weights_bytes(model)

    quicken(model, Precision.BFLOAT16, CPU, always)

    assert model.lm_head.weight is model.model.embed_tokens.weight
    assert weights_bytes(model) == before_bytes


def test_an_own_output_layer_is_replaced_too() -> None:
    model = build("qwen2", tied=False)
    before_bytes = weights_bytes(model)
    quicken(model, Precision.FLOAT32, CPU, always)
    assert isinstance(model.lm_head, PackedLinear)
    assert weights_bytes(model) == before_bytes


def test_int8_keeps_the_embeddings_and_makes_the_output_layer_int8() -> None:
    model = build("qwen2", tied=True)
    before_bytes = weights_bytes(model)
    table = model.model.embed_tokens.weight.detach().clone()

    quicken(model, Precision.INT8, CPU, always)

    assert isinstance(model.lm_head, Int8Linear)
    assert torch.equal(model.model.embed_tokens.weight, table)
    assert weights_bytes(model) < before_bytes


def test_originals_are_freed() -> None:
    model = build("qwen2")
    originals = [module for module in model.modules() if type(module) is nn.Linear]
    quicken(model, Precision.INT8, CPU, always)
    assert all(not list(original.parameters()) for original in originals)


class Wrong(PackedLinear):
    """A kernel that answers, but not rightly."""

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return super().forward(states).flip(-1)


class Unsupported(PackedLinear):
    def forward(self, states: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError("this build of torch does not know the operation")


@pytest.mark.parametrize("bad", [Wrong, Unsupported])
def test_kernels_that_answer_differently_leave_the_model_as_it_was(bad: type[FastLinear]) -> None:
    model = build("qwen2")
    before = answer(model)
    modules = [type(module) for module in model.modules()]

    assert quicken(model, Precision.FLOAT32, CPU, always, packed=bad) == "fp32 cpu"

    assert [type(module) for module in model.modules()] == modules
    assert torch.equal(answer(model), before)


def test_int8_that_costs_too_much_quality_falls_back_to_the_models_own_precision() -> None:
    model = build("qwen2")
    assert quicken(model, Precision.INT8, CPU, always, int8=Wrong) == "fp32 onednn"


def test_slower_kernels_are_not_taken() -> None:
    model = build("qwen2")
    assert quicken(model, Precision.FLOAT32, CPU, lambda layers, kind: False) == "fp32 cpu"
    assert kinds_of(model, FastLinear) == 0


def test_accelerators_keep_their_own_kernels() -> None:
    model = build("qwen2", torch.float16)
    assert quicken(model, Precision.INT8, torch.device("mps"), always) == "fp16 mps"
    assert kinds_of(model, FastLinear) == 0


def test_a_model_read_from_its_file_answers_the_same_from_packed_layers(tmp_path: Path) -> None:
    build("qwen2", tied=False).save_pretrained(tmp_path)
    model: Any = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
    before = answer(model)
    quicken(model, Precision.FLOAT32, CPU, always)
    assert torch.allclose(answer(model), before, atol=1e-4)


def test_pages_outside_of_files_are_never_let_go(tmp_path: Path) -> None:
    save_file({"weight": torch.ones(4)}, tmp_path / "model.safetensors")
    ours = torch.ones(100_000)
    let_go_of_pages(ours, mapped_weight_files())
    assert ours.sum() == 100_000
