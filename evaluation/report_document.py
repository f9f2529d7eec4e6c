"""The report as a document: frozen figures that survive JSON unchanged. No database, no Slack."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from evaluation.analysis.document import Analysis, ModelFigures
from evaluation.costs.document import CostReport
from evaluation.errors import InvalidReport

ReportKey = Annotated[str, Field(min_length=1, max_length=200, pattern=r"""^[^'"\\`\x00-\x1f]+$""")]
"""What names a report; free of quotes, because MLflow's filter language cannot escape them."""


REPORT_VERSION: Final = 2
"""Rises when a field changes its meaning or goes; version 1 held plain means of a week's scores."""

LATENCY_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Which quantiles of the time that a draft took stand in a report."""


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


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
    """What one arm did in the period: what it wrote, and what was said of its drafts meanwhile.

    `model` is the arm's label, the same as in the analysis, which holds all that is known of its
    quality. Heuristic figures are means of automatic 0–10 measures over the drafts of the period and are
    never called ratings. `n_raters` people gave the `n_ratings` ratings, of which `n_scores` have a score.
    `latency_quantiles_seconds` are those of `LATENCY_SHARES`. A figure without anything behind it is
    None, never 0.
    """

    model: str
    n_drafts: int = Field(ge=0)
    n_substitute_drafts: int = Field(ge=0)
    n_ratings: int = Field(ge=0)
    n_scores: int = Field(ge=0)
    n_raters: int = Field(ge=0)
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
    latency_quantiles_seconds: tuple[float, ...] | None = None
    cost_mean_usd: float | None = None
    cost_total_usd: float | None = None
    energy_source: EnergySource | None = None


class WeekFigures(_Figures):
    """The ranking as it stood at the end of a week: `models` over all content types, best first.

    `decided` are the pairs told apart by then, the better one first. `heuristics` are the correlations
    of each heuristic with people's scores by then.
    """

    week: str
    end: AwareDatetime
    n_ratings: int = Field(ge=0)
    leader: str | None = None
    models: tuple[ModelFigures, ...] = ()
    decided: tuple[tuple[str, str], ...] = ()
    heuristics: dict[str, float] = Field(default_factory=dict)


class TypeFinding(_Figures):
    """What the evidence says of one content type, in words; its figures are in the analysis."""

    content_type: str
    finding: str


class Report(_Figures):
    """The computed figures of one period, ready to be shown, delivered and kept.

    Every statistical figure is in `analysis`: all judgements before `until`, which is the period's end or,
    of a week that is not over, the moment of computing. `models` holds what each arm did in the period,
    in the order of the ranking. `history` is the ranking at the end of earlier weeks, oldest first,
    this one last; it is empty for a week that is not over. `costs` is the cost report of the period, None
    where nobody said what electricity and the machine cost.

    `key` names the report once and for all; of a closed week it is the week's label. `headline` is the
    finding in a sentence, `changes` what is new since last week, `unknowns` what cannot be told yet and
    what it takes, `caveats` what a reader has to keep in mind, `alt_text` what the ranking figure shows
    for somebody who cannot see it.
    """

    schema_version: Literal[2] = REPORT_VERSION
    key: ReportKey
    period: str = Field(min_length=1)
    time_zone: str
    start: AwareDatetime
    end: AwareDatetime
    closed: bool
    generated_at: AwareDatetime
    until: AwareDatetime
    counts: Counts
    models: tuple[ModelLine, ...]
    analysis: Analysis
    history: tuple[WeekFigures, ...] = ()
    content_types: tuple[TypeFinding, ...] = ()
    costs: CostReport | None = None
    headline: str
    changes: tuple[str, ...] = ()
    unknowns: tuple[str, ...] = ()
    caveats: tuple[str, ...]
    alt_text: str

    @field_validator("start", "end", "generated_at", "until")
    @classmethod
    def _in_utc(cls, instant: datetime) -> datetime:
        return instant.astimezone(UTC)

    @property
    def ranked(self) -> tuple[ModelFigures, ...]:
        """The models with enough ratings and raters to be ranked, best quality first."""
        return tuple(line for line in self.analysis.overall if line.rank_set is not None)

    def standing(self, model: str) -> ModelFigures | None:
        """What is known of an arm over all content types; None where the analysis has nothing of it."""
        return next((line for line in self.analysis.overall if line.model == model), None)

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
