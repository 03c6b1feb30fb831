"""The first ledger: measurements, slices, days, breaches, deliveries."""

import sqlalchemy as sa
from alembic import op

from sla_monitor.ledger.tables import Whole

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "measurement",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String, nullable=False, unique=True),
        sa.Column("slice_seconds", sa.Integer, nullable=False),
        sa.Column("description", sa.String, nullable=False),
        sa.Column("folded_until", Whole, nullable=False),
    )
    op.create_table(
        "measured",
        sa.Column("measurement_id", sa.Integer, sa.ForeignKey("measurement.id"), nullable=False),
        sa.Column("start", Whole, nullable=False),
        sa.Column("end", Whole, nullable=False),
        sa.PrimaryKeyConstraint("measurement_id", "start"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "slice",
        sa.Column("start", Whole, nullable=False),
        sa.Column("measurement_id", sa.Integer, sa.ForeignKey("measurement.id"), nullable=False),
        sa.Column("good", sa.Float, nullable=False),
        sa.Column("total", sa.Float, nullable=False),
        sa.Column("known", Whole, nullable=False),
        sa.Column("states", sa.LargeBinary),
        sa.PrimaryKeyConstraint("start", "measurement_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "day",
        sa.Column("measurement_id", sa.Integer, sa.ForeignKey("measurement.id"), nullable=False),
        sa.Column("day", Whole, nullable=False),
        *(
            sa.Column(name, Whole, nullable=False)
            for name in ("good_whole", "good_parts", "total_whole", "total_parts", "known")
        ),
        sa.Column("frame", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("day", "measurement_id"),
        postgresql_partition_by="RANGE (day)",
    )
    op.create_table(
        "breach",
        sa.Column("agreement", sa.String, nullable=False),
        sa.Column("objective", sa.String, nullable=False),
        sa.Column("window_start", Whole, nullable=False),
        sa.Column("first_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("agreement", "objective", "window_start"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "delivery",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("record", sa.String, nullable=False),
        sqlite_with_rowid=False,
    )
