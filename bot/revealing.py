"""Who wrote a draft: the question to a rater, and, where the workspace allows it, the answer.

The question comes before the answer, and the answer only after the rater's own judgement, which from then
on stays as it is.
"""

import random
from collections.abc import Callable
from datetime import datetime

import structlog

from bot.configuration import Reveal
from bot.settings import Settings
from evaluation import store
from evaluation.assignment import asks_for_guess
from evaluation.database import Database
from evaluation.store import NotYet, Told
from evaluation.tables import Draft, ModelGuess
from generation.routing import find_rule

log = structlog.get_logger(__name__)


class Revealing:
    """Asks raters for their guess, keeps it, and tells them who wrote a draft once they may know."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        clock: Callable[[], datetime],
        rng: random.Random,
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._rng = rng

    def may_ask(self) -> bool:
        """Whether raters of this workspace may ask who wrote what they have rated."""
        return self._settings.workspace.reveal is Reveal.AFTER_MY_VOTE

    async def question(self, draft: Draft, rater_id: str) -> tuple[str, ...]:
        """The models to choose from where this rating is one after which we ask; else none.

        Asked once per rater and draft, of a random share, and noted before it is asked.
        """
        options = await self.options(draft)
        if not options or not asks_for_guess(self._rng, self._settings.audits.guess_share):
            return ()
        first = await self._database.run(store.ask_for_guess, draft.id, rater_id, self._clock())
        return options if first else ()

    async def options(self, draft: Draft) -> tuple[str, ...]:
        """All models that write this kind of text, in random order.

        None where fewer than two do, or where the routes have changed since: an option that is there for
        this draft only would tell.
        """
        request = await self._database.read(store.find_request, draft.request_id)
        rule = find_rule(request.content_type, self._settings.routes) if request is not None else None
        names = list(dict.fromkeys([*rule.models, *rule.substitutes])) if rule is not None else []
        if len(names) < 2 or draft.model_name not in names:
            return ()
        return tuple(self._rng.sample(sorted(names), len(names)))

    async def answer(self, draft_id: str, rater_id: str, model: str | None) -> ModelGuess | None:
        """Keeps a guess, None for "no idea"; returns None where nobody asked, the kept answer otherwise."""
        asked = await self._database.read(store.guess_of, draft_id, rater_id)
        if asked is None:
            return None
        return await self._database.run(store.answer_guess, draft_id, rater_id, model, self._clock())

    async def tell(self, draft_id: str, rater_id: str) -> Told | NotYet:
        """Who wrote the draft, or what is missing first. From then on the rater's judgement is locked."""
        told = await self._database.run(store.reveal, draft_id, rater_id, self._clock())
        if isinstance(told, Told):
            log.info("writer_revealed", draft_id=draft_id)
        return told

    async def known(self, draft_id: str, rater_id: str) -> tuple[Draft, ...]:
        """The drafts whose writers this rater has been told together with this one."""
        return await self._database.read(store.known_to, draft_id, rater_id)
