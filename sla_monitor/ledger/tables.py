"""The tables of the ledger. A change here needs a migration beside the others."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, String, Table

HEAD = "0002"
"""The newest migration; a test compares it with the scripts."""

metadata = MetaData()

measurement = Table(
    "measurement",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("slice_seconds", Integer, nullable=False),
    Column("description", String, nullable=False),
    # Slices that start before this instant are packed into days, later ones are rows of `slice`.
    Column("folded_until", Integer, nullable=False),
)

measured = Table(
    "measured",
    metadata,
    Column("measurement_id", Integer, ForeignKey("measurement.id"), nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    PrimaryKeyConstraint("measurement_id", "start"),
    sqlite_with_rowid=False,
)

slice_ = Table(
    "slice",
    metadata,
    Column("start", Integer, nullable=False),
    Column("measurement_id", Integer, ForeignKey("measurement.id"), nullable=False),
    Column("good", Float, nullable=False),
    Column("total", Float, nullable=False),
    Column("known", Integer, nullable=False),
    Column("states", LargeBinary),
    # In order of arrival: a cycle writes to one place.
    PrimaryKeyConstraint("start", "measurement_id"),
    sqlite_with_rowid=False,
)

day = Table(
    "day",
    metadata,
    Column("measurement_id", Integer, ForeignKey("measurement.id"), nullable=False),
    Column("day", Integer, nullable=False),
    Column("good_whole", Integer, nullable=False),
    Column("good_parts", Integer, nullable=False),
    Column("total_whole", Integer, nullable=False),
    Column("total_parts", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("frame", LargeBinary, nullable=False),
    # By day first: standings read the same days of every measurement, a cycle folds into one day.
    PrimaryKeyConstraint("day", "measurement_id"),
)

breach = Table(
    "breach",
    metadata,
    Column("agreement", String, nullable=False),
    Column("objective", String, nullable=False),
    Column("window_start", Integer, nullable=False),
    Column("first_at", Integer, nullable=False),
    PrimaryKeyConstraint("agreement", "objective", "window_start"),
    sqlite_with_rowid=False,
)

delivery = Table(
    "delivery",
    metadata,
    Column("key", String, primary_key=True),
    Column("record", String, nullable=False),
    sqlite_with_rowid=False,
)
