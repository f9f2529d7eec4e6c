"""Whether a Llama-like model takes its steps compiled, and up to how many rows: by trial at load.

The compiled step reads weights at the speed of memory; from some number of rows on the processor's own matrix
units do more (LlamaStep). Small models gain too little for the seconds that compiling takes. Imports torch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import structlog
import torch
from torch import Tensor

from generation.kv_cache import KVCache
from generation.llama_step import LlamaStep

if TYPE_CHECKING:
    from generation.compiled_step import CompiledStep

_ROWS = (1, 4, 8)
_TRIALS = 3
# What is nearly as fast is taken: it was measured to be faster, and others use the machine as well.
_AS_FAST = 1.1

_log = structlog.get_logger(__name__)

Step = Callable[[], None]
IsFast = Callable[[Step, Step], bool]


def is_fast(compiled: Step, plain: Step) -> bool:
    """Whether the first takes hardly longer than the second. Measured in turns, after one that compiles."""
    compiled()
    plain()
    pairs = [(_seconds(compiled), _seconds(plain)) for _ in range(_TRIALS)]
    return min(pair[0] for pair in pairs) <= _AS_FAST * min(pair[1] for pair in pairs)


@dataclass(frozen=True)
class StepTrial:
    """Which models' steps are compiled: those of so many bytes, as long as this says that it is fast."""

    least_bytes: int = 64 * 2**20
    is_fast: IsFast = is_fast


def may_be_compiled(model: Any, trial: StepTrial) -> bool:
    """Whether numba is installed and the model is of the family, in 16 or 32 bit, and not small."""
    if not LlamaStep.suits(model) or model.dtype not in (torch.float32, torch.bfloat16):
        return False
    if (
        model.lm_head.bias is not None
        or sum(weight.nbytes for weight in model.parameters()) < trial.least_bytes
    ):
        return False
    try:
        import generation.compiled_step  # noqa: F401
    except (ImportError, RuntimeError) as error:  # RuntimeError: there is no folder for what is compiled
        _log.info("compiled_step_not_used", reason=str(error))
        return False
    return True


def compile_step(model: Any, trial: StepTrial) -> int:
    """Leave a compiled step on the model, where ForwardPass finds it; up to how many rows it is taken."""
    from numba.core.errors import NumbaError

    from generation.compiled_step import CompiledStep

    compiled = CompiledStep(model)
    try:
        with torch.inference_mode():
            compiled.most_rows = _most_rows(model, compiled, trial.is_fast)
    except NumbaError as error:
        _log.warning("step_not_compiled", reason=str(error))
    if compiled.most_rows:
        model.compiled_step = compiled
    return compiled.most_rows


def _most_rows(model: Any, compiled: "CompiledStep", is_fast: IsFast) -> int:
    plain, most_rows = LlamaStep(model), 0
    for rows in _ROWS:
        cache = _cache_of_one_column(model, rows)
        token, position = torch.zeros(rows, 1, dtype=torch.long), torch.ones(rows, 1, dtype=torch.long)

        def step_compiled(cache: KVCache = cache, token: Tensor = token, position: Tensor = position) -> None:
            compiled(token, cache, position)
            cache.roll_back(1)

        def step_plain(cache: KVCache = cache, token: Tensor = token, position: Tensor = position) -> None:
            plain(token, cache, position, None)
            cache.roll_back(1)

        if not is_fast(step_compiled, step_plain):
            break
        most_rows = rows
    return most_rows


def _cache_of_one_column(model: Any, rows: int) -> KVCache:
    cache = KVCache(rows, 2)
    cache.used = rows
    model(input_ids=torch.zeros(rows, 1, dtype=torch.long), past_key_values=cache, use_cache=True)
    return cache


def _seconds(step: Step) -> float:
    started = perf_counter()
    step()
    return perf_counter() - started
