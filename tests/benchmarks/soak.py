"""Half an hour of everything at once: `python -m tests.benchmarks.soak [--minutes 30]`.

A real generation server with the starter models is asked by several clients for texts of every
kind, is left in mid-sentence, and is sent what it must refuse; one model is unloaded whenever it
has been idle, and loaded again. Prints one JSON object. Exits with 1 if a request was lost, if a
seed gave another text than before, if texts were left over, or if memory grew.
"""

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import linear_regression, median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import httpx2
import openai
import psutil

from generation.registry import STARTER_WEIGHTS
from generation.starter.topics import unseen_topics
from tests.benchmarks.soak_requests import (
    ACTIONS,
    MODELS,
    Action,
    Caller,
    Tally,
    text_of_a_model_that_was_unloaded,
)
from tests.generation_child import TOKEN, configuration, declared, running_child

CLIENTS = 6
TOPICS = 12
RARE_EVERY_SECONDS = 75.0
IDLE_UNLOAD_SECONDS = 20.0
SAMPLE_SECONDS = 1.0
SLOWEST_ANSWER_SECONDS = 120.0
WARM_UP_SHARE = 0.25
"""Memory counts from then on: buffers, caches and the texts asked again and again are there by now."""
GROWTH_BAR_MIB = 24.0
GROWTH_BAR_SHARE = 0.03
SHOWN_LOSSES = 10
_MIB = 2**20

Samples = list[tuple[float, float]]
"""Seconds, and the server's resident memory in MiB."""


async def soak(address: str, server: psutil.Process, minutes: float, seed: int) -> dict[str, Any]:
    """Ask for so long; returns what came of it, with `passed`."""
    tally, samples = Tally(), Samples()
    topics = unseen_topics()[:TOPICS]
    started = perf_counter()
    ends_at = started + minutes * 60
    async with openai.AsyncOpenAI(
        base_url=f"{address}/v1", api_key=TOKEN, max_retries=8, timeout=SLOWEST_ANSWER_SECONDS
    ) as client:
        callers = [Caller(client, random.Random(seed + each), tally, topics) for each in range(CLIENTS + 1)]
        async with asyncio.TaskGroup() as group:
            group.create_task(_sample_until(ends_at, server, samples))
            group.create_task(_ask_rarely_until(ends_at, callers[0]))
            for caller in callers[1:]:
                group.create_task(_ask_until(ends_at, caller))
    seconds = perf_counter() - started
    left_over = await _texts_left_over(address)
    return _findings(tally, _Memory(samples), seconds, left_over)


async def _ask_until(ends_at: float, caller: Caller) -> None:
    actions, weights = list(ACTIONS), list(ACTIONS.values())
    while perf_counter() < ends_at:
        [action] = caller.rng.choices(actions, weights)
        await _note(action, caller)


async def _ask_rarely_until(ends_at: float, caller: Caller) -> None:
    while perf_counter() < ends_at:
        await _note(text_of_a_model_that_was_unloaded, caller)
        await asyncio.sleep(min(RARE_EVERY_SECONDS, max(0.0, ends_at - perf_counter())))


async def _note(action: Action, caller: Caller) -> None:
    try:
        caller.tally.ended[await action(caller)] += 1
    except (openai.OpenAIError, AssertionError, ValueError, LookupError) as error:
        caller.tally.lost.append(f"{action.__name__}: {type(error).__name__}: {error}"[:300])


async def _sample_until(ends_at: float, server: psutil.Process, samples: Samples) -> None:
    while perf_counter() < ends_at:
        samples.append((perf_counter(), server.memory_info().rss / _MIB))
        await asyncio.sleep(SAMPLE_SECONDS)


async def _texts_left_over(address: str) -> float:
    """How many texts the server still works on, now that every client has gone."""
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        for _ in range(20):
            figures = (await client.get(f"{address}/metrics")).text
            lines = (line.split() for line in figures.splitlines())
            left = sum(float(line[1]) for line in lines if line[0] in _WORK_FIGURES)
            if not left:
                break
            await asyncio.sleep(SAMPLE_SECONDS)
    return left


_WORK_FIGURES = ("copydesk_texts_waiting", "copydesk_texts_writing")


class _Memory:
    """The server's resident memory after the warm-up, in MiB."""

    def __init__(self, samples: Samples) -> None:
        self._warm = samples[int(len(samples) * WARM_UP_SHARE) :]
        fifth = max(1, len(self._warm) // 5)
        self.first = median(mib for _, mib in self._warm[:fifth])
        self.last = median(mib for _, mib in self._warm[-fifth:])
        self.peak = max(mib for _, mib in samples)

    @property
    def slope_mib_per_hour(self) -> float:
        """By least squares over all samples."""
        seconds, mib = zip(*self._warm, strict=True)
        return linear_regression(seconds, mib).slope * 3600

    @property
    def grew(self) -> bool:
        return self.last - self.first > max(GROWTH_BAR_MIB, self.first * GROWTH_BAR_SHARE)


def _findings(tally: Tally, memory: _Memory, seconds: float, left_over: float) -> dict[str, Any]:
    latencies = tally.latencies_seconds if len(tally.latencies_seconds) > 1 else [0.0, 0.0]
    return {
        "passed": not (tally.lost or tally.changed_texts or left_over or memory.grew),
        "minutes": round(seconds / 60, 2),
        "requests": sum(tally.ended.values()) + len(tally.lost),
        "ended": dict(tally.ended.most_common()),
        "lost": len(tally.lost),
        "losses": tally.lost[:SHOWN_LOSSES],
        "changed_texts": tally.changed_texts,
        "asked_again_with_the_same_seed": tally.compared - len(tally.texts_by_request),
        "texts_left_over": left_over,
        "median_latency_seconds": round(median(latencies), 3),
        "p95_latency_seconds": round(quantiles(latencies, n=20)[-1], 3),
        "memory_mib": {
            "after_warm_up": round(memory.first, 1),
            "at_the_end": round(memory.last, 1),
            "peak": round(memory.peak, 1),
            "slope_per_hour": round(memory.slope_mib_per_hour, 1),
            "grew": memory.grew,
        },
    }


def _models() -> list[dict[str, Any]]:
    starters = [declared(name, source="starter", prompt_format="tagged") for name in MODELS]
    rare = declared("rare", folder=str(STARTER_WEIGHTS / MODELS[0]), prompt_format="tagged")
    return [*starters, rare, declared("absent")]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long to ask (default 30)")
    parser.add_argument("--seed", type=int, default=1, help="what the requests are drawn from")
    options = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        settings = configuration(Path(folder), _models()) | {"idle_unload_seconds": IDLE_UNLOAD_SECONDS}
        with running_child(settings, Path(folder) / "stderr.log") as child:
            server = psutil.Process(child.process.pid)
            findings = asyncio.run(soak(child.wait_until_ready(), server, options.minutes, options.seed))
    print(json.dumps(findings, indent=2, ensure_ascii=False))  # noqa: T201
    sys.exit(0 if findings["passed"] else 1)


if __name__ == "__main__":
    main()
