"""Where a draft is announced and shown: the one place that posts or changes a draft's messages.

    announce ──▶ placeholder ──▶ progress … ──▶ the text in its place, or in the thread below it
                                            └─▶ why there is none

Before anything is posted a second time, the channel is searched for the first.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.drafting.attaching import attach_long_text
from bot.drafting.layouts import draft_layout, pair_layout
from bot.drafting.pacing import Pacer
from bot.drafting.places import Places
from bot.history import find_message
from bot.messages import Layout
from bot.settings import DraftDelivery
from evaluation import store
from evaluation.database import Database
from evaluation.store import CurrentText
from evaluation.tables import Draft, DraftPair, DraftRequest
from generation.content_types import ContentType

log = structlog.get_logger(__name__)

GONE = frozenset({"message_not_found", "cant_update_message", "thread_not_found"})
"""What Slack says of an announcement that somebody deleted."""


class Publisher:
    """Posts and changes the messages of drafts; raises SlackApiError where a draft cannot be shown."""

    def __init__(
        self,
        database: Database,
        slack: AsyncWebClient,
        places: Places,
        pacer: Pacer,
        *,
        words_per_second: float,
        clock: Callable[[], datetime],
        rng: Random,
    ) -> None:
        self._database = database
        self._slack = slack
        self._places = places
        self._pacer = pacer
        self._words_per_second = words_per_second
        self._clock = clock
        self._rng = rng

    async def announce(
        self, request: DraftRequest, content_type: ContentType, status: str, *, search: bool
    ) -> DraftRequest:
        """The request with its placeholder: the one it has, the one found in the channel, or a new one."""
        if request.placeholder_ts is not None:
            return request
        ts = await self._find(request, [messages.request_block_id(request.id)]) if search else None
        if ts is None:
            ts = await self._post(
                request, request.thread_ts, self._placeholder(request, content_type, status)
            )
        return await self._database.run_in_background(store.note_placeholder, request.id, ts)

    async def find_announcement(self, request: DraftRequest) -> DraftRequest:
        """The request with the placeholder that it may have in the channel and not yet in its row."""
        if request.placeholder_ts is not None:
            return request
        ts = await self._find(request, [messages.request_block_id(request.id)])
        if ts is None:
            return request
        return await self._database.run_in_background(store.note_placeholder, request.id, ts)

    async def show_status(self, request: DraftRequest, content_type: ContentType, status: str) -> bool:
        """Progress: skipped, with False, while the channel had a change within the last second."""
        if request.placeholder_ts is None or not self._pacer.try_turn(request.channel_id):
            return False
        text, blocks = self._placeholder(request, content_type, status)
        try:
            await self._slack.chat_update(
                channel=request.channel_id, ts=request.placeholder_ts, text=text, blocks=blocks
            )
        except SlackApiError as error:
            log.warning("progress_not_shown", request_id=request.id, reason=str(error.response["error"]))
        return True

    async def show_end(
        self,
        request: DraftRequest,
        content_type: ContentType | None,
        outcome: str,
        *,
        retry: bool = False,
    ) -> bool:
        """Why there is no draft, in the placeholder's place; False without one. `outcome` is markup."""
        if request.placeholder_ts is None:
            return False
        layout = messages.ended_message(
            request_id=request.id,
            content_type=content_type,
            topic=request.topic,
            requester_id=request.requester_id,
            outcome=outcome,
            retry=retry,
        )
        try:
            return await self._change(request, request.placeholder_ts, layout)
        except SlackApiError as error:
            log.warning("end_not_shown", request_id=request.id, reason=str(error.response["error"]))
            return False

    async def show_text_so_far(
        self, request: DraftRequest, content_type: ContentType, ts: str, text: str
    ) -> bool:
        """A text that grows, in the message at `ts`; False where somebody deleted that."""
        layout = messages.growing_message(
            request_id=request.id,
            content_type=content_type,
            topic=request.topic,
            requester_id=request.requester_id,
            text=text,
        )
        return await self._change(request, ts, layout)

    async def publish(
        self,
        request: DraftRequest,
        drafts: Sequence[Draft],
        content_type: ContentType,
        *,
        search: bool,
        streamed_ts: str | None = None,
    ) -> str:
        """Shows one draft, or both halves of a pair together, and notes where. Returns the message's ts.

        `streamed_ts` is the message in the thread in which the text has been growing.
        """
        pair = await self._pair(drafts)
        current = await self._database.read(store.current_texts, drafts)
        layout = await self._layout(request, drafts, pair, content_type, current)
        in_thread = streamed_ts is not None or await self._goes_below(request)
        ts = await self._earlier(request, drafts, pair, in_thread=in_thread) if search else None
        if streamed_ts is not None and await self._change(request, streamed_ts, layout):
            ts = streamed_ts
        elif in_thread:
            ts = ts or await self._post(request, request.placeholder_ts, layout)
        else:
            ts = await self._show_in_place(
                request, ts or request.placeholder_ts, drafts, content_type, layout
            )
        if pair is None:  # of a pair, a button opens what one message cannot hold
            root_ts = request.thread_ts or (request.placeholder_ts if in_thread else None) or ts
            await attach_long_text(
                self._slack, request.channel_id, root_ts, drafts[0], current[drafts[0].id], content_type
            )
        await self._database.run_in_background(
            store.mark_all_posted, request.id, request.channel_id, ts, self._clock()
        )
        if in_thread:
            is_above = request.thread_ts is None
            await self.show_end(request, content_type, texts.IN_THREAD if is_above else texts.RIGHT_BELOW)
        return ts

    async def redraw(self, request: DraftRequest, drafts: Sequence[Draft], content_type: ContentType) -> bool:
        """Shows posted drafts anew, as their rows are now; False where their message is gone."""
        pair = await self._pair(drafts)
        ts = drafts[0].message_ts
        if ts is None:
            return False
        current = await self._database.read(store.current_texts, drafts)
        layout = await self._layout(request, drafts, pair, content_type, current)
        if not await self._change(request, ts, layout):
            return False
        if pair is None:
            root_ts = request.thread_ts or request.placeholder_ts or ts
            await attach_long_text(
                self._slack, request.channel_id, root_ts, drafts[0], current[drafts[0].id], content_type
            )
        return True

    # ------------------------------------------------------------------ where

    async def _goes_below(self, request: DraftRequest) -> bool:
        """Into a thread of its own; a request from a thread is answered in that one."""
        if request.placeholder_ts is None or request.thread_ts is not None:
            return False
        return await self._places.delivery(request.channel_id) is DraftDelivery.THREAD

    async def _earlier(
        self, request: DraftRequest, drafts: Sequence[Draft], pair: DraftPair | None, *, in_thread: bool
    ) -> str | None:
        """The message that shows these drafts already, from before a crash."""
        block_ids = [messages.thumb_block_id(draft.id) for draft in drafts]
        if pair is not None:
            block_ids.append(messages.pair_block_id(pair.id))
        if in_thread:
            return await self._find(request, block_ids, request.placeholder_ts)
        if request.placeholder_ts is not None:
            return request.placeholder_ts
        return await self._find(request, [*block_ids, messages.request_block_id(request.id)])

    async def _find(
        self, request: DraftRequest, block_ids: Sequence[str], thread_ts: str | None = None
    ) -> str | None:
        return await find_message(
            self._slack,
            request.channel_id,
            *block_ids,
            oldest=request.created_at,
            thread_ts=thread_ts or request.thread_ts,
        )

    # ------------------------------------------------------------------ what

    def _placeholder(self, request: DraftRequest, content_type: ContentType, status: str) -> Layout:
        return messages.placeholder_message(
            request_id=request.id,
            content_type=content_type,
            topic=request.topic,
            requester_id=request.requester_id,
            status=status,
        )

    async def _layout(
        self,
        request: DraftRequest,
        drafts: Sequence[Draft],
        pair: DraftPair | None,
        content_type: ContentType,
        current: Mapping[str, CurrentText],
    ) -> Layout:
        parent = None
        if request.parent_draft_id is not None:
            parent = await self._database.read(store.find_draft, request.parent_draft_id)
        if pair is not None:
            return pair_layout(request, drafts, pair, content_type, current)
        return draft_layout(request, drafts[0], content_type, current[drafts[0].id], parent)

    async def _pair(self, drafts: Sequence[Draft]) -> DraftPair | None:
        if len(drafts) < 2:
            return None
        first, second = drafts
        return await self._database.run_in_background(
            store.record_pair, first.id, second.id, self._clock(), self._rng
        )

    # ------------------------------------------------------------------ how

    async def _show_in_place(
        self,
        request: DraftRequest,
        ts: str | None,
        drafts: Sequence[Draft],
        content_type: ContentType,
        layout: Layout,
    ) -> str:
        if ts is not None:
            await self._replay(request, ts, drafts, content_type)
            if await self._change(request, ts, layout):
                return ts
        return await self._post(request, request.thread_ts, layout)

    async def _replay(
        self, request: DraftRequest, ts: str, drafts: Sequence[Draft], content_type: ContentType
    ) -> None:
        """One draft appears at the one pace that all have; the halves of a pair appear together, whole."""
        if not self._words_per_second or len(drafts) != 1 or not request.rated:
            return
        for shown in _growing(drafts[0].text, self._words_per_second):
            if not await self.show_text_so_far(request, content_type, ts, shown):
                return

    async def _post(self, request: DraftRequest, thread_ts: str | None, layout: Layout) -> str:
        text, blocks = layout
        answer = await self._slack.chat_postMessage(
            channel=request.channel_id,
            text=text,
            blocks=blocks,
            thread_ts=thread_ts,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["ts"])

    async def _change(self, request: DraftRequest, ts: str, layout: Layout) -> bool:
        """False where somebody deleted the message."""
        text, blocks = layout
        await self._pacer.turn(request.channel_id)
        try:
            await self._slack.chat_update(channel=request.channel_id, ts=ts, text=text, blocks=blocks)
        except SlackApiError as error:
            if error.response["error"] in GONE:
                return False
            raise
        return True


def _growing(text: str, words_per_second: float) -> list[str]:
    """The text as far as it has come after one second, two, … ; without the last, whole one."""
    ends = [place for place, character in enumerate(text) if character.isspace()]
    step = max(1, round(words_per_second))
    return [text[: ends[place]] for place in range(step - 1, len(ends), step)]
