"""What a person's App Home shows, in three pages.

Names of models never stand beside a draft: what waits for a rating is on one page, the ranking and the
routes are on another.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import structlog
from pydantic import ValidationError
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages
from bot.audits import Audits
from bot.drafting import Drafting
from bot.effective_settings import KIND_PREFIX, REPORT_KEY, REVEAL_KEY, ROUTE_PREFIX, EffectiveSettings
from bot.messages import HomeDraft, HomeKind, HomeRoute, SettingAuthor, Settled, Today, UnderWay
from bot.whispers import UNHEARD
from evaluation import store
from evaluation.blinding import for_raters
from evaluation.database import Database
from evaluation.habits import Habits, TeamHabits, ratings_version, read_habits
from evaluation.report_document import Report
from evaluation.store import OwnDraft
from generation.content_types import ContentType
from generation.registry import PresenceStatus, find_presence
from generation.routing import find_rule

log = structlog.get_logger(__name__)

MOST_DRAFTS: Final = 5
MOST_UNDER_WAY: Final = 3


class Page(StrEnum):
    TODAY = "today"
    MODELS = "models"
    SETTINGS = "settings"


class Home:
    """Builds the pages. What takes long is computed in a thread and kept until the rows change."""

    def __init__(
        self,
        settings: EffectiveSettings,
        database: Database,
        slack: AsyncWebClient,
        audits: Audits,
        drafting: Drafting,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._database = database
        self._slack = slack
        self._audits = audits
        self._drafting = drafting
        self._clock = clock
        self._wishes: dict[str, object] = {}
        self._links: dict[tuple[str, str], str] = {}
        self._habits: tuple[object, TeamHabits] | None = None
        self._ranking: tuple[object, Report] | None = None

    async def view(self, user_id: str, team_id: str, page: Page = Page.TODAY) -> dict[str, Any] | None:
        """The page as it is now for this person; None where they have turned to another one meanwhile."""
        wish = self._wishes[user_id] = object()
        view = await self._build(user_id, team_id, page)
        return view if self._wishes[user_id] is wish else None

    async def _build(self, user_id: str, team_id: str, page: Page) -> dict[str, Any]:
        match page:
            case Page.MODELS:
                return await self._models()
            case Page.SETTINGS:
                return await self._settled(user_id, team_id)
        return await self._today(user_id)

    async def _today(self, user_id: str) -> dict[str, Any]:
        (asked, rated), waiting, drafts, habits, (under_way, others) = await asyncio.gather(
            self._database.read(store.numbers_of, user_id),
            self._audits.blocks(user_id),
            self._drafts(user_id),
            self._habits_of(user_id),
            self._under_way(user_id),
        )
        return messages.today_page(
            Today(
                waiting=waiting,
                drafts=drafts[:MOST_DRAFTS],
                has_more_drafts=len(drafts) > MOST_DRAFTS,
                under_way=under_way,
                others_under_way=others,
                asked=asked,
                rated=rated,
                habits=habits,
                kinds=self._kinds,
            )
        )

    async def _models(self) -> dict[str, Any]:
        are_named = self._settings.workspace.names_models
        ranking = await self._ranked(revealed=are_named)
        routes = await asyncio.to_thread(self._routes) if are_named else None
        return messages.models_page(ranking, routes, self._settings.report)

    async def _settled(self, user_id: str, team_id: str) -> dict[str, Any]:
        are_named = self._settings.workspace.names_models
        style = await self._database.read(store.house_style, team_id)
        return messages.settings_page(
            Settled(
                reader_id=user_id,
                editors=self._settings.workspace.editors,
                reveal=self._settings.workspace.reveal,
                reveal_author=self._author(REVEAL_KEY),
                report=self._settings.report,
                report_author=self._author(REPORT_KEY),
                style=style,
                kinds=[self._kind(kind, are_named=are_named) for kind in self._kinds],
                left_out=dict(self._settings.left_out),
            )
        )

    def _kind(self, kind: ContentType, *, are_named: bool) -> HomeKind:
        rule = find_rule(kind.name, self._settings.routes) if are_named else None
        return HomeKind(
            kind=kind,
            rule=rule,
            author=self._author(f"{KIND_PREFIX}{kind.name}"),
            route_author=self._author(f"{ROUTE_PREFIX}{kind.name}"),
            is_declared=kind.name in self._settings.declared.content_types,
        )

    def _author(self, key: str) -> SettingAuthor | None:
        change = self._settings.change_of(key)
        return None if change is None else SettingAuthor(change.author_id, change.created_at)

    async def _drafts(self, user_id: str) -> list[HomeDraft]:
        found = await self._database.read(store.own_drafts, user_id, (), MOST_DRAFTS + 1)
        links = await asyncio.gather(*(self._link(draft) for draft in found[:MOST_DRAFTS]))
        return [
            HomeDraft(draft.label, draft.topic, self._title(draft.content_type), draft.created_at, link)
            for draft, link in zip(found, [*links, None], strict=False)
        ]

    async def _link(self, draft: OwnDraft) -> str | None:
        """Asked for once: a message keeps its address."""
        place = (draft.channel_id, draft.message_ts)
        if place not in self._links:
            try:
                answer = await self._slack.chat_getPermalink(channel=place[0], message_ts=place[1])
            except UNHEARD:
                return None
            self._links[place] = str(answer["permalink"])
        return self._links[place]

    async def _under_way(self, user_id: str) -> tuple[Sequence[UnderWay], int]:
        """What is being written for this person, and how much for others."""
        requests = await self._database.read(store.unfinished_requests)
        mine = [request for request in requests if request.requester_id == user_id]
        shown = [
            UnderWay(self._title(request.content_type), request.topic, await self._drafting.status(request))
            for request in mine[:MOST_UNDER_WAY]
        ]
        return shown, len(requests) - len(shown)

    async def _habits_of(self, user_id: str) -> Habits:
        version = await self._database.read(ratings_version)
        if self._habits is None or self._habits[0] != version:
            self._habits = version, await self._database.read(read_habits)
        return self._habits[1].of(user_id)

    async def _ranked(self, *, revealed: bool) -> tuple[str, Report] | None:
        """The last closed week's report as raters may read it, with its id; None before the first."""
        run = await self._database.read(store.latest_report)
        if run is None:
            return None
        version = (run.id, revealed)
        if self._ranking is None or self._ranking[0] != version:
            try:
                named = Report.model_validate(run.figures)
            except ValidationError:
                log.info("report_of_another_version", report=run.key)
                return None
            self._ranking = version, await asyncio.to_thread(for_raters, named, revealed=revealed)
        return run.id, self._ranking[1]

    def _routes(self) -> list[HomeRoute]:
        """Who writes what, kinds with the same route together."""
        routes: dict[tuple[tuple[str, ...], tuple[str, ...], str], list[str]] = {}
        here = {
            name
            for name, spec in self._settings.models.items()
            if find_presence(spec, self._settings.models_dir).status is PresenceStatus.PRESENT
        }
        for kind in self._kinds:
            rule = find_rule(kind.name, self._settings.routes)
            routed = tuple(name for name in rule.models if name in here) if rule else ()
            stand_ins = tuple(name for name in rule.substitutes if name in here) if rule else ()
            meant = rule.models if rule and not routed else ()
            routes.setdefault((routed or stand_ins, meant, rule.reason if rule else ""), []).append(
                kind.title
            )
        return [
            HomeRoute(tuple(kinds), names, meant, reason) for (names, meant, reason), kinds in routes.items()
        ]

    @property
    def _kinds(self) -> tuple[ContentType, ...]:
        return tuple(self._settings.content_types.values())

    def _title(self, content_type: str) -> str:
        kind = self._settings.content_types.get(content_type)
        return kind.title if kind is not None else content_type
