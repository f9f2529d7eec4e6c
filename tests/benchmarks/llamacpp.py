"""llama.cpp on the same weights, through its C interface: nothing but its own work is timed.

As a program it is told a GGUF file, says a line when it has loaded it, and is told on each line of its
input what to measure; it runs apart, so that a build of llama.cpp that this processor does not suit ends
itself only.
"""

import ctypes
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import llama_cpp.llama_cpp as lib
import numpy as np


class LlamaCpp:
    """One GGUF file, loaded. Writes greedily, like a benchmark of the others."""

    def __init__(self, path: Path, threads: int, rows: int, context_tokens: int) -> None:
        _quiet()
        lib.llama_backend_init()
        model = lib.llama_model_load_from_file(str(path).encode(), lib.llama_model_default_params())
        assert model is not None, f"llama.cpp does not load {path.name}"
        self._model = model
        options = lib.llama_context_default_params()
        options.n_ctx = rows * context_tokens
        options.n_batch = options.n_ubatch = max(context_tokens, rows)
        options.n_seq_max = rows
        options.n_threads = options.n_threads_batch = threads
        options.no_perf = True
        context = lib.llama_init_from_model(model, options)
        assert context is not None, "llama.cpp makes no context"
        self._context = context
        self._vocabulary = lib.llama_vocab_n_tokens(lib.llama_model_get_vocab(model))
        self._rows = rows
        self._batch = lib.llama_batch_init(options.n_batch, 0, rows)

    def close(self) -> None:
        lib.llama_batch_free(self._batch)
        lib.llama_free(self._context)
        lib.llama_model_free(self._model)

    def prefill_seconds(self, prompt: list[int]) -> float:
        """Seconds until the first token's logits are there."""
        lib.llama_memory_clear(lib.llama_get_memory(self._context), True)
        started = perf_counter()
        self._read(prompt, row=0)
        self._likeliest(len(prompt) - 1)
        return perf_counter() - started

    def decode_seconds(self, prompts: list[list[int]], tokens: int) -> float:
        """Seconds for `tokens` more tokens of every prompt, all in step; the prompts' reading not counted."""
        lib.llama_memory_clear(lib.llama_get_memory(self._context), True)
        last = []
        for row, prompt in enumerate(prompts):
            self._read(prompt, row)
            last.append(self._likeliest(len(prompt) - 1))
        started = perf_counter()
        for written in range(tokens):
            self._batch.n_tokens = len(prompts)
            for row, prompt in enumerate(prompts):
                self._set(row, last[row], len(prompt) + written, row, wanted=True)
            self._decode()
            last = [self._likeliest(row) for row in range(len(prompts))]
        return perf_counter() - started

    def _read(self, prompt: list[int], row: int) -> None:
        self._batch.n_tokens = len(prompt)
        for position, token in enumerate(prompt):
            self._set(position, token, position, row, wanted=position == len(prompt) - 1)
        self._decode()

    def _set(self, index: int, token: int, position: int, row: int, wanted: bool) -> None:
        self._batch.token[index] = token
        self._batch.pos[index] = position
        self._batch.n_seq_id[index] = 1
        self._batch.seq_id[index][0] = row
        self._batch.logits[index] = wanted

    def _decode(self) -> None:
        code = lib.llama_decode(self._context, self._batch)
        assert code == 0, f"llama_decode answered {code}"

    def _likeliest(self, index: int) -> int:
        return int(self._logits(index).argmax())

    def _logits(self, index: int) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        pointer = lib.llama_get_logits_ith(self._context, index)
        return np.ctypeslib.as_array(pointer, shape=(self._vocabulary,))


def _quiet() -> None:
    lib.llama_log_set(_silence, ctypes.c_void_p(0))


def _ignore(level: int, text: bytes, user_data: Any) -> None:
    """llama.cpp tells its whole life on stderr otherwise."""


_silence = lib.llama_log_callback(_ignore)


def main(path: str, threads: str, rows: str, context_tokens: str) -> None:
    llama = LlamaCpp(Path(path), int(threads), int(rows), int(context_tokens))
    _say("loaded")
    for line in sys.stdin:
        task = json.loads(line)
        if "prefill" in task:
            seconds = llama.prefill_seconds(task["prefill"])
        else:
            seconds = llama.decode_seconds(task["prompts"], task["tokens"])
        _say(str(seconds))
    llama.close()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
