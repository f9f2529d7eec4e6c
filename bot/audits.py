"""Drafts that chance picks for a rater: what waits, how it is declined, and who is written to when."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages
from bot.content_types import content_type_of
from bot.drafting.places import is_direct_message
from bot.messages import Asking, WaitingDraft
from bot.people import People
from bot.settings import Settings
from bot.whispers import UNHEARD
from evaluation import store
from evaluation.database import Database
from evaluation.tables import AuditTask, Draft, RaterPreference
from generation.content_types import TextFormat

log = structlog.get_logger(__name__)


class Audits:
    """Draws tasks by the assignment rule, keeps how they ended, and writes to those who asked for it."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        slack: AsyncWebClient,
        people: People,
        *,
        clock: Callable[[], datetime],
        rng: random.Random,
    ) -> None:
        self._settings = settings
        self._database = database
        self._slack = slack
        self._people = people
        self._clock = clock
        self._rng = rng

    async def blocks(self, rater_id: str) -> list[dict[str, Any]]:
        """What waits for this rater, for the App Home or to bring a message up to date."""
        preference = await self._preference(rater_id)
        on = preference is None or preference.audits_on
        waiting = await self.waiting(rater_id) if on else []
        return messages.audit_blocks(waiting, on=on)

    async def waiting(self, rater_id: str) -> list[WaitingDraft]:
        """The drafts that wait for this rater; what is missing to the configured number is drawn."""
        wanted, now = self._settings.audits.waiting, self._clock()
        if wanted == 0:
            return []
        since = now - timedelta(days=self._settings.audits.days)
        posted_in = await self._database.read(store.audit_channels, since)
        channels = [
            each for each in posted_in if not is_direct_message(each) and await self._may_read(rater_id, each)
        ]
        tasks = await self._database.run(
            store.assign_audits, rater_id, wanted, since, now, self._rng, channels
        )
        return [await self._described(task, draft) for task, draft in tasks[:wanted]]

    async def open_task(self, task_id: str, rater_id: str) -> tuple[AuditTask, Draft] | None:
        """A task that still waits for this rater, with its draft."""
        tasks = await self._database.read(store.open_audits, rater_id)
        return next(((task, draft) for task, draft in tasks if task.id == task_id), None)

    async def form(self, draft: Draft, origin: str) -> dict[str, Any]:
        """The form in which a rater reads the draft whole and rates it."""
        content_type = await content_type_of(self._database, self._settings, draft)
        return messages.audit_form(
            draft_id=draft.id,
            label=draft.label,
            text=draft.text,
            text_format=content_type.format if content_type is not None else TextFormat.PLAIN,
            origin=origin,
        )

    async def decline(self, task_id: str, rater_id: str, reason: str) -> bool:
        """Closes a task of this rater's with their reason; False where it no longer waited."""
        if await self.open_task(task_id, rater_id) is None:
            return False
        await self._database.run(store.decline_audit, task_id, reason, self._clock())
        return True

    async def asking(self, rater_id: str) -> Asking:
        """Whether and when this person is asked, in the time zone that Slack knows of them."""
        preference = await self._preference(rater_id)
        zone = await self._people.time_zone(rater_id) or self._settings.report.time_zone
        if preference is None:
            return Asking(on=True, hour=None, times_per_week=None, time_zone=zone)
        return Asking(
            on=preference.audits_on,
            hour=preference.message_hour,
            times_per_week=preference.messages_per_week,
            time_zone=zone,
        )

    async def save(self, rater_id: str, asking: Asking) -> None:
        """Keeps what a person wants from now on."""
        by_message = asking.hour is not None
        preference = RaterPreference(
            rater_id=rater_id,
            audits_on=asking.on,
            message_hour=asking.hour,
            time_zone=asking.time_zone if by_message else None,
            messages_per_week=asking.times_per_week if by_message else None,
            updated_at=self._clock(),
        )
        await self._database.run(store.save_preference, preference)

    async def write_to_raters(self) -> None:
        """A direct message to each person whose hour it is, if drafts wait and their week is not full."""
        for preference in await self._database.read(store.raters_to_write_to):
            if is_their_hour(preference, self._clock()):
                await self._write_to(preference)

    async def _write_to(self, preference: RaterPreference) -> None:
        rater_id, now = preference.rater_id, self._clock()
        waiting = await self.waiting(rater_id)
        if not waiting:
            return
        today, per_week = local_time(preference, now).date(), preference.messages_per_week or 1
        if not await self._database.run(store.claim_message, rater_id, today, per_week, now):
            return
        text, blocks = messages.audit_message(waiting)
        try:
            await self._slack.chat_postMessage(channel=rater_id, text=text, blocks=blocks)
        except UNHEARD as error:
            log.warning("audit_message_not_delivered", rater_id=rater_id, reason=str(error))
        else:
            log.info("audit_message_sent", rater_id=rater_id, drafts=len(waiting))

    async def _may_read(self, rater_id: str, channel_id: str) -> bool:
        """Public channels are for everybody; of what was said in private only its members are asked."""
        try:
            channel = (await self._slack.conversations_info(channel=channel_id))["channel"]
            if channel.get("is_mpim"):
                return False
            return not channel.get("is_private") or await self._is_member(rater_id, channel_id)
        except UNHEARD as error:
            log.info("channel_not_readable", channel_id=channel_id, reason=str(error))
            return False

    async def _is_member(self, rater_id: str, channel_id: str) -> bool:
        cursor: str | None = None
        while True:
            page = await self._slack.conversations_members(channel=channel_id, limit=200, cursor=cursor)
            if rater_id in page["members"]:
                return True
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return False

    async def _preference(self, rater_id: str) -> RaterPreference | None:
        return await self._database.read(store.preference_of, rater_id)

    async def _described(self, task: AuditTask, draft: Draft) -> WaitingDraft:
        request = await self._database.read(store.find_request, draft.request_id)
        kind = await content_type_of(self._database, self._settings, draft)
        return WaitingDraft(
            task_id=task.id,
            label=draft.label,
            kind=kind.title if kind is not None else "",
            topic=request.topic if request is not None else "",
        )


def local_time(preference: RaterPreference, now: datetime) -> datetime:
    """`now` on the clock of a person; UTC where their zone is none that this machine knows."""
    try:
        return now.astimezone(ZoneInfo(preference.time_zone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return now


def is_their_hour(preference: RaterPreference, now: datetime) -> bool:
    """Whether it is the hour, from its first minute to its last, at which this person wants messages."""
    return local_time(preference, now).hour == preference.message_hour
