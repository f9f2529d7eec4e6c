"""Transactions on both databases: kept or undone, waiting for each other, explained when refused."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from evaluation import store
from evaluation.database import Database, open_database
from evaluation.errors import (
    DatabaseBusy,
    DatabaseNotMigrated,
    DatabaseUnavailable,
    InvalidDatabaseUrl,
)
from evaluation.tables import DraftEdit, Notice

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def add_notice(session: Session, subject: str) -> None:
    session.add(Notice(user_id="U1", subject=subject, created_at=NOW))


def subjects(session: Session) -> list[str]:
    return list(session.exec(select(Notice.subject).order_by(col(Notice.subject))))


def test_a_transaction_keeps_all_or_nothing(database: Database) -> None:
    with database.transaction() as session:
        add_notice(session, "kept")

    def fail_half_way() -> None:
        with database.transaction() as session:
            add_notice(session, "undone")
            session.flush()
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        fail_half_way()
    with database.reading() as session:
        assert subjects(session) == ["kept"]


def test_rows_stay_readable_after_the_transaction(database: Database) -> None:
    with database.transaction() as session:
        notice = Notice(user_id="U1", subject="welcome", created_at=NOW)
        session.add(notice)
    assert (notice.subject, notice.created_at) == ("welcome", NOW)


async def test_run_calls_a_function_in_a_transaction_off_the_event_loop(database: Database) -> None:
    def note(session: Session, subject: str, *, thread_ids: set[int]) -> str:
        add_notice(session, subject)
        thread_ids.add(threading.get_ident())
        return subject.upper()

    used: set[int] = set()
    assert await database.run(note, "welcome", thread_ids=used) == "WELCOME"
    assert await database.read(subjects) == ["welcome"]
    assert threading.get_ident() not in used


def test_concurrent_read_modify_writes_lose_none(database: Database) -> None:
    """8 threads × 100: each reads the number that the last one wrote and adds one."""
    n_threads, n_each = 8, 100
    with database.transaction() as session:
        session.add(Notice(user_id="U1", subject="0", created_at=NOW))

    def count_up(_: int) -> None:
        for _ in range(n_each):
            with database.transaction() as session:
                notice = session.exec(select(Notice).with_for_update()).one()
                notice.subject = str(int(notice.subject) + 1)

    with ThreadPoolExecutor(n_threads) as threads:
        list(threads.map(count_up, range(n_threads)))
    with database.reading() as session:
        assert subjects(session) == [str(n_threads * n_each)]


async def test_on_sqlite_writes_come_in_the_order_in_which_they_were_asked_for(tmp_path: Path) -> None:
    order: list[int] = []
    database = open_database(f"sqlite:///{tmp_path / 'order.sqlite3'}")

    def note(_: Session, number: int) -> None:
        order.append(number)

    await asyncio.gather(*(database.run(note, number) for number in range(100)))
    database.dispose()
    assert order == list(range(100))


async def test_a_write_whose_turn_does_not_come_in_time_is_refused_and_not_made(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'turn.sqlite3'}", busy_timeout_seconds=0.05)
    written = list[str]()

    def take_long(_: Session) -> None:
        threading.Event().wait(0.1)

    def write(_: Session) -> None:
        written.append("too late")

    slow = asyncio.create_task(database.run(take_long))
    with pytest.raises(DatabaseBusy, match="Nothing was changed"):
        await asyncio.gather(slow, database.run(write))
    database.dispose()
    assert written == []


async def test_what_has_begun_is_finished_before_the_database_is_closed(database: Database) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def write(session: Session) -> None:
        begun.set()
        goes_on.wait(10)
        add_notice(session, "kept")

    nobody_waits = asyncio.create_task(database.run(write))
    await asyncio.to_thread(begun.wait, 10)
    nobody_waits.cancel()
    closing = threading.Thread(target=database.dispose)
    closing.start()
    goes_on.set()
    await asyncio.to_thread(closing.join)
    with database.reading() as session:
        assert subjects(session) == ["kept"]


async def test_on_sqlite_a_write_waits_for_one_in_the_background_at_most(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'background.sqlite3'}")
    order, begun, goes_on = list[str](), threading.Event(), threading.Event()

    def note(_: Session, name: str) -> None:
        begun.set()
        goes_on.wait(10)
        order.append(name)

    first = asyncio.create_task(database.run_in_background(note, "first draft"))
    await asyncio.to_thread(begun.wait, 10)
    second = asyncio.create_task(database.run_in_background(note, "second draft"))
    rating = asyncio.create_task(database.run(note, "rating"))
    await asyncio.sleep(0)  # both have asked
    goes_on.set()
    await asyncio.gather(first, second, rating)
    database.dispose()
    assert order == ["first draft", "rating", "second draft"]


def test_reading_sees_one_moment_and_waits_for_no_writer(database: Database) -> None:
    with database.reading() as reader:
        assert subjects(reader) == []
        with database.transaction() as writer:
            add_notice(writer, "later")
        assert subjects(reader) == []
    with database.reading() as reader:
        assert subjects(reader) == ["later"]


def test_reading_cannot_write_and_leaves_the_connection_able_to(database: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only"), database.reading() as session:
        add_notice(session, "forbidden")
    with database.transaction() as session:
        add_notice(session, "allowed")
        assert subjects(session) == ["allowed"]


def test_a_locked_database_says_so_and_loses_nothing(database_url: str) -> None:
    database = open_database(database_url, busy_timeout_seconds=0.05)
    with database.transaction() as session:
        add_notice(session, "first")
        session.flush()
        holder = session.connection()
        if holder.dialect.name == "postgresql":
            holder.execute(text("LOCK TABLE notice IN ACCESS EXCLUSIVE MODE"))
        with (
            pytest.raises(DatabaseBusy, match="Nothing was changed; try again"),
            database.transaction() as late,
        ):
            add_notice(late, "second")
    with database.transaction() as session:
        add_notice(session, "third")
        assert subjects(session) == ["first", "third"]
    database.dispose()


def test_an_error_does_not_repeat_what_was_to_be_written(database: Database) -> None:
    """Errors are logged, and what people write is no matter of the log."""
    edit = DraftEdit(delivery_key="e", draft_id="none", editor_id="U1", text="a private plan", created_at=NOW)
    with pytest.raises(IntegrityError) as refused, database.transaction() as session:
        session.add(edit)
    assert "INSERT INTO draft_edit" in str(refused.value)
    assert "a private plan" not in str(refused.value)


def test_foreign_keys_are_enforced(database: Database) -> None:
    orphan = "INSERT INTO cost_entry VALUES ('c', 'no such draft', 'energy', 1, 'kWh', 1, 1, 'm', 's')"
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), database.transaction() as session:
        session.connection().execute(text(orphan))


def test_a_database_without_tables_names_the_remedy(empty_database_url: str) -> None:
    database = open_database(empty_database_url)
    with pytest.raises(DatabaseNotMigrated, match="copydesk run"), database.transaction() as session:
        store.tell_once(session, "U1", "welcome", NOW)
    database.dispose()


def test_sqlite_runs_in_wal_with_the_settings_we_rely_on(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'copydesk.sqlite3'}", busy_timeout_seconds=2.5)
    with database.transaction() as session:
        settings = {
            pragma: session.connection().scalar(text(f"PRAGMA {pragma}"))
            for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.dispose()
    assert settings == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 2500}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("copydesk.sqlite3", "not a URL"),
        ("postgresql://host:abc/name", "not a URL"),
        ("mysql://host/name", "not in 'mysql'"),
        ("sqlite://", "Name a file"),
        ("sqlite:///:memory:", "Name a file"),
    ],
)
def test_an_address_that_cannot_work_is_refused_at_once(url: str, says: str) -> None:
    with pytest.raises(InvalidDatabaseUrl, match=says):
        open_database(url)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'nowhere' / 'copydesk.sqlite3'}")
    with pytest.raises(DatabaseUnavailable, match="nowhere") as refusal, database.reading() as session:
        subjects(session)
    assert "copydesk doctor" in str(refusal.value)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "copydesk.sqlite3"
    file.write_text("the minutes of a meeting, " * 100)
    database = open_database(f"sqlite:///{file}")
    with pytest.raises(DatabaseUnavailable, match="not a database"), database.transaction() as session:
        store.tell_once(session, "U1", "welcome", NOW)
    assert file.read_text().startswith("the minutes")


def test_a_server_that_is_not_there_is_unavailable_and_its_password_unsaid(tmp_path: Path) -> None:
    database = open_database(f"postgresql://copydesk:secret@/copydesk?host={tmp_path}")
    with (
        pytest.raises(DatabaseUnavailable, match="cannot be used") as refusal,
        database.transaction() as session,
    ):
        store.tell_once(session, "U1", "welcome", NOW)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_spelling_of_a_postgres_address_uses_psycopg_3(scheme: str) -> None:
    database = open_database(f"{scheme}://user@localhost/copydesk")
    assert database.engine.dialect.driver == "psycopg"
