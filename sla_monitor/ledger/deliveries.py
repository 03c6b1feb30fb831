"""What each receiver was told, and by whom: of several monitors one at a time tells it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.ledger import tables, upserts

_delivery = tables.delivery
NOTHING = "{}"
"""What was delivered to one that was never told."""


def every(connection: Connection) -> dict[str, str]:
    return {row.key: row.record for row in connection.execute(sa.select(_delivery))}


def keep(connection: Connection, receiver: str, record: str, owner: str | None) -> None:
    """Of an owner only as long as it is the one that tells; None: of one monitor alone."""
    if owner is None:
        row = {"key": receiver, "record": record, "owner": None, "until": None}
        upserts.put(connection, _delivery, [row])
    else:
        mine = sa.update(_delivery).where(_delivery.c.key == receiver, _delivery.c.owner == owner)
        connection.execute(mine.values(record=record))


def claim(connection: Connection, receiver: str, owner: str, now: int, lease: int) -> str | None:
    """What was delivered last, and nobody else tells the receiver for so many seconds; None: another does."""
    held = _delivery.c.until
    # A claim far in the future was made by a clock that went wrong.
    free = sa.or_(_delivery.c.owner.is_(None), _delivery.c.owner == owner, held <= now, held > now + 2 * lease)
    mine = {"owner": owner, "until": now + lease}
    claiming = upserts.into(connection.dialect.name, _delivery).values(key=receiver, record=NOTHING, **mine)
    claiming = claiming.on_conflict_do_update(index_elements=["key"], set_=mine, where=free)
    found = connection.execute(claiming.returning(_delivery.c.record)).scalar()
    return None if found is None else str(found)


def release(connection: Connection, owner: str) -> None:
    """Another need not wait until the claims are over."""
    connection.execute(sa.update(_delivery).where(_delivery.c.owner == owner).values(owner=None, until=None))
