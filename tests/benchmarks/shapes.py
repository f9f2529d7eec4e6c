"""Models of published shapes with random weights: as slow as the real ones, and nothing to download.

What a text says does not matter to a benchmark; how many numbers are read and multiplied does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    BloomConfig,
    BloomForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)

CONTEXT_TOKENS = 1024


@dataclass(frozen=True)
class Shape:
    """A published architecture by its measurements."""

    name: str
    build_config: Callable[[], Any]
    model_class: Any

    def build(self, dtype: torch.dtype, seed: int = 0) -> Any:
        """The model with random weights (standard deviation as in its config), without an end token."""
        torch.manual_seed(seed)
        before = torch.get_default_dtype()
        torch.set_default_dtype(dtype)
        try:
            model = self.model_class(self.build_config())
        finally:
            torch.set_default_dtype(before)
        model.generation_config.eos_token_id = None
        model.generation_config.pad_token_id = 0
        return model.eval()


def word_tokenizer(vocabulary: int) -> PreTrainedTokenizerFast:
    """One word a token and no end token: a text tells its tokens exactly, and is as long as ordered."""
    words = Tokenizer(models.WordLevel({f"w{token}": token for token in range(vocabulary)}, unk_token="w0"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    wrapped: PreTrainedTokenizerFast = PreTrainedTokenizerFast(tokenizer_object=words)  # type: ignore[no-untyped-call]
    return wrapped


def _half_billion() -> Qwen2Config:
    # Qwen2.5-0.5B: 494 million parameters, grouped-query attention, tied embeddings.
    return Qwen2Config(
        vocab_size=151_936,
        hidden_size=896,
        intermediate_size=4864,
        num_hidden_layers=24,
        num_attention_heads=14,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT_TOKENS,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,
    )


def _bloom_560m() -> BloomConfig:
    return BloomConfig(
        vocab_size=250_880, hidden_size=1024, n_layer=24, n_head=16, bos_token_id=None, eos_token_id=None
    )


def _opt_1_3b() -> OPTConfig:
    return OPTConfig(
        vocab_size=50_272,
        hidden_size=2048,
        ffn_dim=8192,
        num_hidden_layers=24,
        num_attention_heads=32,
        max_position_embeddings=2048,
        bos_token_id=None,
        eos_token_id=None,
    )


HALF_BILLION = Shape("0.5b (Qwen2.5-0.5B)", _half_billion, Qwen2ForCausalLM)
BLOOM_560M = Shape("bloom-560m", _bloom_560m, BloomForCausalLM)
OPT_1_3B = Shape("opt-1.3b", _opt_1_3b, OPTForCausalLM)
