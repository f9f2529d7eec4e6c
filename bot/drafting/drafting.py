"""A draft's way, from a recorded request to a message under a neutral label.

    RECEIVED ── announce, choose a route, write, score, price, record ──▶ WRITTEN ── show ──▶ POSTED
        └── cancel ──▶ CANCELLED

Each arrow ends in one transaction, so after a crash `resume` takes every request up at the
step that follows. A text is recorded before it is shown.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.drafting.composing import Composer
from bot.drafting.line import Going, Line
from bot.drafting.live import LiveText
from bot.drafting.pacing import Pace, Pacer
from bot.drafting.places import Places, is_direct_message
from bot.drafting.progress import Progress
from bot.drafting.publishing import Publisher
from bot.drafting.telling import Tell, Teller, no_address
from bot.draining import drain
from bot.errors import WritingFailed
from bot.settings import Settings
from bot.whispers import UNHEARD
from bot.writing import Writer
from evaluation import store
from evaluation.database import Database
from evaluation.errors import RequestCancelled
from evaluation.tables import Draft, DraftRequest, RequestState
from generation.content_types import ContentType
from generation.errors import GenerationError
from generation.prompts import carries_guidance

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 4.0
BATCHES_AHEAD: Final = 4
"""So many times what one model writes at once is asked for at the same time; the rest waits as rows."""
POSTED_AT_ONCE: Final = 4
SHOWN_IN_LINE: Final = 10
DONE = frozenset({RequestState.POSTED, RequestState.FAILED, RequestState.CANCELLED})


class Drafting:
    """Takes recorded requests to posted drafts, several at a time, resumable at every step."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        slack: AsyncWebClient,
        writer: Writer,
        *,
        clock: Callable[[], datetime],
        rng: random.Random,
        pace: Pace,
    ) -> None:
        self._settings = settings
        self._database = database
        self._slack = slack
        self._clock = clock
        self._pace = pace
        self._composer = Composer(settings, database, writer, clock=clock, rng=rng)
        self._publisher = Publisher(
            database,
            slack,
            Places(slack, settings.channels),
            Pacer(pace.update_seconds),
            words_per_second=settings.drafting.replay_words_per_second,
            clock=clock,
            rng=rng,
        )
        self._progress = Progress(self._publisher, writer.places, self._show_line, clock, pace.look_seconds)
        self._teller = Teller(database, slack, clock)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._writing = Line(settings.generation.batch_rows * BATCHES_AHEAD, self._go_on)
        self._posting: dict[str, Line] = {}
        self._said_in_line: dict[str, int] = {}
        self._refusals: dict[str, tuple[int, datetime]] = {}

    async def ask(self, request: DraftRequest, tell: Tell | None = None) -> bool:
        """Records a wish and begins it; False where it is known already, which changes nothing."""
        rates_here = self._settings.drafting.rate_direct_messages or not is_direct_message(request.channel_id)
        request.rated = request.rated and rates_here
        recorded, created = await self._database.run(store.record_request, request)
        if created:
            self._writing.expect(recorded.id)
            self.begin(recorded, tell)
        return created

    def begin(self, request: DraftRequest, tell: Tell | None = None) -> None:
        """Starts work on a recorded request in the background; does nothing if it is under way."""
        self._begin(Going(request.id, tell or no_address))

    async def resume(self) -> None:
        """Begins every recorded request that is not finished, not under way and not put off."""
        now = self._clock()
        for request_id in await self._database.read(store.unfinished_request_ids):
            _, not_before = self._refusals.get(request_id, (0, now))
            if not_before <= now:
                self._begin(Going(request_id, no_address, resumed=True))

    async def cancel(self, request_id: str) -> bool:
        """Takes a wish back; False once its text is written. `let_go` does the rest."""
        return await self._database.run(store.mark_cancelled, request_id)

    async def let_go(self, request: DraftRequest, by_user_id: str) -> None:
        """Ends the work on a cancelled request, which frees its place at the model, and says so."""
        for line in self._lines():
            line.drop(request.id)
        task = self._running.get(request.id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        current = await self._database.read(store.find_request, request.id)
        if current is None or current.state is not RequestState.CANCELLED:
            return
        log.info("draft_cancelled", request_id=request.id)
        content_type = self._settings.content_types.get(current.content_type)
        announced = await self._publisher.find_announcement(current)  # it may have just been posted
        await self._publisher.show_end(announced, content_type, texts.cancelled(by_user_id))

    async def retry(self, request_id: str, tell: Tell | None = None) -> bool:
        """Begins a request anew that had failed; False for any other."""
        request = await self._database.run(store.reopen_request, request_id)
        if request is not None:
            self.begin(request, tell)
        return request is not None

    async def redraw(self, request_id: str) -> bool:
        """Shows a posted request's drafts anew, as their rows are now; False where there is nothing to show.

        Raises SlackApiError where Slack refuses.
        """
        request = await self._database.read(store.find_request, request_id)
        drafts = await self._database.read(store.drafts_of_request, request_id)
        content_type = self._settings.content_types.get(request.content_type) if request else None
        if request is None or content_type is None or not drafts:
            return False
        return await self._publisher.redraw(request, drafts, content_type)

    async def status(self, request: DraftRequest) -> str:
        """How far a request is, in Slack's markup."""
        return await self._progress.status(request, self._writing.ahead(request.id))

    async def idle(self) -> None:
        """Returns when nothing is under way."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    async def stop(self) -> None:
        """Gives what is under way a moment, then lets go; the rows say where each one continues."""
        for line in self._lines():
            line.close()
        await drain(self._running.values(), DRAIN_SECONDS)

    # ------------------------------------------------------------------ step by step

    def _begin(self, going: Going) -> None:
        if going.request_id not in self._running and not any(
            going.request_id in line for line in self._lines()
        ):
            self._go_on(going)

    def _go_on(self, going: Going) -> None:
        task = asyncio.create_task(self._take(going))
        self._running[going.request_id] = task

        def ended(task: asyncio.Task[None]) -> None:
            if self._running.get(going.request_id) is task:
                del self._running[going.request_id]

        task.add_done_callback(ended)

    async def _take(self, going: Going) -> None:
        """As far as it comes now. Who has to wait is gone on with when the turn comes."""
        try:
            # Read anew: whoever had it under way may have finished since.
            request = await self._database.read(store.find_request, going.request_id)
            if request is not None and request.state not in DONE:
                await self._advance(request, going)
        except RequestCancelled:
            log.info("text_came_too_late", request_id=going.request_id)
        except Exception:
            log.exception("draft_interrupted", request_id=going.request_id)
        finally:
            for line in self._lines():
                line.end_turn(going.request_id)

    async def _advance(self, request: DraftRequest, going: Going) -> None:
        try:
            content_type = self._content_type(request)
            if request.state is not RequestState.RECEIVED:
                await self._post_in_turn(request, content_type, going)
                return
            if not going.is_announced:
                request = await self._announce(request, content_type, going.tell, search=going.resumed)
            if self._writing.take_turn(_remembered(request, going)):
                await self._write_and_post(request, content_type, going)
        except WritingFailed as error:
            await self._give_up(request, error, going.tell, retryable=error.retryable)
        except GenerationError as error:
            await self._give_up(request, error, going.tell, retryable=False)
        except SlackApiError as error:
            await self._say_unposted(request, error, going.tell)

    async def _show_line(self) -> None:
        """Those who come next hear how many are still before them; those behind heard it when they came."""
        said, self._said_in_line = self._said_in_line, {}
        for request_id in self._writing.first(SHOWN_IN_LINE):
            request = await self._database.read(store.find_request, request_id)
            content_type = self._settings.content_types.get(request.content_type) if request else None
            ahead = self._writing.ahead(request_id)
            if request is None or content_type is None or request_id not in self._writing:
                continue
            is_said = said.get(request_id) == ahead or await self._publisher.show_status(
                request, content_type, texts.in_line(ahead)
            )
            self._said_in_line[request_id] = ahead if is_said else said.get(request_id, 0)

    def _lines(self) -> list[Line]:
        return [self._writing, *self._posting.values()]

    def _content_type(self, request: DraftRequest) -> ContentType:
        content_type = self._settings.content_types.get(request.content_type)
        if content_type is None:
            raise WritingFailed(
                f"The kind {request.content_type} is no longer in copydesk.toml.", retryable=False
            )
        return content_type

    async def _announce(
        self, request: DraftRequest, content_type: ContentType, tell: Tell, *, search: bool
    ) -> DraftRequest:
        """Where Slack takes no announcement, a word to the requester; the draft is written all the same."""
        ahead = self._writing.ahead(request.id)
        status = texts.in_line(ahead) if ahead else texts.WAITING_FOR_MODEL
        try:
            if request.placeholder_ts is not None:
                await self._publisher.show_status(request, content_type, status)
            return await self._publisher.announce(request, content_type, status, search=search)
        except SlackApiError as error:
            log.warning("draft_not_announced", request_id=request.id, reason=str(error.response["error"]))
        except UNHEARD as error:
            log.warning("draft_not_announced", request_id=request.id, reason=str(error))
        if not search:
            await tell(messages.escape(texts.writing(content_type, request.topic)))
        return request

    async def _write_and_post(self, request: DraftRequest, content_type: ContentType, going: Going) -> None:
        """What nobody is asked to rate may be watched while it grows; the pace would give a model away."""
        if request.rated or request.placeholder_ts is None:
            async with self._progress.shown(request, content_type):
                await self._composer.compose(request, content_type)
            self._writing.end_turn(request.id)
            await self._post_in_turn(request, content_type, going)
            return
        live = LiveText(self._slack, self._publisher, request, content_type, self._pace.show_seconds)
        async with self._progress.shown(request, content_type, live.has_begun), live.shown():
            drafts = await self._composer.compose(request, content_type, live.hear)
        await self._post(request, drafts, content_type, going.tell, search=going.resumed, streamed_ts=live.ts)

    async def _post_in_turn(self, request: DraftRequest, content_type: ContentType, going: Going) -> None:
        """A channel takes one change a second, so more may be written than can be shown at once."""
        line = self._posting.setdefault(request.channel_id, Line(POSTED_AT_ONCE, self._go_on))
        if line.take_turn(_remembered(request, going)):
            drafts = await self._database.read(store.drafts_of_request, request.id)
            await self._post(request, drafts, content_type, going.tell, search=going.resumed)

    async def _post(
        self,
        request: DraftRequest,
        drafts: list[Draft],
        content_type: ContentType,
        tell: Tell,
        *,
        search: bool,
        streamed_ts: str | None = None,
    ) -> None:
        ts = await self._publisher.publish(
            request, drafts, content_type, search=search, streamed_ts=streamed_ts
        )
        self._refusals.pop(request.id, None)
        log.info("draft_posted", request_id=request.id, draft_ids=[draft.id for draft in drafts])
        await self._tell_about(request, drafts, tell)
        await self._notify_if_long(request, content_type, ts)

    async def _tell_about(self, request: DraftRequest, drafts: list[Draft], tell: Tell) -> None:
        """What the requester should know about how the drafts came about, each thing once."""
        if request.wants_pair and len(drafts) == 1:
            notice = messages.escape(texts.PAIR_BECAME_SINGLE)
            await self._teller.tell_once(request, f"single.{request.id}", notice, tell)
        for draft in drafts:
            if draft.substitute_for is not None:
                notice = messages.escape(texts.substitute_notice(draft.route_reason))
                await self._teller.tell_once(request, f"substitute.{draft.substitute_for}", notice, tell)
            if request.instruction is not None and not self._hears_instructions(draft):
                notice = messages.escape(texts.INSTRUCTION_NOT_HEARD)
                await self._teller.tell_once(request, f"unheard.{request.id}", notice, tell)

    def _hears_instructions(self, draft: Draft) -> bool:
        model = self._settings.models.get(draft.model_name)
        return model is None or carries_guidance(model)

    async def _notify_if_long(self, request: DraftRequest, content_type: ContentType, ts: str) -> None:
        """Whoever waited for long has turned to something else by now."""
        waited = (self._clock() - request.created_at).total_seconds()
        if waited < self._settings.drafting.notice_after_seconds or is_direct_message(request.channel_id):
            return
        try:
            link = await self._slack.chat_getPermalink(channel=request.channel_id, message_ts=ts)
        except UNHEARD as error:
            log.warning("no_link_to_draft", request_id=request.id, reason=str(error))
            return
        notice = texts.draft_is_ready(content_type.title, messages.escape(request.topic), link["permalink"])
        await self._teller.write_once(request, f"ready.{request.id}", notice)

    async def _give_up(self, request: DraftRequest, error: Exception, tell: Tell, *, retryable: bool) -> None:
        """The reason may name models, so it goes into the row and the log and not into Slack."""
        log.warning("draft_failed", request_id=request.id, reason=str(error))
        await self._database.run(store.mark_failed, request.id, str(error))
        sentence = messages.escape(texts.writing_failed(request.topic, request.id[:8], retryable=retryable))
        content_type = self._settings.content_types.get(request.content_type)
        can_retry = content_type is not None
        if not await self._publisher.show_end(request, content_type, sentence, retry=can_retry):
            await self._teller.tell(request, sentence, tell)

    async def _say_unposted(self, request: DraftRequest, error: SlackApiError, tell: Tell) -> None:
        reason = str(error.response["error"])
        log.warning("draft_not_posted", request_id=request.id, reason=reason)
        attempt = self._refusals.get(request.id, (0, self._clock()))[0] + 1
        self._refusals[request.id] = (attempt, self._clock() + _patience(attempt))
        sentence = messages.escape(texts.cannot_post(reason))
        await self._teller.tell_once(request, f"unposted.{request.id}", sentence, tell)


def _remembered(request: DraftRequest, going: Going) -> Going:
    """For the time of waiting. Who has seen an announcement is told by it, and needs no other address."""
    tell = going.tell if request.placeholder_ts is None else no_address
    return replace(going, tell=tell, is_announced=True)


def _patience(attempt: int) -> timedelta:
    """How long to wait before posting again: a minute, doubling up to an hour."""
    return timedelta(minutes=min(1 << min(attempt - 1, 6), 60))
