"""The buttons on a draft's announcement: Cancel while it is written, Try again where it failed."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot import messages, texts
from bot.services import Services
from bot.whispers import answer
from evaluation import store
from evaluation.tables import DraftRequest


def register(app: AsyncApp, services: Services) -> None:
    async def allowed(request_id: str, user_id: str) -> DraftRequest | None:
        """The request, if this person may decide about it."""
        request = await services.database.read(store.find_request, request_id)
        if request is None or user_id not in (request.requester_id, *services.settings.workspace.editors):
            return None
        return request

    @app.action(messages.CANCEL_ACTION)
    async def cancel(
        ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], respond: AsyncRespond
    ) -> None:
        user_id = body["user"]["id"]
        request = await allowed(action["value"], user_id)
        is_cancelled = request is not None and await services.drafting.cancel(request.id)
        await ack()
        if request is None:
            await answer(respond, texts.NOT_YOURS)
        elif not is_cancelled:
            await answer(respond, texts.TOO_LATE_TO_CANCEL)
        else:
            services.afterwards.say(services.drafting.let_go(request, user_id))

    @app.action(messages.RETRY_ACTION)
    async def retry(
        ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], respond: AsyncRespond
    ) -> None:
        async def tell(text: str) -> bool:
            return await answer(respond, text)

        request = await allowed(action["value"], body["user"]["id"])
        is_begun = request is not None and await services.drafting.retry(request.id, tell)
        await ack()
        if request is None:
            await answer(respond, texts.NOT_YOURS)
        elif not is_begun:
            await answer(respond, texts.NOT_RETRIED)
