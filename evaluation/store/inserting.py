"""insert_once: a row comes into being once, whoever else tries it at the same moment."""

from functools import cache
from typing import Any

from sqlalchemy import inspect, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_once(session: Session, row: SQLModel, *key: str) -> bool:
    """Inserts `row` unless another has the same values in the unique columns `key`; says whether it did.

    Waits for another transaction that is inserting the same key, and answers False once that
    has committed. `row` itself stays outside the session. Any other constraint raises.
    """
    session.flush()  # what the row refers to may not have been written yet
    connection = session.connection()
    statement = _insert(type(row), connection.dialect.name, key)
    return connection.execute(statement, row.model_dump()).first() is not None


@cache
def _insert(table: type[SQLModel], dialect: str, key: tuple[str, ...]) -> Any:
    """Built once: to build it takes longer than to run it."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(inspect(table).local_table).on_conflict_do_nothing(index_elements=key)
    # psycopg does not say how many rows were inserted, but it returns those that were.
    return statement.returning(literal(1))
