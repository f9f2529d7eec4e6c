"""Ctrl-C: the first lets everything finish, the second, or ten seconds, ends it at once."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, NoReturn

import psutil
import typer

GRACE_SECONDS: Final = 10.0
INTERRUPTED: Final = 128 + signal.SIGINT


def serve_until_interrupted(serve: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Runs `serve`, whose event is set by the first Ctrl-C or SIGTERM."""
    asyncio.run(_serve(serve))


async def _serve(serve: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        if stop.is_set():
            end_at_once()
        stop.set()
        typer.echo("\nStopping: finishing what is under way. Press Ctrl-C again to stop at once.", err=True)
        loop.call_later(GRACE_SECONDS, end_at_once)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted)
    await serve(stop)


def end_at_once() -> NoReturn:
    """Kills every child and ends; what was recorded stays, and is resumed at the next start."""
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            child.kill()
    os._exit(INTERRUPTED)
