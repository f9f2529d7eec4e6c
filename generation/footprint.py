"""What a model's shape says about its memory: weights, cache by the token, working space. No torch."""

from collections.abc import Mapping
from typing import Any

from generation.errors import ModelUnsupported

# int8 weights still come with 16 or 32 bit scales and norms; next to the matrices those are nothing.
BYTES_PER_PARAMETER = {"float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}

# One thing under the names that the architectures' config.json files have for it, most telling first:
# a T5's `num_layers` is its encoder's, and only its decoder keeps a cache.
_LAYERS = ("num_decoder_layers", "num_hidden_layers", "n_layer", "n_layers", "num_layers")
_HEADS = ("num_attention_heads", "n_head", "num_heads")
_WIDTH = ("hidden_size", "n_embd", "n_embed", "d_model")
_HEAD_WIDTH = ("head_dim", "d_kv")
_INNER_WIDTH = ("intermediate_size", "ffn_dim", "d_ff", "n_inner")
_CONTEXT = ("max_position_embeddings", "n_positions", "n_ctx", "seq_length")

# How many values of these widths are alive at once while one token is read: in a Llama whose every tensor
# was followed, 12.3 times the width with an inner width of 2.75 times that.
_LIVING_WIDTHS = 4
_LIVING_INNER_WIDTHS = 3
_SCORE_COPIES = 3
_SCORE_BYTES = 4

# A Gemma 3 with eyes keeps its text part's numbers in a block that leaves out what is its class's default.
_UNSTATED = {
    "gemma3_text": {"num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256},
}


def weights_bytes(parameters: int, precision: str) -> int:
    """What this many parameters take at a precision ("float32", "float16", "bfloat16", "int8")."""
    return parameters * BYTES_PER_PARAMETER[precision]


def kv_bytes_per_token(config: Mapping[str, Any], bytes_per_value: int) -> int:
    """What one token of context holds in the key-value cache of the model that this config.json describes.

    A key and a value of head width for every layer and key-value head; grouped-query attention (Ainslie et
    al. 2023, section 2) has fewer of those heads than query heads. In an encoder-decoder a prompt's token is
    kept by the cross attention and a written one by the decoder's own, so each counts once. A sliding window
    is not subtracted: the figure is what a token costs at most. Raises ModelUnsupported if the
    config states no such shape.
    """
    shape = _text_part(config)
    heads = _stated(shape, _HEADS)
    head_width = _first(shape, _HEAD_WIDTH) or _stated(shape, _WIDTH) // heads
    kv_heads = _first(shape, ("num_key_value_heads",)) or heads
    return 2 * _stated(shape, _LAYERS) * kv_heads * head_width * bytes_per_value


def context_tokens(config: Mapping[str, Any]) -> int | None:
    """How many tokens the model's positions go up to; None if its config.json does not say (BLOOM, T5)."""
    return _first(_text_part(config), _CONTEXT)


def bytes_per_value(precision: str) -> int:
    """The size of a key, a value or an activation. Beside int8 weights they are taken to have 32 bits."""
    return 2 if precision in ("float16", "bfloat16") else 4


def working_bytes(config: Mapping[str, Any], rows: int, step_tokens: int, value_bytes: int) -> int:
    """An estimate of what a step takes besides weights and cache, until it has been measured.

    The activations of one layer for `step_tokens` tokens of prompts, and the scores of the whole
    vocabulary in 32 bit for each of `rows` texts, copied while a token is drawn. Raises
    ModelUnsupported like `kv_bytes_per_token`.
    """
    shape = _text_part(config)
    width = _stated(shape, _WIDTH)
    inner = _first(shape, _INNER_WIDTH) or 4 * width
    living = _LIVING_WIDTHS * width + _LIVING_INNER_WIDTHS * inner
    scores = rows * (_first(shape, ("vocab_size",)) or 0) * _SCORE_BYTES * _SCORE_COPIES
    return scores + step_tokens * living * value_bytes


def _text_part(config: Mapping[str, Any]) -> Mapping[str, Any]:
    nested = config.get("text_config")
    part = nested if isinstance(nested, Mapping) else config
    kind = str(part.get("model_type", ""))
    return {**_UNSTATED.get(kind, {}), **part}


def _stated(config: Mapping[str, Any], names: tuple[str, ...]) -> int:
    value = _first(config, names)
    if value is None:
        raise ModelUnsupported(
            f"config.json of architecture {config.get('model_type')!r} states none of {', '.join(names)}, so "
            "its memory cannot be planned. Fetch the model again, or route to another one."
        )
    return value


def _first(config: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    """The first positive number under one of these names; null means unstated, as in Llama's config.json."""
    values = (config.get(name) for name in names)
    return next((value for value in values if isinstance(value, int) and value > 0), None)
