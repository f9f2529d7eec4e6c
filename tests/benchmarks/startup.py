"""How long a person waits for Copydesk to start: `python -m tests.benchmarks.startup`.

Prints one JSON object, all in seconds: `help` (the command line's help), and for an empty and
for a set-up data folder when the page answered, when the bot was connected, and how long the
end took after Ctrl-C. The bars on a set-up machine: page under 5, connected under 8, end under 10.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import aiohttp

COPYDESK = (sys.executable, "-m", "bot.cli")


async def measure() -> dict[str, object]:
    with TemporaryDirectory() as folder:
        return {
            "help": await seconds_for_help(),
            "first_start": await seconds_for_a_run(Path(folder)),
            "second_start": await seconds_for_a_run(Path(folder)),
        }


async def seconds_for_help() -> float:
    started = perf_counter()
    process = await asyncio.create_subprocess_exec(*COPYDESK, "--help", stdout=asyncio.subprocess.DEVNULL)
    await process.wait()
    return round(perf_counter() - started, 2)


async def seconds_for_a_run(data_dir: Path) -> dict[str, float]:
    port = free_port()
    environ = {**os.environ, "COPYDESK_DATA_DIR": str(data_dir), "COPYDESK_PLAYGROUND_PORT": str(port)}
    started = perf_counter()
    process = await asyncio.create_subprocess_exec(
        *COPYDESK, "run", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=environ
    )
    page = asyncio.create_task(page_answers(port))
    await connected(process)
    connected_seconds = perf_counter() - started
    page_seconds = await page - started
    stopping = perf_counter()
    process.send_signal(signal.SIGINT)
    await process.communicate()
    return {
        "page": round(page_seconds, 2),
        "connected": round(connected_seconds, 2),
        "stopped": round(perf_counter() - stopping, 2),
    }


async def connected(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    while b"ready" not in (line := await process.stdout.readline()):
        assert line, "it ended before it was connected"


async def page_answers(port: int) -> float:
    """When the playground first answered at all, on the clock of `perf_counter`."""
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/"):
                    return perf_counter()
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(measure()), indent=2) + "\n")
