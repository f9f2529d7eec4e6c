"""Drafts that wait for a rater: read and rated, skipped, and when to be asked."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.errors import BadInput
from bot.judgements import origin_of, parse_preferences, parse_skip
from bot.listeners.answering import refresh
from bot.services import Services


def register(app: AsyncApp, services: Services) -> None:
    audits = services.audits

    @app.action(messages.AUDIT_RATE_ACTION)
    async def rate(
        ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await ack()
        found = await audits.open_task(action["value"], body["user"]["id"])
        if found is None or not await services.ratings.is_still_there(found[1]):
            await say_gone(body, client)
            return
        form = await audits.form(found[1], origin_of(body))
        await client.views_open(trigger_id=body["trigger_id"], view=form)

    @app.action(messages.AUDIT_SKIP_ACTION)
    async def skip(
        ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await ack()
        if await audits.open_task(action["value"], body["user"]["id"]) is None:
            await say_gone(body, client)
            return
        form = messages.skip_form(task_id=action["value"], origin=origin_of(body))
        await client.views_open(trigger_id=body["trigger_id"], view=form)

    @app.view(messages.SKIP_FORM)
    async def submit_skip(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient
    ) -> None:
        task_id, reason, origin = parse_skip(view)
        rater_id = body["user"]["id"]
        await audits.decline(task_id, rater_id, reason)
        await ack()
        await refresh(services, client, rater_id, origin)

    @app.action(messages.AUDIT_SETTINGS_ACTION)
    async def settings(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        asking = await audits.asking(body["user"]["id"])
        form = messages.preferences_form(asking, origin=origin_of(body))
        await client.views_open(trigger_id=body["trigger_id"], view=form)

    @app.view(messages.PREFERENCES_FORM)
    async def submit_settings(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient
    ) -> None:
        rater_id = body["user"]["id"]
        before = await audits.asking(rater_id)
        try:
            asking = parse_preferences(view, before.time_zone)
        except BadInput as refusal:
            await ack(response_action="errors", errors={"places": str(refusal)})
            return
        await audits.save(rater_id, asking)
        await ack()
        await refresh(services, client, rater_id, view["private_metadata"])

    async def say_gone(body: dict[str, Any], client: AsyncWebClient) -> None:
        note = (texts.AUDIT_TASK_IS_GONE, [messages.section(texts.AUDIT_TASK_IS_GONE)])
        await client.views_open(trigger_id=body["trigger_id"], view=messages.note_view(note))
        await refresh(services, client, body["user"]["id"], origin_of(body))
