"""Migrations: they make exactly the tables of `evaluation.tables` and refuse what they do not know."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from evaluation import store
from evaluation.database import Database, open_database
from evaluation.errors import DatabaseUnavailable, UnknownRevision
from evaluation.revisions import (
    MIGRATIONS,
    current_revision,
    downgrade,
    known_revisions,
    newest_revision,
    upgrade,
)
from evaluation.tables import DeliveryTarget, RatingEventKind, VoteChoice
from tests.rows import COSTS, NOON, SCORES, draft_row, event_row, request_row, vote_row


def test_the_migrations_leave_nothing_to_generate(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_migrations_make_the_tables_that_the_models_would(
    database: Database, empty_database_url: str, tmp_path: Path
) -> None:
    """Every column, key, index and CHECK, by name and wording, as the same server reports them."""
    migrated = _describe(database)
    if database.engine.dialect.name == "sqlite":
        created = open_database(f"sqlite:///{tmp_path / 'created.sqlite3'}")
    else:
        downgrade(empty_database_url, "base")
        created = open_database(empty_database_url)
    SQLModel.metadata.create_all(created.engine)
    assert _describe(created) == migrated
    created.dispose()


def test_a_second_start_has_nothing_to_do_and_is_quick(database_url: str) -> None:
    begun = time.perf_counter()
    assert upgrade(database_url) == newest_revision()
    assert time.perf_counter() - begun < 0.5


def test_a_start_with_nothing_to_do_does_not_import_alembic(database_url: str) -> None:
    program = (
        "import sys; from evaluation.revisions import upgrade; upgrade(sys.argv[1]); "
        "assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, database_url], check=True)


def test_the_file_names_say_what_alembic_says() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [newest_revision()]
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == known_revisions()


def test_alembic_finds_the_migrations_from_the_shell(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'copydesk.sqlite3'}"
    for command in ("upgrade head", "check", "downgrade base"):
        subprocess.run(
            [sys.executable, "-m", "alembic", "-x", f"url={url}", *command.split()],
            cwd=MIGRATIONS.parent,
            check=True,
            capture_output=True,
        )


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path / 'new' / 'data' / 'copydesk.sqlite3'}")
    assert (tmp_path / "new" / "data" / "copydesk.sqlite3").exists()


def test_downgrading_takes_everything_away_and_upgrading_brings_it_back(database_url: str) -> None:
    downgrade(database_url, "base")
    database = open_database(database_url)
    assert current_revision(database) is None
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    upgrade(database_url)
    assert current_revision(database) == newest_revision()
    database.dispose()


def test_drafts_from_before_the_second_revision_stay_as_they_were(
    database: Database, database_url: str
) -> None:
    with database.transaction() as session:
        request, _ = store.record_request(session, request_row())
        recorded = store.record_draft(session, draft_row(request.id), SCORES, COSTS, Random(1))
        before = recorded.model_dump()
    downgrade(database_url, "0001")
    upgrade(database_url)
    with database.reading() as session:
        drafts = store.drafts_of_request(session, before["request_id"])
        assert [draft.model_dump() for draft in drafts] == [before]
    assert before["busy_seconds"] is before["method"] is None


def test_a_newer_database_is_refused_by_name_and_left_alone(database: Database, database_url: str) -> None:
    with database.transaction() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '0999'"))
    for attempt in (upgrade, lambda url: downgrade(url, "base")):
        with pytest.raises(UnknownRevision, match=r"at revision 0999.*Install the version"):
            attempt(database_url)
    assert "draft" in inspect(database.engine).get_table_names()


def test_an_unknown_goal_is_refused(database_url: str) -> None:
    with pytest.raises(UnknownRevision, match="Use one of: base, 0001"):
        downgrade(database_url, "0999")


def test_several_processes_may_start_at_once(empty_database_url: str) -> None:
    program = (
        "import sys; from evaluation.revisions import upgrade; import alembic.command; "
        "print('ready', flush=True); sys.stdin.readline(); print(upgrade(sys.argv[1]))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty_database_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    endings = [process.communicate() for process in processes]
    assert [out for out, _ in endings] == [f"{newest_revision()}\n"] * 3, endings


def test_a_migration_that_leaves_dangling_rows_is_undone(tmp_path: Path) -> None:
    """Foreign keys do not act while SQLite migrates, so they are checked at the end."""
    file = tmp_path / "copydesk.sqlite3"
    upgrade(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO heuristic_score VALUES ('h', 'no such draft', 'length', 5, 'Fits.')")
        connection.commit()
    with pytest.raises(DatabaseUnavailable, match=r"1 rows .* \(in heuristic_score\)"):
        downgrade(f"sqlite:///{file}", newest_revision())


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("draft_request", "state", "lost"),
        ("draft", "propensity", 0.0),
        ("draft", "propensity", 1.5),
        ("draft", "latency_seconds", -0.1),
        ("draft", "completion_tokens", -1),
        ("draft", "busy_seconds", -0.1),
        ("draft", "memory_bytes", -1),
        ("draft", "position", -1),
        ("draft", "message_ts", "1.2"),
        ("heuristic_score", "dimension", "charm"),
        ("heuristic_score", "value", 10.5),
        ("cost_entry", "amount_usd", -1.0),
        ("rating_event", "kind", "shrug"),
        ("rating_event", "score", 0),
        ("rating_event", "score", 11),
        ("rating_event", "thumb", 2),
        ("rating_event", "reaction", None),
        ("rating", "score", 11),
        ("rating", "thumb", 0),
        ("rating", "score", None),
        ("audit_task", "state", "lost"),
        ("audit_task", "state", "declined"),
        ("audit_task", "state", "rated"),
        ("audit_task", "decline_reason", "No time."),
        ("audit_task", "propensity", 0.0),
        ("audit_task", "block", 0),
        ("model_guess", "guessed_model", "starter-rich"),
        ("pair_vote", "choice", "neither"),
        ("pair_vote_event", "choice", "neither"),
        ("delivery", "target", "pigeon"),
        ("delivery", "attempts", -1),
    ],
)
def test_the_database_refuses_what_no_row_may_say(
    database: Database, table: str, column: str, value: object
) -> None:
    with database.transaction() as session:
        _add_a_row_of_every_table(session)
    change = text(f"UPDATE {table} SET {column} = :value")  # noqa: S608  (names from the list above)
    with (
        pytest.raises(IntegrityError, match=r"(?i)check"),
        database.transaction() as session,
    ):
        session.connection().execute(change, {"value": value})


def _add_a_row_of_every_table(session: Session) -> None:
    request, _ = store.record_request(session, request_row())
    draft = store.record_draft(session, draft_row(request.id), SCORES, COSTS, Random(1))
    score = event_row(draft.id, RatingEventKind.REACTION_ADDED, reaction="seven")
    store.record_rating_event(session, score)
    other = store.record_draft(session, draft_row(request.id, position=1), SCORES, COSTS, Random(2))
    pair = store.record_pair(session, draft.id, other.id, NOON, Random(1))
    store.record_pair_vote(session, vote_row(pair.id, VoteChoice.LEFT))
    store.ask_for_guess(session, draft.id, "U1", NOON)
    store.mark_posted(session, other.id, "C1", "1.1", NOON)
    assert store.assign_audits(session, "U2", 1, NOON, NOON, Random(1)) != []
    run = store.claim_report(session, "2026-W47", "2026-W47", True, None, NOON)
    assert run is not None
    store.save_figures(session, run.id, {}, [DeliveryTarget.MLFLOW], NOON)


def _describe(database: Database) -> dict[str, Any]:
    inspector = inspect(database.engine)
    readings: tuple[Callable[[str], Any], ...] = (
        inspector.get_columns,
        inspector.get_pk_constraint,
        inspector.get_foreign_keys,
        inspector.get_unique_constraints,
        inspector.get_check_constraints,
        inspector.get_indexes,
    )
    return {
        table: [_sorted_reprs(reading(table)) for reading in readings]
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def _sorted_reprs(described: Any) -> list[str]:
    return sorted(map(repr, described if isinstance(described, list) else [described]))
