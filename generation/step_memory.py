"""What a loaded model takes, seen by following every tensor of one real step. Imports torch.

Followed are the tensors of the calling thread only, so that other models may write meanwhile; the
resident size of the process could not tell them apart.
"""

import inspect
import weakref
from collections.abc import Iterable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

from generation.footprint import kv_bytes_per_token
from generation.kernels import weights_bytes
from generation.memory import Measured

_TRIAL_TOKENS = 64


def measure_model(model: Any) -> Measured:
    """The bytes of a transformers model's tensors, and what a step takes for each token of a prompt.

    Reads a short prompt, which uses every weight once.
    """
    return Measured(weights_bytes(model), _step_token_bytes(model))


class LivingBytes(TorchDispatchMode):
    """Follows the tensors that this thread makes: `peak_bytes` is the most that were alive at once."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak_bytes = 0
        self._alive: dict[int, int] = {}
        self._alive_bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        output = func(*args, **(kwargs or {}))
        given = {storage._cdata for storage in _storages((args, kwargs))}
        for storage in _storages(output):
            if storage._cdata not in given and storage._cdata not in self._alive:
                self._follow(storage)
        return output

    def _follow(self, storage: torch.UntypedStorage) -> None:
        self._alive[storage._cdata] = storage.nbytes()
        self._alive_bytes += storage.nbytes()
        self.peak_bytes = max(self.peak_bytes, self._alive_bytes)
        weakref.finalize(storage, self._forget, storage._cdata)

    def _forget(self, address: int) -> None:
        self._alive_bytes -= self._alive.pop(address, 0)


def _storages(tree: Any) -> Iterable[torch.UntypedStorage]:
    """Those that can be told apart: not weights in a kernel's own layout, which no step makes."""
    leaves = (leaf for leaf in tree_iter(tree) if isinstance(leaf, torch.Tensor))
    return (leaf.untyped_storage() for leaf in leaves if leaf.layout is torch.strided)


def _step_token_bytes(model: Any) -> int:
    """Activations per token; the keys and values that the prompt leaves behind belong to the cache."""
    vocabulary = model.get_input_embeddings().num_embeddings
    prompt = torch.arange(_TRIAL_TOKENS, device=model.device)[None] % vocabulary
    inputs: dict[str, Any] = {"input_ids": prompt, "use_cache": True}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = prompt[:, :1]
    if "logits_to_keep" in inspect.signature(model.forward).parameters:
        inputs["logits_to_keep"] = 1
    with torch.inference_mode(), LivingBytes() as living:
        model(**inputs)
    cache_bytes: int = _TRIAL_TOKENS * kv_bytes_per_token(model.config.to_dict(), int(model.dtype.itemsize))
    return int(max(0, living.peak_bytes - cache_bytes)) // _TRIAL_TOKENS
