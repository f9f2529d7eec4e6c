"""From a person's wish to a recorded request: the same from a command, a form or words to the bot."""

from dataclasses import dataclass

from bot.drafting.telling import Tell
from bot.services import Services
from bot.wishes import DraftWish
from evaluation.tables import DraftRequest, RequestOrigin


@dataclass(frozen=True)
class Asked:
    """Who asked where, by which way. `delivery_key` is Slack's own id of the delivery."""

    delivery_key: str
    team_id: str
    channel_id: str
    user_id: str
    origin: RequestOrigin
    thread_ts: str | None = None


async def ask_for_draft(services: Services, wish: DraftWish, asked: Asked, tell: Tell | None = None) -> bool:
    """Records the wish and begins it; False where it is known already."""
    return await services.drafting.ask(
        DraftRequest(
            delivery_key=asked.delivery_key,
            team_id=asked.team_id,
            channel_id=asked.channel_id,
            requester_id=asked.user_id,
            content_type=wish.content_type.name,
            topic=wish.topic,
            created_at=services.clock(),
            origin=asked.origin,
            brief=dict(wish.brief),
            wants_pair=wish.wants_pair,
            thread_ts=asked.thread_ts,
        ),
        tell,
    )
