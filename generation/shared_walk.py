"""Several threads walking through the same list of phases, compiled by numba. Imports numba.

Each phase has pieces; whoever is there takes the next one, and nobody goes on before all pieces are done. A
thread that comes late finds the first phases done and walks past them, and one that never comes is not
missed, so that a busy machine slows a walk down but never holds it up. Waiting threads spin for some
microseconds, which a phase's last piece takes, and then let others run.
"""

# mypy: ignore-errors
# numba infers the types of what it compiles.

import platform
import threading
from collections.abc import Callable
from functools import cache
from queue import SimpleQueue
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from generation.compiled_code import compiled

_TAKEN, _DONE = 0, 1
# A cache line holds eight counters: those that are written at the same time lie in lines of their own.
_LINE = 8
_SPINS = 2000
_HAS_PAUSE = platform.machine() in ("x86_64", "AMD64")


def new_counters(phases: int) -> Any:
    """For one walk: pieces taken and pieces done, of each phase."""
    return np.zeros((phases, 2, _LINE), np.int64)


@compiled
def next_piece(counters, phase):
    """The number of a piece of this phase that nobody has taken; may be more than there are."""
    return _fetch_and_add(counters, phase * 2 * _LINE + _TAKEN * _LINE)


@compiled
def piece_done(counters, phase):
    _fetch_and_add(counters, phase * 2 * _LINE + _DONE * _LINE)


@compiled
def await_others(counters, phase, pieces):
    """Return when all pieces of this phase are done."""
    spins = 0
    while _load(counters, phase * 2 * _LINE + _DONE * _LINE) < pieces:
        spins += 1
        if spins % _SPINS:
            _pause()
        else:
            _let_others_run()


def walk(threads: int, function: Callable[..., None], *arguments: Any) -> None:
    """Call a compiled function in this thread and, as far as they come in time, in others."""
    for waiting in _helpers(threads - 1):
        waiting.put((function, arguments))
    function(*arguments)


@cache
def _helpers(number: int) -> "tuple[SimpleQueue[tuple[Callable[..., None], tuple[Any, ...]]], ...]":
    """Threads that wait for walks, for as long as the process lives."""
    queues: list[SimpleQueue[tuple[Callable[..., None], tuple[Any, ...]]]] = []
    for index in range(number):
        queues.append(SimpleQueue())
        name = f"walk-{index + 1}"
        threading.Thread(target=_help, args=(queues[-1],), name=name, daemon=True).start()
    return tuple(queues)


def _help(waiting: "SimpleQueue[tuple[Callable[..., None], tuple[Any, ...]]]") -> None:
    while True:
        function, arguments = waiting.get()
        function(*arguments)
        del function, arguments  # not to be kept alive until the next walk


@intrinsic
def _fetch_and_add(_: Any, counters: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature, arguments)
        return builder.atomic_rmw("add", place, ir.Constant(ir.IntType(64), 1), "seq_cst")

    return types.int64(counters, index), generate


@intrinsic
def _load(_: Any, counters: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(_place(context, builder, signature, arguments), "seq_cst", 8)

    return types.int64(counters, index), generate


def _place(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.gep(array.data, [arguments[1]])


@intrinsic
def _pause(_: Any) -> Any:
    def generate(context: Any, builder: Any, __: Any, ___: Any) -> Any:
        if _HAS_PAUSE:
            _call(builder, "llvm.x86.sse2.pause", ir.VoidType())
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def _let_others_run(_: Any) -> Any:
    def generate(context: Any, builder: Any, __: Any, ___: Any) -> Any:
        _call(builder, "sched_yield", ir.IntType(32))
        return context.get_dummy_value()

    return types.void(), generate


def _call(builder: Any, name: str, result: Any) -> None:
    builder.call(cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, []), name), [])
