"""What people make of a posted draft: rewritten, corrected, copied or discarded.

Everything is recorded first. Messages follow in the background, and after a crash `resume` brings those up
to date that lag behind their rows.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel import Session

from bot import messages, texts
from bot.drafting import Drafting
from bot.drafting.telling import Tell
from bot.draining import drain
from bot.messages import FormDraft
from bot.plain_text import plain_text
from bot.settings import Settings
from bot.whispers import UNHEARD
from evaluation import store
from evaluation.database import Database
from evaluation.store import CurrentText
from evaluation.tables import Draft, DraftEdit, DraftRequest, RequestOrigin
from generation.content_types import ContentType, TextFormat

log = structlog.get_logger(__name__)

DRAIN_SECONDS: Final = 4.0
TRIED_FOR: Final = timedelta(days=1)
"""A message that Slack has not let us change for so long is left as it is."""


@dataclass(frozen=True)
class Standing:
    """A draft as it is now, with the wish it was written for. The kind may be gone from copydesk.toml."""

    draft: Draft
    request: DraftRequest
    current: CurrentText
    content_type: ContentType | None

    @property
    def format(self) -> TextFormat:
        return self.content_type.format if self.content_type is not None else TextFormat.PLAIN


@dataclass(frozen=True)
class PlainCopy:
    """A draft's text without markup, and how many characters the platform takes."""

    label: str
    text: str
    limit: int | None


class Revising:
    """Records what is done to drafts and shows it; who may is asked with `may_change`."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        slack: AsyncWebClient,
        drafting: Drafting,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._database = database
        self._slack = slack
        self._drafting = drafting
        self._clock = clock
        self._showing: dict[str, asyncio.Task[None]] = {}

    async def standing(self, draft_id: str) -> Standing | None:
        """The draft as it is now; None for an id that is none of ours."""
        found = await self._database.read(_find, draft_id)
        if found is None:
            return None
        draft, request, current = found
        return Standing(draft, request, current, self._settings.content_types.get(request.content_type))

    def may_change(self, standing: Standing, user_id: str) -> bool:
        """Whoever asked for the draft, and the workspace's editors."""
        return user_id in (standing.request.requester_id, *self._settings.workspace.editors)

    async def rewrite(
        self,
        delivery_key: str,
        standing: Standing,
        form: FormDraft,
        user_id: str,
        instruction: str,
        tell: Tell,
    ) -> bool:
        """Asks for a new text of the same wish, written with the instruction, in the thread of the first.

        False where this is known already. Whoever asks is the new draft's requester.
        """
        first = standing.request
        return await self._drafting.ask(
            DraftRequest(
                delivery_key=delivery_key,
                team_id=first.team_id,
                channel_id=first.channel_id,
                requester_id=user_id,
                content_type=first.content_type,
                topic=first.topic,
                created_at=self._clock(),
                origin=RequestOrigin.REGENERATION,
                brief=first.brief,
                thread_ts=form.thread_ts,
                parent_draft_id=standing.draft.id,
                instruction=instruction,
            ),
            tell,
        )

    async def edit(self, delivery_key: str, form: FormDraft, user_id: str, text: str) -> None:
        """Keeps a corrected text and begins to show it. Raises RatingRefused and EditOverlapped."""
        edit = DraftEdit(
            delivery_key=delivery_key,
            draft_id=form.draft_id,
            editor_id=user_id,
            text=text,
            created_at=self._clock(),
        )
        if await self._database.run(store.record_edit, edit, form.based_on):
            log.info("draft_edited", draft_id=form.draft_id)

    async def discard(self, draft_id: str, user_id: str) -> None:
        """Throws a draft away, once; its text stays. Raises DraftUnknown."""
        await self._database.run(store.mark_discarded, draft_id, user_id, self._clock())
        log.info("draft_discarded", draft_id=draft_id)

    async def copy(self, standing: Standing) -> PlainCopy:
        """The draft's plain text, and a note in its row that it was taken."""
        await self._database.run(store.mark_copied, standing.draft.id, self._clock())
        kind = standing.content_type
        limit = kind.platform_limit_characters if kind is not None else None
        text = plain_text(standing.current.text, standing.format)
        return PlainCopy(standing.draft.label, text, limit)

    async def send_file(self, copy: PlainCopy, user_id: str) -> bool:
        """The plain text as a file in a direct message; False where Slack did not take it."""
        counted = texts.copy_ready(messages.escape(copy.label), len(copy.text), copy.limit)
        try:
            said = await self._slack.chat_postMessage(channel=user_id, text=counted)
            await self._slack.files_upload_v2(
                channel=said["channel"],
                filename=messages.copy_file_name(copy.label),
                title=copy.label,
                content=copy.text,
            )
        except UNHEARD as error:
            log.warning("copy_not_sent", reason=str(error))
            return False
        return True

    def show(self, request_id: str) -> None:
        """Begins to bring the message of a request's drafts up to date, after what is under way for it."""
        before = self._showing.get(request_id)
        task = asyncio.create_task(self._show(request_id, before))
        self._showing[request_id] = task

        def forget(_: asyncio.Task[None]) -> None:
            if self._showing.get(request_id) is task:
                del self._showing[request_id]

        task.add_done_callback(forget)

    async def resume(self) -> None:
        """Brings up to date every message that lags behind, unless that is under way."""
        since = self._clock() - TRIED_FOR
        for request_id in await self._database.read(store.outdated_requests, since):
            if request_id not in self._showing:
                self.show(request_id)

    async def idle(self) -> None:
        """Returns when no message lags behind, as far as Slack lets us."""
        while self._showing:
            await asyncio.wait(list(self._showing.values()))

    async def stop(self) -> None:
        """Gives what is under way a moment, then lets go; the rows say what is still to be shown."""
        await drain(self._showing.values(), DRAIN_SECONDS)

    async def _show(self, request_id: str, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            outdated = await self._database.read(store.outdated_drafts, request_id)
            if outdated:
                await self._drafting.redraw(request_id)
                await self._database.run(store.mark_shown, outdated)
        except UNHEARD as error:
            log.warning("draft_not_shown_anew", request_id=request_id, reason=str(error))
        except Exception:
            log.exception("draft_not_shown_anew", request_id=request_id)


def _find(session: Session, draft_id: str) -> tuple[Draft, DraftRequest, CurrentText] | None:
    draft = store.find_draft(session, draft_id)
    request = store.find_request(session, draft.request_id) if draft is not None else None
    if draft is None or request is None:
        return None
    return draft, request, store.current_text(session, draft)
