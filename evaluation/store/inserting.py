"""insert_once: a row comes into being once, whoever else tries it at the same moment."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_once(session: Session, row: SQLModel) -> bool:
    """Inserts `row` unless a unique key of its table is taken; says whether it did.

    Waits for another transaction that is inserting the same key, and answers False once that
    has committed. `row` itself stays outside the session. Broken CHECK constraints raise.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(type(row)).values(row.model_dump()).on_conflict_do_nothing()
    return session.exec(statement).rowcount == 1
