"""The report as a document: frozen figures that survive JSON unchanged. No database, no Slack."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from evaluation.errors import InvalidReport

ReportKey = Annotated[str, Field(min_length=1, max_length=200, pattern=r"""^[^'"\\`\x00-\x1f]+$""")]
"""What names a report; free of quotes, because MLflow's filter language cannot escape them."""


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RatingStatus(StrEnum):
    """Whether a model has enough scores for a mean with an interval."""

    ENOUGH = "enough"
    NOT_ENOUGH_RATINGS = "not_enough_ratings"


class EnergySource(StrEnum):
    """Where a model's energy figures come from: a meter, the declared watts, or some of each."""

    DECLARED = "declared"
    MEASURED = "measured"
    MIXED = "mixed"


class Counts(_Figures):
    """How much happened in the period.

    `drafts` were written in it. `ratings` were given or changed in it, by `raters` different
    people; ratings of drafts deleted since (`deleted_drafts` of this period's) are left out.
    """

    drafts: int = Field(ge=0)
    deleted_drafts: int = Field(ge=0)
    ratings: int = Field(ge=0)
    raters: int = Field(ge=0)


class ModelLine(_Figures):
    """What the period says of one model.

    Scores are people's, 1–10; `mean_score` and its `ci_low` to `ci_high` (which may leave that
    range) are None unless `status` is enough. Heuristic figures are means of automatic 0–10
    measures over the drafts of the period and are never called ratings. `n_raters` gave the
    `n_scores`. A figure without anything behind it is None, never 0.
    """

    model: str
    rank: int | None = Field(default=None, ge=1)
    status: RatingStatus
    n_drafts: int = Field(ge=0)
    n_substitute_drafts: int = Field(ge=0)
    n_scores: int = Field(ge=0)
    n_raters: int = Field(ge=0)
    mean_score: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    thumbs_up: int = Field(ge=0)
    thumbs_down: int = Field(ge=0)
    heuristic_composite: float | None = None
    heuristic_length: float | None = None
    heuristic_vocabulary: float | None = None
    heuristic_structure: float | None = None
    heuristic_technical_depth: float | None = None
    field_guide: float | None = None
    latency_mean_seconds: float | None = None
    latency_median_seconds: float | None = None
    latency_p95_seconds: float | None = None
    cost_mean_usd: float | None = None
    cost_total_usd: float | None = None
    energy_source: EnergySource | None = None


class Report(_Figures):
    """The computed figures of one period, ready to be shown, delivered and kept.

    `key` names the report once and for all; of a closed week it is the week's label. `models`
    are sorted: ranked ones first, then those without enough ratings. `headline` is the finding
    in a sentence, `caveats` what a reader has to keep in mind, `alt_text` what the ranking
    figure shows for somebody who cannot see it. `confidence` is that
    of every interval, and `required_scores` what a model needs to get one.
    """

    schema_version: Literal[1] = 1
    key: ReportKey
    period: str = Field(min_length=1)
    time_zone: str
    start: AwareDatetime
    end: AwareDatetime
    closed: bool
    generated_at: AwareDatetime
    confidence: float = Field(gt=0, lt=1)
    required_scores: int = Field(ge=2)
    counts: Counts
    models: tuple[ModelLine, ...]
    headline: str
    caveats: tuple[str, ...]
    alt_text: str

    @field_validator("start", "end", "generated_at")
    @classmethod
    def _in_utc(cls, instant: datetime) -> datetime:
        return instant.astimezone(UTC)

    @property
    def ranked(self) -> tuple[ModelLine, ...]:
        """The models with enough ratings, best mean first."""
        return tuple(line for line in self.models if line.rank is not None)

    def to_json(self) -> str:
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The report that `to_json` wrote. Raises InvalidReport."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise InvalidReport(
                f"This is not a report that this version can read: {describe_first_fault(error)}. "
                "If a newer Copydesk wrote it, read it with that version."
            ) from error


def describe_first_fault(error: ValidationError) -> str:
    """Where a document is wrong and why, without repeating what stood there."""
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {fault['msg']}" if where else fault["msg"]
