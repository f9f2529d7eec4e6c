"""How long a person waits: for the command line, for the page, and for the connected bot.

The bars, on a set-up machine: help under 0.6 s, the page answering under 5 s, connected under 8 s.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from time import perf_counter

import aiohttp

from bot.run_folder import read_addresses


async def test_help() -> None:
    started = perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "--help", stdout=asyncio.subprocess.DEVNULL
    )
    await process.wait()
    say("copydesk --help", perf_counter() - started)


async def test_run(tmp_path: Path) -> None:
    for name in ("first start, empty data folder", "second start"):
        say(f"copydesk run, {name}: connected", await seconds_until_connected(tmp_path / "data"))


async def seconds_until_connected(data_dir: Path) -> float:
    environ = {**os.environ, "COPYDESK_DATA_DIR": str(data_dir), "COPYDESK_PLAYGROUND_PORT": "0"}
    started = perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.cli",
        "run",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environ,
    )
    assert process.stdout is not None
    while b"ready" not in await process.stdout.readline():
        assert process.returncode is None, "it ended before it was connected"
    waited_seconds = perf_counter() - started
    await assert_page_answers(str(read_addresses(data_dir)["page_url"]))
    process.send_signal(signal.SIGINT)
    await process.communicate()
    return waited_seconds


async def assert_page_answers(page_url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(page_url) as page:
        assert page.status == 200


def say(what: str, seconds: float) -> None:
    sys.stdout.write(f"\n{what}: {seconds:.2f} s")
