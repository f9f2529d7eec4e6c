"""Answers to one person: lists of kinds, drafts, models, costs and what is under way."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from bot import messages, texts
from bot.messages import Layout, escape
from bot.services import Services
from bot.whispers import UNHEARD
from bot.wishes import Ask
from evaluation import store
from evaluation.blinding import for_raters
from evaluation.costs.report import build_cost_report
from evaluation.findings import evidence_in_words
from evaluation.periods import Period
from evaluation.report_document import Report
from evaluation.store import OwnDraft
from generation.content_types import ContentType
from generation.registry import PresenceStatus, find_presence
from generation.routing import find_rule

MOST_SHOWN = 10
WEEK = timedelta(days=7)


class Lists:
    """What `/draft` answers where it writes nothing."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._settings = services.settings

    async def answer(self, ask: Ask, user_id: str) -> Layout:
        """The answer to one word behind /draft."""
        match ask:
            case Ask.TYPES:
                return self._types()
            case Ask.QUEUE:
                return await self._queue(user_id)
            case Ask.MODELS:
                return await asyncio.to_thread(self._models)
            case Ask.COST:
                return await self._cost()
            case _:
                return messages.help_message(tuple(self._settings.content_types.values()))

    async def mine(self, user_id: str, words: Sequence[str]) -> Layout:
        """One's own drafts, the newest first, each with a link to its message."""
        found = await self._services.database.read(store.own_drafts, user_id, words, MOST_SHOWN + 1)
        if not found:
            return messages.list_message(texts.MINE_HEADING, [escape(texts.no_drafts_found(words))])
        shown = found[:MOST_SHOWN]
        links = await asyncio.gather(*(self._link(draft) for draft in shown))
        lines = [
            messages.own_draft(
                draft.label, draft.topic, texts.own_draft_line(self._title(draft), draft.created_at, link)
            )
            for draft, link in zip(shown, links, strict=True)
        ]
        note = escape(texts.more_drafts(len(shown))) if len(found) > MOST_SHOWN else None
        return messages.list_message(texts.MINE_HEADING, lines, note)

    async def finding(self, kind: ContentType) -> Layout:
        """What last week's report found of one kind of text, by the names that raters may read."""
        heading, nothing = texts.finding_heading(kind.title), escape(texts.no_finding(kind.title))
        last_week = self._services.clock() - WEEK
        label = Period.containing(last_week, self._settings.report.time_zone).label
        run = await self._services.database.read(store.find_report, label)
        if run is None or run.figures is None:
            return messages.list_message(heading, [nothing])
        named = Report.model_validate(run.figures)
        report = await asyncio.to_thread(for_raters, named, revealed=self._settings.workspace.names_models)
        found = [escape(each.finding) for each in report.content_types if each.content_type == kind.name]
        rated = [line for line in report.analysis.in_type(kind.name) if line.n_ratings]
        evidence = evidence_in_words(rated) if found and rated else ""
        note = escape(f"{texts.finding_of(report.period)} {evidence}".strip())
        block_id = messages.report_block_id(run.id)
        return messages.list_message(heading, found or [nothing], note, block_id=block_id)

    def _types(self) -> Layout:
        kinds = self._settings.content_types.values()
        return messages.list_message(texts.TYPES_HEADING, [escape(texts.kind_line(kind)) for kind in kinds])

    async def _queue(self, user_id: str) -> Layout:
        waiting = await self._services.database.read(store.unfinished_requests)
        mine = [request for request in waiting if request.requester_id == user_id]
        if not waiting:
            return messages.list_message(texts.QUEUE_HEADING, [texts.NOTHING_UNDER_WAY])
        lines = [escape(texts.queue_line(len(mine), len(waiting) - len(mine)))]
        now = self._services.clock()
        for request in mine[:MOST_SHOWN]:
            kind = self._settings.content_types.get(request.content_type)
            title = kind.title if kind is not None else request.content_type
            waited = int((now - request.created_at).total_seconds())
            status = await self._services.drafting.status(request)
            lines.append(messages.own_draft(title, request.topic, f"{status} · {texts.asked_ago(waited)}"))
        return messages.list_message(texts.QUEUE_HEADING, lines)

    def _models(self) -> Layout:
        """Kind by kind, as routing sees it: no draft stands beside a name."""
        if not self._settings.workspace.names_models:
            return messages.list_message(texts.MODELS_HEADING, [texts.MODELS_HIDDEN])
        kinds: dict[str, list[str]] = {}
        for kind in self._settings.content_types.values():
            rule = find_rule(kind.name, self._settings.routes)
            names = [*rule.models, *rule.substitutes] if rule else []
            present = [name for name in dict.fromkeys(names) if self._is_here(name)]
            if rule is None or not present:
                kinds.setdefault(texts.NO_MODEL_HERE, []).append(kind.title)
                continue
            routed = [name for name in present if name in rule.models]
            reason = rule.reason if routed else texts.STANDS_IN
            kinds.setdefault(escape(texts.models_line(routed or present, reason)), []).append(kind.title)
        lines = [f"*{escape(', '.join(titles))}*\n{line}" for line, titles in kinds.items()]
        return messages.list_message(texts.MODELS_HEADING, lines, block_id=messages.MODELS_BLOCK)

    def _is_here(self, name: str) -> bool:
        spec = self._settings.models.get(name)
        if spec is None:
            return False
        return find_presence(spec, self._settings.models_dir).status is PresenceStatus.PRESENT

    async def _cost(self) -> Layout:
        """What this week's drafts cost, in words: all three lines, and the cloud beside them."""
        now = self._services.clock()
        week = Period.containing(now, self._settings.report.time_zone)
        report = await self._services.database.read(
            build_cost_report, week, self._settings.cost_assumptions, now
        )
        return messages.list_message(texts.COST_HEADING, [escape(line) for line in report.sentences])

    async def _link(self, draft: OwnDraft) -> str | None:
        try:
            found = await self._services.slack.chat_getPermalink(
                channel=draft.channel_id, message_ts=draft.message_ts
            )
        except UNHEARD:
            return None
        return str(found["permalink"])

    def _title(self, draft: OwnDraft) -> str:
        kind = self._settings.content_types.get(draft.content_type)
        return escape(kind.title if kind is not None else draft.content_type)
