"""What an analysis says, as a document: frozen, and the same after a way through JSON.

An interval is a pair [low, high]. A figure without enough behind it is null, never 0.
"""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Interval = tuple[float, float]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RatingsNeeded(_Part):
    """About so many more ratings of the two would separate a model from `rival`.

    `ratings` is null where more ratings by the same people would not do: it takes more raters.
    """

    rival: str
    ratings: int | None


class ModelFigures(_Part):
    """One model over all content types (`content_type` null), or in one.

    `human_mean` is the plain mean of the scores, `blended_mean` that over all drafts by way of the
    heuristics (`blend_method`), `quality` that of the joint scale of scores, thumbs and votes, severity
    taken out. `anytime_ci` bounds quality at all looks and for all models together. All of these are shown
    on the scale: what would lie beyond 1 or 10 stands there. `borrows` says that there are few judgements
    here, so that other types and models say much of `quality`.
    """

    model: str
    content_type: str | None
    n_drafts: int
    n_ratings: int
    n_assigned: int
    n_raters: int
    human_mean: float | None = None
    human_ci: Interval | None = None
    blended_mean: float | None = None
    blended_ci: Interval | None = None
    blend_method: Literal["regression", "human_only"] | None = None
    blend_reason: str | None = None
    quality: float | None = None
    quality_ci: Interval | None = None
    anytime_ci: Interval | None = None
    rank_set: tuple[int, int] | None = None
    p_best: float | None = None
    qualified: bool = False
    status: Literal["qualified", "undecided", "below", "insufficient"] = "insufficient"
    evidence: Literal["audited", "descriptive"] = "descriptive"
    borrows: bool = False
    ratings_needed: RatingsNeeded | None = None


class Comparison(_Part):
    """Model a less model b, in points of quality. p values are for one look fixed beforehand.

    `verdict` rests on `anytime_ci` alone: without 0 in it one is better; within the declared margin, which
    is two one-sided tests at all looks, they are "equal"; else it is "undecided". `p_a_better` is the
    probability, as the judgements stand, that a is better than b: a description.
    """

    a: str
    b: str
    difference: float | None = None
    p_a_better: float | None = None
    ci: Interval | None = None
    anytime_ci: Interval | None = None
    rater_level_difference: float | None = None
    rater_level_ci: Interval | None = None
    p_mixed: float | None = None
    p_welch: float | None = None
    p_permutation: float | None = None
    p_brunner_munzel: float | None = None
    p_holm: float | None = None
    cliffs_delta: float | None = None
    cliffs_delta_ci: Interval | None = None
    p_equivalence: float | None = None
    verdict: Literal["a_better", "b_better", "equal", "undecided"] = "undecided"


class Pairwise(_Part):
    """Abilities from pair votes alone, in logits about 0, by model; null below five votes."""

    n_votes: int
    n_both_bad: int
    abilities: dict[str, float] = Field(default_factory=dict)
    ability_ci: dict[str, Interval] = Field(default_factory=dict)
    tie: float | None = None
    position: float | None = None
    taste_sd: float | None = None


class RaterFigures(_Part):
    """One rater: points above what the others give the same drafts, and correlation with them."""

    rater: str
    n: int
    n_shared: int
    severity: float | None = None
    severity_ci: Interval | None = None
    consistency: float | None = None


class LevelAgreement(_Part):
    alpha: float
    ci: Interval


class AgreementFigures(_Part):
    """Krippendorff's α by level of measurement, the reliability of one score, and every rater."""

    alpha: dict[str, LevelAgreement] = Field(default_factory=dict)
    icc: float | None = None
    icc_ci: Interval | None = None
    raters: tuple[RaterFigures, ...] = ()


class CalibrationBin(_Part):
    """Drafts of about the same heuristic value: its mean, and the mean of what people said of them."""

    n: int
    heuristic: float
    human: float
    human_ci: Interval | None = None


class HeuristicFigures(_Part):
    """How one heuristic goes along with people's scores, over all types (null) or in one.

    `bins` cut the rated drafts into up to five parts of equal size by the heuristic, lowest first; only
    over all types.
    """

    dimension: str
    content_type: str | None
    n: int
    correlation: float
    ci: Interval
    verdict: Literal["predicts", "predicts_nothing", "misleads", "undecided"]
    bins: tuple[CalibrationBin, ...] = ()


class Blinding(_Part):
    """Bang's index by model and James' index; `alarm` when a one-sided bound of Bang's is above 0.

    `n` counts the answers to the question who wrote a draft, "no idea" among them, unanswered ones not.
    `anytime_alarm` holds at all looks together. An alarm without `recognised` may be a favourite name:
    people who always guess the same model are right about that one.
    """

    n: int
    bang: dict[str, float] = Field(default_factory=dict)
    bang_ci: dict[str, Interval] = Field(default_factory=dict)
    james: float | None = None
    james_ci: Interval | None = None
    alarm: bool = False
    anytime_alarm: bool = False
    recognised: bool = False


class FlaggedRater(_Part):
    """A rater whose votes contradict everybody's; reported, never dropped."""

    rater: str
    e_value: float


class Checks(_Part):
    """p values of checks that should not be small, and what was found about blinding and raters."""

    assignment_srm_p: float | None = None
    assignment_srm_anytime_p: float | None = None
    drawn_srm_p: float | None = None
    drawn_srm_anytime_p: float | None = None
    left_right_p: float | None = None
    blinding: Blinding | None = None
    flagged_raters: tuple[FlaggedRater, ...] = ()


class Challenger(_Part):
    """A model's mean score less the incumbent's, right for all challengers together, for one look."""

    model: str
    difference: float | None = None
    ci: Interval | None = None
    p: float | None = None


class Incumbent(_Part):
    """The model that all others are held against, by Dunnett's test."""

    model: str
    challengers: tuple[Challenger, ...]


class HorizonPair(_Part):
    """Model a less model b at this look of an experiment that declared its horizon.

    `information` is the share of the horizon that is reached, `boundary` the |z| that is a claim at this
    look, the last of `looks`; `ci` reaches so many standard errors, so that a claim is an interval without 0.
    """

    a: str
    b: str
    information: float
    looks: int
    boundary: float | None = None
    difference: float | None = None
    ci: Interval | None = None
    verdict: Literal["a_better", "b_better", "undecided"] = "undecided"


class Horizon(_Part):
    """O'Brien and Fleming's looks at an experiment of so many scores a model."""

    ratings_per_model: int
    pairs: tuple[HorizonPair, ...]


class GuaranteedMean(_Part):
    """A model's mean score, and where it lies at all looks and for all models together."""

    model: str
    n: int
    mean: float | None = None
    ci: Interval | None = None


class GuaranteedDifference(_Part):
    """Model a less model b within raters: each rater's k-th score of a less their k-th of b."""

    a: str
    b: str
    n: int
    difference: float | None = None
    ci: Interval | None = None


class Guarantees(_Part):
    """Betting intervals: right at every number of scores, not only for many."""

    means: tuple[GuaranteedMean, ...]
    differences: tuple[GuaranteedDifference, ...]


class ArmWay(_Part):
    """How an arm writes one content type. `sampling` is JSON with sorted keys."""

    content_type: str
    prompt_version: str
    sampling: str


class ArmFigures(_Part):
    """What a model of the database stands for: `label` is its name in this document."""

    label: str
    model: str
    revision: str
    precision: str
    since: AwareDatetime
    ways: tuple[ArmWay, ...] = ()


class SetAsideRow(_Part):
    """A row of a file that could not be used, and why."""

    file: str
    line: int
    column: str
    reason: str


class Source(_Part):
    """What was read, and what of it is not in the figures.

    `set_aside` holds the first of `n_set_aside` unusable rows; `n_superseded` judgements were replaced
    by later ones of the same rater, `n_later` came after the date asked for. `left_out` counts, by
    reason, what a database holds and the analysis leaves out; `n_others_visible` ratings are counted
    although another's reaction showed.
    """

    n_set_aside: int = 0
    set_aside: tuple[SetAsideRow, ...] = ()
    n_superseded: int = 0
    n_later: int = 0
    left_out: dict[str, int] = Field(default_factory=dict)
    n_others_visible: int = 0
    arms: tuple[ArmFigures, ...] = ()
    notes: tuple[str, ...] = ()


class Analysis(_Part):
    """Everything that was found. `population` says for whom: raters like these, or these raters."""

    schema_version: Literal[1] = 1
    confidence: float
    threshold: float
    margin: float
    n_drafts: int
    n_ratings: int
    n_votes: int
    n_raters: int
    population: str
    models: tuple[ModelFigures, ...]
    comparisons: tuple[Comparison, ...]
    pairwise: Pairwise
    agreement: AgreementFigures
    heuristics: tuple[HeuristicFigures, ...]
    checks: Checks
    leader: str | None
    incumbent: Incumbent | None = None
    horizon: Horizon | None = None
    guarantees: Guarantees | None = None
    warnings: tuple[str, ...]
    source: Source | None = None

    @property
    def overall(self) -> tuple[ModelFigures, ...]:
        """Every model over all content types, best quality first."""
        return tuple(line for line in self.models if line.content_type is None)

    @property
    def content_types(self) -> tuple[str, ...]:
        """The types that have figures of their own, sorted; none where there is only one."""
        return tuple(sorted({line.content_type for line in self.models if line.content_type is not None}))

    def in_type(self, content_type: str) -> tuple[ModelFigures, ...]:
        """The models of one content type, best quality overall first."""
        return tuple(line for line in self.models if line.content_type == content_type)
