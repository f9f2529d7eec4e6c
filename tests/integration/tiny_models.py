"""Real transformers models, small enough to build in a test: random weights, a trained tokenizer."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    BloomConfig,
    BloomForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
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


def _save(kind: type[PreTrainedModel], config: Any, tokenizer: PreTrainedTokenizerFast, folder: Path) -> Path:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        kind(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
