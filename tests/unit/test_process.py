"""What the bot asks of its process."""

import ctypes
import os
import subprocess
import sys

import pytest

HEAPS = """
import ctypes, sys
from threading import Barrier, Thread
from bot.process import share_heap

if "shared" in sys.argv:
    share_heap()
together = Barrier(8)
def work():
    together.wait()
    kept = [bytes(4_000) for _ in range(100)]
    together.wait()
threads = [Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
library = ctypes.CDLL(None)
output = ctypes.c_void_p.in_dll(library, "stdout")
library.malloc_info(0, output)
library.fflush(output)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="heaps of threads are glibc's")
@pytest.mark.parametrize(("how", "is_one"), [("shared", True), ("as usual", False)])
def test_threads_share_one_heap(how: str, is_one: bool) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    command = [sys.executable, "-c", HEAPS, how]

    ended = subprocess.run(command, capture_output=True, text=True, check=True, env=environ)

    heaps = ended.stdout.count("<heap nr=")
    assert heaps >= 1
    assert (heaps == 1) is is_one
