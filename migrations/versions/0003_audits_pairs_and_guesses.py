"""What honest comparisons need: audit tasks, votes on pairs, guesses at the writer, and flags of ratings.

Ratings from before this revision get the flags that their events tell: whose request it was, and whether
another's reaction came before. Nobody could edit a draft then.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from evaluation.columns import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FLAGS = ("others_visible", "after_edit", "own_request")


def upgrade() -> None:
    for column in ("edited_at", "discarded_at"):
        op.add_column("draft", sa.Column(column, UtcDateTime(), nullable=True))
    for flag in FLAGS:
        op.add_column("rating", sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.false()))
    _flag_old_ratings()
    _create_audit_tasks()
    _create_model_guesses()
    _create_draft_pairs()
    _create_pair_votes()


def downgrade() -> None:
    for table in ("pair_vote", "pair_vote_event", "draft_pair", "model_guess", "audit_task"):
        op.drop_table(table)
    for flag in FLAGS:
        op.drop_column("rating", flag)
    for column in ("edited_at", "discarded_at"):
        op.drop_column("draft", column)


def _flag_old_ratings() -> None:
    op.execute(
        "UPDATE rating SET own_request = EXISTS (SELECT 1 FROM draft "
        "JOIN draft_request ON draft_request.id = draft.request_id "
        "WHERE draft.id = rating.draft_id AND draft_request.requester_id = rating.rater_id), "
        "others_visible = EXISTS (SELECT 1 FROM rating_event "
        "WHERE rating_event.draft_id = rating.draft_id AND rating_event.rater_id <> rating.rater_id "
        "AND rating_event.kind = 'reaction_added' AND rating_event.occurred_at < rating.updated_at)"
    )


def _create_audit_tasks() -> None:
    op.create_table(
        "audit_task",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("draft_id", sa.String(), nullable=False),
        sa.Column("rater_id", sa.String(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("propensity", sa.Float(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("decline_reason", sa.Text(), nullable=True),
        sa.Column("assigned_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_task"),
        _foreign_key("audit_task", "draft_id", "draft"),
        sa.UniqueConstraint("draft_id", "rater_id", name="uq_audit_task_draft_id_rater_id"),
        _check("audit_task", "auditstate", "state IN ('open', 'rated', 'declined')"),
        _check("audit_task", "block_from_one", "block >= 1"),
        _check("audit_task", "propensity_range", "propensity > 0 AND propensity <= 1"),
        _check("audit_task", "closed_with_time", "(state = 'open') = (closed_at IS NULL)"),
        _check("audit_task", "declined_with_reason", "(state = 'declined') = (decline_reason IS NOT NULL)"),
    )
    _create_index("audit_task", "rater_id")


def _create_model_guesses() -> None:
    op.create_table(
        "model_guess",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("draft_id", sa.String(), nullable=False),
        sa.Column("rater_id", sa.String(), nullable=False),
        sa.Column("guessed_model", sa.String(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_model_guess"),
        _foreign_key("model_guess", "draft_id", "draft"),
        sa.UniqueConstraint("draft_id", "rater_id", name="uq_model_guess_draft_id_rater_id"),
        _check("model_guess", "guess_is_answer", "guessed_model IS NULL OR answered_at IS NOT NULL"),
    )


def _create_draft_pairs() -> None:
    op.create_table(
        "draft_pair",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("left_draft_id", sa.String(), nullable=False),
        sa.Column("right_draft_id", sa.String(), nullable=False),
        sa.Column("shown_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_draft_pair"),
        _foreign_key("draft_pair", "request_id", "draft_request"),
        _foreign_key("draft_pair", "left_draft_id", "draft"),
        _foreign_key("draft_pair", "right_draft_id", "draft"),
        sa.UniqueConstraint(
            "left_draft_id", "right_draft_id", name="uq_draft_pair_left_draft_id_right_draft_id"
        ),
        _check("draft_pair", "two_drafts", "left_draft_id <> right_draft_id"),
    )
    _create_index("draft_pair", "request_id")


def _create_pair_votes() -> None:
    op.create_table(
        "pair_vote_event",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("delivery_key", sa.String(), nullable=False),
        *_vote_columns(),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pair_vote_event"),
        _foreign_key("pair_vote_event", "pair_id", "draft_pair"),
        sa.UniqueConstraint("delivery_key", name="uq_pair_vote_event_delivery_key"),
        _choice_check("pair_vote_event"),
    )
    _create_index("pair_vote_event", "pair_id", "rater_id")
    op.create_table(
        "pair_vote",
        sa.Column("id", sa.String(32), nullable=False),
        *_vote_columns(),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pair_vote"),
        _foreign_key("pair_vote", "pair_id", "draft_pair"),
        sa.UniqueConstraint("pair_id", "rater_id", name="uq_pair_vote_pair_id_rater_id"),
        _choice_check("pair_vote"),
    )
    _create_index("pair_vote", "rater_id")
    _create_index("pair_vote", "updated_at")


def _vote_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("pair_id", sa.String(), nullable=False),
        sa.Column("rater_id", sa.String(), nullable=False),
        sa.Column("choice", sa.String(32), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
    )


def _choice_check(table: str) -> sa.CheckConstraint:
    return _check(table, "votechoice", "choice IN ('left', 'right', 'tie', 'both_bad')")


def _foreign_key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    """`op.f` marks the name as complete, so that the naming convention leaves it alone."""
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _create_index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
