"""Sums of days in billionths instead of 2^-32: what a contract writes in decimals is then added up exactly."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sla_monitor.compliance.slices import fixed
from sla_monitor.ledger import frames

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """The frames hold every slice as it was measured, so nothing is lost by adding up anew."""
    connection = op.get_bind()
    names = ("measurement_id", "day", "good_whole", "good_parts", "total_whole", "total_parts", "frame")
    days = sa.table("day", *(sa.column(name) for name in names))
    found = connection.execute(sa.text("SELECT id, slice_seconds FROM measurement"))
    seconds = {row.id: row.slice_seconds for row in found}
    for id_, number in connection.execute(sa.select(days.c.measurement_id, days.c.day)).all():
        here = (days.c.measurement_id == id_, days.c.day == number)
        packed = connection.execute(sa.select(days.c.frame).where(*here)).scalar_one()
        slices = frames.unpack(packed, number, seconds[id_], states=False)
        good, total = (fixed(values).sum(axis=0).tolist() for values in (slices.good, slices.total))
        sums = dict(zip(names[2:6], (*good, *total), strict=True))
        connection.execute(sa.update(days).where(*here).values(sums))
