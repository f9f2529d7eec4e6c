"""`@copydesk write a linkedin post about …`: words to the bot, answered in the thread."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import texts
from bot.errors import BadInput
from bot.listeners.asking import Asked, ask_for_draft
from bot.messages import escape
from bot.services import Services
from bot.whispers import whisper
from bot.wishes import Ask, parse_mention
from evaluation.tables import RequestOrigin


def register(app: AsyncApp, services: Services) -> None:
    @app.event("app_mention")
    async def mentioned(body: dict[str, Any], event: dict[str, Any], client: AsyncWebClient) -> None:
        if event.get("bot_id") or "user" not in event:
            return
        thread_ts = event.get("thread_ts") or event["ts"]

        async def tell(text: str) -> bool:
            return await whisper(client, event["channel"], event["user"], text, thread_ts=thread_ts)

        async def refuse(sentence: str) -> None:
            """Where the person spoke: Slack shows nothing private in a thread that has no replies yet."""
            said_in = event.get("thread_ts")
            await whisper(client, event["channel"], event["user"], escape(sentence), thread_ts=said_in)

        content_types = tuple(services.settings.content_types.values())
        try:
            wish = parse_mention(event.get("text", ""), content_types)
        except BadInput as refusal:
            await refuse(str(refusal))
            return
        if wish is Ask.HELP:
            await refuse(texts.mention_without_kind(content_types))
            return
        asked = Asked(
            delivery_key=body["event_id"],
            team_id=body.get("team_id") or event.get("team", ""),
            channel_id=event["channel"],
            user_id=event["user"],
            origin=RequestOrigin.MENTION,
            thread_ts=thread_ts,
        )
        await ask_for_draft(services, wish, asked, tell)
