"""Whether a Llama-like model takes its steps compiled, and up to how many rows: by trial at load.

The compiled step reads weights at the speed of memory; from some number of rows on the processor's own matrix
units do more (LlamaStep). Small models gain too little for the seconds that compiling takes. Imports torch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import structlog
import torch
from torch import Tensor

from generation.compile_ahead import WalkOrder, compile_ahead
from generation.devices import is_out_of_memory
from generation.errors import ErrandFailed
from generation.kv_cache import KVCache, LayerStates
from generation.llama_step import LlamaStep
from generation.watchdog import not_counted

if TYPE_CHECKING:
    from generation.compiled_step import CompiledStep

_ROWS = (1, 4, 8)
# Texts of different lengths, as in a batch: the mask that they need takes time, too.
_LONGEST = 32
# Three turns did not tell 65 from 88 ms beside others. Large models take longer, and get no more.
_LEAST_TURNS, _MOST_TURNS = 3, 12
_TRIAL_SECONDS = 1.0
# What is nearly as fast is taken: it was measured to be faster, and others use the machine as well.
_AS_FAST = 1.1

_log = structlog.get_logger(__name__)

Step = Callable[[], None]
IsFast = Callable[[Step, Step], bool]
CompileAhead = Callable[[WalkOrder], object]


def is_fast(compiled: Step, plain: Step) -> bool:
    """Whether the first takes hardly longer than the second. Measured in turns, after one that compiles."""
    compiled()
    plain()
    turns: list[tuple[float, float]] = []
    until = perf_counter() + _TRIAL_SECONDS
    while len(turns) < _LEAST_TURNS or (len(turns) < _MOST_TURNS and perf_counter() < until):
        turns.append((_seconds(compiled), _seconds(plain)))
    return min(turn[0] for turn in turns) <= _AS_FAST * min(turn[1] for turn in turns)


@dataclass(frozen=True)
class StepTrial:
    """Which models' steps are compiled: those of so many bytes, as long as this says that it is fast.

    `compile_ahead` leaves the walk where numba finds it, or raises ErrandFailed.
    """

    least_bytes: int = 64 * 2**20
    is_fast: IsFast = is_fast
    compile_ahead: CompileAhead = compile_ahead


def may_be_compiled(model: Any, trial: StepTrial) -> bool:
    """Whether numba is installed and the model is of the family, in 16 or 32 bit, and not small."""
    if not LlamaStep.suits(model) or model.dtype not in (torch.float32, torch.bfloat16):
        return False
    if (
        model.lm_head.bias is not None
        or sum(weight.nbytes for weight in model.parameters()) < trial.least_bytes
    ):
        return False
    return find_spec("numba") is not None


def is_compiled(model: Any, in_int8: bool, trial: StepTrial) -> bool:
    """Whether this machine has the walk for such weights. Compiles it first, if it had not."""
    bits: Literal["float32", "uint16"] = "float32" if model.dtype == torch.float32 else "uint16"
    try:
        with not_counted():
            trial.compile_ahead(WalkOrder(weights="int8" if in_int8 else bits, cache=bits))
    except ErrandFailed as error:
        # numba may be of another platform, or there is no folder where it could keep anything.
        _log.warning("steps_not_compiled", reason=str(error), remedy="Set NUMBA_CACHE_DIR to a folder.")
        return False
    return True


def compile_step(model: Any, trial: StepTrial) -> int:
    """Leave a compiled step on the model, where ForwardPass finds it; up to how many rows it is taken."""
    try:
        from generation.compiled_step import CompiledStep

        compiled = CompiledStep(model)
        with torch.inference_mode():
            compiled.most_rows = _most_rows(model, compiled, trial.is_fast)
    except Exception as error:
        if is_out_of_memory(error):
            raise
        # What was kept may be unreadable. Every model can be stepped layer by layer.
        _log.warning("compiled_step_not_used", reason=str(error), remedy="Remove generation/__pycache__.")
        return 0
    if compiled.most_rows:
        model.compiled_step = compiled
    return compiled.most_rows


def _most_rows(model: Any, compiled: "CompiledStep", is_fast: IsFast) -> int:
    plain, most_rows = LlamaStep(model), 0
    one = _states_of_a_token(model)
    for rows in _ROWS:
        lengths = torch.tensor([[_LONGEST - row] for row in range(rows)])
        cache, tokens = _cache_of_texts(one, lengths[:, 0].tolist()), torch.zeros_like(lengths)
        mask = None if rows == 1 else torch.arange(_LONGEST + 1) >= _LONGEST - lengths
        step_compiled = partial(_step_and_forget, compiled, tokens, cache, lengths)
        step_plain = partial(_step_and_forget, plain, tokens, cache, lengths, mask)
        if not is_fast(step_compiled, step_plain):
            break
        most_rows = rows
    return most_rows


def _step_and_forget(
    step: Callable[..., Tensor], tokens: Tensor, cache: KVCache, *inputs: Tensor | None
) -> None:
    step(tokens, cache, *inputs)
    cache.roll_back(_LONGEST)


def _states_of_a_token(model: Any) -> list[LayerStates]:
    cache = KVCache(1, 1)
    cache.used = 1
    model(input_ids=torch.zeros(1, 1, dtype=torch.long), past_key_values=cache, use_cache=True)
    return cache.states(0, 0, 1)


def _cache_of_texts(one: list[LayerStates], lengths: list[int]) -> KVCache:
    """As in a batch of texts of such lengths, which say one token again and again; with place for another."""
    texts = [
        [(keys.expand(-1, length, -1), values.expand(-1, length, -1)) for keys, values in one]
        for length in lengths
    ]
    cache = KVCache.of_text(_LONGEST + 1, texts[0])
    cache.reserve(len(lengths), _LONGEST + 1)
    for states in texts[1:]:
        cache.join(states)
    return cache


def _seconds(step: Step) -> float:
    started = perf_counter()
    step()
    return perf_counter() - started
