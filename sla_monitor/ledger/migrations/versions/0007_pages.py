"""Open slices move onto pages, each with one slice of all measurements that were written together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from alembic import op

from sla_monitor.compliance.slices import Slices
from sla_monitor.ledger import frames
from sla_monitor.ledger.seals import seal
from sla_monitor.ledger.tables import Whole

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    roster = op.create_table(
        "roster",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("members", sa.LargeBinary, nullable=False),
        sa.Column("seal", sa.BigInteger, nullable=False),
    )
    page = op.create_table(
        "page",
        sa.Column("start", Whole, nullable=False),
        sa.Column("roster_id", sa.Integer, sa.ForeignKey("roster.id"), nullable=False),
        sa.Column("written", Whole, nullable=False),
        sa.Column("frame", sa.LargeBinary, nullable=False),
        sa.Column("seal", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("start", "roster_id"),
        sqlite_with_rowid=False,
    )
    rosters: dict[bytes, int] = {}
    pages = [_page(rosters, start, together) for start, together in _together(op.get_bind())]
    op.bulk_insert(roster, [{"id": n, "members": ids, "seal": seal((n, ids))} for ids, n in rosters.items()])
    op.bulk_insert(page, pages)
    op.drop_table("slice")


def _together(connection: sa.Connection) -> list[tuple[int, list[Any]]]:
    """(start, rows): slices of one length and as many steps."""
    query = "SELECT s.*, m.slice_seconds FROM slice s JOIN measurement m ON m.id = s.measurement_id"
    groups: dict[tuple[int, int, int], list[Any]] = {}
    for row in connection.execute(sa.text(query)):
        steps = 0 if row.states is None else len(frames.unpack_states(row.states))
        groups.setdefault((row.start, row.slice_seconds, steps), []).append(row)
    return [(start, rows) for (start, _, _), rows in sorted(groups.items(), key=lambda one: one[0])]


def _page(rosters: dict[bytes, int], start: int, rows: Sequence[Any]) -> dict[str, Any]:
    ids = np.array([row.measurement_id for row in rows], "<i8").tobytes()
    roster = rosters.setdefault(ids, len(rosters) + 1)
    good, total, known = (np.array([getattr(row, name) for row in rows]) for name in ("good", "total", "known"))
    states = [frames.unpack_states(row.states) for row in rows if row.states is not None]
    frame = frames.pack(Slices(1, np.arange(len(rows)), good, total, known, np.stack(states) if states else None))
    page = {"start": start, "roster_id": roster, "written": 1, "frame": frame}
    return {**page, "seal": seal((start, roster, 1, frame))}
