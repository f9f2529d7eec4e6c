"""Where a model computes, in what precision, and how much memory there is. Imports torch."""

import ctypes
import functools
import gc
import os
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any

import psutil
import structlog
import torch

from generation.errors import ModelUnsupported
from generation.memory import MachineMemory, measure_machine, private_bytes
from generation.registry import Precision

_MEMORY_REFUSALS = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory")
_FALLBACK = re.compile(r"operator '([\w:.]+)' is not currently supported on the MPS backend")
# In 16 bit a number keeps 8 bits at least; a device that computes worse than this computes wrongly.
_CLOSE = 0.05

_log = structlog.get_logger(__name__)

# As torch warns of an operator once in a process, it is for the process that they are remembered.
_fallen_back: dict[str, None] = {}


def choose_device() -> torch.device:
    """Apple's GPU, else NVIDIA's, else the CPU."""
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def choose_dtype(precision: Precision, device: torch.device, stored: str = "float32") -> torch.dtype:
    """The torch type of activations, cache and (int8 apart) weights for a declared precision.

    On a CPU `auto` is float32: a text alone is written fastest in it, and exactly the same in any batch. An
    accelerator takes the first of bfloat16, float16 and float32 that a trial step shows to work. int8 weights
    are made from what the file stores, so that no 32-bit copy of 16-bit weights comes between. Raises
    ModelUnsupported if a precision is asked for by name in which the device cannot compute.
    """
    if precision is Precision.AUTO or precision is Precision.INT8:
        half = (torch.bfloat16, torch.float16, torch.float32)
        in_half = device.type != "cpu" or (precision is Precision.INT8 and stored != "float32")
        wished = half if in_half else (torch.float32,)
        return next((dtype for dtype in wished if computes_in(dtype, device)), torch.float32)
    dtype = getattr(torch, precision)
    if not isinstance(dtype, torch.dtype) or not computes_in(dtype, device):
        raise ModelUnsupported(
            f'This machine\'s {device.type} cannot compute in {precision}. Set precision = "auto" for this '
            "model in copydesk.toml."
        )
    return dtype


@functools.cache
def computes_in(dtype: torch.dtype, device: torch.device) -> bool:
    """Whether a small step (matrices, attention) in this type runs on the device and comes out right."""
    exact = _trial_step(torch.float32, torch.device("cpu"))
    try:
        result = _trial_step(dtype, device)
    except (RuntimeError, TypeError, NotImplementedError):
        return False
    return bool(torch.allclose(result, exact, rtol=_CLOSE, atol=_CLOSE))


def _trial_step(dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    ramp = torch.linspace(-1, 1, 16 * 16).reshape(1, 1, 16, 16).to(device, dtype)
    with torch.inference_mode():
        attended = torch.nn.functional.scaled_dot_product_attention(ramp, ramp.mT, ramp, is_causal=True)
        return torch.nn.functional.linear(attended, ramp[0, 0]).float().cpu()


def dtype_name(dtype: torch.dtype) -> str:
    """ "float32" for torch.float32."""
    return str(dtype).removeprefix("torch.")


def limit_threads() -> None:
    """Leave one core to the bot, unless OMP_NUM_THREADS says otherwise."""
    if "OMP_NUM_THREADS" not in os.environ:
        allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        physical = psutil.cpu_count(logical=False) or allowed
        torch.set_num_threads(max(1, min(allowed, physical) - 1))


def report_fallbacks(on_operator: Callable[[str], None] | None = None) -> None:
    """Tell (in the log, by default) each operator that MPS hands to the CPU, which is slow.

    Torch warns of it once per operator, when the environment has PYTORCH_ENABLE_MPS_FALLBACK=1; without
    that, such an operator is an error. Other warnings are shown as before.
    """
    show: Callable[..., Any] = warnings.showwarning
    tell = on_operator or _log_fallback

    def showwarning(message: Warning | str, *where: Any, **more: Any) -> None:
        if operator := fallback_operator(str(message)):
            _fallen_back[operator] = None
            tell(operator)
        else:
            show(message, *where, **more)

    warnings.filterwarnings("always", message=".*not currently supported on the MPS backend")
    warnings.showwarning = showwarning


def fallback_operators(device_type: str) -> tuple[str, ...]:
    """The operators that this process has seen MPS hand to the CPU so far; none on another device."""
    return tuple(_fallen_back) if device_type == "mps" else ()


def fallback_operator(warning: str) -> str | None:
    """The operator ("aten::…") that this warning of torch says was computed on the CPU instead of MPS."""
    found = _FALLBACK.search(warning)
    return found[1] if found else None


def _log_fallback(operator: str) -> None:
    _log.warning("operator computed on the CPU, for MPS lacks it: this model is slow here", operator=operator)


def measure_memory(device: torch.device) -> MachineMemory:
    """The memory that models on this device live in.

    Apple's GPU shares the machine's.
    """
    if device.type == "cuda":
        available_bytes, physical_bytes = torch.cuda.mem_get_info(device)
        return MachineMemory(physical_bytes, available_bytes)
    machine = measure_machine()
    if device.type == "mps":
        return bounded(machine, torch.mps.recommended_max_memory(), torch.mps.driver_allocated_memory())
    return machine


def bounded(machine: MachineMemory, limit_bytes: int, allocated_bytes: int) -> MachineMemory:
    """A machine's memory as its GPU may use it: at most what the driver recommends.

    What the driver gave out already, to whomever in this process, is no longer available; where that is more
    than our models hold by the ledger, the rest counts as others' use (memory.budget_bytes).
    """
    left_bytes = max(0, limit_bytes - allocated_bytes)
    return MachineMemory(min(machine.physical_bytes, limit_bytes), min(machine.available_bytes, left_bytes))


def own_bytes(device: torch.device) -> int:
    """What this process takes of that memory, and what is therefore not others' use."""
    if device.type == "cuda":
        return int(torch.cuda.memory_reserved(device))
    if device.type == "mps":
        return int(torch.mps.driver_allocated_memory()) + private_bytes()
    return private_bytes()


def accelerator_bytes() -> dict[str, int]:
    """What the drivers of this machine's accelerators say they gave this process, by kind; {} on a CPU."""
    held = {}
    if torch.cuda.is_available():
        held["cuda"] = int(torch.cuda.memory_reserved())
    if torch.backends.mps.is_available():
        held["mps"] = int(torch.mps.driver_allocated_memory())
    return held


def release_memory() -> None:
    """Give back what dropped models held; allocators keep it otherwise."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this is how an allocator says no; only CUDA has an exception of its own for it."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _MEMORY_REFUSALS)
