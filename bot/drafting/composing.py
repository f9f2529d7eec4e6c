"""From a wish to recorded texts: choose who writes, ask them, take names out, score, price, keep."""

import asyncio
import random
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlmodel import Session

from bot.drafting.self_naming import names_of, scrub, without_names
from bot.errors import WritingFailed
from bot.settings import Settings
from bot.writing import Hear, TextOrder, Writer, WrittenText
from evaluation import store
from evaluation.costs import CostLine, price_draft
from evaluation.costs.reading import REMOTE_DEVICE
from evaluation.database import Database
from evaluation.heuristics import LengthRule, score_draft
from evaluation.store import ScoredDraft
from evaluation.tables import Draft, DraftRequest, HouseStyle
from generation.content_types import ContentType
from generation.errors import NoModelAvailable
from generation.prompts import (
    Guidance,
    Messages,
    build_messages,
    carries_guidance,
    prompt_version,
    stop_strings,
)
from generation.registry import ModelSpec, Presence, PresenceStatus, find_presence
from generation.routing import Route, choose_pair, choose_route, find_rule

log = structlog.get_logger(__name__)

_WHY_PASSED_OVER = "the model meant for this kind of text cannot write at the moment"


@dataclass(frozen=True)
class _Wish:
    """What everything about one request is written from."""

    request: DraftRequest
    content_type: ContentType
    guidance: Guidance
    style: HouseStyle | None
    is_pair: bool
    hear: Hear | None

    @property
    def words(self) -> str:
        """All that people said, topic first."""
        return "\n".join(
            [
                self.request.topic,
                *self.guidance.brief.values(),
                self.guidance.style,
                self.guidance.instruction,
            ]
        )


@dataclass(frozen=True)
class _Text:
    """One text and how it came about. `namings`: how often it named a model before that was taken out."""

    route: Route
    order: TextOrder
    written: WrittenText
    namings: int = 0


class Composer:
    """Has texts written for recorded requests and keeps them, each with scores and costs."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        writer: Writer,
        *,
        clock: Callable[[], datetime],
        rng: random.Random,
    ) -> None:
        self._settings = settings
        self._database = database
        self._writer = writer
        self._clock = clock
        self._rng = rng
        self._names = names_of(settings.models.values(), settings.drafting.model_words)

    async def compose(
        self, request: DraftRequest, content_type: ContentType, hear: Hear | None = None
    ) -> list[Draft]:
        """One draft, or the two of a pair where that was wished for or drawn, and two models can write.

        `hear` is told the text so far of a draft that is no pair, without its last words. Raises
        WritingFailed, GenerationError, and RequestCancelled where the wish was taken back meanwhile.
        """
        wish = await self._read(request, content_type, hear)
        texts = await self._texts(wish)
        scored = [self._scored(wish, text, position) for position, text in enumerate(texts)]
        return await self._database.run_in_background(store.record_drafts, scored, self._rng)

    async def _read(self, request: DraftRequest, content_type: ContentType, hear: Hear | None) -> _Wish:
        style = await self._database.read(store.house_style, request.team_id)
        parent = None
        if request.parent_draft_id is not None:
            parent = await self._database.read(_text_of, request.parent_draft_id)
        guidance = Guidance(
            brief=request.brief,
            style=style.text if style is not None else "",
            earlier=parent or "",
            instruction=request.instruction or "",
        )
        is_pair = request.wants_pair or await self._draws_pair(request, content_type)
        return _Wish(request, content_type, guidance, style, is_pair, None if is_pair else hear)

    async def _texts(self, wish: _Wish) -> list[_Text]:
        if not wish.is_pair:
            return [await self._text(wish, await self._choose(wish.content_type))]
        routes = await self._choose_two(wish.content_type)
        if len(routes) == 1:
            return [await self._text(wish, routes[0])]
        return await self._both(wish, routes)

    async def _draws_pair(self, request: DraftRequest, content_type: ContentType) -> bool:
        """Chance pairs only models meant for the kind: nobody needs to know how stand-ins compare."""
        is_free = request.rated and request.parent_draft_id is None
        # Chance first: to look for the models takes longer.
        if not is_free or self._rng.random() >= self._settings.drafting.pair_share:
            return False
        rule = find_rule(content_type.name, self._settings.routes)
        _, presence = await self._candidates(content_type)
        meant = {name for name in rule.models if _is_present(presence, name)} if rule else set()
        return len(meant) > 1

    async def _both(self, wish: _Wish, routes: tuple[Route, ...]) -> list[_Text]:
        """Side by side. Where one of the two models cannot write, what the other one wrote stands alone."""
        tries = [asyncio.create_task(self._attempt(wish, route)) for route in routes]
        try:
            await asyncio.wait(tries)
        finally:
            for each in tries:
                each.cancel()
        failures = [error for each in tries if (error := each.exception()) is not None]
        for error in failures:
            if not isinstance(error, WritingFailed):
                raise error
            log.warning("half_not_written", request_id=wish.request.id, reason=str(error))
        written = [each.result() for each in tries if each.exception() is None]
        if not written:
            raise failures[0]
        return written

    async def _text(self, wish: _Wish, route: Route) -> _Text:
        """The routed model's text; where that one is unusable, another's of its rule, each asked once."""
        passed_over: list[str] = []
        while True:
            try:
                return await self._attempt(wish, route)
            except WritingFailed as failure:
                if not failure.model_unusable:
                    raise
                log.warning("model_passed_over", request_id=wish.request.id, reason=str(failure))
                passed_over.append(route.model.name)
                route = await self._fall_back(wish.content_type, route, passed_over, failure)

    async def _fall_back(
        self, content_type: ContentType, route: Route, passed_over: Collection[str], failure: WritingFailed
    ) -> Route:
        """Choose again without the models that failed; with nobody left, the failure stands."""
        try:
            other = await self._choose(content_type, passed_over)
        except NoModelAvailable:
            raise failure from None
        routed = route.substitute_for or route.model.name
        return replace(other, substitute_for=routed, why_substituted=_WHY_PASSED_OVER)

    async def _attempt(self, wish: _Wish, route: Route) -> _Text:
        """A text that names its model is held back for one new try; of that, the names are taken out."""
        first = await self._ask(wish, route)
        if first.namings == 0:
            return first
        log.info("text_names_a_model", request_id=wish.request.id, namings=first.namings)
        second = await self._ask(wish, route)
        return replace(second, namings=first.namings + second.namings)

    async def _ask(self, wish: _Wish, route: Route) -> _Text:
        order = _order(wish, route, seed=self._rng.getrandbits(31))
        hear = without_names(wish.hear, self._names, wish.words) if wish.hear is not None else None
        written = await self._writer.write(order, hear)
        clean = scrub(written.text, self._names, wish.words)
        return _Text(route, order, replace(written, text=clean.text), clean.namings)

    async def _choose(self, content_type: ContentType, without: Collection[str] = ()) -> Route:
        models, presence = await self._candidates(content_type, without)
        return choose_route(content_type, self._settings.routes, models, presence, self._rng)

    async def _choose_two(self, content_type: ContentType) -> tuple[Route, ...]:
        models, presence = await self._candidates(content_type)
        return choose_pair(content_type, self._settings.routes, models, presence, self._rng)

    async def _candidates(
        self, content_type: ContentType, without: Collection[str] = ()
    ) -> tuple[dict[str, ModelSpec], dict[str, Presence]]:
        rule = find_rule(content_type.name, self._settings.routes)
        named = {*rule.models, *rule.substitutes} if rule else set()
        models = {
            name: spec
            for name, spec in self._settings.models.items()
            if name in named and name not in without
        }
        return models, await asyncio.to_thread(_find_all, models.values(), self._settings.models_dir)

    def _scored(self, wish: _Wish, text: _Text, position: int) -> ScoredDraft:
        """The row as it will be kept; its label is given by the store, where it is known which are taken."""
        model, written = text.route.model, text.written
        style = wish.style if wish.style is not None and carries_guidance(model) else None
        draft = Draft(
            request_id=wish.request.id,
            position=position,
            label="",
            messages=_messages_column(text.order.prompt),
            prompt_version=prompt_version(wish.content_type, model, style.text if style else ""),
            style_version=style.version if style else None,
            self_namings=text.namings,
            seed=text.order.seed,
            created_at=self._clock(),
            **_route_columns(text.route),
            **asdict(written),
        )
        scores = score_draft(written.text, _length_rule(wish.content_type))
        return ScoredDraft(draft, tuple(scores), self._costs(written))

    def _costs(self, written: WrittenText) -> tuple[CostLine, ...]:
        """A text that shared the machine pays for its share only; what another machine took is not known."""
        if written.device == REMOTE_DEVICE:
            return ()
        seconds = written.latency_seconds if written.busy_seconds is None else written.busy_seconds
        joules, scope = written.energy_joules, written.energy_scope
        return price_draft(seconds, joules, scope, self._settings.cost_assumptions, self._clock())


def _text_of(session: Session, draft_id: str) -> str | None:
    """As it is now: who corrected a text means the correction by "shorter"."""
    draft = store.find_draft(session, draft_id)
    return store.current_text(session, draft).text if draft is not None else None


def _order(wish: _Wish, route: Route, seed: int) -> TextOrder:
    content_type = wish.content_type
    return TextOrder(
        model=route.model.name,
        prompt=build_messages(content_type, route.model, wish.request.topic, wish.guidance),
        sampling=route.sampling,
        seed=seed,
        stop=stop_strings(content_type, route.model),
        min_words=content_type.min_words,
        max_words=content_type.max_words,
        json_schema=content_type.json_schema,
        ticket=wish.request.id,
    )


def _messages_column(prompt: Messages | str) -> list[dict[str, str]]:
    return [{"role": "prompt", "content": prompt}] if isinstance(prompt, str) else list(prompt)


def _is_present(presence: Mapping[str, Presence], name: str) -> bool:
    return name in presence and presence[name].status is PresenceStatus.PRESENT


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
