"""Statements, the texts of agreements, the queries that were asked, and a seal on each row that statements rest on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sla_monitor.ledger.seals import seal
from sla_monitor.ledger.tables import Whole

revision = "0003"
down_revision = "0002"

SEALED = {
    "measurement": ("id", "key", "slice_seconds", "description", "folded_until"),
    "measured": ("measurement_id", "start", "end"),
    "slice": ("start", "measurement_id", "good", "total", "known", "states"),
    "day": ("measurement_id", "day", "good_whole", "good_parts", "total_whole", "total_parts", "known", "frame"),
}
KEYS = {
    "measurement": ("id",),
    "measured": ("measurement_id", "start"),
    "slice": ("start", "measurement_id"),
    "day": ("day", "measurement_id"),
}


def upgrade() -> None:
    for name, columns in SEALED.items():
        op.add_column(name, sa.Column("seal", sa.BigInteger, nullable=False, server_default="0"))
        _seal(name, columns, KEYS[name])
    op.create_table(
        "asked",
        sa.Column("measurement_id", sa.Integer, sa.ForeignKey("measurement.id"), nullable=False),
        sa.Column("part", sa.String, nullable=False),
        sa.Column("query", sa.String, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("at_end", sa.Integer, nullable=False),
        sa.Column("seal", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("measurement_id", "part", "query", "step", "at_end"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "document",
        sa.Column("sha256", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("first_at", Whole, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("seal", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statement",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("agreement", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("end", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String, nullable=False, unique=True),
        sa.Column("content", sa.String, nullable=False),
        sa.UniqueConstraint("agreement", "number", "version"),
        sa.UniqueConstraint("agreement", "kind", "start", "end", "version"),
        sqlite_autoincrement=True,
    )


def _seal(name: str, columns: tuple[str, ...], key: tuple[str, ...]) -> None:
    """Row by row: a day's frame alone may be many kilobytes."""
    connection = op.get_bind()
    table = sa.table(name, *(sa.column(one) for one in (*columns, "seal")))
    keys = connection.execute(sa.select(*(table.c[one] for one in key))).all()
    for values in keys:
        here = [table.c[one] == value for one, value in zip(key, values, strict=True)]
        row = connection.execute(sa.select(*(table.c[one] for one in columns)).where(*here)).one()
        connection.execute(sa.update(table).where(*here).values(seal=seal(row)))
