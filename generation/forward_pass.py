"""One call of a transformers model: logits of the last position, and memory that ran out told apart."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from generation.devices import is_out_of_memory, release_memory
from generation.errors import OutOfMemory
from generation.kv_cache import KVCache
from generation.llama_step import LlamaStep


class ForwardPass:
    """Calls a causal language model with only what its architecture knows of."""

    def __init__(self, model: Any) -> None:
        self.device: torch.device = model.device
        self._model = model
        known = inspect.signature(model.forward).parameters
        self._takes_positions = "position_ids" in known
        self._step = LlamaStep(model) if LlamaStep.suits(model) else None
        self._compiled_step = getattr(model, "compiled_step", None)
        self._options: dict[str, Any] = {"use_cache": True} | (
            {"logits_to_keep": 1} if "logits_to_keep" in known else {}
        )

    def __call__(self, tokens: Tensor, cache: Any, positions: Tensor | None, mask: Tensor | None) -> Tensor:
        """The logits (rows, vocabulary) that follow `tokens` (rows, columns).

        `positions` has the tokens' shape, None where they follow from the cache. `mask` (rows, width) is
        True where there is a token; None where there is no padding.
        """
        if self._step is not None and positions is not None and isinstance(cache, KVCache):
            if self._compiled_step is not None and len(tokens) <= self._compiled_step.most_rows:
                compiled: Tensor = self._compiled_step(tokens, cache, positions)
                return compiled
            return self._step(tokens, cache, positions, mask)
        options = self._options
        if positions is not None and self._takes_positions:
            options = options | {"position_ids": positions}
        output = self._model(input_ids=tokens, past_key_values=cache, attention_mask=mask, **options)
        logits: Tensor = output.logits[:, -1]
        return logits


@contextmanager
def memory_watched() -> Iterator[None]:
    """Turn an allocator's refusal, in whatever words, into OutOfMemory."""
    try:
        yield
        return
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    # Outside the handler: the error's traceback holds the tensors of the step.
    release_memory()
    raise OutOfMemory(
        "Memory ran out while this text was being written, and the text was given up. Try again with "
        "fewer max_tokens or a smaller model, or close other programs."
    )
