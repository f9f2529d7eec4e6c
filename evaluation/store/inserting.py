"""insert_once: a row comes into being once, whoever else tries it at the same moment."""

from sqlalchemy import literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_once(session: Session, row: SQLModel, *key: str) -> bool:
    """Inserts `row` unless another has the same values in the unique columns `key`; says whether it did.

    Waits for another transaction that is inserting the same key, and answers False once that
    has committed. `row` itself stays outside the session. Any other constraint raises.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(type(row)).values(row.model_dump()).on_conflict_do_nothing(index_elements=key)
    # psycopg does not say how many rows were inserted, but it returns those that were.
    return session.exec(statement.returning(literal(1))).first() is not None
