"""Revisions: which shape the tables have, and bringing them to the shape of this version.

The migrations are Alembic's, in `migrations/versions`: one file a revision, named
`<revision>_<what it does>.py`, each revising the one before. The file names alone say what
the newest revision is, so a start with nothing to do never imports Alembic.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from evaluation.database import Database, open_database
from evaluation.errors import DatabaseUnavailable, UnknownRevision

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"

PATIENCE_SECONDS = 30.0
"""How long one migration waits for another, which may import Alembic on a busy machine meanwhile."""

_ADVISORY_LOCK = 0x636F7079  # "copy": any number that no other program on the server uses


def upgrade(url: str) -> str:
    """Brings the database at `url` to the newest revision, creating it if need be; returns that revision.

    Several processes may do this at once: one works, the others wait and find it done. It
    happens in one transaction, so a failure leaves the tables as they were. Raises
    UnknownRevision for a database of a newer Copydesk, and any other DatabaseError.
    """
    newest = newest_revision()
    database = open_database(url)
    try:
        _create_folder(database)
        is_newest = current_revision(database) == newest
    finally:
        database.dispose()
    if not is_newest:
        _migrate(url, _upgrade_to_newest)
    return newest


def downgrade(url: str, revision: str) -> None:
    """Takes the database back to `revision`, or to nothing with "base". What newer tables held is lost.

    Raises UnknownRevision, with nothing changed.
    """
    if revision != "base" and revision not in known_revisions():
        raise UnknownRevision(
            f"There is no revision {revision!r} to go back to. "
            f"Use one of: base, {', '.join(known_revisions())}."
        )
    _migrate(url, lambda config: _downgrade_to(config, revision))


def known_revisions() -> tuple[str, ...]:
    """The revisions that this version of Copydesk has, oldest first."""
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def newest_revision() -> str:
    """The revision that this version of Copydesk works with."""
    return known_revisions()[-1]


def current_revision(database: Database) -> str | None:
    """The revision that `database` is at, None where it has no tables of Copydesk yet.

    Raises UnknownRevision when it is none that this version has, and any other DatabaseError.
    """
    with database.reading() as session:
        return _known_revision(session.connection(), database)


def _known_revision(connection: Connection, database: Database) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    unknown = sorted(set(found) - set(known_revisions()))
    if unknown:
        raise UnknownRevision(
            f"The database {database.name} is at revision {', '.join(unknown)}, and this version of "
            f"Copydesk knows only {', '.join(known_revisions())}. Nothing was changed. Install the version "
            "of Copydesk that last used it, or name another data folder with COPYDESK_DATA_DIR."
        )
    return max(found, default=None)


def _migrate(url: str, command: Callable[["Config"], None]) -> None:
    """Runs one Alembic command in one transaction that keeps every other migration waiting."""
    database = open_database(url, busy_timeout_seconds=PATIENCE_SECONDS)
    try:
        with database.explained_errors(), database.engine.connect() as connection:
            _suspend_foreign_keys(connection)
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
                _known_revision(connection, database)
                command(_config(connection))
                _check_foreign_keys(connection, database)
    finally:
        database.dispose()


def _upgrade_to_newest(config: "Config") -> None:
    from alembic import command

    command.upgrade(config, "head")


def _downgrade_to(config: "Config", revision: str) -> None:
    from alembic import command

    command.downgrade(config, revision)


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _suspend_foreign_keys(connection: Connection) -> None:
    """SQLite alters a table by copying and dropping it, which would cascade; not inside a transaction."""
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")


def _check_foreign_keys(connection: Connection, database: Database) -> None:
    if connection.dialect.name != "sqlite":
        return
    dangling = connection.execute(text("PRAGMA foreign_key_check")).all()
    if dangling:
        tables = ", ".join(sorted({row[0] for row in dangling}))
        raise DatabaseUnavailable(
            f"The database {database.name} holds {len(dangling)} rows that refer to missing ones "
            f"(in {tables}), so it was not migrated. "
            "Nothing was changed. Restore a backup, or delete those rows."
        )


def _create_folder(database: Database) -> None:
    """The folder of an SQLite file; the file itself is SQLite's to create."""
    if database.engine.dialect.name != "sqlite" or database.engine.url.database is None:
        return
    folder = Path(database.engine.url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(
            f"The folder {folder} cannot be created ({error.strerror}). Nothing was changed. Create it, "
            "or name another data folder with COPYDESK_DATA_DIR."
        ) from error
