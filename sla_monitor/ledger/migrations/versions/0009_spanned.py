"""Of which time there are pages of a roster: one row for all on it, where each measurement had its own."""

import sqlalchemy as sa
from alembic import op

from sla_monitor.ledger.tables import Whole

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """What was written before stays where it is: of each measurement, also of open time."""
    op.create_table(
        "spanned",
        sa.Column("roster_id", sa.Integer, sa.ForeignKey("roster.id"), nullable=False),
        sa.Column("start", Whole, nullable=False),
        sa.Column("end", Whole, nullable=False),
        sa.Column("seal", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("roster_id", "start"),
        sqlite_with_rowid=False,
    )
