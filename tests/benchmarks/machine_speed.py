"""What this machine could do at best, and how busy it is meanwhile."""

import os
from time import perf_counter

import torch

_BYTES = 2**30


def read_bandwidth() -> float:
    """Bytes a second that all threads read together: the sum of a gibibyte, best of five."""
    memory = torch.ones(_BYTES // 4)
    return max(_BYTES / _seconds(memory) for _ in range(5))


def load_average() -> float:
    return round(os.getloadavg()[0], 1)


def _seconds(memory: torch.Tensor) -> float:
    started = perf_counter()
    memory.sum()
    return perf_counter() - started
