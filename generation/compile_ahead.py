"""Compiling the walk through the layers in a process of its own, once a machine and type of weights.

It takes seconds of Python, which in the server would hold up everybody who is being written for. The process
leaves what it compiled where the server finds it. Torch is not imported here, numba in that process only.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from generation.errand import run_errand, serve_errand

LOCK = "compiling.lock"
_PATIENCE_SECONDS = 60

Weights = Literal["float32", "uint16", "int8"]
States = Literal["float32", "uint16"]


class WalkOrder(BaseModel):
    """Of what type weights and the cache are, as numpy names it; bfloat16 is the uint16 with its bits."""

    model_config = ConfigDict(frozen=True)

    weights: Weights
    cache: States


class CompiledWalk(BaseModel):
    """Where it is kept."""

    model_config = ConfigDict(frozen=True)

    folder: Path


@cache
def compile_ahead(order: WalkOrder) -> CompiledWalk:
    """Return once this walk can be loaded; looked for once a process. Raises ErrandFailed if it cannot be."""
    return run_errand("generation.compile_ahead", order, CompiledWalk)


def compile_walk(order: WalkOrder) -> CompiledWalk:
    """Walk once through a model without layers, whose arrays have the types of a real one's."""
    from generation.layer_walk import walk_layers

    folder = Path(walk_layers.stats.cache_path)
    with alone_in(folder):
        walk_layers(*_arguments_without_layers(order))
    return CompiledWalk(folder=folder)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Two processes that keep code at once may take the same file name for different code."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    with suppress(Timeout):  # whoever has it hangs: better compiled twice than never
        lock.acquire(timeout=_PATIENCE_SECONDS)
    try:
        yield
    finally:
        lock.release()


def _arguments_without_layers(order: WalkOrder) -> tuple[Any, ...]:
    import numpy as np

    from generation.layer_walk import Buffers, Sizes, Weights, Window
    from generation.shared_walk import new_counters

    def zeros(*shape: int) -> Any:
        return np.zeros(shape, np.float32)

    nowhere = np.empty((0, 7), np.int64)
    head, like = np.zeros((1, 1), order.weights), np.empty(0, order.cache)
    weights = Weights(
        nowhere, zeros(0, 1), zeros(0, 1), zeros(1, 2, 1), zeros(1, 2, 0), head, head_scale=zeros(1)
    )
    buffers = Buffers(*(zeros(1, 1) for _ in Buffers._fields))
    lengths = np.zeros(1, np.int64)
    window = Window(nowhere[:, :2].copy(), like, 1, 1, lengths, cos=zeros(1, 1), sin=zeros(1, 1))
    return Sizes(1, 1, 1, 1e-6, 1.0), weights, buffers, window, new_counters(1)


if __name__ == "__main__":
    serve_errand(WalkOrder, lambda order, _: compile_walk(order))
