"""The first tables: requests, drafts, their scores, costs and ratings, reports and notices."""

import sqlalchemy as sa
from alembic import op

from evaluation.columns import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_requests()
    _create_drafts()
    _create_scores_and_costs()
    _create_ratings()
    _create_reports()
    _create_notices()


def downgrade() -> None:
    for table in (
        "notice",
        "delivery",
        "report_run",
        "rating",
        "rating_event",
        "cost_entry",
        "heuristic_score",
        "draft",
        "draft_request",
    ):
        op.drop_table(table)


def _create_requests() -> None:
    op.create_table(
        "draft_request",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("delivery_key", sa.String(), nullable=False),
        sa.Column("team_id", sa.String(), nullable=False),
        sa.Column("channel_id", sa.String(), nullable=False),
        sa.Column("requester_id", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_draft_request"),
        sa.UniqueConstraint("delivery_key", name="uq_draft_request_delivery_key"),
        _check("draft_request", "requeststate", "state IN ('received', 'written', 'posted', 'failed')"),
    )
    _create_indexes("draft_request", "requester_id", "state", "created_at")


def _create_drafts() -> None:
    op.create_table(
        "draft",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("model_name", sa.String(), nullable=False),
        sa.Column("model_revision", sa.String(), nullable=False),
        sa.Column("precision", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("prompt_version", sa.String(), nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.Column("sampling", sa.JSON(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("propensity", sa.Float(), nullable=False),
        sa.Column("route_reason", sa.Text(), nullable=False),
        sa.Column("substitute_for", sa.String(), nullable=True),
        sa.Column("finish_reason", sa.String(), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("time_to_first_token_seconds", sa.Float(), nullable=True),
        sa.Column("latency_seconds", sa.Float(), nullable=False),
        sa.Column("energy_joules", sa.Float(), nullable=True),
        sa.Column("energy_scope", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("channel_id", sa.String(), nullable=True),
        sa.Column("message_ts", sa.String(), nullable=True),
        sa.Column("posted_at", UtcDateTime(), nullable=True),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["draft_request.id"], name="fk_draft_request_id_draft_request"
        ),
        sa.UniqueConstraint("label", name="uq_draft_label"),
        sa.UniqueConstraint("request_id", "position", name="uq_draft_request_id_position"),
        sa.UniqueConstraint("channel_id", "message_ts", name="uq_draft_channel_id_message_ts"),
        _check("draft", "position_not_negative", "position >= 0"),
        _check("draft", "propensity_range", "propensity > 0 AND propensity <= 1"),
        _check("draft", "tokens_not_negative", "prompt_tokens >= 0 AND completion_tokens >= 0"),
        _check("draft", "first_token_not_negative", "time_to_first_token_seconds >= 0"),
        _check("draft", "latency_not_negative", "latency_seconds >= 0"),
        _check("draft", "energy_not_negative", "energy_joules >= 0"),
        _check("draft", "posted_with_place", "(message_ts IS NULL) = (posted_at IS NULL)"),
        _check("draft", "place_complete", "(message_ts IS NULL) = (channel_id IS NULL)"),
    )
    _create_indexes("draft", "model_name", "created_at")


def _create_scores_and_costs() -> None:
    op.create_table(
        "heuristic_score",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("draft_id", sa.String(), nullable=False),
        sa.Column("dimension", sa.String(32), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_heuristic_score"),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name="fk_heuristic_score_draft_id_draft"),
        sa.UniqueConstraint("draft_id", "dimension", name="uq_heuristic_score_draft_id_dimension"),
        _check(
            "heuristic_score",
            "dimension",
            "dimension IN ('length', 'vocabulary', 'structure', 'technical_depth', 'field_guide')",
        ),
        _check("heuristic_score", "value_range", "value >= 0 AND value <= 10"),
    )
    op.create_table(
        "cost_entry",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("draft_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("quantity", sa.Float(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("unit_price_usd", sa.Float(), nullable=False),
        sa.Column("amount_usd", sa.Float(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("price_source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cost_entry"),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name="fk_cost_entry_draft_id_draft"),
        sa.UniqueConstraint("draft_id", "kind", name="uq_cost_entry_draft_id_kind"),
        _check("cost_entry", "quantity_not_negative", "quantity >= 0"),
        _check("cost_entry", "price_not_negative", "unit_price_usd >= 0"),
        _check("cost_entry", "amount_not_negative", "amount_usd >= 0"),
    )


def _create_ratings() -> None:
    op.create_table(
        "rating_event",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("delivery_key", sa.String(), nullable=False),
        sa.Column("draft_id", sa.String(), nullable=False),
        sa.Column("rater_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("reaction", sa.String(), nullable=True),
        sa.Column("thumb", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("correction", sa.Text(), nullable=True),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rating_event"),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name="fk_rating_event_draft_id_draft"),
        sa.UniqueConstraint("delivery_key", name="uq_rating_event_delivery_key"),
        _check(
            "rating_event",
            "ratingeventkind",
            "kind IN ('reaction_added', 'reaction_removed', 'thumb_button', 'score_form')",
        ),
        _check(
            "rating_event",
            "kind_complete",
            "CASE kind WHEN 'thumb_button' THEN thumb IS NOT NULL WHEN 'score_form' THEN score IS NOT NULL "
            "ELSE reaction IS NOT NULL END",
        ),
        *_rating_checks("rating_event"),
    )
    _create_indexes("rating_event", "draft_id", "rater_id", together=True)
    op.create_table(
        "rating",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("draft_id", sa.String(), nullable=False),
        sa.Column("rater_id", sa.String(), nullable=False),
        sa.Column("thumb", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("correction", sa.Text(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rating"),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name="fk_rating_draft_id_draft"),
        sa.UniqueConstraint("draft_id", "rater_id", name="uq_rating_draft_id_rater_id"),
        _check("rating", "says_something", "thumb IS NOT NULL OR score IS NOT NULL"),
        *_rating_checks("rating"),
    )
    _create_indexes("rating", "rater_id", "updated_at")


def _create_reports() -> None:
    op.create_table(
        "report_run",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("channel_id", sa.String(), nullable=True),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("claimed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report_run"),
        sa.UniqueConstraint("key", name="uq_report_run_key"),
    )
    _create_indexes("report_run", "period")
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("target", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=False),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.ForeignKeyConstraint(["report_id"], ["report_run.id"], name="fk_delivery_report_id_report_run"),
        sa.UniqueConstraint("report_id", "target", name="uq_delivery_report_id_target"),
        _check("delivery", "deliverytarget", "target IN ('slack_table', 'slack_figure', 'mlflow')"),
        _check("delivery", "attempts_not_negative", "attempts >= 0"),
    )


def _create_notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("user_id", "subject", name="uq_notice_user_id_subject"),
    )


def _rating_checks(table: str) -> tuple[sa.CheckConstraint, sa.CheckConstraint]:
    return (
        _check(table, "score_range", "score IS NULL OR (score >= 1 AND score <= 10)"),
        _check(table, "thumb_values", "thumb IS NULL OR thumb IN (-1, 1)"),
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    """`op.f` marks the name as complete, so that the naming convention leaves it alone."""
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _create_indexes(table: str, *columns: str, together: bool = False) -> None:
    for group in [columns] if together else [(column,) for column in columns]:
        op.create_index(op.f(f"ix_{table}_{'_'.join(group)}"), table, list(group))
