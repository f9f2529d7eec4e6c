"""What the generation server costs on top of its engine: `python -m tests.benchmarks.server_overhead --json`.

The same model, of the 0.5 B shape with random weights, writes the same texts three ways, by turns in one run:
stepped directly, through the Writer (scheduler and event loop), and through the server, a child process of
its own, over HTTP. What is told is the median over the rounds of the difference, or the ratio, to the engine
in the same round, so that it holds on a busy machine. The targets: at most 3 ms a request, at most 3 % of
tokens/s at 8 streams. `--model starter-rich` writes 40 times as fast, so that the server's part shows.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2

from generation.memory import DEFAULT_LIMITS
from generation.pool import ModelPool
from generation.registry import ModelSource, ModelSpec, Precision
from generation.shelf import LocalShelf
from generation.text_model import TextModel, WritingOrder
from generation.writing import Writer
from tests.generation_child import TOKEN, configuration, running_child
from tests.one_model_shelf import OneModelShelf

STARTER = ModelSpec(
    name="starter-rich",
    source=ModelSource.STARTER,
    parameters=5_000_000,
    licence="Apache-2.0",
    commercial_use=True,
)
HALF_BILLION = ModelSpec(
    name="half-billion",
    source=ModelSource.FOLDER,
    folder="half-billion",
    parameters=494_000_000,
    licence="none: random weights",
    commercial_use=False,
    precision=Precision.BFLOAT16,
)
SPECS = {spec.name: spec for spec in (HALF_BILLION, STARTER)}
# For a request, and for the streams; the starter model ends a text by itself, so it is given a least length.
TOKENS = {HALF_BILLION.name: (1, 48), STARTER.name: (8, 384)}
LEAST_WORDS, STREAMS = 400, 8
MESSAGES = ({"role": "system", "content": "linkedin_post"}, {"role": "user", "content": "remote onboarding"})

SAME_MEASUREMENTS = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "max_position_embeddings",
    "tie_word_embeddings",
    "bos_token_id",
    "eos_token_id",
)

Orders = list[WritingOrder]
Way = Callable[[Orders], Awaitable[int]]


@dataclass(frozen=True)
class Round:
    """How long each way took for the same orders, and how many tokens it wrote."""

    seconds: dict[str, float]
    tokens: dict[str, int]

    def speed(self, way: str) -> float:
        return self.tokens[way] / self.seconds[way]


def write_directly(model: TextModel, orders: Orders) -> int:
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


async def write_through_writer(writer: Writer, orders: Orders) -> int:
    pieces = await asyncio.gather(*(writer.start(order).whole() for order in orders))
    return sum(text[-1].completion_tokens for text in pieces)


async def write_through_server(client: httpx2.AsyncClient, orders: Orders, stream: bool) -> int:
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
        assert answer.is_success, answer.text
        return int(answer.json()["usage"]["completion_tokens"])
    body |= {"stream": True, "stream_options": {"include_usage": True}}
    last = b""
    async with client.stream("POST", "/v1/chat/completions", json=body) as response:
        async for part in response.aiter_raw():
            last = (last + part)[-4096:]
    usage = json.loads(last.split(b"data: ")[-2])
    return int(usage["usage"]["completion_tokens"])


async def measure(spec: ModelSpec, rounds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if spec.source is ModelSource.FOLDER:
            _build(folder / str(spec.folder))
        shelf = LocalShelf(folder, 0.85)
        presence = shelf.find(spec)
        assert presence.folder is not None
        assert presence.revision is not None
        model: TextModel = shelf.load(spec, presence.folder, presence.revision, DEFAULT_LIMITS)
        writer = Writer(ModelPool([spec], OneModelShelf(model)))
        settings = configuration(folder, [spec.model_dump(mode="json")])
        with running_child(settings, folder / "server.log") as child:
            address = await asyncio.to_thread(child.wait_until_ready)
            headers = {"Authorization": f"Bearer {TOKEN}"}
            async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=300) as client:
                return {"model": spec.name, "method": model.method} | await _compare(
                    _ways(model, writer, client), spec.name, rounds
                )


def _build(folder: Path) -> None:
    """The 0.5 B shape of the other benchmarks, with a tokenizer that knows no last token.

    It is declared as a Llama: for a Qwen2 transformers would insist on a tokenizer of its own.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from tests.benchmarks import shapes

    qwen = shapes.HALF_BILLION.build_config()
    measurements = {name: getattr(qwen, name) for name in SAME_MEASUREMENTS}
    shape = shapes.Shape(HALF_BILLION.name, lambda: LlamaConfig(**measurements), LlamaForCausalLM)
    shape.build(torch.bfloat16).save_pretrained(folder)
    shapes.word_tokenizer(qwen.vocab_size).save_pretrained(folder)


def _ways(model: TextModel, writer: Writer, client: httpx2.AsyncClient) -> dict[str, Way]:
    async def direct(orders: Orders) -> int:
        return await asyncio.to_thread(write_directly, model, orders)

    return {
        "engine": direct,
        "writer": lambda orders: write_through_writer(writer, orders),
        "server": lambda orders: write_through_server(client, orders, stream=False),
        "server_streamed": lambda orders: write_through_server(client, orders, stream=True),
    }


async def _compare(ways: dict[str, Way], model: str, rounds: int) -> dict[str, Any]:
    short, long = TOKENS[model]
    one = WritingOrder(model, MESSAGES, temperature=0.7, top_p=0.8, max_tokens=short, seed=1)
    many = [replace(one, max_tokens=long, min_words=LEAST_WORDS, seed=seed) for seed in range(STREAMS)]
    requests = await _by_turns(ways, [one], rounds * 10)
    streams = await _by_turns(ways, many, rounds)
    return {
        "rounds": rounds,
        "request_milliseconds": {
            way: statistics.median(each.seconds[way] for each in requests) * 1000 for way in ways
        },
        "request_overhead_milliseconds": statistics.median(
            (each.seconds["server"] - each.seconds["engine"]) * 1000 for each in requests
        ),
        "streams": STREAMS,
        "tokens_per_second": {way: statistics.median(each.speed(way) for each in streams) for way in ways},
        "loss_at_streams": statistics.median(
            1 - each.speed("server_streamed") / each.speed("engine") for each in streams
        ),
        "load_average": os.getloadavg()[0],
    }


async def _by_turns(ways: dict[str, Way], orders: Orders, rounds: int) -> list[Round]:
    """Every round but the first, which warms up; who begins changes with the round."""
    measured: list[Round] = []
    names = deque(ways)
    for _ in range(rounds + 1):
        measured.append(Round({}, {}))
        for way in names:
            started = time.perf_counter()
            measured[-1].tokens[way] = await ways[way](orders)
            measured[-1].seconds[way] = time.perf_counter() - started
        names.rotate()
    return measured[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--model", choices=SPECS, default=HALF_BILLION.name)
    parser.add_argument("--rounds", type=int, default=8)
    arguments = parser.parse_args()
    # As the server does, before torch is imported: spinning threads here would slow down those there.
    os.environ |= {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    figures = asyncio.run(measure(SPECS[arguments.model], arguments.rounds))
    if arguments.json:
        print(json.dumps(figures))  # noqa: T201
        return
    overhead, loss = figures["request_overhead_milliseconds"], figures["loss_at_streams"]
    print(f"{overhead:.2f} ms a request (target 3), {loss:.1%} of tokens/s at {STREAMS} streams (target 3 %)")  # noqa: T201
    print(json.dumps(figures, indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
