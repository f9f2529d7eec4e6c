"""What the generation server costs on top of its engine: `python -m tests.benchmarks.server_overhead --json`.

The same starter model writes the same texts three ways, by turns in one run: stepped directly, through
the Writer (scheduler and event loop), and through the server, a child process of its own, over HTTP.
Medians over the rounds. The targets: at most 3 ms a request, at most 3 % of tokens/s at 8 streams.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2

from generation.memory import DEFAULT_LIMITS
from generation.pool import ModelPool
from generation.registry import ModelSource, ModelSpec
from generation.shelf import LocalShelf
from generation.text_model import TextModel, WritingOrder
from generation.writing import Writer
from tests.generation_child import TOKEN, configuration, running_child

SPEC = ModelSpec(
    name="starter-rich",
    source=ModelSource.STARTER,
    parameters=5_000_000,
    licence="Apache-2.0",
    commercial_use=True,
)
MESSAGES = ({"role": "system", "content": "linkedin_post"}, {"role": "user", "content": "remote onboarding"})
ORDER = WritingOrder(SPEC.name, MESSAGES, temperature=0.7, top_p=0.8, max_tokens=None, seed=1)
SHORT_TOKENS, LONG_TOKENS, LEAST_WORDS, STREAMS = 8, 384, 400, 8


def write_directly(model: TextModel, orders: list[WritingOrder]) -> int:
    """Step the model's batch until every order is written; returns the tokens."""
    for number, order in enumerate(orders):
        model.admit(str(number), model.prepare(order), order)
    tokens = [0] * len(orders)
    left = len(orders)
    while left:
        for key, piece in model.step().items():
            tokens[int(key)] = piece.completion_tokens
            left -= piece.finish_reason is not None
    return sum(tokens)


async def write_through_writer(writer: Writer, orders: list[WritingOrder]) -> int:
    pieces = await asyncio.gather(*(writer.start(order).whole() for order in orders))
    return sum(text[-1].completion_tokens for text in pieces)


async def write_through_server(client: httpx2.AsyncClient, orders: list[WritingOrder], stream: bool) -> int:
    return sum(await asyncio.gather(*(_ask(client, order, stream) for order in orders)))


async def _ask(client: httpx2.AsyncClient, order: WritingOrder, stream: bool) -> int:
    """One request, read without more ado than finding the tokens it took."""
    body: dict[str, Any] = {
        "model": order.model,
        "messages": list(order.messages),
        "temperature": order.temperature,
        "top_p": order.top_p,
        "max_tokens": order.max_tokens,
        "seed": order.seed,
        "copydesk": {"min_words": order.min_words},
    }
    if not stream:
        answer = await client.post("/v1/chat/completions", json=body)
        return int(answer.json()["usage"]["completion_tokens"])
    body |= {"stream": True, "stream_options": {"include_usage": True}}
    last = b""
    async with client.stream("POST", "/v1/chat/completions", json=body) as response:
        async for part in response.aiter_raw():
            last = (last + part)[-4096:]
    usage = json.loads(last.split(b"data: ")[-2])
    return int(usage["usage"]["completion_tokens"])


async def measure(rounds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        shelf = LocalShelf(Path(folder), 0.85)
        presence = shelf.find(SPEC)
        assert presence.folder is not None
        assert presence.revision is not None
        model: TextModel = shelf.load(SPEC, presence.folder, presence.revision, DEFAULT_LIMITS)
        pool: ModelPool[TextModel] = ModelPool([SPEC], shelf)
        writer = Writer(pool)
        settings = configuration(Path(folder), [SPEC.model_dump(mode="json")])
        with running_child(settings, Path(folder) / "server.log") as child:
            address = await asyncio.to_thread(child.wait_until_ready)
            headers = {"Authorization": f"Bearer {TOKEN}"}
            async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=120) as client:
                return await _compare(model, writer, client, rounds)


async def _compare(
    model: TextModel, writer: Writer, client: httpx2.AsyncClient, rounds: int
) -> dict[str, Any]:
    short = [replace(ORDER, max_tokens=SHORT_TOKENS)]
    long = [
        replace(ORDER, max_tokens=LONG_TOKENS, min_words=LEAST_WORDS, seed=seed) for seed in range(STREAMS)
    ]

    async def direct(orders: list[WritingOrder]) -> int:
        return await asyncio.to_thread(write_directly, model, orders)

    ways: dict[str, Callable[[list[WritingOrder]], Awaitable[int]]] = {
        "engine": direct,
        "writer": lambda orders: write_through_writer(writer, orders),
        "server": lambda orders: write_through_server(client, orders, stream=False),
        "server_streamed": lambda orders: write_through_server(client, orders, stream=True),
    }
    requests = await _by_turns(ways, short, rounds * 10)
    streams = await _by_turns(ways, long, rounds)
    milliseconds = {way: statistics.median(seconds for seconds, _ in requests[way]) * 1000 for way in ways}
    speeds = {way: statistics.median(tokens / seconds for seconds, tokens in streams[way]) for way in ways}
    return {
        "model": SPEC.name,
        "method": model.method,
        "request_milliseconds": milliseconds,
        "request_overhead_milliseconds": milliseconds["server"] - milliseconds["engine"],
        "streams": STREAMS,
        "tokens_per_second": speeds,
        "loss_at_streams": 1 - speeds["server_streamed"] / speeds["engine"],
    }


async def _by_turns(
    ways: dict[str, Callable[[list[WritingOrder]], Awaitable[int]]], orders: list[WritingOrder], rounds: int
) -> dict[str, list[tuple[float, int]]]:
    """Seconds and tokens of every round but the first, which warms up."""
    measured: dict[str, list[tuple[float, int]]] = {way: [] for way in ways}
    for _ in range(rounds + 1):
        for way, write in ways.items():
            started = time.perf_counter()
            tokens = await write(orders)
            measured[way].append((time.perf_counter() - started, tokens))
    return {way: rounds_of_way[1:] for way, rounds_of_way in measured.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    # As the server does, before torch is imported: spinning threads here would slow down those there.
    os.environ |= {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    figures = asyncio.run(measure(arguments.rounds))
    if arguments.json:
        print(json.dumps(figures))  # noqa: T201
        return
    overhead, loss = figures["request_overhead_milliseconds"], figures["loss_at_streams"]
    print(f"{overhead:.2f} ms a request (target 3), {loss:.1%} of tokens/s at {STREAMS} streams (target 3 %)")  # noqa: T201
    print(json.dumps(figures, indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
