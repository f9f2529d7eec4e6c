"""An offline evaluation's result: frozen, and the same after a way through JSON."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PaceName = Literal["latency_seconds", "first_token_seconds", "tokens_per_second"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ModelResult(_Part):
    """One model's metrics by name (`evaluation.offline.measures`); `reasons` for each that is null."""

    model: str
    n_texts: int
    metrics: dict[str, float | None]
    reasons: dict[str, str]


class Standing(_Part):
    """What the texts say of one model: overall (`content_type` null), or for one kind.

    `quality` is heuristic, 0–10, with the interval `low` to `high`; `rank_set` the ranks that it may have
    among the models, 1 the best, from simultaneous intervals. Null with too few texts.
    """

    model: str
    content_type: str | None
    n_texts: int
    n_topics: int
    quality: float | None = None
    low: float | None = None
    high: float | None = None
    rank_set: tuple[int, int] | None = None
    standing: Literal["qualified", "undecided", "below", "insufficient"] = "insufficient"


class Difference(_Part):
    """Model a less model b on the same topics and seeds, with a simultaneous interval and Holm's p."""

    a: str
    b: str
    n_pairs: int
    n_topics: int
    difference: float
    low: float
    high: float
    p_holm: float
    verdict: Literal["a_better", "b_better", "undecided"]


class PaceRatio(_Part):
    """A figure of model a over that of model b, on the same topics and seeds; 2: twice as much.

    The geometric mean over pairs, with a simultaneous interval.
    """

    figure: PaceName
    a: str
    b: str
    n_pairs: int
    ratio: float
    low: float
    high: float


class Recommendation(_Part):
    """Which models should write one kind of text, and why."""

    content_type: str
    models: tuple[str, ...]
    reason: str


class Decision(_Part):
    """What follows: who qualifies, who leads if anybody does, routes, and what would change it."""

    threshold: float
    qualified: tuple[str, ...]
    leader: str | None
    leader_rank_set: tuple[int, int] | None
    routes: tuple[Recommendation, ...]
    would_change: tuple[str, ...]


class Evaluation(_Part):
    """Everything that `copydesk evaluate` found. `caveats` are sentences for whoever reads it."""

    schema_version: Literal[1] = 1
    evaluation: str
    begun_at: datetime
    ended_at: datetime
    backend: str
    samples: int
    seed: int
    held_back: bool
    confidence: float = Field(gt=0, lt=1)
    models: tuple[ModelResult, ...]
    standings: tuple[Standing, ...]
    differences: tuple[Difference, ...]
    pace: tuple[PaceRatio, ...]
    decision: Decision
    caveats: tuple[str, ...]
