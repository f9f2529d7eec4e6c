"""What people say about drafts, on its way from a payload into the store."""

from collections.abc import Callable
from datetime import datetime

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel import Session

from bot.history import Shown, shown_at
from bot.parsing import ReactionChange, ScoreForm
from evaluation import store
from evaluation.database import Database
from evaluation.errors import DraftUnknown
from evaluation.ratings import reaction_meaning
from evaluation.tables import Draft, Rating, RatingEvent, RatingEventKind

log = structlog.get_logger(__name__)


class Ratings:
    """Turns reactions, thumbs and score forms into rating events, each stored once."""

    def __init__(self, database: Database, slack: AsyncWebClient, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._slack = slack
        self._clock = clock

    async def react(self, draft_id: str, change: ReactionChange) -> None:
        """Counts a reaction on a draft, if it means something. Raises RatingRefused."""
        if reaction_meaning(change.reaction) is None:
            return
        kind = RatingEventKind.REACTION_ADDED if change.added else RatingEventKind.REACTION_REMOVED
        await self._record(
            RatingEvent(
                delivery_key=change.delivery_key,
                draft_id=draft_id,
                rater_id=change.user_id,
                kind=kind,
                reaction=change.reaction,
                occurred_at=change.occurred_at,
                recorded_at=self._clock(),
            )
        )

    async def thumb(
        self, delivery_key: str, draft_id: str, rater_id: str, thumb: int, occurred_at: datetime
    ) -> None:
        """Counts a click on a feedback button: `thumb` is −1 or +1. Raises RatingRefused."""
        await self._record(
            RatingEvent(
                delivery_key=delivery_key,
                draft_id=draft_id,
                rater_id=rater_id,
                kind=RatingEventKind.THUMB_BUTTON,
                thumb=thumb,
                occurred_at=occurred_at,
                recorded_at=self._clock(),
            )
        )

    async def score(self, delivery_key: str, rater_id: str, form: ScoreForm) -> None:
        """Counts a submitted score form. Raises RatingRefused."""
        now = self._clock()
        await self._record(
            RatingEvent(
                delivery_key=delivery_key,
                draft_id=form.draft_id,
                rater_id=rater_id,
                kind=RatingEventKind.SCORE_FORM,
                score=form.score,
                reasons=list(form.reasons),
                correction=form.correction,
                occurred_at=now,
                recorded_at=now,
            )
        )

    async def undo_thumb(
        self, delivery_key: str, draft_id: str, rater_id: str, occurred_at: datetime
    ) -> None:
        """Takes the thumb back that a rater gave by button. Raises RatingRefused."""
        await self._withdraw(delivery_key, draft_id, rater_id, RatingEventKind.THUMB_WITHDRAWN, occurred_at)

    async def undo_score(self, delivery_key: str, draft_id: str, rater_id: str) -> None:
        """Takes a score form back, by the clock that the form was counted by. Raises RatingRefused."""
        await self._withdraw(delivery_key, draft_id, rater_id, RatingEventKind.SCORE_WITHDRAWN, self._clock())

    async def shown_at(self, channel_id: str, message_ts: str) -> Shown:
        """Which draft or pair the message shows; neither for every other message."""
        known = await self._database.read(_noted_at, channel_id, message_ts)
        if known is not None:
            return known
        # A reaction can overtake the transaction that notes where the draft was posted.
        shown = await shown_at(self._slack, channel_id, message_ts)
        return shown if await self._database.read(_is_known, shown) else Shown()

    async def draft(self, draft_id: str) -> Draft | None:
        return await self._database.read(store.find_draft, draft_id)

    async def text_now(self, draft: Draft) -> str:
        """What the draft says by now: the model's text, or a person's correction."""
        return (await self._database.read(store.current_text, draft)).text

    async def known_draft(self, draft_id: str) -> Draft:
        """The draft of an event that was recorded. Raises RatingRefused for any other id."""
        draft = await self.draft(draft_id)
        if draft is None:
            raise DraftUnknown(
                f"There is no draft {draft_id}. Nothing was changed. Ask for a new one with /draft."
            )
        return draft

    async def current(self, draft_id: str, rater_id: str) -> Rating | None:
        return await self._database.read(store.rating_of, draft_id, rater_id)

    async def is_still_there(self, draft: Draft) -> bool:
        """False, and noted in the row, once the message that shows the draft was deleted."""
        if draft.deleted_at is not None:
            return False
        if draft.channel_id is None or draft.message_ts is None:
            return True
        try:
            await self._slack.chat_getPermalink(channel=draft.channel_id, message_ts=draft.message_ts)
        except SlackApiError as error:
            if error.response["error"] != "message_not_found":
                raise
            await self._database.run(store.mark_deleted, draft.id, self._clock())
            return False
        return True

    async def _withdraw(
        self,
        delivery_key: str,
        draft_id: str,
        rater_id: str,
        kind: RatingEventKind,
        occurred_at: datetime,
    ) -> None:
        await self._record(
            RatingEvent(
                delivery_key=delivery_key,
                draft_id=draft_id,
                rater_id=rater_id,
                kind=kind,
                occurred_at=occurred_at,
                recorded_at=self._clock(),
            )
        )

    async def _record(self, event: RatingEvent) -> None:
        await self._database.run(store.record_rating_event, event)
        log.info("rating_recorded", draft_id=event.draft_id, kind=event.kind)


def _noted_at(session: Session, channel_id: str, message_ts: str) -> Shown | None:
    pair = store.pair_at(session, channel_id, message_ts)
    if pair is not None:
        return Shown(pair_id=pair.id)
    draft = store.draft_at(session, channel_id, message_ts)
    return Shown(draft.id) if draft is not None else None


def _is_known(session: Session, shown: Shown) -> bool:
    if shown.pair_id is not None:
        return store.find_pair(session, shown.pair_id) is not None
    return shown.draft_id is not None and store.find_draft(session, shown.draft_id) is not None
