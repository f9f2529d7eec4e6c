"""A parent that starts a scripted child, lets the child note its life, and then waits to be killed."""

import asyncio
import os
import sys

from bot.supervisor import ChildSpec, Supervisor


async def main() -> None:
    script, lives = sys.argv[1:]
    configuration = {"port": 0, "behaviour": "good", "lives": lives}
    async with Supervisor() as supervisor:
        child = supervisor.watch(ChildSpec("scripted child", (sys.executable, script), configuration))
        await child.address()
        os.close(sys.stdout.fileno())  # tells the test that the child lives
        await asyncio.Event().wait()


asyncio.run(main())
