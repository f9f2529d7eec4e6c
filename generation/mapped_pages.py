"""Giving back memory that only mirrors a file. Where the system does not tell, nothing happens."""

import ctypes
import mmap
import sys
from pathlib import Path

import torch

_MADV_DONTNEED = 4


def mapped_weight_files() -> list[range]:
    """The addresses at which safetensors files are mapped in this process.

    The hub's cache keeps them as nameless blobs, which the system shows in place of the link.
    """
    if sys.platform != "linux":
        return []
    lines = Path("/proc/self/maps").read_text().splitlines()
    return [_addresses(line) for line in lines if line.endswith(".safetensors") or "/blobs/" in line]


def let_go_of_pages(tensor: torch.Tensor, mapped: list[range]) -> None:
    """Take a tensor's whole pages out of this process, if it is mapped from a file: the file keeps them."""
    first = -(-tensor.data_ptr() // mmap.PAGESIZE) * mmap.PAGESIZE
    length = (tensor.data_ptr() + tensor.nbytes) // mmap.PAGESIZE * mmap.PAGESIZE - first
    # Anywhere but in a mapped file this would wipe the memory, so it must lie in one.
    if length > 0 and any(first in pages and first + length - 1 in pages for pages in mapped):
        ctypes.CDLL(None).madvise(ctypes.c_void_p(first), ctypes.c_size_t(length), _MADV_DONTNEED)


def _addresses(line: str) -> range:
    start, end = (int(address, 16) for address in line.partition(" ")[0].split("-"))
    return range(start, end)
