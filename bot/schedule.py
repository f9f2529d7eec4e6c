"""What happens by itself: a look every minute at what is due, missing or unfinished.

The rows say what is due, not the clock's ticks, so a machine that slept through Monday
morning posts last week's report once when it wakes.
"""

import asyncio
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.draining import drain
from bot.services import Services

log = structlog.get_logger(__name__)

TICK_SECONDS = 60
DRAIN_SECONDS = 4.0


class Rounds:
    """A look at everything now, and then once a minute until stopped."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._looking: set[asyncio.Task[None]] = set()
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._scheduler.add_job(
            self._look,
            "interval",
            seconds=TICK_SECONDS,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        self._scheduler.start()

    async def stop(self) -> None:
        """No more looks; the one under way has a moment to end. Harmless before the start."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        await drain(self._looking, DRAIN_SECONDS)

    async def _look(self) -> None:
        """Shielded, because the scheduler cancels its jobs and does not wait for them to end."""
        task = asyncio.create_task(look_around(self._services))
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)
        await asyncio.shield(task)


async def look_around(services: Services) -> None:
    """Adopts settings, resumes drafts, claims and delivers due reports, writes to raters whose hour it is.

    The next look retries.
    """
    for step in (
        services.changes.load,
        services.drafting.resume,
        services.revising.resume,
        services.reports.claim_closed_weeks,
        services.reports.deliver_due,
        services.audits.write_to_raters,
    ):
        try:
            await step()
        except Exception:
            log.exception("scheduled_step_failed", step=step.__qualname__)
