"""How many statements and exclusions were ever numbered, in a table of our own: every database has one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sla_monitor.ledger.seals import seal

revision = "0005"
down_revision = "0004"

NUMBERED = ("statement", "exclusion")


def upgrade() -> None:
    given = op.create_table(
        "given",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("seal", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":  # elsewhere nothing was numbered before
        return
    kept = connection.execute(sa.text("SELECT name, seq FROM sqlite_sequence"))
    rows = [{"name": name, "last": last, "seal": seal((name, last))} for name, last in kept if name in NUMBERED]
    op.bulk_insert(given, rows)
