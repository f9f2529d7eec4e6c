"""llama.cpp in a process of its own, asked for one measurement at a time."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HOW_TO_INSTALL = (
    "llama-cpp-python is not installed: pip install -e '.[bench]'. With GCC 12 on a processor with AMX "
    "set CMAKE_ARGS=\"-DCMAKE_CXX_FLAGS='-fno-tree-dse -fno-dse'\" first; its 8-bit code dies otherwise."
)


def is_installed() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("llama_cpp", "gguf"))


class LlamaCppEnded(Exception):
    """The process ended before it answered."""


class LlamaCppProcess:
    """One GGUF file, loaded once this is made. Seconds come back; else LlamaCppEnded with the exit code."""

    def __init__(self, path: Path, threads: int, rows: int, context_tokens: int) -> None:
        numbers = [str(number) for number in (threads, rows, context_tokens)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.llamacpp", str(path), *numbers],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        # Loading takes both cores and the memory, which is not what the other side is to be measured with.
        self._answer()

    def prefill_seconds(self, prompt: list[int]) -> float:
        return self._ask({"prefill": prompt})

    def decode_seconds(self, prompts: list[list[int]], tokens: int) -> float:
        return self._ask({"prompts": prompts, "tokens": tokens})

    def close(self) -> None:
        self._process.communicate()

    def _ask(self, task: dict[str, Any]) -> float:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(task) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        return float(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise LlamaCppEnded(f"llama.cpp ended with code {self._process.wait()}")
        return line
