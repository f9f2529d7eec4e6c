"""A session on the database of a Copydesk that has been started once, for commands that only read."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from bot.checks import sqlite_path
from bot.commands.reporting import NO_DRAFTS
from bot.errors import BadInput
from bot.settings import Settings
from evaluation.database import open_database
from evaluation.revisions import current_revision


@contextmanager
def reading_database(settings: Settings) -> Iterator[Session]:
    """Raises BadInput, with a sentence, where there is no database or nothing in it yet."""
    path = sqlite_path(settings.database_url)
    database = open_database(settings.database_url)
    try:
        if (path is not None and not path.exists()) or current_revision(database) is None:
            raise BadInput(NO_DRAFTS.format(name=database.name))
        with database.reading() as session:
            yield session
    finally:
        database.dispose()
