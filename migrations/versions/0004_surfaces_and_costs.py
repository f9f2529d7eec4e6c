"""What drafting, rating and costs need: briefs, house styles, edits, preferences, settings, meters.

Two drafts of a pair stand in one message from here on, and a request can be cancelled. SQLite cannot
change such constraints in place, so there the two tables are rewritten from their own definitions: batch
mode would lose their CHECK constraints.
"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from evaluation.columns import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PLACE_INDEX = "ix_draft_channel_id_message_ts"
PLACE_UNIQUE = "CONSTRAINT uq_draft_channel_id_message_ts UNIQUE (channel_id, message_ts)"
STATES_BEFORE = "('received', 'written', 'posted', 'failed')"
STATES = "('received', 'written', 'posted', 'failed', 'cancelled')"
EVENT_KINDS_BEFORE = "('reaction_added', 'reaction_removed', 'thumb_button', 'score_form')"
EVENT_KINDS = (
    "('reaction_added', 'reaction_removed', 'thumb_button', 'score_form', "
    "'thumb_withdrawn', 'score_withdrawn')"
)
COMPLETE_BEFORE = (
    "CASE kind WHEN 'thumb_button' THEN thumb IS NOT NULL WHEN 'score_form' THEN score IS NOT NULL "
    "ELSE reaction IS NOT NULL END"
)
COMPLETE = (
    "CASE kind WHEN 'thumb_button' THEN thumb IS NOT NULL WHEN 'score_form' THEN score IS NOT NULL "
    "WHEN 'thumb_withdrawn' THEN thumb IS NULL WHEN 'score_withdrawn' THEN score IS NULL "
    "ELSE reaction IS NOT NULL END"
)
TARGETS_BEFORE = "('slack_table', 'slack_figure', 'mlflow')"
TARGETS = "('slack_table', 'slack_figure', 'slack_details', 'slack_csv', 'mlflow')"
ORIGINS = "('command', 'form', 'shortcut', 'mention', 'regeneration')"
TABLES = ("setting_change", "rater_preference", "draft_edit", "house_style")
REQUEST_COLUMNS = (
    "instruction", "parent_draft_id", "placeholder_ts", "thread_ts", "rated", "wants_pair", "brief", "origin",
)  # fmt: skip
DRAFT_COLUMNS = (
    "outdated_since", "discarded_by", "copied_at", "self_namings", "style_version", "fallback_ops",
    "energy_idle_joules", "energy_shared_by", "energy_method",
)  # fmt: skip


def upgrade() -> None:
    _create_tables()
    _allow_cancelled()
    _add_request_columns()
    _let_pairs_share_a_message()
    _add_draft_columns()
    for table in ("rating", "pair_vote"):
        op.add_column(table, sa.Column("locked_at", UtcDateTime(), nullable=True))
    op.add_column("audit_task", sa.Column("drawn_from", sa.JSON(), nullable=True))
    _let_ratings_and_votes_be_withdrawn()
    _replace_target_check(TARGETS_BEFORE, TARGETS)


def downgrade() -> None:
    """Cancelled requests become failed ones; refused where two drafts share a message.

    What was withdrawn stays withdrawn, but the events that say so are lost, and so are the rows of
    deliveries into a report's thread.
    """
    op.execute("DELETE FROM delivery WHERE target IN ('slack_details', 'slack_csv')")
    _replace_target_check(TARGETS, TARGETS_BEFORE)
    _let_nothing_be_withdrawn()
    op.drop_column("audit_task", "drawn_from")
    for table in ("pair_vote", "rating"):
        op.drop_column(table, "locked_at")
    op.drop_index("ix_draft_outdated_since", "draft")
    for column in DRAFT_COLUMNS:
        op.drop_column("draft", column)
    _let_each_draft_have_its_message()
    op.drop_index("ix_draft_request_parent_draft_id", "draft_request")
    for column in REQUEST_COLUMNS:
        op.drop_column("draft_request", column)
    op.execute("UPDATE draft_request SET state = 'failed', error = 'cancelled' WHERE state = 'cancelled'")
    _replace_state_check(STATES, STATES_BEFORE)
    for table in TABLES:
        op.drop_table(table)


def _create_tables() -> None:
    op.create_table(
        "house_style",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("team_id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_house_style"),
    )
    op.create_index(op.f("ix_house_style_team_id"), "house_style", ["team_id"])
    op.create_table(
        "draft_edit",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("delivery_key", sa.String(), nullable=False),
        sa.Column("draft_id", sa.String(), nullable=False),
        sa.Column("editor_id", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_draft_edit"),
        sa.UniqueConstraint("delivery_key", name="uq_draft_edit_delivery_key"),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_draft_edit_draft_id_draft")),
    )
    op.create_index(op.f("ix_draft_edit_draft_id"), "draft_edit", ["draft_id"])
    _create_preferences()
    op.create_table(
        "setting_change",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("delivery_key", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_setting_change"),
        sa.UniqueConstraint("delivery_key", name="uq_setting_change_delivery_key"),
    )
    op.create_index(op.f("ix_setting_change_key"), "setting_change", ["key"])


def _create_preferences() -> None:
    op.create_table(
        "rater_preference",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("rater_id", sa.String(), nullable=False),
        sa.Column("audits_on", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("message_hour", sa.Integer(), nullable=True),
        sa.Column("time_zone", sa.String(), nullable=True),
        sa.Column("messages_per_week", sa.Integer(), nullable=True),
        sa.Column("last_message_at", UtcDateTime(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rater_preference"),
        sa.UniqueConstraint("rater_id", name="uq_rater_preference_rater_id"),
        _check("rater_preference", "hour_of_day", "message_hour >= 0 AND message_hour <= 23"),
        _check("rater_preference", "messages_range", "messages_per_week >= 1 AND messages_per_week <= 7"),
        _check(
            "rater_preference",
            "messages_complete",
            "(message_hour IS NULL) = (messages_per_week IS NULL) "
            "AND (message_hour IS NULL) = (time_zone IS NULL)",
        ),
    )


def _allow_cancelled() -> None:
    _replace_state_check(STATES_BEFORE, STATES)


def _replace_state_check(before: str, after: str) -> None:
    if _on_sqlite():
        _rewrite("draft_request", lambda sql: sql.replace(before, after))
        return
    op.drop_constraint(op.f("ck_draft_request_requeststate"), "draft_request", type_="check")
    op.create_check_constraint(op.f("ck_draft_request_requeststate"), "draft_request", f"state IN {after}")


def _replace_target_check(before: str, after: str) -> None:
    if _on_sqlite():
        _rewrite("delivery", lambda sql: sql.replace(before, after))
        return
    op.drop_constraint(op.f("ck_delivery_deliverytarget"), "delivery", type_="check")
    op.create_check_constraint(op.f("ck_delivery_deliverytarget"), "delivery", f"target IN {after}")


def _let_pairs_share_a_message() -> None:
    if _on_sqlite():
        _rewrite("draft", lambda sql: sql.replace(f"{PLACE_UNIQUE}, ", ""))
    else:
        op.drop_constraint("uq_draft_channel_id_message_ts", "draft", type_="unique")
    op.create_index(op.f(PLACE_INDEX), "draft", ["channel_id", "message_ts"])


def _let_each_draft_have_its_message() -> None:
    op.drop_index(PLACE_INDEX, "draft")
    if _on_sqlite():
        primary_key = "CONSTRAINT pk_draft PRIMARY KEY (id)"
        _rewrite("draft", lambda sql: sql.replace(primary_key, f"{primary_key}, {PLACE_UNIQUE}"))
    else:
        op.create_unique_constraint("uq_draft_channel_id_message_ts", "draft", ["channel_id", "message_ts"])


def _let_ratings_and_votes_be_withdrawn() -> None:
    _replace_event_checks(EVENT_KINDS_BEFORE, EVENT_KINDS, COMPLETE_BEFORE, COMPLETE)
    if _on_sqlite():
        _rewrite(
            "pair_vote_event", lambda sql: sql.replace("choice VARCHAR(32) NOT NULL", "choice VARCHAR(32)")
        )
    else:
        op.alter_column("pair_vote_event", "choice", nullable=True)
    op.add_column("pair_vote_event", sa.Column("reaction", sa.String(), nullable=True))
    op.add_column(
        "pair_vote", sa.Column("others_visible", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def _let_nothing_be_withdrawn() -> None:
    op.drop_column("pair_vote", "others_visible")
    op.drop_column("pair_vote_event", "reaction")
    op.execute("DELETE FROM pair_vote_event WHERE choice IS NULL")
    if _on_sqlite():
        _rewrite(
            "pair_vote_event", lambda sql: sql.replace("choice VARCHAR(32)", "choice VARCHAR(32) NOT NULL")
        )
    else:
        op.alter_column("pair_vote_event", "choice", nullable=False)
    op.execute("DELETE FROM rating_event WHERE kind IN ('thumb_withdrawn', 'score_withdrawn')")
    _replace_event_checks(EVENT_KINDS, EVENT_KINDS_BEFORE, COMPLETE, COMPLETE_BEFORE)


def _replace_event_checks(kinds: str, new_kinds: str, complete: str, new_complete: str) -> None:
    if _on_sqlite():
        _rewrite("rating_event", lambda sql: sql.replace(kinds, new_kinds).replace(complete, new_complete))
        return
    for name, condition in (("ratingeventkind", f"kind IN {new_kinds}"), ("kind_complete", new_complete)):
        check = op.f(f"ck_rating_event_{name}")
        op.drop_constraint(check, "rating_event", type_="check")
        op.create_check_constraint(check, "rating_event", condition)


def _add_request_columns() -> None:
    origin_check = _check("draft_request", "requestorigin", f"origin IN {ORIGINS}")
    for column in (
        sa.Column("origin", sa.String(32), origin_check, nullable=False, server_default="command"),
        sa.Column("brief", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("wants_pair", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("rated", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("thread_ts", sa.String(), nullable=True),
        sa.Column("placeholder_ts", sa.String(), nullable=True),
        sa.Column("parent_draft_id", sa.String(32), nullable=True),
        sa.Column("instruction", sa.Text(), nullable=True),
    ):
        op.add_column("draft_request", column)
    op.create_index(op.f("ix_draft_request_parent_draft_id"), "draft_request", ["parent_draft_id"])


def _add_draft_columns() -> None:
    shared = _check("draft", "shared_by_at_least_itself", "energy_shared_by >= 1")
    idle = _check("draft", "idle_energy_not_negative", "energy_idle_joules >= 0")
    namings = _check("draft", "self_namings_not_negative", "self_namings >= 0")
    for column in (
        sa.Column("energy_method", sa.String(), nullable=True),
        sa.Column("energy_shared_by", sa.Integer(), shared, nullable=True),
        sa.Column("energy_idle_joules", sa.Float(), idle, nullable=True),
        sa.Column("fallback_ops", sa.JSON(), nullable=True),
        sa.Column("style_version", sa.String(), nullable=True),
        sa.Column("self_namings", sa.Integer(), namings, nullable=False, server_default="0"),
        sa.Column("copied_at", UtcDateTime(), nullable=True),
        sa.Column("discarded_by", sa.String(), nullable=True),
        sa.Column("outdated_since", UtcDateTime(), nullable=True),
    ):
        op.add_column("draft", column)
    op.create_index("ix_draft_outdated_since", "draft", ["outdated_since"])


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _rewrite(table: str, change: Callable[[str], str]) -> None:
    """Makes a table of SQLite anew with a changed definition, its rows and its indexes."""
    bind = op.get_bind()
    definition = bind.scalars(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table"), {"table": table}
    ).one()
    indexes = bind.scalars(
        sa.text(
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :table AND sql IS NOT NULL"
        ),
        {"table": table},
    ).all()
    one_line = " ".join(definition.split())
    changed = change(one_line)
    if changed == one_line:
        raise RuntimeError(f"the definition of {table} is not the one that this migration knows")
    op.execute(
        changed.replace(f"CREATE TABLE {table} ", f"CREATE TABLE {table}_anew ", 1).replace(
            f'CREATE TABLE "{table}" ', f"CREATE TABLE {table}_anew ", 1
        )
    )
    op.execute(f"INSERT INTO {table}_anew SELECT * FROM {table}")  # noqa: S608 (the names are ours)
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for index in indexes:
        op.execute(index)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    """`op.f` marks the name as complete, so that the naming convention leaves it alone."""
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
