"""`/draft …`"""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot import texts
from bot.errors import BadInput
from bot.messages import escape
from bot.parsing import DraftWish, HelpWish, ReportWish, parse_command
from bot.services import Services
from bot.whispers import answer
from evaluation import store
from evaluation.tables import DraftRequest


def register(app: AsyncApp, services: Services) -> None:
    content_types = tuple(services.settings.content_types.values())

    @app.command("/draft")
    async def draft(ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond) -> None:
        try:
            wish = parse_command(command.get("text", ""), content_types)
        except BadInput as refusal:
            await ack(text=escape(str(refusal)))
            return
        match wish:
            case HelpWish():
                reply = texts.help_text(content_types)
            case ReportWish():
                reply = await ask_for_report(command)
            case DraftWish():
                reply = await ask_for_draft(wish, command, respond)
        await ack(text=escape(reply))

    async def ask_for_draft(wish: DraftWish, command: dict[str, Any], respond: AsyncRespond) -> str:
        request, created = await services.database.run(
            store.record_request,
            DraftRequest(
                delivery_key=command["trigger_id"],
                team_id=command["team_id"],
                channel_id=command["channel_id"],
                requester_id=command["user_id"],
                content_type=wish.content_type.name,
                topic=wish.topic,
                created_at=services.clock(),
            ),
        )
        if not created:
            return texts.already_asked()

        async def tell(text: str) -> bool:
            return await answer(respond, text)

        services.drafting.begin(request, tell)
        return texts.writing(wish.content_type, wish.topic)

    async def ask_for_report(command: dict[str, Any]) -> str:
        await services.reports.request_week_so_far(command["trigger_id"], command["channel_id"])
        return texts.counting_report()
