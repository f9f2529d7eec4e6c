"""Observations from Open WebUI's feedback export (Admin Panel, Evaluations, Feedbacks, Export).

A JSON list with one object a feedback. What is read of it:

    user_id, updated_at (or created_at)      who, and when in POSIX seconds
    data.rating                              1 or -1: a thumb, or, with siblings, who won
    data.model_id, data.sibling_model_ids    the model judged, and those it stood beside
    data.details.rating                      1 to 10: a score
    meta.message_id, snapshot.chat.id        the text that was judged

A feedback with siblings is a vote against each of them, as Open WebUI's own leaderboard takes it; the
export does not say on which side a text stood. It is a rating all the same, of its own text.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from evaluation.analysis.cells import ANY_TYPE, NOT_ASKED_CODE, Names
from evaluation.analysis.files import FilesRead
from evaluation.analysis.latest import latest
from evaluation.analysis.recoding import recode
from evaluation.analysis.rows import FaultLog, RowFault
from evaluation.errors import InvalidFile
from evaluation.statistics.observations import Choice, Drafts, Labels, Observations, PairVotes, Ratings

SIDES_UNKNOWN = (
    "Open WebUI does not say on which side a text stood. The judged one is taken as the left: the position "
    "effect is how readily people praise what they judge, and the balance of sides means nothing here."
)

_MILLISECONDS_FROM = 1e11


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, protected_namespaces=())


class _Details(_Part):
    rating: float | None = Field(default=None, ge=1, le=10)


class _Judgement(_Part):
    model_id: str = Field(min_length=1)
    rating: int | None = None
    sibling_model_ids: tuple[str, ...] = ()
    details: _Details = _Details()

    @field_validator("sibling_model_ids", "details", mode="before")
    @classmethod
    def _absent(cls, value: Any, info: Any) -> Any:
        return value if value is not None else cls.model_fields[info.field_name].default

    @field_validator("rating")
    @classmethod
    def _thumb(cls, value: int | None) -> int | None:
        if value not in (None, 1, -1):
            raise ValueError("it is neither 1 nor -1")
        return value


class _Meta(_Part):
    message_id: str | None = None
    chat_id: str | None = None


class _Feedback(_Part):
    id: str
    user_id: str = Field(min_length=1)
    data: _Judgement
    meta: _Meta = _Meta()
    created_at: float | None = None
    updated_at: float | None = None

    @field_validator("meta", mode="before")
    @classmethod
    def _absent(cls, value: Any) -> Any:
        return _Meta() if value is None else value

    @property
    def text(self) -> tuple[str, str]:
        """What was judged; a feedback that does not say so judged a text of its own."""
        message = self.meta.message_id
        return (self.meta.chat_id or "", message) if message else ("feedback", self.id)

    @property
    def at(self) -> float:
        """POSIX seconds; some versions wrote milliseconds."""
        at = self.updated_at if self.updated_at is not None else self.created_at
        if at is None:
            return float("nan")
        return at / 1000 if at > _MILLISECONDS_FROM else at


def read_openwebui(path: Path, until: datetime | None = None, strict: bool = False) -> FilesRead:
    """The feedbacks of an export: thumbs and scores as ratings, siblings as votes between models.

    Of a user's feedbacks on one text the latest counts. A feedback that cannot be used is set aside,
    named by its place in the list ("line" counts entries, from 1). Content types are not told. Linear;
    the export is held in memory once. Raises InvalidFile for what is no such export and, where
    `strict`, at the first feedback that cannot be used.
    """
    faults = FaultLog(strict)
    entries = _entries(path)
    feedbacks = [
        found
        for place, entry in enumerate(entries, 1)
        if (found := _feedback(path.name, place, entry, faults))
    ]
    timely = [each for each in feedbacks if until is None or each.at < until.timestamp()]
    current = _latest(timely)
    gathered = _Gathered()
    for feedback in current:
        gathered.add(feedback)
    return FilesRead(
        observations=gathered.observations(),
        faults=tuple(faults.kept),
        n_set_aside=faults.n,
        n_superseded=len(timely) - len(current),
        n_later=len(feedbacks) - len(timely),
        notes=_notes(gathered),
    )


def _entries(path: Path) -> list[Any]:
    try:
        entries = json.loads(path.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidFile(f"{path} cannot be read: {reason}. Check that it is a file.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidFile(f"{path.name} is not JSON: {error}. Export the feedbacks anew.") from error
    if not isinstance(entries, list) or (entries and not any(map(_looks_like_feedback, entries))):
        raise InvalidFile(
            f"{path.name} is no feedback export of Open WebUI: that is a list of feedbacks with `data` and "
            "`user_id`. Take Admin Panel, Evaluations, Feedbacks, Export; not the export of chats."
        )
    return entries


def _looks_like_feedback(entry: Any) -> bool:
    return isinstance(entry, dict) and "data" in entry and "user_id" in entry


def _feedback(file: str, place: int, entry: Any, faults: FaultLog) -> _Feedback | None:
    try:
        found = _Feedback.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        column = ".".join(str(part) for part in first["loc"]) or "feedback"
        faults.add(RowFault(file, place, column, f"{first['msg']}."))
        return None
    if found.data.rating is None and found.data.details.rating is None:
        faults.add(RowFault(file, place, "data.rating", "there is neither a thumb nor a score."))
        return None
    return found


def _latest(feedbacks: list[_Feedback]) -> list[_Feedback]:
    texts: dict[tuple[str, str, str], int] = {}
    key = [texts.setdefault((*each.text, each.user_id), len(texts)) for each in feedbacks]
    kept = latest(np.array(key, dtype=np.int64), np.array([each.at for each in feedbacks], dtype=np.float64))
    return [each for each, keep in zip(feedbacks, kept, strict=True) if keep]


@dataclass
class _Gathered:
    """Rows of ratings and votes, feedback by feedback."""

    models: Names = field(default_factory=Names)
    raters: Names = field(default_factory=Names)
    texts: dict[tuple[str, str], int] = field(default_factory=dict)
    authors: list[int] = field(default_factory=list)
    ratings: list[tuple[float, ...]] = field(default_factory=list)
    votes: list[tuple[float, ...]] = field(default_factory=list)

    def add(self, feedback: _Feedback) -> None:
        judged, rater = self.models[feedback.data.model_id], self.raters[feedback.user_id]
        text = self.texts.setdefault(feedback.text, len(self.texts))
        if text == len(self.authors):
            self.authors.append(judged)
        thumb, score = feedback.data.rating, feedback.data.details.rating
        row = (
            text,
            rater,
            np.nan if score is None else score,
            np.nan if thumb is None else thumb,
            feedback.at,
        )
        self.ratings.append(row)
        if thumb is not None:
            won = Choice.LEFT if thumb > 0 else Choice.RIGHT
            for name in feedback.data.sibling_model_ids:
                if name and name != feedback.data.model_id:
                    self.votes.append((judged, self.models[name], won, rater, feedback.at))

    def observations(self) -> Observations:
        rating = np.array(self.ratings, dtype=np.float64).reshape(-1, 5).T
        vote = np.array(self.votes, dtype=np.float64).reshape(-1, 5).T
        left, right, choice, by = vote[:4].astype(np.int64)
        n_texts, n_ratings, no_draft = len(self.authors), rating.shape[1], np.full(vote.shape[1], -1)
        return recode(
            Observations(
                Labels(
                    models=tuple(self.models),
                    content_types=(ANY_TYPE,),
                    raters=tuple(self.raters),
                    drafts=tuple(text for _, text in self.texts),
                ),
                Drafts(
                    np.array(self.authors, dtype=np.int64),
                    np.zeros(n_texts, dtype=np.int64),
                    np.full(n_texts, np.nan),
                ),
                Ratings(
                    draft=rating[0].astype(np.int64),
                    rater=rating[1].astype(np.int64),
                    score=rating[2],
                    thumb=rating[3],
                    at=rating[4],
                    assigned=np.zeros(n_ratings, dtype=bool),
                    propensity=np.full(n_ratings, np.nan),
                    model_guess=np.full(n_ratings, NOT_ASKED_CODE, dtype=np.int64),
                ),
                PairVotes(left, right, no_draft, no_draft, np.zeros_like(left), choice, by, vote[4]),
                sides_drawn=False,
            )
        )


def _notes(gathered: _Gathered) -> tuple[str, ...]:
    return (SIDES_UNKNOWN,) if gathered.votes else ()
