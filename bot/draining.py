"""Ending background work: a moment to finish, then no more."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def drain(tasks: Iterable[asyncio.Task[Any]], seconds: float) -> None:
    """Waits up to `seconds` for `tasks`, then cancels the rest and waits until they have ended."""
    waiting = set(tasks)
    if not waiting:
        return
    _, unfinished = await asyncio.wait(waiting, timeout=seconds)
    for task in unfinished:
        task.cancel()
    await asyncio.gather(*unfinished, return_exceptions=True)
