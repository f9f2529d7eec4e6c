"""What happens by itself: a look every minute at what is due, missing or unfinished.

The rows say what is due, not the clock's ticks, so a machine that slept through Monday
morning posts last week's report once when it wakes.
"""

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.services import Services

log = structlog.get_logger(__name__)

TICK_SECONDS = 60


def build_schedule(services: Services) -> AsyncIOScheduler:
    """A scheduler that looks once a minute; start and shut it down beside the bot."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(
        look_around,
        "interval",
        args=[services],
        seconds=TICK_SECONDS,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    return scheduler


async def look_around(services: Services) -> None:
    """Resumes unfinished drafts, claims due reports and delivers what waits; the next look retries."""
    for step in (services.drafting.resume, services.reports.claim_closed_weeks, services.reports.deliver_due):
        try:
            await step()
        except Exception:
            log.exception("scheduled_step_failed", step=step.__qualname__)
