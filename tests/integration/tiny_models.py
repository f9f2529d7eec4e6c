"""Real transformers models, small enough to build in a test: random weights, a trained tokenizer."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    BloomConfig,
    BloomForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoConfig,
    GPTNeoForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

CONTEXT_TOKENS = 128
CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|> {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_CORPUS = ["The quick brown fox jumps over the lazy dog.", "naïve café, straße, 東京 and 🎉 too"] * 20


def build_tokenizer(chat_template: str | None = CHAT_TEMPLATE, ends: bool = True) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer: every byte is a token, so random output is full of broken characters."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|no_role|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    special = ["<|system|>", "<|user|>", "<|assistant|>"]
    wrapped: PreTrainedTokenizerFast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, eos_token="<|end|>" if ends else None, extra_special_tokens=special
    )
    wrapped.chat_template = chat_template
    return wrapped


def build_llama(folder: Path, chat_template: str = CHAT_TEMPLATE, ends: bool = True, **changes: Any) -> Path:
    """A Llama of some 30,000 parameters with a chat template; `ends` False: it knows no last token."""
    tokenizer = build_tokenizer(chat_template, ends)
    settings = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": CONTEXT_TOKENS,
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": None,
        "pad_token_id": None,
    }
    return _save(LlamaForCausalLM, LlamaConfig(**(settings | changes)), tokenizer, folder)


def build_gpt2(folder: Path) -> Path:
    """A GPT-2 of some 30,000 parameters, without a chat template."""
    tokenizer = build_tokenizer(chat_template=None)
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=32,
        n_layer=2,
        n_head=4,
        n_positions=CONTEXT_TOKENS,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.eos_token_id,
    )
    return _save(GPT2LMHeadModel, config, tokenizer, folder)


def build_bloom(folder: Path) -> Path:
    """A BLOOM of some 30,000 parameters: position by distance, so it states no context length."""
    tokenizer = build_tokenizer(chat_template=None)
    config = BloomConfig(
        vocab_size=len(tokenizer), hidden_size=32, n_layer=2, n_head=4, eos_token_id=tokenizer.eos_token_id
    )
    return _save(BloomForCausalLM, config, tokenizer, folder)


def build_t5(folder: Path) -> Path:
    """An encoder–decoder of some 30,000 parameters."""
    tokenizer = build_tokenizer(chat_template=None)
    ids = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.eos_token_id}
    kind, config, shape = ARCHITECTURES["T5"]
    return _save(kind, config(vocab_size=len(tokenizer), **shape, **ids), tokenizer, folder)


SLIDING_WINDOW = 8
"""Short enough that texts in tests become longer."""
_SHAPE = {"hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 2, "intermediate_size": 64}
_GROUPED = _SHAPE | {"num_key_value_heads": 2, "max_position_embeddings": CONTEXT_TOKENS}
Architecture = tuple[type[PreTrainedModel], type[Any], dict[str, Any]]
ARCHITECTURES: dict[str, Architecture] = {
    "Llama": (LlamaForCausalLM, LlamaConfig, _GROUPED),
    "Qwen3": (Qwen3ForCausalLM, Qwen3Config, _GROUPED | {"head_dim": 8}),
    "Mistral": (MistralForCausalLM, MistralConfig, _GROUPED | {"sliding_window": SLIDING_WINDOW}),
    "Phi-3": (Phi3ForCausalLM, Phi3Config, _GROUPED),
    "Gemma 3": (
        Gemma3ForCausalLM,
        Gemma3TextConfig,
        _GROUPED
        | {
            "head_dim": 8,
            "sliding_window": SLIDING_WINDOW,
            "layer_types": ["sliding_attention", "full_attention"],
        },
    ),
    "GPT-2": (GPT2LMHeadModel, GPT2Config, {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 128}),
    "OPT": (
        OPTForCausalLM,
        OPTConfig,
        _SHAPE | {"ffn_dim": 64, "word_embed_proj_dim": 32, "max_position_embeddings": CONTEXT_TOKENS},
    ),
    "BLOOM": (BloomForCausalLM, BloomConfig, {"hidden_size": 32, "n_layer": 2, "n_head": 4}),
    "GPT-Neo": (
        GPTNeoForCausalLM,
        GPTNeoConfig,
        {
            "hidden_size": 32,
            "num_layers": 2,
            "num_heads": 4,
            "attention_types": [[["global", "local"], 1]],
            "window_size": SLIDING_WINDOW,
            "max_position_embeddings": CONTEXT_TOKENS,
        },
    ),
    "T5": (
        T5ForConditionalGeneration,
        T5Config,
        {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "decoder_start_token_id": 1},
    ),
}
"""Every architecture of the catalogue: its model, its configuration, and a tiny shape."""
COMPILED_ARCHITECTURES: dict[str, Architecture] = {
    "Llama": ARCHITECTURES["Llama"],
    "Mistral without a window": (MistralForCausalLM, MistralConfig, _GROUPED | {"sliding_window": None}),
    "Qwen2": (Qwen2ForCausalLM, Qwen2Config, _GROUPED),
    "Qwen3": ARCHITECTURES["Qwen3"],
}
"""Those whose steps may be compiled."""


def build_architecture(name: str, vocabulary_size: int, dtype: torch.dtype = torch.float32) -> Any:
    """A random model of ARCHITECTURES or COMPILED_ARCHITECTURES that never ends a text.

    Its weights are larger than fresh ones, so that every next token depends on all tokens before.
    """
    kind, configuration, shape = (ARCHITECTURES | COMPILED_ARCHITECTURES)[name]
    ids = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        model: Any = kind(configuration(vocab_size=vocabulary_size, **shape, **ids))
        with torch.no_grad():
            for weight in model.parameters():
                if weight.dim() > 1:
                    weight.normal_(std=0.15)
    return model.eval().to(dtype)


def _save(kind: type[PreTrainedModel], config: Any, tokenizer: PreTrainedTokenizerFast, folder: Path) -> Path:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        kind(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
