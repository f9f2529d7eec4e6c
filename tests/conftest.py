"""Fixtures that several tests share: a database of one's own, on SQLite and on PostgreSQL.

`TEST_DATABASE_URL` says where the PostgreSQL half runs: `auto` starts a throwaway cluster of
the installed server, a URL uses that one (in schemas of its own), and without the variable
the tests run on SQLite alone.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import text

from evaluation.database import Database, open_database
from evaluation.revisions import upgrade

from .postgres import postgres_cluster


def pytest_configure() -> None:
    """A shell's background job ignores Ctrl-C, and so would every command that a test interrupts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        backends = ["sqlite", "postgresql"] if os.environ.get("TEST_DATABASE_URL") else ["sqlite"]
        metafunc.parametrize("backend", backends, indirect=True, scope="session")


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Logs as the product writes them, without structlog's default: a slow and colourful traceback."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, renderer])


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: "sqlite", and "postgresql" where TEST_DATABASE_URL is set."""
    return str(request.param)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server that TEST_DATABASE_URL names, or starts."""
    configured = os.environ["TEST_DATABASE_URL"]
    if configured != "auto":
        yield configured
        return
    with postgres_cluster() as url:
        yield url


@pytest.fixture
def empty_database_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A place for a database with nothing in it."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'copydesk.sqlite3'}"
        return
    server_url: str = request.getfixturevalue("postgres_url")
    schema = f"test_{uuid4().hex}"
    server = open_database(server_url)
    with server.transaction() as session:
        session.connection().execute(text(f"CREATE SCHEMA {schema}"))
    separator = "&" if "?" in server_url else "?"
    yield f"{server_url}{separator}options=-csearch_path%3D{schema}"
    with server.transaction() as session:
        session.connection().execute(text(f"DROP SCHEMA {schema} CASCADE"))
    server.dispose()


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and no rows, to be copied rather than migrated each time."""
    file = tmp_path_factory.mktemp("template") / "copydesk.sqlite3"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def database_url(backend: str, empty_database_url: str, tmp_path: Path, migrated_sqlite_file: Path) -> str:
    """A database with all tables and no rows."""
    if backend == "sqlite":
        shutil.copyfile(migrated_sqlite_file, tmp_path / "copydesk.sqlite3")
    else:
        upgrade(empty_database_url)
    return empty_database_url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with all tables and no rows."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()
