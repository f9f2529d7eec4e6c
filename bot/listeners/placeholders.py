"""The buttons on a draft's announcement: Cancel while it is written, Try again where it failed."""

from slack_bolt.async_app import AsyncApp

from bot import messages, texts
from bot.listeners.clicks import Click, clicked
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
    @clicked
    async def cancel(click: Click) -> None:
        request = await allowed(click.value, click.user_id)
        if request is None:
            await answer(click.respond, texts.NOT_YOURS)
        elif not await services.drafting.cancel(request.id):
            await answer(click.respond, texts.TOO_LATE_TO_CANCEL)
        else:
            services.afterwards.say(services.drafting.let_go(request, click.user_id))

    @app.action(messages.RETRY_ACTION)
    @clicked
    async def retry(click: Click) -> None:
        async def tell(text: str) -> bool:
            return await answer(click.respond, text)

        request = await allowed(click.value, click.user_id)
        if request is None:
            await answer(click.respond, texts.NOT_YOURS)
        elif not await services.drafting.retry(request.id, tell):
            await answer(click.respond, texts.NOT_RETRIED)
