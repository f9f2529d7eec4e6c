"""`/draft …`"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.errors import BadInput
from bot.listeners.asking import Asked, ask_for_draft
from bot.listeners.lists import Lists
from bot.messages import escape
from bot.services import Services
from bot.whispers import answer
from bot.wishes import Ask, DraftWish, MineWish, ReportWish, parse_command
from evaluation import store
from evaluation.tables import RequestOrigin
from generation.content_types import ContentType

log = structlog.get_logger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    draft_command = DraftCommand(services)

    @app.command("/draft")
    async def draft(
        ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        await draft_command.answer(Said(body, ack, respond, client))


@dataclass(frozen=True)
class Said:
    """One `/draft …` with the ways to answer it."""

    body: Mapping[str, Any]
    ack: AsyncAck
    respond: AsyncRespond
    client: AsyncWebClient

    @property
    def user_id(self) -> str:
        return str(self.body["user_id"])

    async def tell(self, text: str) -> bool:
        """Privately, in Slack's markup."""
        return await answer(self.respond, text)


class DraftCommand:
    """What `/draft` does, word by word. What is wished for is recorded before it is acknowledged."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lists = Lists(services)

    @property
    def _content_types(self) -> tuple[ContentType, ...]:
        return tuple(self._services.settings.content_types.values())

    async def answer(self, said: Said) -> None:
        try:
            wish = parse_command(said.body.get("text", ""), self._content_types)
        except BadInput as refusal:
            await said.ack(text=escape(str(refusal)))
            return
        match wish:
            case DraftWish():
                await self._draft(said, wish)
            case ReportWish(content_type=None):
                await self._report(said)
            case ReportWish(content_type=ContentType() as kind):
                await said.ack()
                await answer(said.respond, *await self._lists.finding(kind))
            case MineWish(words):
                await said.ack()
                await answer(said.respond, *await self._lists.mine(said.user_id, words))
            case Ask():
                await self._word(said, wish)

    async def _word(self, said: Said, ask: Ask) -> None:
        match ask:
            case Ask.FORM:
                await said.ack()
                await self._open_form(said)
            case Ask.STYLE:
                await said.ack()
                await self._open_style(said)
            case Ask.STOP:
                await self._stop(said)
            case _:
                text, blocks = await self._lists.answer(ask, said.user_id)
                await said.ack(text=text, blocks=blocks)

    async def _draft(self, said: Said, wish: DraftWish) -> None:
        """The announcement in the channel is the answer; without one, the requester is told privately."""
        asked = Asked(
            delivery_key=said.body["trigger_id"],
            team_id=said.body["team_id"],
            channel_id=said.body["channel_id"],
            user_id=said.user_id,
            origin=RequestOrigin.COMMAND,
        )
        if await ask_for_draft(self._services, wish, asked, said.tell):
            await said.ack()
        else:
            await said.ack(text=escape(texts.already_asked()))

    async def _report(self, said: Said) -> None:
        await self._services.reports.request_week_so_far(said.body["trigger_id"], said.body["channel_id"])
        await said.ack(text=escape(texts.counting_report()))

    async def _stop(self, said: Said) -> None:
        drafting = self._services.drafting
        waiting = await self._services.database.read(store.unfinished_requests_of, said.user_id)
        stopped = [request for request in waiting if await drafting.cancel(request.id)]
        await said.ack(text=texts.stopped(len(stopped)) if stopped else texts.NOTHING_TO_STOP)
        for request in stopped:  # a channel takes one change a second
            self._services.afterwards.say(drafting.let_go(request, said.user_id))

    async def _open_form(self, said: Said) -> None:
        style = await self._services.database.read(store.house_style, said.body["team_id"])
        place = messages.FormPlace(channel_id=said.body["channel_id"])
        form = messages.draft_form(self._content_types, place, has_style=style is not None)
        await self._open(said, form)

    async def _open_style(self, said: Said) -> None:
        style = await self._services.database.read(store.house_style, said.body["team_id"])
        if said.user_id in self._services.settings.workspace.editors:
            await self._open(said, messages.style_form(style.text if style else ""))
        else:
            await answer(said.respond, *messages.style_message(style, said.user_id))

    async def _open(self, said: Said, view: dict[str, Any]) -> None:
        try:
            await said.client.views_open(trigger_id=said.body["trigger_id"], view=view)
        except SlackApiError as error:
            log.warning("form_not_opened", reason=str(error.response["error"]))
            await said.tell(texts.FORM_NOT_OPENED)
