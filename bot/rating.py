"""What people say about drafts, on its way from a payload into the store."""

from collections.abc import Callable
from datetime import datetime

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.history import shown_draft_id
from bot.parsing import ReactionChange, ScoreForm
from bot.people import People
from evaluation import store
from evaluation.database import Database
from evaluation.errors import RatingRefused
from evaluation.ratings import reaction_meaning
from evaluation.tables import Draft, Rating, RatingEvent, RatingEventKind

log = structlog.get_logger(__name__)


class Ratings:
    """Turns reactions, thumbs and score forms into rating events, each stored once."""

    def __init__(
        self, database: Database, slack: AsyncWebClient, people: People, *, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._slack = slack
        self._people = people
        self._clock = clock

    async def react(self, change: ReactionChange) -> None:
        """Counts a person's reaction on one of our drafts; ignores bots and everything else."""
        if reaction_meaning(change.reaction) is None or await self._people.is_bot(change.user_id):
            return
        draft_id = await self.draft_id_at(change.channel_id, change.message_ts)
        if draft_id is None:
            return
        kind = RatingEventKind.REACTION_ADDED if change.added else RatingEventKind.REACTION_REMOVED
        await self._record_unless_refused(
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
        """Counts a click on a feedback button: `thumb` is −1 or +1."""
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
        """Counts a submitted score form."""
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

    async def draft_id_at(self, channel_id: str, message_ts: str) -> str | None:
        """Which draft the message shows; None for every other message."""
        draft = await self._database.read(store.draft_at, channel_id, message_ts)
        if draft is not None:
            return draft.id
        # A reaction can overtake the transaction that notes where the draft was posted.
        shown = await shown_draft_id(self._slack, channel_id, message_ts)
        return shown if shown is not None and await self.draft(shown) is not None else None

    async def draft(self, draft_id: str) -> Draft | None:
        return await self._database.read(store.find_draft, draft_id)

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

    async def _record_unless_refused(self, event: RatingEvent) -> None:
        """A reaction on a deleted draft is over and done with: to fail would only bring it back."""
        try:
            await self._record(event)
        except RatingRefused as refusal:
            log.info("reaction_ignored", draft_id=event.draft_id, reason=str(refusal))

    async def _record(self, event: RatingEvent) -> None:
        await self._database.run(store.record_rating_event, event)
        log.info("rating_recorded", draft_id=event.draft_id, kind=event.kind)
