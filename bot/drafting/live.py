"""A text that may be watched while it is written, because nobody will be asked to rate it.

startStream ──▶ appendStream … ──▶ stopStream        where Slack streams, in the thread of the placeholder
     └─ refused ─▶ chat.update of the placeholder …
                   appendStream refused, as after about five minutes ─▶ chat.update of the same message
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.drafting.publishing import Publisher
from bot.whispers import UNHEARD
from evaluation.tables import DraftRequest
from generation.content_types import ContentType

log = structlog.get_logger(__name__)


class LiveText:
    """One growing text. `ts` is the message that Slack streamed it into, if it did."""

    def __init__(
        self,
        slack: AsyncWebClient,
        publisher: Publisher,
        request: DraftRequest,
        content_type: ContentType,
        show_seconds: float,
    ) -> None:
        self.ts: str | None = None
        self._slack = slack
        self._publisher = publisher
        self._request = request
        self._content_type = content_type
        self._show_seconds = show_seconds
        self._text = ""
        self._sent = ""
        self._streams = True
        self._is_pointed_at = False

    def hear(self, text: str) -> None:
        """The text so far."""
        self._text = text

    def has_begun(self) -> bool:
        """From now on the text itself is the progress."""
        return bool(self._text)

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Shows what is heard until the context ends; if that fails, nothing of the text stays."""
        showing = asyncio.create_task(self._show())
        try:
            yield
        except BaseException:
            await self._end(showing)
            await self._withdraw()
            raise
        await self._end(showing)

    async def _end(self, showing: asyncio.Task[None]) -> None:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
        await self._stop_streaming()

    async def _stop_streaming(self) -> None:
        """From now on the message changes by chat.update, which Slack refuses while it streams."""
        if self.ts is not None and self._streams:
            with suppress(*UNHEARD):  # closed by Slack already, which is what we want
                await self._slack.chat_stopStream(channel=self._request.channel_id, ts=self.ts)
        self._streams = False

    async def _withdraw(self) -> None:
        if self.ts is not None:
            with suppress(*UNHEARD):
                await self._slack.chat_delete(channel=self._request.channel_id, ts=self.ts)

    async def _show(self) -> None:
        shown = ""
        while True:
            if self._text != shown:
                shown = self._text
                try:
                    await self._step(shown)
                except UNHEARD as error:  # the whole text follows, whatever became of its parts
                    log.warning("live_text_not_shown", request_id=self._request.id, reason=str(error))
            if self._streams and self.ts is not None and not self._is_pointed_at:
                self._is_pointed_at = await self._point_at()
            await asyncio.sleep(self._show_seconds)

    async def _point_at(self) -> bool:
        """The announcement says where the text grows; not yet, with False, where the channel just changed."""
        is_above = self._request.thread_ts is None
        status = texts.GROWING_IN_THREAD if is_above else texts.GROWING_BELOW
        return await self._publisher.show_status(self._request, self._content_type, status)

    async def _step(self, text: str) -> None:
        if self._streams:
            try:
                await self._stream(messages.tame(text))
            except UNHEARD as error:
                log.info("stream_refused", request_id=self._request.id, reason=str(error))
                await self._stop_streaming()
        if not self._streams:
            ts = self.ts or self._request.placeholder_ts or ""
            shown = messages.beginning(text, self._content_type.format)
            await self._publisher.show_text_so_far(self._request, self._content_type, ts, shown)

    async def _stream(self, text: str) -> None:
        """What came since the last time. Where Markdown reads differently by now, the end puts it right."""
        request = self._request
        if self.ts is None:
            answer = await self._slack.chat_startStream(
                channel=request.channel_id,
                thread_ts=request.thread_ts or request.placeholder_ts or "",
                recipient_user_id=request.requester_id,
                recipient_team_id=request.team_id,
                markdown_text=text,
            )
            self.ts = str(answer["ts"])
        elif text.startswith(self._sent) and text != self._sent:
            added = text.removeprefix(self._sent)
            await self._slack.chat_appendStream(channel=request.channel_id, ts=self.ts, markdown_text=added)
        self._sent = text
