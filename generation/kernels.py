"""Faster linear layers for a loaded model, chosen by trial on the model itself. Imports torch.

    candidates ─▶ fast enough here? ─▶ same logits? ─▶ replace layer by layer, freeing as it goes

On a CPU most of a step is reading weights, and int8 weights halve what is read. A compiled step reads them
fastest, where they are (step_choice); for other models oneDNN reads them faster from a blocked layout made
once. Nothing is replaced before the model has answered a probe with every layer computed the new way, so
nothing ever has to be put back. Elsewhere (MPS, CUDA) the vendor's kernels stay, and only their name is told.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import structlog
import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from generation.devices import is_out_of_memory
from generation.linear_layers import FastLinear, Int8Linear, Int8Rows, PackedLinear
from generation.mapped_pages import let_go_of_pages, mapped_weight_files
from generation.registry import Precision
from generation.step_choice import StepTrial, compile_step, is_compiled, may_be_compiled

_SHORT_NAMES = {torch.float32: "fp32", torch.bfloat16: "bf16", torch.float16: "fp16"}

# The least cosine between logits before and after, at any position of the probe. The bounds lie
# well below what rounding does (0.9999 in 16 bit, 0.997 in int8 on random weights) and well above
# what a wrong kernel does.
_LEAST_COSINE = {torch.float32: 0.99999, torch.bfloat16: 0.998, torch.float16: 0.998}
_LEAST_COSINE_INT8 = 0.98

_PROBE_ROWS, _PROBE_TOKENS = 2, 12
_TRIAL_ROWS = (1, 8)
_TRIALS = 5
# The layouts were measured to be faster, so a busy moment must not decide against them.
_SURELY_SLOWER = 1.25
_TRIAL_BYTES = 64 * 2**20

_STEP_TRIAL = StepTrial()

_log = structlog.get_logger(__name__)

IsFast = Callable[[list[Any], type[FastLinear]], bool]


def is_fast(layers: list[Any], kind: type[FastLinear]) -> bool:
    """Whether it is not slower, alone and in a batch taken together, on some of the largest layers."""
    largest = sorted(layers, key=lambda layer: layer.weight.nbytes, reverse=True)
    inside = [layer for layer in largest if layer.weight.nbytes <= _TRIAL_BYTES // 2] or largest[-1:]
    chosen = inside[: max(1, _TRIAL_BYTES // inside[0].weight.nbytes)]
    before, after = _best_seconds(chosen, [kind(layer) for layer in chosen])
    return after <= _SURELY_SLOWER * before


def quicken(
    model: Any,
    precision: Precision,
    device: torch.device,
    is_fast: IsFast = is_fast,
    packed: type[FastLinear] = PackedLinear,
    int8: type[FastLinear] = Int8Linear,
    trial: StepTrial = _STEP_TRIAL,
) -> str:
    """Let the model's steps be compiled, or replace its linear layers by what is fastest here, and name it.

    The name is what drafts record.

    The model's logits on a probe stay what they were, within rounding (with INT8, within what int8
    costs); otherwise the model stays as it is. Memory: packed layers replace their originals one by
    one. A weight that is shared with the embeddings is left alone, except with INT8, where the
    embeddings keep theirs.
    """
    plain = f"{_SHORT_NAMES.get(model.dtype, str(model.dtype))} {device.type}"
    if device.type != "cpu":
        return plain
    if compiled := _compile(model, precision, trial):
        return compiled
    if precision is Precision.INT8 and _replaces(model, int8, _LEAST_COSINE_INT8, is_fast):
        return "int8 onednn"
    least_cosine = _LEAST_COSINE.get(model.dtype)
    if least_cosine is not None and _replaces(model, packed, least_cosine, is_fast):
        return f"{_SHORT_NAMES[model.dtype]} onednn"
    return plain


def _compile(model: Any, precision: Precision, trial: StepTrial) -> str:
    """The name of the compiled step that the model has now; nothing without one."""
    if not may_be_compiled(model, trial):
        return ""
    in_int8 = precision is Precision.INT8 and is_compiled(model, True, trial)
    if in_int8 and _replaces(model, Int8Rows, _LEAST_COSINE_INT8, lambda *_: True):
        rows = compile_step(model, trial)
        return f"int8 compiled up to {rows} rows" if rows else "int8 dequantised"
    rows = compile_step(model, trial) if is_compiled(model, False, trial) else 0
    return f"{_SHORT_NAMES[model.dtype]} compiled up to {rows} rows" if rows else ""


def weights_bytes(model: Any) -> int:
    """Bytes of all weights, those included that kernels hold in a layout of their own."""
    parameters: int = sum(tensor.nbytes for tensor in (*model.parameters(), *model.buffers()))
    layers = (module for module in model.modules() if isinstance(module, FastLinear))
    return parameters + sum(layer.packed_bytes for layer in layers)


def _replaces(model: Any, kind: type[FastLinear], least_cosine: float, is_fast: IsFast) -> bool:
    """Whether this kind of layer is supported, worth it, and close enough; if so, it is in place now."""
    layers = list(_layers(model, shared_too=issubclass(kind, Int8Linear | Int8Rows)))
    try:
        with torch.inference_mode():
            if not layers or not is_fast(layers, kind):
                return False
            proven = _proven_layers(model, layers, kind, least_cosine)
    except (RuntimeError, NotImplementedError, TypeError) as error:
        if is_out_of_memory(error):
            raise
        # oneDNN or this build of torch does not know the operation: nothing has been replaced yet.
        _log.info("kernels_not_used", kind=kind.__name__, reason=str(error))
        return False
    with torch.inference_mode():
        _replace(model, proven, kind)
    return bool(proven)


def _layers(model: Any, shared_too: bool) -> Iterator[Any]:
    """The linear layers, in order; without `shared_too` not those whose weight is used elsewhere as well."""
    users = Counter(
        id(parameter) for module in model.modules() for parameter in module.parameters(recurse=False)
    )
    for module in model.modules():
        if type(module) in (nn.Linear, Conv1D) and (shared_too or users[id(module.weight)] == 1):
            yield module


def _best_seconds(originals: list[Any], replacements: list[Any]) -> tuple[float, float]:
    """Of both, measured in turns, because others use the machine as well; summed over the numbers of rows."""
    before = after = 0.0
    for rows in _TRIAL_ROWS:
        inputs = [_ramp(rows, layer) for layer in originals]
        pairs = [(_timed(originals, inputs), _timed(replacements, inputs)) for _ in range(_TRIALS)]
        before += min(pair[0] for pair in pairs)
        after += min(pair[1] for pair in pairs)
    return before, after


def _timed(layers: list[Any], inputs: list[torch.Tensor]) -> float:
    started = perf_counter()
    for layer, states in zip(layers, inputs, strict=True):
        layer(states)
    return perf_counter() - started


def _ramp(rows: int, layer: Any) -> torch.Tensor:
    width, dtype = FastLinear.widths(layer)[0], layer.weight.dtype
    return torch.linspace(-1, 1, rows * width).reshape(rows, width).to(dtype)


def _proven_layers(model: Any, layers: list[Any], kind: type[FastLinear], least_cosine: float) -> list[Any]:
    """Those that computed their part of a close enough answer; none if the answer was not close enough.

    Every layer is packed when its turn comes and dropped at once, so that the trial takes no more memory than
    one layer.
    """
    expected = _answer(model)
    visited: dict[int, Any] = {}

    def compute_anew(layer: Any, inputs: tuple[torch.Tensor, ...], _: object) -> torch.Tensor:
        visited[id(layer)] = layer
        result: torch.Tensor = kind(layer)(inputs[0])
        return result

    hooks = [layer.register_forward_hook(compute_anew) for layer in layers]
    try:
        answered = _answer(model)
    finally:
        for hook in hooks:
            hook.remove()
    cosine = torch.nn.functional.cosine_similarity(expected, answered, dim=-1).min()
    return list(visited.values()) if cosine >= least_cosine else []


def _answer(model: Any) -> torch.Tensor:
    """Logits (rows, tokens, vocabulary) of a probe that reaches over the whole vocabulary."""
    vocabulary = model.get_input_embeddings().num_embeddings
    tokens = torch.arange(_PROBE_ROWS * _PROBE_TOKENS).reshape(_PROBE_ROWS, -1) * 7919 % vocabulary
    inputs = {"input_ids": tokens}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = tokens.flip(1)
    logits: torch.Tensor = model(**inputs, use_cache=False).logits
    return logits.float()


def _replace(model: Any, layers: list[Any], kind: type[FastLinear]) -> None:
    """Layer by layer, each original freed before the next is packed."""
    wanted, mapped = {id(layer) for layer in layers}, mapped_weight_files()
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if id(child) in wanted:
                setattr(parent, name, kind(child))
                let_go_of_pages(child.weight, mapped)
                child._parameters.clear()
