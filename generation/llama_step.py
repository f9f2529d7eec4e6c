"""One token for each row through a Llama-like model, with as few operations as it takes.

transformers' modules cost a small model on a CPU as much time around its matrix products as some of these
take. The same layers are called here with the same weights, but without the modules in between; prompts and
every other architecture go through transformers itself. The self-check at load compares both.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM

from generation.kv_cache import KVCache
from generation.linear_layers import Int8Linear

# Few rows are multiplied the other way round, with the weight in the first place: oneDNN reads it a third
# faster then, in 16 bit, and needs no layout of its own. From 32 rows on this costs more than it brings.
_FEW_ROWS = 16

_FAMILY = (LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM)


class LlamaStep:
    """Computes logits (rows, vocabulary) that follow one new token in each row."""

    def __init__(self, model: Any) -> None:
        self._model = model.model
        self._head = model.lm_head
        config = model.config
        self._heads, self._kv_heads = config.num_attention_heads, config.num_key_value_heads
        self._epsilon = config.rms_norm_eps
        self._grouped = self._heads != self._kv_heads

    @staticmethod
    def suits(model: Any) -> bool:
        """Whether the model is of the family, every layer attends to everything, and it is on a CPU."""
        if type(model) not in _FAMILY or model.device.type != "cpu" or model.config.hidden_act != "silu":
            return False
        kinds = set(getattr(model.config, "layer_types", None) or ["full_attention"])
        sliding = getattr(model.config, "sliding_window", None) if type(model) is MistralForCausalLM else None
        return kinds == {"full_attention"} and sliding is None

    def __call__(self, tokens: Tensor, cache: KVCache, positions: Tensor, mask: Tensor | None) -> Tensor:
        """`tokens` and `positions` have shape (rows, 1); `mask` (rows, width) as in ForwardPass."""
        states = self._model.embed_tokens(tokens[:, 0])
        cos, sin = self._model.rotary_emb(states, positions)
        half = cos.shape[-1] // 2
        # rotate_half(x) · sin is a roll by half times sin with its first half negated.
        turn = (cos, torch.cat([-sin[..., :half], sin[..., half:]], dim=-1), half)
        seen = None if mask is None else mask[:, None, None, :]
        for index, layer in enumerate(self._model.layers):
            normed = self._norm(states, layer.input_layernorm.weight)
            states = states + self._attend(layer.self_attn, normed, turn, cache, index, seen)
            normed = self._norm(states, layer.post_attention_layernorm.weight)
            gate, up = _each((layer.mlp.gate_proj, layer.mlp.up_proj), normed)
            states = states + _product(layer.mlp.down_proj, functional.silu(gate).mul_(up))
        return _product(self._head, self._norm(states, self._model.norm.weight))

    def _attend(
        self,
        attention: Any,
        states: Tensor,
        turn: tuple[Tensor, Tensor, int],
        cache: KVCache,
        index: int,
        mask: Tensor | None,
    ) -> Tensor:
        rows = states.shape[0]
        query, key, value = _each((attention.q_proj, attention.k_proj, attention.v_proj), states)
        query, key = query.view(rows, self._heads, -1), key.view(rows, self._kv_heads, -1)
        if hasattr(attention, "q_norm"):
            query = self._norm(query, attention.q_norm.weight)
            key = self._norm(key, attention.k_norm.weight)
        query, key = _turned(query, turn), _turned(key, turn)
        keys, values = cache.update(key[:, :, None], value.view(rows, self._kv_heads, 1, -1), index)
        mixed = functional.scaled_dot_product_attention(
            query[:, :, None], keys, values, mask, scale=attention.scaling, enable_gqa=self._grouped
        )
        return _product(attention.o_proj, mixed.reshape(rows, -1))

    def _norm(self, states: Tensor, weight: Tensor) -> Tensor:
        return functional.rms_norm(states, weight.shape, weight, self._epsilon)


def _each(layers: tuple[Any, ...], states: Tensor) -> list[Tensor]:
    """The layers' results for the same input, which int8 layers quantise once for all of them."""
    if all(isinstance(layer, Int8Linear) for layer in layers):
        levels, scales = Int8Linear.quantise(states)
        return [layer.multiply(levels, scales, states.dtype) for layer in layers]
    return [_product(layer, states) for layer in layers]


def _product(layer: Any, states: Tensor) -> Tensor:
    weight: Tensor = layer.weight
    if type(layer) is not nn.Linear or weight.dtype != torch.bfloat16 or not 1 < len(states) <= _FEW_ROWS:
        result: Tensor = layer(states)
        return result
    result = functional.linear(weight, states).t().contiguous()
    return result if layer.bias is None else result.add_(layer.bias)


def _turned(states: Tensor, turn: tuple[Tensor, Tensor, int]) -> Tensor:
    """Rotary embedding of (rows, heads, width) by the angles of each row."""
    cos, signed_sin, half = turn
    return torch.addcmul(states * cos, states.roll(half, -1), signed_sin)
