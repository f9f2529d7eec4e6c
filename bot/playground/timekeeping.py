"""What happens in the workspace by itself as time passes."""

import asyncio

from bot.playground.scheduling import post_due
from bot.playground.slack import Slack
from bot.playground.streaming import close_expired

LOOK_SECONDS = 0.5


async def keep_time(slack: Slack) -> None:
    """Posts what is due and closes streams whose time is over, again and again until cancelled."""
    while True:
        post_due(slack)
        close_expired(slack)
        await asyncio.sleep(LOOK_SECONDS)
