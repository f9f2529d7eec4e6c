"""Does this architecture come out of the padded batch as it does alone? Asked of every model at load.

A few greedy tokens of uneven prompts, one of which joins late, against one plain forward pass of each text.
"""

from typing import Any

import structlog
import torch
from torch import Tensor

from generation.decoders import BatchedDecoder
from generation.devices import is_out_of_memory
from generation.linear_layers import Int8Rows

_PROMPT_LENGTHS = (3, 9)
_LATE_PROMPT_LENGTH = 5
_STEPS = 2
_CHUNK_TOKENS = 6
# Largest difference of logits, relative to their spread: rounding in 32 bit, and in 16 bit.
_TOLERANCE_32_BIT = 1e-3
_TOLERANCE_16_BIT = 0.15

_log = structlog.get_logger(__name__)


def batching_is_right(model: Any) -> bool:
    """Whether a BatchedDecoder gives this model's own logits. Raises what the allocator raises."""
    try:
        with torch.inference_mode():
            difference = _largest_difference(model)
    except Exception as error:
        if is_out_of_memory(error):
            raise
        # Whatever an architecture trips over, it can be stepped alone.
        _log.warning("batching_failed", architecture=model.config.model_type, error=str(error))
        return False
    right = difference <= _tolerance(model)
    if not right:
        _log.warning("batching_differs", architecture=model.config.model_type, difference=difference)
    return right


def _tolerance(model: Any) -> float:
    in_32_bit = model.dtype == torch.float32 and not any(
        isinstance(part, Int8Rows) for part in model.modules()
    )
    return _TOLERANCE_32_BIT if in_32_bit else _TOLERANCE_16_BIT


def _largest_difference(model: Any) -> float:
    texts, logits = _write_in_batch(model)
    differences = []
    for text, own in zip(texts, logits, strict=True):
        ids = torch.tensor([text[:-1]], device=model.device)
        expected = model(input_ids=ids, use_cache=False).logits[0, -len(own) :].float()
        spread = expected.std(dim=-1, keepdim=True).clamp(min=1e-6)
        differences.append(((torch.cat(own).float() - expected).abs() / spread).max())
    largest = float(torch.stack(differences).max())
    return largest if largest == largest else float("inf")  # no number: something was masked wrongly


def _write_in_batch(model: Any) -> tuple[list[list[int]], list[list[Tensor]]]:
    """Texts, prompts included, and the logits (1, vocabulary) that each token was taken from."""
    decoder = BatchedDecoder(model, cache_tokens=1024, max_rows=4)
    vocabulary = model.get_input_embeddings().num_embeddings
    texts: list[list[int]] = []
    logits: list[list[Tensor]] = []

    def join(length: int) -> None:
        # Spread over the vocabulary, and never the same token twice in a row.
        prompt = tuple((17 + 7919 * (length + position)) % vocabulary for position in range(length))
        reading = decoder.open(prompt, length + 2 * _STEPS)
        while (first := decoder.read(reading, _CHUNK_TOKENS)) is None:
            pass
        decoder.join(reading)
        texts.append([*prompt, int(first.argmax())])
        logits.append([first])

    def step() -> None:
        stepped = decoder.step([text[-1] for text in texts])
        for row, own in enumerate(torch.split(stepped, 1)):
            texts[row].append(int(own.argmax()))
            logits[row].append(own)

    for length in _PROMPT_LENGTHS:
        join(length)
    step()
    join(_LATE_PROMPT_LENGTH)
    for _ in range(_STEPS - 1):
        step()
    return texts, logits
