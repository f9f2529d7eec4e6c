"""What the statistics are computed from: parallel arrays of codes and scores. No database, no files.

    Labels      names of models, content types, raters and drafts; a code is a place in its tuple
    Drafts      one row a draft: who wrote it, what kind of text, what heuristics say
    Ratings     one row a rater and draft: a score, a thumb, or both
    PairVotes   one row a rater and pair: which side was better

Codes are int64 and count from 0; what is not known is NaN in a float array and −1 in an array
of codes. Arrays of one table have one length. Times are POSIX seconds.
"""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Choice(IntEnum):
    """What a rater said of a pair, by the sides on which the two texts were shown."""

    LEFT = 0
    RIGHT = 1
    TIE = 2
    BOTH_BAD = 3


@dataclass(frozen=True)
class Labels:
    """Names behind the codes. Raters are pseudonyms as the caller gave them."""

    models: tuple[str, ...]
    content_types: tuple[str, ...]
    raters: tuple[str, ...]
    drafts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drafts:
    """Every draft, rated or not. `heuristic` is the composite, 0–10; `dimensions` its parts by name."""

    model: Codes
    content_type: Codes
    heuristic: Floats
    dimensions: dict[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.model)


@dataclass(frozen=True)
class Ratings:
    """Current judgements, at most one for each rater and draft.

    `draft` indexes Drafts. `score` is 1–10 and `thumb` −1 or +1. `assigned` says that the rater was
    asked to rate this draft by the audit's random draw, with probability `propensity` in (0, 1]
    (NaN where unknown). `model_guess` is the code of the model that the rater believed to have written it,
    −1 for "no idea" and −2 where nobody asked.
    """

    draft: Codes
    rater: Codes
    score: Floats
    thumb: Floats
    at: Floats
    assigned: Flags
    propensity: Floats
    model_guess: Codes

    def __len__(self) -> int:
        return len(self.draft)


@dataclass(frozen=True)
class PairVotes:
    """Votes between two texts of one request. Drafts are −1 where only the models are known."""

    left_model: Codes
    right_model: Codes
    left_draft: Codes
    right_draft: Codes
    content_type: Codes
    choice: Codes
    rater: Codes
    at: Floats

    def __len__(self) -> int:
        return len(self.choice)


@dataclass(frozen=True)
class AssignedShares:
    """What chance drew, by model, beside how much of it was to be expected: tasks, or the ratings that came.

    `expected` adds up, over the same tasks, the chance that each model had in that draw given what could
    be drawn: both sum to the number of tasks. `models` are names, which may cover several arms.
    """

    models: tuple[str, ...]
    observed: Codes
    expected: Floats


@dataclass(frozen=True)
class Observations:
    """Everything an analysis sees. `drawn` are all audit tasks, `assigned` those whose rating came; None
    where nobody noted what could be drawn.

    `sides_drawn` says that chance decided which text of a pair stood left.
    """

    labels: Labels
    drafts: Drafts
    ratings: Ratings
    votes: PairVotes
    assigned: AssignedShares | None = None
    drawn: AssignedShares | None = None
    sides_drawn: bool = True
