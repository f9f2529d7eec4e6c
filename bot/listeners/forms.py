"""Submitted forms that ask for a draft or change the house style."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.drafting.telling import privately_in
from bot.errors import BadField
from bot.home import Page
from bot.judgements import HOME
from bot.listeners.asking import Asked, ask_for_draft
from bot.listeners.home import publish
from bot.messages import FormPlace
from bot.services import Services
from bot.whispers import write
from bot.wishes import parse_draft_form, parse_style_form
from evaluation import store
from evaluation.tables import RequestOrigin


def register(app: AsyncApp, services: Services) -> None:
    @app.view(messages.DRAFT_FORM)
    async def ask(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        try:
            wish = parse_draft_form(view, services.settings.content_types)
        except BadField as refusal:
            await ack(response_action="errors", errors={refusal.field: str(refusal)})
            return
        place, user_id = FormPlace.from_metadata(view["private_metadata"]), body["user"]["id"]
        tell = privately_in(client, place.channel_id, user_id, place.thread_ts)
        asked = Asked(
            delivery_key=view["id"],
            team_id=body["team"]["id"],
            channel_id=place.channel_id,
            user_id=user_id,
            origin=RequestOrigin.SHORTCUT if place.from_message else RequestOrigin.FORM,
            thread_ts=place.thread_ts,
        )
        await ask_for_draft(services, wish, asked, tell)
        await ack()

    @app.view(messages.STYLE_FORM)
    async def save_style(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient
    ) -> None:
        user_id = body["user"]["id"]
        if user_id not in services.settings.workspace.editors:
            await ack(response_action="errors", errors={"style": texts.only_editors(user_id)})
            return
        try:
            text = parse_style_form(view)
        except BadField as refusal:
            await ack(response_action="errors", errors={refusal.field: str(refusal)})
            return
        style = await services.database.run(
            store.save_house_style, body["team"]["id"], text, user_id, services.clock()
        )
        await ack()
        if view["private_metadata"] == HOME:
            await publish(services, client, user_id, Page.SETTINGS, team_id=body["team"]["id"])
        else:
            await write(client, user_id, texts.STYLE_SAVED if style is not None else texts.STYLE_EMPTIED)
