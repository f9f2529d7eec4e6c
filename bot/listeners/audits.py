"""Drafts that wait for a rater: read and rated, skipped, and when to be asked."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.errors import BadInput
from bot.judgements import origin_of, parse_preferences, parse_skip
from bot.listeners.answering import refresh
from bot.listeners.clicks import Click, clicked
from bot.services import Services


def register(app: AsyncApp, services: Services) -> None:
    audits = services.audits

    @app.action(messages.AUDIT_RATE_ACTION)
    @clicked
    async def rate(click: Click) -> None:
        found = await audits.open_task(click.value, click.user_id)
        if found is None or not await services.ratings.is_still_there(found[1]):
            await say_gone(click)
            return
        await click.open(await audits.form(found[1], origin_of(click.body)))

    @app.action(messages.AUDIT_SKIP_ACTION)
    @clicked
    async def skip(click: Click) -> None:
        if await audits.open_task(click.value, click.user_id) is None:
            await say_gone(click)
            return
        await click.open(messages.skip_form(task_id=click.value, origin=origin_of(click.body)))

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
    @clicked
    async def settings(click: Click) -> None:
        asking = await audits.asking(click.user_id)
        await click.open(messages.preferences_form(asking, origin=origin_of(click.body)))

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

    async def say_gone(click: Click) -> None:
        note = (texts.AUDIT_TASK_IS_GONE, [messages.section(texts.AUDIT_TASK_IS_GONE)])
        await click.open(messages.note_view(note))
        await refresh(services, click.client, click.user_id, origin_of(click.body))
