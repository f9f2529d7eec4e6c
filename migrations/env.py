"""Alembic runs this file for every command.

Copydesk itself hands over a connection with a transaction under way (`evaluation.revisions`).
From the shell, name the database: `alembic -x url=sqlite:////absolute/path.sqlite3 check`.
A new revision continues the numbers:
`alembic -x url=… revision --autogenerate --rev-id NNNN -m "what it does"`.
"""

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlmodel import SQLModel

import evaluation.tables  # noqa: F401  (fills SQLModel.metadata)
from evaluation.database import open_database


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,  # SQLite cannot alter most things in place
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate_from_shell() -> None:
    if context.is_offline_mode():
        raise CommandError("Migrations look at the database while they run; leave out --sql")
    url = context.get_x_argument(as_dictionary=True).get("url")
    if not isinstance(url, str):
        raise CommandError("Name the database, e.g. alembic -x url=sqlite:////absolute/path.sqlite3 current")
    database = open_database(url)
    with database.engine.begin() as connection:
        migrate(connection)
    database.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    migrate_from_shell()
