"""A draft's way, from a recorded request to a message under a neutral label.

    RECEIVED ── choose a route, write, score, price, record ──▶ WRITTEN ── post ──▶ POSTED

Each arrow ends in one transaction, so after a crash `resume` takes every request up at the
step that follows. A text is recorded before it is posted, and before a second attempt at
posting the channel is searched for the first.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.draining import drain
from bot.errors import WritingFailed
from bot.history import find_message
from bot.settings import Settings
from bot.whispers import whisper
from bot.writing import TextOrder, Writer, WrittenText
from evaluation import store
from evaluation.costs import CostLine, price_draft
from evaluation.database import Database
from evaluation.heuristics import LengthRule, score_draft
from evaluation.tables import Draft, DraftRequest, RequestState
from generation.content_types import ContentType
from generation.errors import GenerationError, NoModelAvailable
from generation.prompts import Messages, build_messages, prompt_version, stop_strings
from generation.registry import ModelSpec, Presence, find_presence
from generation.routing import Route, choose_route, find_rule

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 4.0

_WHY_PASSED_OVER = "the model meant for this kind of text cannot write at the moment"

Tell = Callable[[str], Awaitable[bool]]
"""Says something, in Slack's markup, to the requester alone; False where it did not arrive."""


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
    ) -> None:
        self._settings = settings
        self._database = database
        self._slack = slack
        self._writer = writer
        self._clock = clock
        self._rng = rng
        self._running: dict[str, asyncio.Task[None]] = {}
        self._refusals: dict[str, tuple[int, datetime]] = {}

    def begin(self, request: DraftRequest, tell: Tell | None = None) -> None:
        """Starts work on a recorded request in the background; does nothing if it is under way."""
        if request.id in self._running:
            return
        task = asyncio.create_task(self._take(request, tell or _no_address))
        self._running[request.id] = task
        task.add_done_callback(lambda _: self._running.pop(request.id, None))

    async def resume(self) -> None:
        """Begins every recorded request that is not finished, not under way and not put off."""
        now = self._clock()
        for request in await self._database.read(store.unfinished_requests):
            _, not_before = self._refusals.get(request.id, (0, now))
            if not_before <= now:
                self.begin(request)

    async def idle(self) -> None:
        """Returns when nothing is under way."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    async def stop(self) -> None:
        """Gives what is under way a moment, then lets go; the rows say where each one continues."""
        await drain(self._running.values(), DRAIN_SECONDS)

    async def _take(self, request: DraftRequest, tell: Tell) -> None:
        try:
            # Read anew: whoever had it under way may have finished since `request` was read.
            current = await self._database.read(store.find_request, request.id)
            if current is None or current.state in (RequestState.POSTED, RequestState.FAILED):
                return
            content_type = self._content_type(request)
            first_attempt = current.state is RequestState.RECEIVED
            draft = await (self._write(request, content_type) if first_attempt else self._recorded(request))
            await self._post(request, draft, content_type, tell, search_first=not first_attempt)
        except WritingFailed as error:
            await self._give_up(request, error, tell, retryable=error.retryable)
        except GenerationError as error:
            await self._give_up(request, error, tell, retryable=False)
        except SlackApiError as error:
            await self._say_unposted(request, error, tell)
        except Exception:
            log.exception("draft_interrupted", request_id=request.id)

    def _content_type(self, request: DraftRequest) -> ContentType:
        content_type = self._settings.content_types.get(request.content_type)
        if content_type is None:
            raise WritingFailed(
                f"The kind {request.content_type} is no longer in copydesk.toml.", retryable=False
            )
        return content_type

    async def _write(self, request: DraftRequest, content_type: ContentType) -> Draft:
        route, order, written = await self._ask_models(request, content_type)
        return await self._database.run(
            store.record_draft,
            Draft(
                request_id=request.id,
                label="",  # given by the store, where it is known which are taken
                messages=_messages_column(order.prompt),
                prompt_version=prompt_version(content_type, route.model),
                seed=order.seed,
                created_at=self._clock(),
                **_route_columns(route),
                **asdict(written),
            ),
            score_draft(written.text, _length_rule(content_type)),
            self._costs(written),
            self._rng,
        )

    async def _ask_models(
        self, request: DraftRequest, content_type: ContentType
    ) -> tuple[Route, TextOrder, WrittenText]:
        """The routed model's text; where that one is unusable, another's of its rule, each asked once."""
        passed_over: list[str] = []
        route = await self._choose_route(content_type)
        while True:
            order = _order(content_type, route, request.topic, seed=self._rng.getrandbits(31))
            try:
                return route, order, await self._writer.write(order)
            except WritingFailed as failure:
                if not failure.model_unusable:
                    raise
                log.warning("model_passed_over", request_id=request.id, reason=str(failure))
                passed_over.append(route.model.name)
                route = await self._fall_back(content_type, route, passed_over, failure)

    async def _fall_back(
        self, content_type: ContentType, route: Route, passed_over: Collection[str], failure: WritingFailed
    ) -> Route:
        """Choose again without the models that failed; with nobody left, the failure stands."""
        try:
            other = await self._choose_route(content_type, passed_over)
        except NoModelAvailable:
            raise failure from None
        routed = route.substitute_for or route.model.name
        return replace(other, substitute_for=routed, why_substituted=_WHY_PASSED_OVER)

    def _costs(self, written: WrittenText) -> tuple[CostLine, ...]:
        """A text that shared the machine pays for its share only."""
        seconds = written.latency_seconds if written.busy_seconds is None else written.busy_seconds
        joules, scope = written.energy_joules, written.energy_scope
        return (price_draft(seconds, joules, self._settings.electricity, scope),)

    async def _choose_route(self, content_type: ContentType, without: Collection[str] = ()) -> Route:
        rule = find_rule(content_type.name, self._settings.routes)
        named = {*rule.models, *rule.substitutes} if rule else set()
        models = {
            name: spec
            for name, spec in self._settings.models.items()
            if name in named and name not in without
        }
        presence = await asyncio.to_thread(_find_all, models.values(), self._settings.models_dir)
        return choose_route(content_type, self._settings.routes, models, presence, self._rng)

    async def _recorded(self, request: DraftRequest) -> Draft:
        return await self._database.read(store.draft_of_request, request.id)

    async def _post(
        self,
        request: DraftRequest,
        draft: Draft,
        content_type: ContentType,
        tell: Tell,
        *,
        search_first: bool,
    ) -> None:
        block_id = messages.thumb_block_id(draft.id)
        ts = None
        if search_first:
            ts = await find_message(self._slack, request.channel_id, block_id, oldest=draft.created_at)
        if ts is None:
            ts = await self._send(request, draft, content_type)
        await self._database.run(store.mark_posted, draft.id, request.channel_id, ts, self._clock())
        self._refusals.pop(request.id, None)
        log.info("draft_posted", request_id=request.id, draft_id=draft.id)
        if draft.substitute_for is not None:
            await self._tell_substitute_once(request, draft, tell)

    async def _send(self, request: DraftRequest, draft: Draft, content_type: ContentType) -> str:
        text, blocks = messages.draft_message(
            draft_id=draft.id,
            label=draft.label,
            content_type=content_type,
            topic=request.topic,
            text=draft.text,
            requester_id=request.requester_id,
        )
        answer = await self._slack.chat_postMessage(
            channel=request.channel_id, text=text, blocks=blocks, unfurl_links=False, unfurl_media=False
        )
        return str(answer["ts"])

    async def _tell_substitute_once(self, request: DraftRequest, draft: Draft, tell: Tell) -> None:
        subject = f"substitute.{draft.substitute_for}"
        await self._tell_once(request, subject, texts.substitute_notice(draft.route_reason), tell)

    async def _give_up(self, request: DraftRequest, error: Exception, tell: Tell, *, retryable: bool) -> None:
        """The reason may name models, so it goes into the row and the log and not into Slack."""
        log.warning("draft_failed", request_id=request.id, reason=str(error))
        await self._database.run(store.mark_failed, request.id, str(error))
        await self._tell(
            request, texts.writing_failed(request.topic, request.id[:8], retryable=retryable), tell
        )

    async def _say_unposted(self, request: DraftRequest, error: SlackApiError, tell: Tell) -> None:
        reason = str(error.response["error"])
        log.warning("draft_not_posted", request_id=request.id, reason=reason)
        attempt = self._refusals.get(request.id, (0, self._clock()))[0] + 1
        self._refusals[request.id] = (attempt, self._clock() + _patience(attempt))
        await self._tell_once(request, f"unposted.{request.id}", texts.cannot_post(reason), tell)

    async def _tell_once(self, request: DraftRequest, subject: str, text: str, tell: Tell) -> None:
        """Noted as told only once it has arrived."""
        if await self._database.read(store.was_told, request.requester_id, subject):
            return
        if await self._tell(request, text, tell):
            await self._database.run(store.tell_once, request.requester_id, subject, self._clock())

    async def _tell(self, request: DraftRequest, text: str, tell: Tell) -> bool:
        """By the address that came with the request; where that is gone, by a message of our own."""
        escaped = messages.escape(text)
        return await tell(escaped) or await self._whisper(request, escaped)

    async def _whisper(self, request: DraftRequest, text: str) -> bool:
        return await whisper(self._slack, request.channel_id, request.requester_id, text)


async def _no_address(_: str) -> bool:
    """For a request taken up after a restart: the address that came with it is forgotten."""
    return False


def _patience(attempt: int) -> timedelta:
    """How long to wait before posting again: a minute, doubling up to an hour."""
    return timedelta(minutes=min(1 << min(attempt - 1, 6), 60))


def _order(content_type: ContentType, route: Route, topic: str, seed: int) -> TextOrder:
    return TextOrder(
        model=route.model.name,
        prompt=build_messages(content_type, route.model, topic),
        sampling=route.sampling,
        seed=seed,
        stop=stop_strings(content_type, route.model),
        min_words=content_type.min_words,
        max_words=content_type.max_words,
        json_schema=content_type.json_schema,
    )


def _messages_column(prompt: Messages | str) -> list[dict[str, str]]:
    return [{"role": "prompt", "content": prompt}] if isinstance(prompt, str) else list(prompt)


def _find_all(specs: Iterable[ModelSpec], models_dir: Path) -> dict[str, Presence]:
    return {spec.name: find_presence(spec, models_dir) for spec in specs}


def _length_rule(content_type: ContentType) -> LengthRule:
    return LengthRule(
        min_words=content_type.min_words,
        max_words=content_type.max_words,
        platform_limit_characters=content_type.platform_limit_characters,
    )


def _route_columns(route: Route) -> dict[str, Any]:
    return {
        "model_name": route.model.name,
        "sampling": route.sampling.model_dump(),
        "propensity": route.propensity,
        "route_reason": route.why_substituted or route.reason,
        "substitute_for": route.substitute_for,
    }
