"""Where a model computes, in what precision, and how much memory there is. Imports torch."""

import ctypes
import gc
import os
import sys

import psutil
import torch

from generation.memory import MachineMemory, measure_machine
from generation.registry import Precision

_MEMORY_REFUSALS = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory")


def choose_device() -> torch.device:
    """Apple's GPU, else NVIDIA's, else the CPU."""
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def choose_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """The torch type for a declared precision. On a CPU `auto` is float32: bfloat16 is slower there."""
    if precision is not Precision.AUTO:
        return {
            Precision.FLOAT32: torch.float32,
            Precision.FLOAT16: torch.float16,
            Precision.BFLOAT16: torch.bfloat16,
        }[precision]
    if device.type == "cpu":
        return torch.float32
    if device.type == "cuda" and not torch.cuda.is_bf16_supported():
        return torch.float16
    return torch.bfloat16


def dtype_name(dtype: torch.dtype) -> str:
    """ "float32" for torch.float32."""
    return str(dtype).removeprefix("torch.")


def limit_threads() -> None:
    """Leave one core to the bot, unless OMP_NUM_THREADS says otherwise."""
    if "OMP_NUM_THREADS" not in os.environ:
        allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        physical = psutil.cpu_count(logical=False) or allowed
        torch.set_num_threads(max(1, min(allowed, physical) - 1))


def measure_memory(device: torch.device) -> MachineMemory:
    """The memory that models on this device live in. Apple's GPU shares the machine's."""
    if device.type == "cuda":
        available_bytes, physical_bytes = torch.cuda.mem_get_info(device)
        return MachineMemory(physical_bytes, available_bytes)
    machine = measure_machine()
    if device.type == "mps":
        limit_bytes = torch.mps.recommended_max_memory()
        return MachineMemory(
            min(machine.physical_bytes, limit_bytes), min(machine.available_bytes, limit_bytes)
        )
    return machine


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
