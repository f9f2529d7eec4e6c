"""What holding an answer to a JSON schema costs: `python -m tests.benchmarks.structured --json`.

Restricting and accepting one token, over whole answers to the shipped compliance schema and to "any
JSON object", at a vocabulary of 151,936; beside it one step of a model of the 0.5 B shape on this
machine, in fp32 and bf16 at batch 1. The bar: at most 5 % of the step.
"""

import argparse
import json
import statistics
import sys
import tomllib
from importlib.resources import files
from random import Random
from time import perf_counter, thread_time
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from generation.structured import GrammarCompiler
from tests.benchmarks.shapes import HALF_BILLION

VOCABULARY, END, ANSWERS, MAX_TOKENS, STEPS = 151_936, 0, 20, 640, 15
_SYLLABLES = (
    "ba",
    "de",
    "en",
    "er",
    "ga",
    "in",
    "ion",
    "ke",
    "la",
    "mi",
    "no",
    "or",
    "re",
    "sta",
    "ti",
    "un",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object (always done)")
    parser.parse_args()
    sys.stdout.write(json.dumps(measure(), indent=2) + "\n")


def measure() -> dict[str, Any]:
    """Medians in microseconds, and the mean's share of a step's time."""
    started = perf_counter()
    compiler = GrammarCompiler(build_tokenizer(), frozenset({END}), VOCABULARY)
    vocabulary_seconds = perf_counter() - started
    toml = tomllib.loads(files("bot").joinpath("default_copydesk.toml").read_text("utf-8"))
    schemas = {
        "compliance": json.dumps(toml["content_types"]["compliance"]["json_schema"]),
        "any_object": "{}",
    }
    grammars = {name: time_answers(compiler, schema) for name, schema in schemas.items()}
    steps = {str(dtype).removeprefix("torch."): time_step(dtype) for dtype in (torch.float32, torch.bfloat16)}
    return {
        "vocabulary_ms": round(vocabulary_seconds * 1e3, 1),
        "grammar": grammars,
        "step_us": steps,
        "share_of_step": {
            name: {precision: round(figures["mean_us"] / step, 4) for precision, step in steps.items()}
            for name, figures in grammars.items()
        },
    }


def time_answers(compiler: GrammarCompiler, schema: str) -> dict[str, float]:
    """Microseconds of this thread a token, restrict and accept together; random logits write the answers."""
    started = perf_counter()
    grammar = compiler.compile(schema, MAX_TOKENS)
    compile_seconds = perf_counter() - started
    generator, times = torch.Generator().manual_seed(7), []
    for _ in range(ANSWERS):
        state = grammar.start()
        while not state.is_complete:
            logits = torch.randn(VOCABULARY, generator=generator)
            started = thread_time()
            state.restrict(logits)
            restricted = thread_time() - started
            token = int(logits.argmax())
            started = thread_time()
            state.accept(token)
            times.append((restricted + thread_time() - started) * 1e6)
    cuts = statistics.quantiles(times, n=100)
    return {
        "compile_ms": round(compile_seconds * 1e3, 2),
        "tokens": len(times),
        "median_us": round(statistics.median(times), 1),
        "mean_us": round(statistics.fmean(times), 1),
        "p99_us": round(cuts[98], 1),
    }


def time_step(dtype: torch.dtype) -> float:
    """Median microseconds of one token's step at batch 1 after a prompt of 128 tokens."""
    model = HALF_BILLION.build(dtype)
    times = []
    with torch.inference_mode():
        cache = model(input_ids=torch.arange(1, 129)[None], use_cache=True).past_key_values
        for token in range(STEPS):
            started = perf_counter()
            model(input_ids=torch.tensor([[token]]), past_key_values=cache, use_cache=True)
            times.append((perf_counter() - started) * 1e6)
    return round(statistics.median(times), 1)


def build_tokenizer() -> Any:
    """A byte-level vocabulary of the size of Qwen's, of every byte and made-up words."""
    rng = Random(7)
    names: dict[str, int] = {"<|end|>": END}
    for text in (
        *sorted(pre_tokenizers.ByteLevel.alphabet()),
        '{"',
        '":',
        '",',
        "},",
        "Ġ{",
        'Ġ"',
        "true",
        "false",
    ):
        names.setdefault(text, len(names))
    while len(names) < VOCABULARY - 271:  # as many as Qwen2.5 leaves without a token
        word = "".join(rng.choices(_SYLLABLES, k=rng.randint(1, 5)))
        names.setdefault(rng.choice(("Ġ", "")) + rng.choice((word, word.capitalize())), len(names))
    backend = Tokenizer(models.BPE(names, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend, eos_token="<|end|>"
    )


if __name__ == "__main__":
    main()
