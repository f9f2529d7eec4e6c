"""Our own commands as real processes, and what must be gone when they have ended."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psutil

COPYDESK = (sys.executable, "-m", "bot.cli")


@asynccontextmanager
async def started(*command: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process of `command`, with nothing but `environ`; killed when the block ends first."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environ,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line_with(process: asyncio.subprocess.Process, word: str) -> str:
    """The next line of its output that holds `word`."""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while word not in (line := (await process.stdout.readline()).decode()):
            assert line, "it ended before it said so"
    return line


async def all_gone(family: list[psutil.Process]) -> None:
    _, alive = await asyncio.to_thread(psutil.wait_procs, family, 10)
    assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []


async def eventually(happened: Callable[[], bool], timeout_seconds: float) -> None:
    """Looks again and again at something that nothing here announces; raises TimeoutError."""
    async with asyncio.timeout(timeout_seconds):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0.1)
