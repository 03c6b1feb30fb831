"""The tables of the ledger. A change here needs a migration beside the others."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from sla_monitor.ledger import seals

HEAD = "0011"
"""The newest migration; a test compares it with the scripts."""

metadata = MetaData()

Whole = Integer().with_variant(BigInteger(), "postgresql")
"""Instants, milliseconds and sums pass 2^31; an integer of SQLite holds them as it is."""

measurement = Table(
    "measurement",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("slice_seconds", Integer, nullable=False),
    Column("description", String, nullable=False),
    # Slices that start before this instant are packed into days, later ones lie on pages.
    Column("folded_until", Whole, nullable=False),
    seals.column(),
    Index("measurement_seals", "seal"),
)

# What of it lies in days; of open time says `spanned` what was measured.
measured = Table(
    "measured",
    metadata,
    Column("measurement_id", Integer, ForeignKey("measurement.id"), nullable=False),
    Column("start", Whole, nullable=False),
    Column("end", Whole, nullable=False),
    seals.column(),
    PrimaryKeyConstraint("measurement_id", "start"),
    Index("measured_seals", "seal"),
    sqlite_with_rowid=False,
)

# Who is on a page: ids of measurements, eight bytes each. Rosters are never changed.
roster = Table(
    "roster",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("members", LargeBinary, nullable=False),
    seals.column(),
)

# One slice of all measurements of a roster. In order of arrival: a cycle writes to one place.
page = Table(
    "page",
    metadata,
    Column("start", Whole, nullable=False),
    Column("roster_id", Integer, ForeignKey("roster.id"), nullable=False),
    # Of several pages with the same slice of a measurement the one that was written last counts.
    Column("written", Whole, nullable=False),
    Column("frame", LargeBinary, nullable=False),
    seals.column(),
    PrimaryKeyConstraint("start", "roster_id"),
    sqlite_with_rowid=False,
)

# Of which time there are pages of a roster: all that are on it were measured then, as far as it is not in days.
spanned = Table(
    "spanned",
    metadata,
    Column("roster_id", Integer, ForeignKey("roster.id"), nullable=False),
    Column("start", Whole, nullable=False),
    Column("end", Whole, nullable=False),
    seals.column(),
    PrimaryKeyConstraint("roster_id", "start"),
    sqlite_with_rowid=False,
)

day = Table(
    "day",
    metadata,
    Column("measurement_id", Integer, ForeignKey("measurement.id"), nullable=False),
    Column("day", Whole, nullable=False),
    Column("good_whole", Whole, nullable=False),
    Column("good_parts", Whole, nullable=False),
    Column("total_whole", Whole, nullable=False),
    Column("total_parts", Whole, nullable=False),
    Column("known", Whole, nullable=False),
    Column("frame", LargeBinary, nullable=False),
    seals.column(),
    # By day first: standings read the same days of every measurement, a cycle folds into one day.
    PrimaryKeyConstraint("day", "measurement_id"),
    # Made by month as they are needed (partitions.py), so that what is past keeping goes at once.
    postgresql_partition_by="RANGE (day)",
)

# What went to its days without lying on a page; some hundred of the newest, for those who follow the pages.
correction = Table(
    "correction",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("start", Whole, nullable=False),
    Column("end", Whole, nullable=False),
    # Ids of measurements, as `corrections` packs them.
    Column("members", LargeBinary, nullable=False),
    Column("mark", BigInteger, nullable=False),
)

breach = Table(
    "breach",
    metadata,
    Column("agreement", String, nullable=False),
    Column("objective", String, nullable=False),
    Column("window_start", Whole, nullable=False),
    Column("first_at", Whole, nullable=False),
    PrimaryKeyConstraint("agreement", "objective", "window_start"),
    sqlite_with_rowid=False,
)

delivery = Table(
    "delivery",
    metadata,
    Column("key", String, primary_key=True),
    Column("record", String, nullable=False),
    # Of several monitors the one that tells this receiver, and until when; none where one monitor is alone.
    Column("owner", String),
    Column("until", Whole),
    sqlite_with_rowid=False,
)

# What was declared and taken back is evidence: rows of these three are added, never changed and never deleted.
exclusion = Table(
    "exclusion",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agreement", String, nullable=False),
    Column("objectives", String),
    Column("start", Whole, nullable=False),
    Column("end", Whole, nullable=False),
    Column("category", String, nullable=False),
    Column("effect", String, nullable=False),
    Column("author", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("announced", Whole),
    Column("declared_at", Whole, nullable=False),
    seals.column(),
    sqlite_autoincrement=True,
)

revocation = Table(
    "revocation",
    metadata,
    Column("exclusion_id", Integer, ForeignKey("exclusion.id"), primary_key=True),
    Column("author", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("revoked_at", Whole, nullable=False),
    seals.column(),
)

# A silence as an Alertmanager told it: a row for each change of it.
silence = Table(
    "silence",
    metadata,
    Column("id", String, nullable=False),
    Column("updated_ms", Whole, nullable=False),
    Column("alertmanager", String, nullable=False),
    Column("matchers", String, nullable=False),
    Column("start", Whole, nullable=False),
    Column("end", Whole, nullable=False),
    Column("author", String, nullable=False),
    Column("comment", String, nullable=False),
    Column("seen_at", Whole, nullable=False),
    seals.column(),
    PrimaryKeyConstraint("id", "updated_ms"),
    sqlite_with_rowid=False,
)

discovery = Table(
    "discovery",
    metadata,
    Column("template", String, primary_key=True),
    # Until when was looked for its customers.
    Column("looked", BigInteger, nullable=False),
    seals.column(),
    sqlite_with_rowid=False,
)

# A customer that was discovered: a row for each time during which it was there.
customer = Table(
    "customer",
    metadata,
    Column("template", String, nullable=False),
    Column("value", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("since", BigInteger),
    Column("until", BigInteger),
    Column("gone", BigInteger, nullable=False),
    seals.column(),
    PrimaryKeyConstraint("template", "value", "number"),
    sqlite_with_rowid=False,
)

# What statements rest on, and they: only ever added to as well.

asked = Table(
    "asked",
    metadata,
    Column("measurement_id", Integer, ForeignKey("measurement.id"), nullable=False),
    Column("part", String, nullable=False),
    Column("query", String, nullable=False),
    Column("step", Integer, nullable=False),
    Column("at_end", Integer, nullable=False),
    seals.column(),
    PrimaryKeyConstraint("measurement_id", "part", "query", "step", "at_end"),
    sqlite_with_rowid=False,
)

document = Table(
    "document",
    metadata,
    Column("sha256", String, primary_key=True),
    # An agreement, or a calendar that one names; `name` is the agreement's, or the file's.
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("first_at", Whole, nullable=False),
    Column("text", String, nullable=False),
    seals.column(),
    sqlite_with_rowid=False,
)

statement = Table(
    "statement",
    metadata,
    # In order of issue, without a gap: each holds the hash of the one before it.
    Column("id", Integer, primary_key=True),
    Column("agreement", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("sha256", String, nullable=False, unique=True),
    Column("content", String, nullable=False),
    UniqueConstraint("agreement", "number", "version"),
    UniqueConstraint("agreement", "kind", "start", "end", "version"),
    sqlite_autoincrement=True,
)

# The last number of these that was given, whatever was taken out since.
given = Table(
    "given",
    metadata,
    Column("name", String, primary_key=True),
    Column("last", Integer, nullable=False),
    seals.column(),
    sqlite_with_rowid=False,
)
