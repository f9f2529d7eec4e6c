"""Database: the one place where connections, transactions and SQLite's settings live.

SQLite has a single writer, so a transaction that may write says so when it begins: `BEGIN
IMMEDIATE` queues behind the other writer. A plain BEGIN would take the lock only at its first
write, and fail there whenever somebody else wrote after its first read. PostgreSQL needs none
of this and is reached by URL alone.

Whoever queues for SQLite's lock is not served in turn: it sleeps, tries again and may find the lock
taken each time. So `run` has one thread for all of this process's writes, which come one after the other as
they were asked for. Reads have threads of their own, and neither shares them with anything slow.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from importlib.util import find_spec
from math import ceil
from time import monotonic
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from evaluation.errors import (
    DatabaseBusy,
    DatabaseError,
    DatabaseNotMigrated,
    DatabaseUnavailable,
    InvalidDatabaseUrl,
)

BUSY_TIMEOUT_SECONDS = 5.0
READING_THREADS: Final = 6
WRITING_THREADS: Final = {"sqlite": 1}
"""By kind of database; others write at the same time, and have as many as for reading."""

P = ParamSpec("P")
T = TypeVar("T")

_READING = "copydesk_reading"
_BUSY_POSTGRES_STATES = (
    "55P03",  # lock_not_available: lock_timeout ran out
    "40P01",  # deadlock_detected
    "40001",  # serialization_failure
    "53300",  # too_many_connections
)
_MISSING_POSTGRES_STATES = (
    "42P01",  # undefined_table
    "42703",  # undefined_column
)


class Database:
    """Connections to one database, shared by all threads. Made by `open_database`."""

    def __init__(self, engine: Engine, busy_timeout_seconds: float) -> None:
        self._writers = engine
        self._readers = engine.execution_options(**_reading_options(engine))
        self._busy_timeout_seconds = busy_timeout_seconds
        # Threads come with the first call, and end with this object or the program.
        self._write_threads = ThreadPoolExecutor(
            WRITING_THREADS.get(engine.dialect.name, READING_THREADS), thread_name_prefix="database-write"
        )
        self._background = asyncio.Lock()
        self._read_threads = ThreadPoolExecutor(READING_THREADS, thread_name_prefix="database-read")

    @property
    def name(self) -> str:
        """The address as a person may read it: a password in it is hidden."""
        return self._writers.url.render_as_string(hide_password=True)

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine whose transactions may write, for migrations and inspection."""
        return self._writers

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose writes are all kept or, if the block raises, all undone.

        Rows stay readable after the block. Raises DatabaseBusy when another writer does not
        finish in time and another DatabaseError when the database cannot be used; in either
        case nothing was written.
        """
        with self._session(self._writers) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment of the database, waits for no writer and cannot write.

        Raises DatabaseError.
        """
        with self._session(self._readers) as session:
            yield session

    async def run(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`function(session, …)` inside `transaction()`, in a thread; on SQLite in turn with all others.

        A caller that is cancelled meanwhile leaves a transaction that has begun to finish by itself. Raises
        DatabaseBusy also when the turn has not come within the time that a writer waits for another.
        """
        latest = monotonic() + self._busy_timeout_seconds

        def call() -> T:
            if monotonic() > latest:
                raise self._busy()
            with self.transaction() as session:
                return function(session, *args, **kwargs)

        return await _in_thread(self._write_threads, call)

    async def run_in_background(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `run`, for what nobody watches: one at a time, so that what somebody waits for comes next."""
        async with self._background:
            return await self.run(function, *args, **kwargs)

    async def read(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`function(session, …)` inside `reading()`, in a worker thread."""

        def call() -> T:
            with self.reading() as session:
                return function(session, *args, **kwargs)

        return await _in_thread(self._read_threads, call)

    def dispose(self) -> None:
        """Lets what `run` and `read` have begun finish, even if nobody waits for it, and closes connections.

        Afterwards `run` and `read` raise RuntimeError.
        """
        self._write_threads.shutdown()
        self._read_threads.shutdown()
        self._writers.dispose()

    @contextmanager
    def explained_errors(self) -> Iterator[None]:
        """Turns what the driver raises about locks, files and servers into a DatabaseError.

        Broken constraints and wrong statements are left as they are.
        """
        try:
            yield
        except (DBAPIError, PoolTimeoutError) as error:
            explained = self._explain(error)
            if explained is None:
                raise
            raise explained from error

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        with self.explained_errors(), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    def _explain(self, error: DBAPIError | PoolTimeoutError) -> DatabaseError | None:
        if isinstance(error, PoolTimeoutError) or _is_busy(error):
            return self._busy()
        reason = str(error.orig).strip()
        if _lacks_tables(error, reason):
            return DatabaseNotMigrated(
                f"The database {self.name} lacks a table or column ({reason.splitlines()[0]}). Nothing was "
                "changed; `copydesk run` brings it up to date when it starts, so start it once."
            )
        if _is_out_of_reach(error):
            return DatabaseUnavailable(
                f"The database {self.name} cannot be used: {reason}. Nothing was changed. Check that it "
                "is there, may be written to and has free disk space; `copydesk doctor` says more."
            )
        return None

    def _busy(self) -> DatabaseBusy:
        return DatabaseBusy(
            f"The database {self.name} was busy for more than {self._busy_timeout_seconds:g} s: "
            "something else is writing to it. Nothing was changed; try again in a moment. If it "
            "stays so, close the other program that has the database open."
        )


def open_database(url: str, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> Database:
    """The database at a URL: `sqlite:////absolute/path.sqlite3` or `postgresql://…`.

    Connects at first use, not here. What was to be written, such as a topic, stands in no error, and so
    in no log. Raises InvalidDatabaseUrl, also for SQLite in memory (each thread would see an empty database
    of its own) and where the driver is not installed.
    """
    address = _parse_address(url)
    if address.get_backend_name() == "sqlite":
        # One connection for each thread of ours and some to spare: to open one takes longer than to read.
        engine = create_engine(address, pool_size=READING_THREADS + 4, hide_parameters=True)
        _configure_sqlite(engine, busy_timeout_seconds)
    else:
        address = address.update_query_dict(
            {"connect_timeout": str(ceil(busy_timeout_seconds)), **address.query}
        )
        engine = create_engine(address, pool_pre_ping=True, hide_parameters=True)
        _configure_postgres(engine, busy_timeout_seconds)
    return Database(engine, busy_timeout_seconds)


async def _in_thread(threads: Executor, call: Callable[[], T]) -> T:
    """As `asyncio.to_thread`, with the caller's context, but in these threads."""
    return await asyncio.get_running_loop().run_in_executor(threads, copy_context().run, call)


def _parse_address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # whose message would repeat the URL, and with it a password
        raise InvalidDatabaseUrl(
            "The database address is not a URL. Use sqlite:////absolute/path.sqlite3 "
            "or postgresql://user@host/name."
        ) from None
    backend = address.get_backend_name()
    if backend in ("postgres", "postgresql"):
        if find_spec("psycopg") is None:
            raise InvalidDatabaseUrl(
                "PostgreSQL needs its driver, which is not installed here: pip install 'copydesk[postgres]'"
            )
        return address.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise InvalidDatabaseUrl(
            f"Copydesk keeps its data in SQLite or PostgreSQL, not in {backend!r}. "
            "Use sqlite:////absolute/path.sqlite3 or postgresql://user@host/name."
        )
    if address.database in (None, "", ":memory:"):
        raise InvalidDatabaseUrl(
            "An SQLite database in memory would be another one for every thread. "
            "Name a file: sqlite:////absolute/path.sqlite3"
        )
    return address


def _configure_sqlite(engine: Engine, busy_timeout_seconds: float) -> None:
    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver's own implicit BEGIN is a plain one
        connection.execute(f"PRAGMA busy_timeout = {round(busy_timeout_seconds * 1000)}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Each connection would keep 2 MB of a file that the system keeps as well.
        connection.execute("PRAGMA cache_size = -512")

    def begun(connection: Connection) -> None:
        reading = connection.get_execution_options().get(_READING, False)
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def _configure_postgres(engine: Engine, busy_timeout_seconds: float) -> None:
    def connected(connection: Any, _: object) -> None:
        connection.execute(f"SET lock_timeout = {round(busy_timeout_seconds * 1000)}")
        connection.commit()

    event.listen(engine, "connect", connected)


def _reading_options(engine: Engine) -> dict[str, Any]:
    if engine.dialect.name == "sqlite":
        return {_READING: True}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _is_busy(error: DBAPIError) -> bool:
    return (
        _sqlite_code(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
        or _postgres_state(error) in _BUSY_POSTGRES_STATES
    )


def _lacks_tables(error: DBAPIError, reason: str) -> bool:
    return _postgres_state(error) in _MISSING_POSTGRES_STATES or (
        _sqlite_code(error) == "SQLITE_ERROR" and reason.startswith(("no such table", "no such column"))
    )


def _is_out_of_reach(error: DBAPIError) -> bool:
    code = _sqlite_code(error)
    if code:
        return code.startswith(
            ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CORRUPT")
        ) or code in ("SQLITE_NOTADB", "SQLITE_PERM", "SQLITE_AUTH")
    state = _postgres_state(error)
    # Without a state there was no answer from a server. Classes: 08 connection, 28 login,
    # 3D no such database, 53 resources, 57 shutting down, 58 the server's own system.
    return error.connection_invalidated or state is None or state[:2] in ("08", "28", "3D", "53", "57", "58")


def _sqlite_code(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlite_errorname", "") or ""


def _postgres_state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
