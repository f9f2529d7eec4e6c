"""How the bot's process uses the interpreter and its memory, so that acknowledgements do not wait."""

import ctypes
import gc
import sys

SWITCH_SECONDS = 0.0005
_ARENA_MAX = -8
"""glibc's M_ARENA_MAX, see mallopt(3)."""


def share_heap() -> None:
    """Lets all threads take memory from one heap. To be called before there are threads.

    glibc gives each thread a heap of its own. What one of a dozen threads frees is no use to the others,
    so the bot grew with everything it did. Other C libraries have one heap, or nothing to set.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_ARENA_MAX, 1)


def settle_memory() -> None:
    """Takes everything loaded so far out of the garbage collector's sight.

    It is there to stay, and a look through all of it holds up every acknowledgement for 0.2 s.
    """
    gc.collect()
    gc.freeze()


def share_interpreter() -> None:
    """Threads hand the interpreter over ten times as often as usual.

    An acknowledgement goes from the event loop to a database thread and back, and had to wait up to 5 ms
    each time.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
