"""How fast texts are written, side by side in one run: `python -m tests.benchmarks.generation --json`.

What is compared takes turns within each repetition, so that a busy machine slows all of it; medians
are reported. Ratios above 1 mean that ours is faster. Weights are random, of real shapes.
"""

import argparse
import gc
import json
import os
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

# The threads of a busy machine must not spin; torch reads this when it is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import structlog
import torch

from generation.engine import TransformersModel
from generation.kernels import quicken, weights_bytes
from generation.registry import Precision
from generation.text_model import BatchLimits
from tests.benchmarks import llamacpp_process, machine_speed, texts
from tests.benchmarks.llamacpp_process import LlamaCppEnded, LlamaCppProcess
from tests.benchmarks.shapes import BLOOM_560M, CONTEXT_TOKENS, HALF_BILLION, OPT_1_3B, Shape, word_tokenizer

ROWS, THREADS = 8, 2
LIMITS = BatchLimits(rows=ROWS, cache_tokens=ROWS * CONTEXT_TOKENS)
PROMPT_TOKENS = (16, 96, 32, 64, 24, 80, 48, 40)
# How long each of eight texts becomes, as shares of the longest.
LENGTHS = (1.0, 0.75, 1.0, 0.5, 0.875, 1.0, 0.625, 1.0)
PREFIX_TOKENS, PREFILL_TOKENS = 512, 536


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    repetitions: int
    new_tokens: int

    @property
    def lengths(self) -> list[int]:
        return [max(1, round(self.new_tokens * share)) for share in LENGTHS]


@dataclass(frozen=True)
class Loaded:
    """One shape in one precision, ours and as transformers has it."""

    engine: TransformersModel
    kernel: str
    weights_bytes: int


def measure(extent: Extent, with_opt: bool) -> dict[str, Any]:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    torch.set_num_threads(THREADS)
    bandwidth = machine_speed.read_bandwidth()
    half_billion = {
        "bf16": serial_and_batch(HALF_BILLION, torch.bfloat16, extent, bandwidth),
        "fp32": serial_and_batch(HALF_BILLION, torch.float32, extent, bandwidth),
    }
    bloom = serial_and_batch(BLOOM_560M, torch.bfloat16, extent, bandwidth)
    opt = {"opt-1.3b": serial_and_batch(OPT_1_3B, torch.bfloat16, extent, bandwidth)} if with_opt else {}
    return {
        "machine": {
            "threads": THREADS,
            "bandwidth_gb_per_second": round(bandwidth / 1e9, 1),
            "load_average": machine_speed.load_average(),
        },
        "repetitions": extent.repetitions,
        "new_tokens": extent.new_tokens,
        "ratio_8_vs_serial": {
            precision: part["ratio_8_vs_serial"] for precision, part in half_billion.items()
        },
        "ratio_8_vs_own_serial": {
            precision: part["ratio_8_vs_own_serial"] for precision, part in half_billion.items()
        },
        "token_identical": half_billion["fp32"]["token_identical"],
        "bloom_ratio_8_vs_serial": bloom["ratio_8_vs_serial"],
        **prefix_and_switch(extent),
        "vs_llamacpp": against_llamacpp(extent, bandwidth),
        "shapes": {"0.5b": half_billion, "bloom-560m": bloom, **opt},
    }


def load(shape: Shape, dtype: torch.dtype, precision: Precision) -> Loaded:
    model = shape.build(dtype)
    kernel = quicken(model, precision, torch.device("cpu"))
    tokenizer = word_tokenizer(model.config.vocab_size)
    engine = TransformersModel(model, tokenizer, "random", LIMITS, kernel=kernel)
    return Loaded(engine, kernel, weights_bytes(model))


def serial_and_batch(shape: Shape, dtype: torch.dtype, extent: Extent, bandwidth: float) -> dict[str, Any]:
    """Eight requests of uneven length: together, one by one, and by transformers' generate one by one."""
    plain, ours = shape.build(dtype), load(shape, dtype, Precision(str(dtype).removeprefix("torch.")))
    vocabulary = plain.config.vocab_size
    prompts = prompts_of(vocabulary)
    useful = sum(extent.lengths)
    together, serial, generated, alone = [], [], [], []
    identical = True
    for _ in range(extent.repetitions):
        seconds, batch_texts = texts.write_together(ours.engine, prompts, extent.lengths)
        together.append(seconds)
        seconds, serial_texts = texts.write_one_by_one(ours.engine, prompts, extent.lengths)
        serial.append(seconds)
        identical = identical and batch_texts == serial_texts
        generated.append(texts.generate_one_by_one(plain, prompts, extent.lengths))
        alone.append(texts.decode_seconds(ours.engine, prompts[:1], extent.new_tokens) / extent.new_tokens)
    del plain
    return {
        "method": ours.engine.method,
        "tokens_per_second_8": per_second(useful, together),
        "tokens_per_second_own_serial": per_second(useful, serial),
        "tokens_per_second_transformers_serial": per_second(useful, generated),
        "ratio_8_vs_serial": ratio(generated, together),
        "ratio_8_vs_own_serial": ratio(serial, together),
        "token_identical": identical,
        "bandwidth_share_alone": round(ours.weights_bytes / median(alone) / bandwidth, 2),
    }


def prefix_and_switch(extent: Extent) -> dict[str, float]:
    """Time to the first token with a known beginning, and what taking turns between two models costs."""
    first = load(HALF_BILLION, torch.bfloat16, Precision.BFLOAT16).engine
    second = load(BLOOM_560M, torch.bfloat16, Precision.BFLOAT16).engine
    rng = random.Random(0)
    vocabulary = HALF_BILLION.build_config().vocab_size
    beginning = texts.random_prompt(rng, PREFIX_TOKENS, vocabulary)

    def with_beginning() -> texts.Prompt:
        return beginning + texts.random_prompt(rng, PREFILL_TOKENS - PREFIX_TOKENS, vocabulary)

    for _ in range(3):
        texts.first_token_seconds(first, with_beginning())
    known, fresh, resident, switched = [], [], [], []
    for _ in range(max(3, extent.repetitions)):
        known.append(texts.first_token_seconds(first, with_beginning()))
        fresh.append(texts.first_token_seconds(first, texts.random_prompt(rng, PREFILL_TOKENS, vocabulary)))
        short = texts.random_prompt(rng, 8, vocabulary)
        resident.append(texts.first_token_seconds(first, short))
        texts.first_token_seconds(second, short)
        switched.append(texts.first_token_seconds(first, short))
    return {
        "ttft_prefix_ratio": ratio(fresh, known),
        "resident_switch_ms": round(max(0.0, median(switched) - median(resident)) * 1000, 1),
    }


def against_llamacpp(extent: Extent, bandwidth: float) -> dict[str, Any]:
    """The 0.5 B shape, class for class: 16 bit against BF16, int8 against Q8_0."""
    if not llamacpp_process.is_installed():
        nothing = dict.fromkeys(("batch1_16bit", "batch1_8bit", "batch8", "batch8_8bit", "prefill"))
        return {**nothing, "reason": llamacpp_process.HOW_TO_INSTALL}
    with TemporaryDirectory() as folder:
        sixteen = compare(Path(folder), torch.bfloat16, Precision.BFLOAT16, extent, bandwidth)
        eight = compare(Path(folder), torch.float32, Precision.INT8, extent, bandwidth)
    return {
        "batch1_16bit": sixteen.get("batch1"),
        "batch1_8bit": eight.get("batch1"),
        "batch8": sixteen.get("batch8"),
        "batch8_8bit": eight.get("batch8"),
        "prefill": sixteen.get("prefill"),
        "prefill_8bit": eight.get("prefill"),
        "16bit": sixteen,
        "8bit": eight,
    }


def compare(
    folder: Path, dtype: torch.dtype, precision: Precision, extent: Extent, bandwidth: float
) -> dict[str, Any]:
    from tests.benchmarks.gguf_file import BF16, Q8_0, write_gguf

    path = folder / f"{precision.value}.gguf"
    write_gguf(HALF_BILLION.build(dtype), path, Q8_0 if precision is Precision.INT8 else BF16)
    gc.collect()
    ours = load(HALF_BILLION, dtype, precision)
    theirs = None
    try:
        theirs = LlamaCppProcess(path, THREADS, ROWS, CONTEXT_TOKENS)
        return {"kernel": ours.kernel, **take_turns(ours, theirs, extent, bandwidth)}
    except LlamaCppEnded as error:
        return {"reason": str(error)}
    finally:
        if theirs is not None:
            theirs.close()
        path.unlink()


def take_turns(ours: Loaded, theirs: LlamaCppProcess, extent: Extent, bandwidth: float) -> dict[str, Any]:
    rng = random.Random(1)
    vocabulary = HALF_BILLION.build_config().vocab_size
    prompts, tokens = prompts_of(vocabulary), extent.new_tokens
    seconds: dict[str, tuple[list[float], list[float]]] = {
        name: ([], []) for name in ("batch1", "batch8", "prefill")
    }
    for _ in range(extent.repetitions):
        for name, rows in (("batch1", 1), ("batch8", ROWS)):
            seconds[name][0].append(texts.decode_seconds(ours.engine, prompts[:rows], tokens))
            seconds[name][1].append(theirs.decode_seconds(prompts[:rows], tokens))
        long = texts.random_prompt(rng, PREFIX_TOKENS, vocabulary)
        seconds["prefill"][0].append(texts.first_token_seconds(ours.engine, long))
        seconds["prefill"][1].append(theirs.prefill_seconds(long))
    counts = {"batch1": tokens, "batch8": ROWS * tokens, "prefill": PREFIX_TOKENS}
    return {
        **{name: ratio(their, our) for name, (our, their) in seconds.items()},
        "ours_tokens_per_second": {name: per_second(counts[name], our) for name, (our, _) in seconds.items()},
        "llamacpp_tokens_per_second": {
            name: per_second(counts[name], their) for name, (_, their) in seconds.items()
        },
        "bandwidth_share_alone": round(
            ours.weights_bytes * tokens / median(seconds["batch1"][0]) / bandwidth, 2
        ),
    }


def prompts_of(vocabulary: int) -> list[texts.Prompt]:
    rng = random.Random(0)
    return [texts.random_prompt(rng, tokens, vocabulary) for tokens in PROMPT_TOKENS]


def ratio(slow: list[float], fast: list[float]) -> float:
    """The median over repetitions, each compared with its own neighbour in time."""
    return round(median(one / other for one, other in zip(slow, fast, strict=True)), 2)


def per_second(tokens: int, seconds: list[float]) -> float:
    return round(tokens / median(seconds), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object (the only form there is)")
    parser.add_argument("--quick", action="store_true", help="once, a quarter of the tokens")
    parser.add_argument("--opt", action="store_true", help="OPT-1.3B as well (8 GB more memory, minutes)")
    options = parser.parse_args()
    extent = Extent(1, 32) if options.quick else Extent(5, 128)
    sys.stdout.write(json.dumps(measure(extent, options.opt), indent=2) + "\n")


if __name__ == "__main__":
    main()
