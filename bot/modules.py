"""Modules of ours that run in a process of their own: one document in, one out."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from bot.errors import DeliveryFailed

RunModule = Callable[[str, bytes], Awaitable[bytes]]
"""What a module, by its name, prints for a document. Raises DeliveryFailed."""

MODULE_SECONDS = 120


async def run_module(module: str, document: bytes) -> bytes:
    """What `python -m module` prints for `document`; raises DeliveryFailed with its last words."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(MODULE_SECONDS):
            output, errors = await child.communicate(document)
    except TimeoutError as error:
        raise DeliveryFailed(f"{module} did not finish within {MODULE_SECONDS} s.") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        last_words = errors.decode(errors="replace").strip().rsplit("\n", 1)[-1]
        raise DeliveryFailed(f"{module} ended with status {child.returncode}: {last_words}")
    return output
