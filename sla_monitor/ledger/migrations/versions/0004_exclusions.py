"""Exclusions declared at runtime, their revocations, and silences as Alertmanagers told them."""

import sqlalchemy as sa
from alembic import op

from sla_monitor.ledger.tables import Whole

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "exclusion",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("agreement", sa.String, nullable=False),
        sa.Column("objectives", sa.String),
        sa.Column("start", Whole, nullable=False),
        sa.Column("end", Whole, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("category", "effect", "author", "reason")),
        sa.Column("announced", Whole),
        sa.Column("declared_at", Whole, nullable=False),
        sa.Column("seal", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "revocation",
        sa.Column("exclusion_id", sa.Integer, sa.ForeignKey("exclusion.id"), primary_key=True),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("revoked_at", Whole, nullable=False),
        sa.Column("seal", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "silence",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("updated_ms", Whole, nullable=False),
        sa.Column("alertmanager", sa.String, nullable=False),
        sa.Column("matchers", sa.String, nullable=False),
        sa.Column("start", Whole, nullable=False),
        sa.Column("end", Whole, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("comment", sa.String, nullable=False),
        sa.Column("seen_at", Whole, nullable=False),
        sa.Column("seal", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", "updated_ms"),
        sqlite_with_rowid=False,
    )
