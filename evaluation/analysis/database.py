"""Observations from the database: what people said of drafts, as it stands or as it stood.

Models are arms here (`arms`), raters their ids. A draft counts for the model that wrote it, also where
that stood in for another. Left out, and counted: what was deleted or thrown away, what people said of
their own requests, and what they said after somebody had edited the text.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import sqlalchemy
from sqlalchemy import Select
from sqlmodel import Session, col, select

from evaluation.analysis.arms import Arm, Setup, assign_arms
from evaluation.analysis.assigned import shares_of_draws
from evaluation.analysis.cells import NO_IDEA_CODE, NOT_ASKED_CODE, Names
from evaluation.analysis.circumstances import Circumstances, Draw
from evaluation.analysis.document import ArmFigures, ArmWay, Source
from evaluation.analysis.left_out import LeftOut
from evaluation.analysis.recoding import recode
from evaluation.heuristics import COMPOSITE_DIMENSIONS
from evaluation.ratings import current_rating
from evaluation.statistics.observations import (
    Choice,
    Codes,
    Drafts,
    Flags,
    Floats,
    Labels,
    Observations,
    PairVotes,
    Ratings,
)
from evaluation.tables import (
    AuditTask,
    Dimension,
    Draft,
    DraftPair,
    DraftRequest,
    HeuristicScore,
    ModelGuess,
    PairVote,
    PairVoteEvent,
    Rating,
    RatingEvent,
    RatingEventKind,
)
from evaluation.votes import current_vote

_Pair = tuple[str, str]


@dataclass(frozen=True)
class DatabaseRead:
    """What the database holds. `arm_labels` names the arm of every draft by its id, also of drafts that are
    gone.
    """

    observations: Observations
    circumstances: Circumstances
    arms: tuple[Arm, ...]
    left_out: LeftOut
    arm_labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def n_others_visible(self) -> int:
        """How many ratings came after another's reaction: kept, not blind."""
        return int(self.circumstances.others_visible.sum())

    @property
    def source(self) -> Source:
        """The same for the analysis' document."""
        return Source(
            left_out=asdict(self.left_out),
            n_others_visible=self.n_others_visible,
            arms=tuple(
                ArmFigures(
                    label=arm.label,
                    model=arm.model,
                    revision=arm.revision,
                    precision=arm.precision,
                    since=arm.since,
                    ways=tuple(
                        ArmWay(content_type=kind, prompt_version=prompt, sampling=sampling)
                        for kind, (prompt, sampling) in sorted(arm.ways.items())
                    ),
                )
                for arm in self.arms
            ),
        )


def read_observations(
    session: Session, until: datetime | None = None, *, private_only: bool = False
) -> DatabaseRead:
    """All judgements, or with `until` those that stood just before that instant.

    With `private_only` without those given where another's reaction could be seen before. Eight queries at
    most, whatever the size; linear in the rows. What was rated or voted on anew since is folded back from
    the events.
    """
    return _Reading(session, until, private_only).read()


@dataclass(frozen=True)
class _KnownDraft:
    """`place` among the drafts analysed, −1 for one that is gone; `arm` among the arms."""

    place: int
    arm: int
    requester_id: str
    edited_at: datetime | None


class _Reading:
    def __init__(self, session: Session, until: datetime | None, private_only: bool) -> None:
        self._session = session
        self._until = until
        self._private_only = private_only
        self._raters = Names()
        self._known: dict[str, _KnownDraft] = {}
        self._counts: dict[str, int] = defaultdict(int)

    def read(self) -> DatabaseRead:
        types = Names()
        ids, model, content_type, arms = self._drafts(types)
        dimensions = self._dimensions(len(ids))
        parts = [
            dimensions[dimension.value] for dimension in COMPOSITE_DIMENSIONS if dimension.value in dimensions
        ]
        heuristic = (
            np.mean(parts, axis=0) if len(parts) == len(COMPOSITE_DIMENSIONS) else np.full(len(ids), np.nan)
        )
        drafts = Drafts(model, content_type, heuristic, dimensions)
        ratings, ratings_seen = self._ratings(arms, model)
        votes, votes_seen = self._votes(drafts)
        drawn_from = self._drawn_from(ids, ratings)
        tasks, tasks_at = self._draws(arms)
        authors = (arms[code].model for code in model[ratings.draft])
        assigned = shares_of_draws(zip(authors, drawn_from, strict=True))
        labels = Labels(tuple(arm.label for arm in arms), tuple(types), tuple(self._raters), tuple(ids))
        return DatabaseRead(
            recode(Observations(labels, drafts, ratings, votes, assigned, shares_of_draws(tasks))),
            Circumstances(ratings_seen, votes_seen, drawn_from, tasks, tasks_at),
            tuple(arms),
            LeftOut(**self._counts),
            {draft_id: arms[draft.arm].label for draft_id, draft in self._known.items()},
        )

    def _rows(self, statement: Select[Any]) -> Sequence[Any]:
        return self._session.execute(statement).all()

    def _before(self, moment: datetime | None) -> bool:
        return moment is not None and (self._until is None or moment < self._until)

    def _drafts(self, types: Names) -> tuple[list[str], Codes, Codes, list[Arm]]:
        statement = _select(
            Draft.id,
            Draft.model_name,
            Draft.model_revision,
            Draft.precision,
            DraftRequest.content_type,
            Draft.prompt_version,
            Draft.sampling,
            Draft.created_at,
            DraftRequest.requester_id,
            Draft.edited_at,
            Draft.deleted_at,
            Draft.discarded_at,
        ).join(DraftRequest, col(Draft.request_id) == col(DraftRequest.id))
        if self._until is not None:
            statement = statement.where(col(Draft.created_at) < self._until)
        rows = self._rows(statement.order_by(col(Draft.created_at), col(Draft.id)))
        places, arms = assign_arms((Setup.of(*row[1:7]), row[7]) for row in rows)
        ids, model, content_type = list[str](), list[int](), list[int]()
        for row, arm in zip(rows, places, strict=True):
            deleted, discarded = self._before(row[10]), self._before(row[11])
            self._counts["deleted_drafts"] += deleted
            self._counts["discarded_drafts"] += discarded and not deleted
            gone = deleted or discarded
            self._known[row[0]] = _KnownDraft(-1 if gone else len(ids), arm, row[8], row[9])
            if not gone:
                ids.append(row[0])
                model.append(arm)
                content_type.append(types[row[4]])
        return ids, np.array(model, dtype=np.int64), np.array(content_type, dtype=np.int64), arms

    def _dimensions(self, n: int) -> dict[str, np.ndarray]:
        found = {dimension: np.full(n, np.nan) for dimension in Dimension}
        for draft_id, dimension, value in self._rows(
            _select(HeuristicScore.draft_id, HeuristicScore.dimension, HeuristicScore.value)
        ):
            known = self._known.get(draft_id)
            if known is not None and known.place >= 0:
                found[dimension][known.place] = value
        return {name.value: values for name, values in found.items() if not np.isnan(values).all()}

    def _ratings(self, arms: list[Arm], author: Codes) -> tuple[Ratings, Flags]:
        """Ratings, and which of them came after another's reaction."""
        assigned = {(draft_id, rater): propensity for draft_id, rater, propensity, *_ in self._tasks}
        guesses = self._guesses()
        codes = {arm.model: place for place, arm in reversed(list(enumerate(arms)))}
        rows = []
        for draft_id, rater, score, thumb, at, others_visible in self._rating_rows():
            place = self._place((draft_id,), rater, at, others_visible)
            if place is None:
                continue
            key = (draft_id, rater)
            guess = NOT_ASKED_CODE
            if key in guesses:
                guess = _guess_code(guesses[key], arms, codes, int(author[place[0]]))
            rows.append(
                (
                    place[0],
                    self._raters[rater],
                    np.nan if score is None else score,
                    np.nan if thumb is None else thumb,
                    at.timestamp(),
                    key in assigned,
                    assigned.get(key, np.nan),
                    guess,
                    others_visible,
                )
            )
        columns = np.array(rows, dtype=np.float64).reshape(-1, 9).T
        ratings = Ratings(
            draft=columns[0].astype(np.int64),
            rater=columns[1].astype(np.int64),
            score=columns[2],
            thumb=columns[3],
            at=columns[4],
            assigned=columns[5].astype(bool),
            propensity=columns[6],
            model_guess=columns[7].astype(np.int64),
        )
        return ratings, columns[8].astype(bool)

    def _place(
        self, draft_ids: tuple[str, ...], rater: str, at: datetime, others_visible: bool
    ) -> tuple[int, ...] | None:
        """Where the drafts stand, or None for a judgement that is left out, which is counted."""
        known = [self._known.get(draft_id) for draft_id in draft_ids]
        drafts = [draft for draft in known if draft is not None]
        if len(drafts) < len(known):
            return None
        if any(draft.place < 0 for draft in drafts):
            self._counts["on_drafts_gone"] += 1
        elif any(draft.requester_id == rater for draft in drafts):
            self._counts["of_own_request"] += 1
        elif any(draft.edited_at is not None and draft.edited_at <= at for draft in drafts):
            self._counts["after_edit"] += 1
        elif others_visible and self._private_only:
            self._counts["after_others"] += 1
        else:
            return tuple(draft.place for draft in drafts)
        return None

    def _rating_rows(self) -> Iterable[tuple[str, str, int | None, int | None, datetime, bool]]:
        statement = _select(
            Rating.draft_id,
            Rating.rater_id,
            Rating.score,
            Rating.thumb,
            Rating.updated_at,
            Rating.others_visible,
        )
        if self._until is None:
            yield from self._rows(statement)
            return
        yield from self._rows(statement.where(col(Rating.updated_at) < self._until))
        since = _select(RatingEvent.draft_id, RatingEvent.rater_id)
        since = since.where(col(RatingEvent.occurred_at) >= self._until)
        changed = {(draft_id, rater) for draft_id, rater in self._rows(since)}
        for (draft_id, rater), events in self._earlier_events(changed).items():
            then = current_rating(events)
            if then is not None:
                at = max(event.occurred_at for event in events)
                seen = self._others_visible((draft_id,), rater, at)
                yield draft_id, rater, then.score, then.thumb, at, seen

    def _earlier_events(self, changed: set[_Pair]) -> dict[_Pair, list[RatingEvent]]:
        """What was done before `until` by raters who did something since."""
        assert self._until is not None
        earlier: dict[_Pair, list[RatingEvent]] = defaultdict(list)
        if not changed:
            return earlier
        statement = select(RatingEvent).where(col(RatingEvent.occurred_at) < self._until)
        ordered = statement.order_by(col(RatingEvent.recorded_at), col(RatingEvent.id))
        for event in self._session.exec(ordered.execution_options(yield_per=10_000)):
            if (event.draft_id, event.rater_id) in changed:
                earlier[event.draft_id, event.rater_id].append(event)
        return earlier

    @cached_property
    def _tasks(self) -> Sequence[Any]:
        statement = _select(
            AuditTask.draft_id,
            AuditTask.rater_id,
            AuditTask.propensity,
            AuditTask.drawn_from,
            AuditTask.assigned_at,
        )
        if self._until is not None:
            statement = statement.where(col(AuditTask.assigned_at) < self._until)
        return self._rows(statement)

    def _drawn_from(self, ids: list[str], ratings: Ratings) -> tuple[tuple[str, ...], ...]:
        """For each rating the models between which chance had decided."""
        noted = {(draft_id, rater): tuple(models or ()) for draft_id, rater, _, models, _ in self._tasks}
        raters = list(self._raters)
        pairs = zip(ratings.draft.tolist(), ratings.rater.tolist(), strict=True)
        return tuple(noted.get((ids[draft], raters[rater]), ()) for draft, rater in pairs)

    def _draws(self, arms: list[Arm]) -> tuple[tuple[Draw, ...], Floats]:
        """All tasks, also those of drafts that are gone, declined ones and those that wait; and when."""
        tasks = [task for task in self._tasks if task[0] in self._known]
        draws = tuple((arms[self._known[task[0]].arm].model, tuple(task[3] or ())) for task in tasks)
        return draws, np.array([task[4].timestamp() for task in tasks], dtype=np.float64)

    def _guesses(self) -> dict[_Pair, str | None]:
        answered = _select(ModelGuess.draft_id, ModelGuess.rater_id, ModelGuess.guessed_model).where(
            col(ModelGuess.answered_at).is_not(None)
        )
        if self._until is not None:
            answered = answered.where(col(ModelGuess.answered_at) < self._until)
        return {(draft_id, rater): guess for draft_id, rater, guess in self._rows(answered)}

    def _votes(self, drafts: Drafts) -> tuple[PairVotes, Flags]:
        """Votes, and which of them came after another's reaction."""
        rows = []
        for left, right, choice, rater, at, others_visible in self._vote_rows():
            places = self._place((left, right), rater, at, others_visible)
            if places is None:
                continue
            if drafts.model[places[0]] == drafts.model[places[1]]:
                self._counts["within_one_arm"] += 1
            else:
                code = Choice[str(choice.value).upper()]
                rows.append((*places, code, self._raters[rater], at.timestamp(), others_visible))
        columns = np.array(rows, dtype=np.float64).reshape(-1, 6).T
        left_draft, right_draft, choices, by = columns[:4].astype(np.int64)
        votes = PairVotes(
            left_model=drafts.model[left_draft],
            right_model=drafts.model[right_draft],
            left_draft=left_draft,
            right_draft=right_draft,
            content_type=drafts.content_type[left_draft],
            choice=choices,
            rater=by,
            at=columns[4],
        )
        return votes, columns[5].astype(bool)

    def _vote_rows(self) -> Iterable[Any]:
        halves = (DraftPair.left_draft_id, DraftPair.right_draft_id)
        joined = col(DraftPair.id)
        if self._until is None:
            columns = (
                *halves,
                PairVote.choice,
                PairVote.rater_id,
                PairVote.updated_at,
                PairVote.others_visible,
            )
            yield from self._rows(_select(*columns).join(PairVote, joined == col(PairVote.pair_id)))
            return
        statement = _select(*halves, PairVoteEvent).join(PairVoteEvent, joined == col(PairVoteEvent.pair_id))
        earlier: dict[tuple[str, str, str], list[PairVoteEvent]] = defaultdict(list)
        for left, right, event in self._rows(
            statement.where(col(PairVoteEvent.occurred_at) < self._until).order_by(
                col(PairVoteEvent.recorded_at), col(PairVoteEvent.id)
            )
        ):
            earlier[left, right, event.rater_id].append(event)
        for (left, right, rater), events in earlier.items():
            then = current_vote(events)
            if then is not None:
                at = max(event.occurred_at for event in events)
                yield left, right, then.choice, rater, at, self._others_visible((left, right), rater, at)

    def _others_visible(self, draft_ids: Iterable[str], rater: str, at: datetime) -> bool:
        """Whether another's reaction on one of the drafts came before."""
        return any(
            other != rater and moment < at
            for draft_id in draft_ids
            for other, moment in self._reactions[draft_id]
        )

    @cached_property
    def _reactions(self) -> Mapping[str, list[tuple[str, datetime]]]:
        """By draft, who reacted when before `until`, also with a vote on its pair."""
        assert self._until is not None
        found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
        added = _select(RatingEvent.draft_id, RatingEvent.rater_id, RatingEvent.occurred_at).where(
            col(RatingEvent.kind) == RatingEventKind.REACTION_ADDED,
            col(RatingEvent.occurred_at) < self._until,
        )
        for draft_id, rater, at in self._rows(added):
            found[draft_id].append((rater, at))
        halves = (DraftPair.left_draft_id, DraftPair.right_draft_id)
        voted = _select(*halves, PairVoteEvent.rater_id, PairVoteEvent.occurred_at).where(
            col(DraftPair.id) == col(PairVoteEvent.pair_id),
            col(PairVoteEvent.reaction).is_not(None),
            col(PairVoteEvent.choice).is_not(None),
            col(PairVoteEvent.occurred_at) < self._until,
        )
        for left, right, rater, at in self._rows(voted):
            found[left].append((rater, at))
            found[right].append((rater, at))
        return found


def _guess_code(guess: str | None, arms: list[Arm], codes: dict[str, int], author: int) -> int:
    """People guess models, not arms: the author's own arm where they are right, else that model's first.

    A guess at a model that wrote nothing is no idea of those that did.
    """
    if guess is None:
        return NO_IDEA_CODE
    return author if arms[author].model == guess else codes.get(guess, NO_IDEA_CODE)


def _select(*columns: Any) -> Select[Any]:
    """SQLAlchemy's own `select`: SQLModel's is typed for four columns at most."""
    return sqlalchemy.select(*columns)
