"""How drafts were computed: the method, their share of the machine, and the memory their model held.

Drafts from before this revision keep NULL: nobody measured it.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Column by column, with each CHECK on its column: recreating the table, as batch mode would on
    # SQLite, would lose the table's other CHECK constraints.
    op.add_column("draft", sa.Column("method", sa.String(), nullable=True))
    op.add_column("draft", _measured("busy_seconds", sa.Float(), "busy_not_negative"))
    op.add_column("draft", _measured("memory_bytes", sa.BigInteger(), "memory_not_negative"))


def downgrade() -> None:
    for column in ("memory_bytes", "busy_seconds", "method"):
        op.drop_column("draft", column)


def _measured(name: str, kind: sa.Float[float] | sa.BigInteger, constraint: str) -> sa.Column[Any]:
    check = sa.CheckConstraint(f"{name} >= 0", name=op.f(f"ck_draft_{constraint}"))
    return sa.Column(name, kind, check, nullable=True)
