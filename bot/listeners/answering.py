"""What several listeners answer: refusals in words, the question who wrote a draft, and where it goes."""

from collections.abc import Sequence
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.judgements import HOME, parse_place
from bot.listeners.clicks import Click
from bot.listeners.home import publish
from bot.messages import Layout
from bot.services import Services
from bot.whispers import UNHEARD, replace
from evaluation.errors import DraftDeleted, DraftDiscarded, PairUnknown, RatingLocked, RatingRefused
from evaluation.tables import Draft

log = structlog.get_logger(__name__)


async def refusal_sentence(services: Services, refusal: RatingRefused, draft_id: str, rater_id: str) -> str:
    """Why nothing was stored, for the rater alone. Names writers only to somebody who was told before."""
    match refusal:
        case RatingLocked():
            return texts.rating_locked(writers(await services.revealing.known(draft_id, rater_id)))
        case DraftDeleted():
            return texts.DRAFT_IS_GONE
        case DraftDiscarded():
            return texts.DRAFT_IS_DISCARDED
        case PairUnknown():
            return texts.PAIR_UNKNOWN
    return texts.DRAFT_UNKNOWN


def why_gone(draft: Draft | None) -> str | None:
    """Why nobody can read this draft any more; None where they can."""
    if draft is None:
        return texts.DRAFT_UNKNOWN
    if draft.deleted_at is not None:
        return texts.DRAFT_IS_GONE
    return texts.DRAFT_IS_DISCARDED if draft.discarded_at is not None else None


def writers(drafts: Sequence[Draft]) -> list[tuple[str, str]]:
    """Labels and models, escaped: for those only who may know."""
    return [(messages.escape(draft.label), messages.escape(draft.model_name)) for draft in drafts]


async def ask_who_wrote(services: Services, draft: Draft, rater_id: str) -> Layout | None:
    """The question who wrote the draft, where this rating is one after which we ask."""
    models = await services.revealing.question(draft, rater_id)
    if not models:
        return None
    return messages.guess_question(draft_id=draft.id, label=draft.label, models=models)


async def answer_in_place(click: Click, text: str, blocks: Sequence[dict[str, Any]] | None = None) -> None:
    """Puts the answer where the button was: into the private message, or into the modal."""
    view = click.body.get("view")
    if view is None:
        await replace(click.respond, text, blocks)
        return
    shown = list(blocks) if blocks is not None else [messages.section(text)]
    await click.client.views_update(view_id=view["id"], view=messages.note_view((text, shown)))


async def refresh(services: Services, client: AsyncWebClient, rater_id: str, origin: str) -> None:
    """Shows what waits for a rater now where they came from. A courtesy: what was stored is stored."""
    try:
        place = parse_place(origin)
        if place is not None:
            blocks = await services.audits.blocks(rater_id)
            await client.chat_update(
                channel=place.channel_id, ts=place.message_ts, text=texts.AUDIT_UP_TO_DATE, blocks=blocks
            )
        elif origin == HOME:
            await publish(services, client, rater_id)
    except UNHEARD as error:
        log.warning("waiting_drafts_not_shown", reason=str(error))
