"""One token for each of a few rows through a Llama-like model, compiled. Imports numba.

With few rows torch's operators between the matrix products take as long as some of these. Here all threads
walk through the layers together (layer_walk), and weights are read where the model has them.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from generation.kv_cache import KVCache
from generation.layer_walk import PHASES_A_LAYER, Array, Buffers, Sizes, Weights, Window, walk_layers
from generation.linear_layers import Int8Rows
from generation.row_products import LEAST_ROWS
from generation.shared_walk import new_counters, walk


class CompiledStep:
    """Computes logits (rows, vocabulary) that follow one new token in each row.

    For models that LlamaStep suits. Weights are not copied, those of norms, scales and biases apart.
    `most_rows` is up to how many rows it is fast, which step_choice measures.
    """

    most_rows = 0

    def __init__(self, model: Any) -> None:
        blocks, attention = model.model.layers, model.model.layers[0].self_attn
        self._embed, self._rotary = model.model.embed_tokens, model.model.rotary_emb
        self._inner = model.config.intermediate_size
        self._sizes = Sizes(
            model.config.num_attention_heads,
            model.config.num_key_value_heads,
            attention.head_dim,
            float(model.config.rms_norm_eps),
            float(attention.scaling),
        )
        self._matrices = [[_in_memory(layer) for layer in _linear_layers(block)] for block in blocks]
        self._weights = _weights(model, self._matrices)

    def __call__(self, tokens: Tensor, cache: KVCache, positions: Tensor) -> Tensor:
        """`tokens` and `positions` have shape (rows, 1); a row's position is the length of its text."""
        states = self._embed(tokens[:, 0]).float()
        buffers = self._buffers(states)
        cos, sin = self._rotary(states, positions)
        window = self._window(cache, cos, sin, positions)
        counters = new_counters(len(self._matrices) * PHASES_A_LAYER + 1)
        walk(torch.get_num_threads(), walk_layers, self._sizes, self._weights, buffers, window, counters)
        return torch.from_numpy(buffers.logits[: len(states)])

    def _buffers(self, states: Tensor) -> Buffers:
        rows, hidden = states.shape
        padded = 1 if rows == 1 else -(-rows // LEAST_ROWS) * LEAST_ROWS
        queries = self._sizes.heads * self._sizes.head_width
        inputs = queries + 2 * self._sizes.kv_heads * self._sizes.head_width
        widths = (hidden, inputs, queries, self._inner, self._inner, hidden, len(self._weights.head))
        buffers = Buffers(*(np.zeros((padded, width), np.float32) for width in widths))
        buffers.states[:rows] = states.numpy()
        return buffers

    def _window(self, cache: KVCache, cos: Tensor, sin: Tensor, positions: Tensor) -> Window:
        for layer in cache.layers:
            used = layer.append(len(positions), 1)
        keys = cache.layers[0].keys
        return Window(
            np.array([(layer.keys.data_ptr(), layer.values.data_ptr()) for layer in cache.layers], np.int64),
            np.empty(0, np.uint16 if keys.dtype == torch.bfloat16 else np.float32),
            keys.shape[2],
            used.stop,
            positions[:, 0].contiguous().numpy(),
            cos[:, 0].float().contiguous().numpy(),
            sin[:, 0].float().contiguous().numpy(),
        )


def _weights(model: Any, matrices: list[list[Array]]) -> Weights:
    blocks = model.model.layers
    norms = [[block.input_layernorm.weight, block.post_attention_layernorm.weight] for block in blocks]
    norms.append([model.model.norm.weight] * 2)
    head_norms = [
        [block.self_attn.q_norm.weight, block.self_attn.k_norm.weight]
        for block in blocks
        if hasattr(block.self_attn, "q_norm")
    ]
    return Weights(
        np.array([[matrix.ctypes.data for matrix in row] for row in matrices], np.int64),
        np.stack([np.concatenate([_scales(layer) for layer in _linear_layers(block)]) for block in blocks]),
        np.stack([np.concatenate([_biases(layer) for layer in _linear_layers(block)]) for block in blocks]),
        np.array([[_float32(weight) for weight in pair] for pair in norms]),
        np.array([[_float32(weight) for weight in pair] for pair in head_norms] or [[[], []]], np.float32),
        _in_memory(model.lm_head),
        _scales(model.lm_head),
    )


def _linear_layers(block: Any) -> tuple[Any, ...]:
    attention, inner = block.self_attn, block.mlp
    projections = (attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj)
    return (*projections, inner.gate_proj, inner.up_proj, inner.down_proj)


def _in_memory(layer: Any) -> Array:
    """A linear layer's weight (out, in), not copied: bfloat16 as the bits it has."""
    weight: Tensor = layer.levels if isinstance(layer, Int8Rows) else layer.weight.detach()
    return (weight.view(torch.uint16) if weight.dtype == torch.bfloat16 else weight).numpy()


def _scales(layer: Any) -> Array:
    return layer.scales.numpy() if isinstance(layer, Int8Rows) else np.ones(layer.out_features, np.float32)


def _biases(layer: Any) -> Array:
    return np.zeros(layer.out_features, np.float32) if layer.bias is None else _float32(layer.bias)


def _float32(weight: Tensor) -> Array:
    return weight.detach().float().numpy()
