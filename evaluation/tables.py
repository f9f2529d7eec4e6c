"""Every table of Copydesk, in the order in which a draft lives.

    HouseStyle                                  how this workspace writes; each change a new version
    DraftRequest ──▶ Draft ──▶ HeuristicScore   four dimensions and the field guide's number
                       │  └──▶ CostEntry        one measured or declared cost line
                       ├──▶ RatingEvent         everything a rater ever did, append-only
                       ├──▶ Rating              what a rater says now: a fold over the events
                       ├──▶ DraftEdit           the text as a person corrected it
                       ├──▶ AuditTask           chance picked this draft for a rater; how that ended
                       ├──▶ ModelGuess          which model a rater believed to have written it
                       └──▶ DraftPair           two drafts side by side, in the order shown
                              ├──▶ PairVoteEvent   every vote on them, append-only
                              └──▶ PairVote        what a rater votes now: the latest event
    ReportRun ──▶ Delivery                      computed figures, and where they were delivered
    Notice                                      what a person has been told once
    RaterPreference                             whether and when a person is asked for ratings
    SettingChange                               what editors set in Slack, over copydesk.toml

Table classes of SQLModel do not validate, so the database does: enums and ranges are CHECK
constraints, times are `UtcDateTime` (which refuses naive values), and what may happen only
once is a unique key. Ids are opaque: 32 hexadecimal characters that say nothing about a model.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Enum,
    Index,
    Integer,
    UniqueConstraint,
    false,
    true,
)
from sqlmodel import Field, SQLModel

from evaluation.columns import NAMING_CONVENTION, AnyText, UtcDateTime

SQLModel.metadata.naming_convention = NAMING_CONVENTION


def new_id() -> str:
    return uuid4().hex


def _enum(enum_type: type[StrEnum]) -> Enum:
    """A text column with a CHECK constraint that lists the enum's values."""
    return Enum(
        enum_type,
        name=enum_type.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
        length=32,
    )


def _flag() -> Column[bool]:
    """False for rows from before anybody asked."""
    return Column(Boolean, nullable=False, server_default=false())


class RequestState(StrEnum):
    """How far a request has come; a restart resumes at the step that follows."""

    RECEIVED = "received"
    WRITTEN = "written"
    POSTED = "posted"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RequestOrigin(StrEnum):
    """By which way a person asked."""

    COMMAND = "command"
    FORM = "form"
    SHORTCUT = "shortcut"
    MENTION = "mention"
    REGENERATION = "regeneration"


class HouseStyle(SQLModel, table=True):
    """How a workspace wants all texts to be. The newest row holds; an empty text means none.

    `version` names the text: the same text has the same version, and stands with each draft.
    """

    __tablename__ = "house_style"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    team_id: str = Field(index=True)
    version: str
    text: str = Field(sa_column=Column(AnyText, nullable=False))
    author_id: str
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class DraftRequest(SQLModel, table=True):
    """A person's wish. `delivery_key` is Slack's own id of the delivery: one wish, one row.

    `brief` holds what was said beside the topic: language, tone, audience, facts. `thread_ts` is the
    thread in which somebody asked, `placeholder_ts` the message that announces the draft. A rewritten
    draft's request names the draft it began from (`parent_draft_id`) and the `instruction`. Of a request
    that is not `rated` nobody is asked for an opinion, so its text may be shown while it is written.
    """

    __tablename__ = "draft_request"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    delivery_key: str = Field(unique=True)
    team_id: str
    channel_id: str
    requester_id: str = Field(index=True)
    content_type: str
    topic: str = Field(sa_column=Column(AnyText, nullable=False))
    state: RequestState = Field(
        default=RequestState.RECEIVED, sa_column=Column(_enum(RequestState), nullable=False, index=True)
    )
    error: str | None = Field(default=None, sa_column=Column(AnyText))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    origin: RequestOrigin = Field(
        default=RequestOrigin.COMMAND,
        sa_column=Column(_enum(RequestOrigin), nullable=False, server_default=RequestOrigin.COMMAND.value),
    )
    brief: dict[str, str] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}")
    )
    wants_pair: bool = Field(default=False, sa_column=_flag())
    rated: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=true()))
    thread_ts: str | None = None
    placeholder_ts: str | None = None
    parent_draft_id: str | None = Field(default=None, index=True, max_length=32)
    instruction: str | None = Field(default=None, sa_column=Column(AnyText))


class Draft(SQLModel, table=True):
    """One generated text, with everything needed to write it again.

    `label` is the neutral name that raters see. `propensity` is the probability (0, 1] with
    which the router chose `model_name`; `substitute_for` names the routed model when that one
    was not on the machine or could not write. `messages` is what the model was told; a plain
    prompt is one message of the role "prompt".

    `latency_seconds` counts from the text's first step, and texts written at the same time make
    each other's longer; `busy_seconds` is this text's own share of the machine. `memory_bytes` is
    what the model held, `method` how its steps were computed, `fallback_ops` which of them the accelerator
    left to the CPU.

    `energy_joules` is above what the idle machine draws; `energy_scope` says what the meter saw,
    `energy_method` which meter it was, `energy_shared_by` how many texts were written meanwhile.
    `energy_idle_joules` is what was left out: this text's share of what the machine draws when idle.

    `self_namings` counts how often the text named its own model before it was shown. `style_version`
    names the house style that the prompt carried. `copied_at` is when somebody first took the plain
    text away.

    `edited_at` is when somebody first changed the text that raters see, `discarded_at` when
    `discarded_by` threw it away, `deleted_at` when its message went. `outdated_since` stands there from
    such a change until the message in Slack shows it.
    """

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("request_id", "position"),
        Index(None, "channel_id", "message_ts"),
        CheckConstraint("position >= 0", name="position_not_negative"),
        CheckConstraint("propensity > 0 AND propensity <= 1", name="propensity_range"),
        CheckConstraint("prompt_tokens >= 0 AND completion_tokens >= 0", name="tokens_not_negative"),
        CheckConstraint("time_to_first_token_seconds >= 0", name="first_token_not_negative"),
        CheckConstraint("latency_seconds >= 0", name="latency_not_negative"),
        CheckConstraint("energy_joules >= 0", name="energy_not_negative"),
        CheckConstraint("busy_seconds >= 0", name="busy_not_negative"),
        CheckConstraint("memory_bytes >= 0", name="memory_not_negative"),
        CheckConstraint("energy_shared_by >= 1", name="shared_by_at_least_itself"),
        CheckConstraint("energy_idle_joules >= 0", name="idle_energy_not_negative"),
        CheckConstraint("self_namings >= 0", name="self_namings_not_negative"),
        CheckConstraint("(message_ts IS NULL) = (posted_at IS NULL)", name="posted_with_place"),
        CheckConstraint("(message_ts IS NULL) = (channel_id IS NULL)", name="place_complete"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    request_id: str = Field(foreign_key="draft_request.id")
    position: int = 0
    label: str = Field(unique=True)
    text: str = Field(sa_column=Column(AnyText, nullable=False))

    model_name: str = Field(index=True)
    model_revision: str
    precision: str
    device: str
    prompt_version: str
    messages: list[dict[str, str]] = Field(sa_column=Column(JSON, nullable=False))
    sampling: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    seed: int = Field(sa_column=Column(BigInteger, nullable=False))
    propensity: float
    route_reason: str = Field(sa_column=Column(AnyText, nullable=False))
    substitute_for: str | None = None

    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    time_to_first_token_seconds: float | None = None
    latency_seconds: float
    energy_joules: float | None = None
    energy_scope: str | None = None
    busy_seconds: float | None = None
    memory_bytes: int | None = Field(default=None, sa_column=Column(BigInteger))
    method: str | None = None
    energy_method: str | None = None
    energy_shared_by: int | None = None
    energy_idle_joules: float | None = None
    fallback_ops: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    style_version: str | None = None
    self_namings: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))

    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    channel_id: str | None = None
    message_ts: str | None = None
    posted_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    deleted_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    edited_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    discarded_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    copied_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    discarded_by: str | None = None
    outdated_since: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))


class DraftEdit(SQLModel, table=True):
    """A draft's text as a person corrected it: every version is kept, the latest is shown."""

    __tablename__ = "draft_edit"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    delivery_key: str = Field(unique=True)
    draft_id: str = Field(foreign_key="draft.id", index=True)
    editor_id: str
    text: str = Field(sa_column=Column(AnyText, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Dimension(StrEnum):
    """What a heuristic looks at. The composite is the mean of the first four and is not stored."""

    LENGTH = "length"
    VOCABULARY = "vocabulary"
    STRUCTURE = "structure"
    TECHNICAL_DEPTH = "technical_depth"
    FIELD_GUIDE = "field_guide"


class HeuristicScore(SQLModel, table=True):
    """An automatic 0–10 measure of one draft, with its reason in words. Never a rating."""

    __tablename__ = "heuristic_score"
    __table_args__ = (
        UniqueConstraint("draft_id", "dimension"),
        CheckConstraint("value >= 0 AND value <= 10", name="value_range"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    draft_id: str = Field(foreign_key="draft.id")
    dimension: Dimension = Field(sa_column=Column(_enum(Dimension), nullable=False))
    value: float
    reason: str = Field(sa_column=Column(AnyText, nullable=False))


class CostEntry(SQLModel, table=True):
    """One cost line of one draft: quantity × unit price, and where both come from."""

    __tablename__ = "cost_entry"
    __table_args__ = (
        UniqueConstraint("draft_id", "kind"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        CheckConstraint("unit_price_usd >= 0", name="price_not_negative"),
        CheckConstraint("amount_usd >= 0", name="amount_not_negative"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    draft_id: str = Field(foreign_key="draft.id")
    kind: str
    quantity: float
    unit: str
    unit_price_usd: float
    amount_usd: float
    method: str
    price_source: str


class RatingEventKind(StrEnum):
    REACTION_ADDED = "reaction_added"
    REACTION_REMOVED = "reaction_removed"
    THUMB_BUTTON = "thumb_button"
    SCORE_FORM = "score_form"
    THUMB_WITHDRAWN = "thumb_withdrawn"
    SCORE_WITHDRAWN = "score_withdrawn"


class RatingEvent(SQLModel, table=True):
    """One thing a rater did, kept for ever. `occurred_at` is Slack's time, not ours.

    `reaction` holds Slack's emoji name for the two reaction kinds, `thumb` −1 or +1 for the
    button, `score` 1–10 for the form, which may also bring reasons and a correction. Those two can be
    withdrawn.
    """

    __tablename__ = "rating_event"
    __table_args__ = (
        Index(None, "draft_id", "rater_id"),
        CheckConstraint(
            "CASE kind WHEN 'thumb_button' THEN thumb IS NOT NULL WHEN 'score_form' THEN score IS NOT NULL "
            "WHEN 'thumb_withdrawn' THEN thumb IS NULL WHEN 'score_withdrawn' THEN score IS NULL "
            "ELSE reaction IS NOT NULL END",
            name="kind_complete",
        ),
        CheckConstraint("score IS NULL OR (score >= 1 AND score <= 10)", name="score_range"),
        CheckConstraint("thumb IS NULL OR thumb IN (-1, 1)", name="thumb_values"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    delivery_key: str = Field(unique=True)
    draft_id: str = Field(foreign_key="draft.id")
    rater_id: str
    kind: RatingEventKind = Field(sa_column=Column(_enum(RatingEventKind), nullable=False))
    reaction: str | None = None
    thumb: int | None = None
    score: int | None = None
    reasons: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    correction: str | None = Field(default=None, sa_column=Column(AnyText))
    occurred_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Rating(SQLModel, table=True):
    """What one rater says of one draft now. No row means that nothing of theirs still stands.

    The flags say what the rater could know or want at their last act: `others_visible`, that another's
    reaction had stood under the draft before; `after_edit`, that the text was no longer the model's;
    `own_request`, that they had asked for it. `locked_at` is when this rater learned who wrote the draft:
    from then on the rating stays as it is.
    """

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("draft_id", "rater_id"),
        CheckConstraint("thumb IS NOT NULL OR score IS NOT NULL", name="says_something"),
        CheckConstraint("score IS NULL OR (score >= 1 AND score <= 10)", name="score_range"),
        CheckConstraint("thumb IS NULL OR thumb IN (-1, 1)", name="thumb_values"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    draft_id: str = Field(foreign_key="draft.id")
    rater_id: str = Field(index=True)
    thumb: int | None = None
    score: int | None = None
    reasons: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    correction: str | None = Field(default=None, sa_column=Column(AnyText))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    others_visible: bool = Field(default=False, sa_column=_flag())
    after_edit: bool = Field(default=False, sa_column=_flag())
    own_request: bool = Field(default=False, sa_column=_flag())
    locked_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class AuditState(StrEnum):
    OPEN = "open"
    RATED = "rated"
    DECLINED = "declined"


class AuditTask(SQLModel, table=True):
    """A draft that a rater is asked to rate because chance drew it (`evaluation.assignment`).

    `block` counts from 1 within rater and content type; `propensity` is the probability (0, 1] of this
    draft in its draw, and `drawn_from` names the models between which chance decided, each as likely as the
    others. A task stays open until its rater rates the draft or declines with a reason.
    """

    __tablename__ = "audit_task"
    __table_args__ = (
        UniqueConstraint("draft_id", "rater_id"),
        CheckConstraint("block >= 1", name="block_from_one"),
        CheckConstraint("propensity > 0 AND propensity <= 1", name="propensity_range"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_with_time"),
        CheckConstraint("(state = 'declined') = (decline_reason IS NOT NULL)", name="declined_with_reason"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    draft_id: str = Field(foreign_key="draft.id")
    rater_id: str = Field(index=True)
    block: int
    propensity: float
    drawn_from: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    state: AuditState = Field(default=AuditState.OPEN, sa_column=Column(_enum(AuditState), nullable=False))
    decline_reason: str | None = Field(default=None, sa_column=Column(AnyText))
    assigned_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class ModelGuess(SQLModel, table=True):
    """The question "which model do you think wrote this?", asked once of a rater about a draft.

    Without `answered_at` there was no answer; answered without `guessed_model` it was "no idea".
    """

    __tablename__ = "model_guess"
    __table_args__ = (
        UniqueConstraint("draft_id", "rater_id"),
        CheckConstraint("guessed_model IS NULL OR answered_at IS NOT NULL", name="guess_is_answer"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    draft_id: str = Field(foreign_key="draft.id")
    rater_id: str
    guessed_model: str | None = None
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    answered_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class DraftPair(SQLModel, table=True):
    """Two drafts of one request shown side by side. Which is on the left was drawn once, for everybody.

    Both stand in one message, so that they appear together.
    """

    __tablename__ = "draft_pair"
    __table_args__ = (
        UniqueConstraint("left_draft_id", "right_draft_id"),
        CheckConstraint("left_draft_id <> right_draft_id", name="two_drafts"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    request_id: str = Field(foreign_key="draft_request.id", index=True)
    left_draft_id: str = Field(foreign_key="draft.id")
    right_draft_id: str = Field(foreign_key="draft.id")
    shown_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class VoteChoice(StrEnum):
    """What a rater says of a pair. "Both bad" is about the level of both, and no tie."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"
    BOTH_BAD = "both_bad"


class PairVoteEvent(SQLModel, table=True):
    """One vote as it was cast, kept for ever; without `choice`, as it was taken back.

    `reaction` is Slack's name of the emoji that said it, None where a button did. `occurred_at` is Slack's
    time, not ours.
    """

    __tablename__ = "pair_vote_event"
    __table_args__ = (Index(None, "pair_id", "rater_id"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    delivery_key: str = Field(unique=True)
    pair_id: str = Field(foreign_key="draft_pair.id")
    rater_id: str
    choice: VoteChoice | None = Field(default=None, sa_column=Column(_enum(VoteChoice)))
    reaction: str | None = None
    reasons: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    occurred_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class PairVote(SQLModel, table=True):
    """What one rater votes on one pair now. No row means that no vote of theirs still stands.

    `others_visible` and `locked_at` mean what they mean for a Rating.
    """

    __tablename__ = "pair_vote"
    __table_args__ = (UniqueConstraint("pair_id", "rater_id"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    pair_id: str = Field(foreign_key="draft_pair.id")
    rater_id: str = Field(index=True)
    choice: VoteChoice = Field(sa_column=Column(_enum(VoteChoice), nullable=False))
    reasons: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    others_visible: bool = Field(default=False, sa_column=_flag())
    locked_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class ReportRun(SQLModel, table=True):
    """The figures of one report, computed once.

    A closed week has the key `2026-W47`, so that only one process can claim it. A report
    asked for in mid-week has a key of its own and `closed` false: it claims nothing.
    `figures` is None between the claim and the computation.
    """

    __tablename__ = "report_run"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    key: str = Field(unique=True)
    period: str = Field(index=True)
    closed: bool
    channel_id: str | None = None
    figures: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    claimed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class DeliveryTarget(StrEnum):
    """The parts of a report, in the order of their delivery. Details and CSV go into the table's thread."""

    SLACK_TABLE = "slack_table"
    SLACK_FIGURE = "slack_figure"
    SLACK_DETAILS = "slack_details"
    SLACK_CSV = "slack_csv"
    MLFLOW = "mlflow"


class Delivery(SQLModel, table=True):
    """One report on its way to one place. `delivered_at` set means: never again."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("report_id", "target"),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    report_id: str = Field(foreign_key="report_run.id")
    target: DeliveryTarget = Field(sa_column=Column(_enum(DeliveryTarget), nullable=False))
    external_id: str | None = None
    attempts: int = 0
    last_error: str | None = Field(default=None, sa_column=Column(AnyText))
    next_attempt_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    delivered_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class Notice(SQLModel, table=True):
    """Something a person has been told, so that it is said once."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("user_id", "subject"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    user_id: str
    subject: str
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class RaterPreference(SQLModel, table=True):
    """Whether and when a person is asked for ratings; no row means: in the App Home only.

    With `message_hour` (0–23, in `time_zone`) a direct message comes at that hour, at most
    `messages_per_week` times; `last_message_at` is when the last one was sent.
    """

    __tablename__ = "rater_preference"
    __table_args__ = (
        CheckConstraint("message_hour >= 0 AND message_hour <= 23", name="hour_of_day"),
        CheckConstraint("messages_per_week >= 1 AND messages_per_week <= 7", name="messages_range"),
        CheckConstraint(
            "(message_hour IS NULL) = (messages_per_week IS NULL) "
            "AND (message_hour IS NULL) = (time_zone IS NULL)",
            name="messages_complete",
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    rater_id: str = Field(unique=True)
    audits_on: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=true()))
    message_hour: int | None = None
    time_zone: str | None = None
    messages_per_week: int | None = None
    last_message_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class SettingChange(SQLModel, table=True):
    """What an editor set in Slack. Of one key the newest holds, over what copydesk.toml says.

    `key` is the way to the value, such as "workspace.reveal" or "routes.linkedin_post"; a null `value`
    goes back to copydesk.toml.
    """

    __tablename__ = "setting_change"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    delivery_key: str = Field(unique=True)
    key: str = Field(index=True)
    value: Any = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    author_id: str
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
