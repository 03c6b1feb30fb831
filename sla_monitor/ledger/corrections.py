"""What went to its days without lying on a page: whose it was, and of which time.

Who follows the pages would not see it, and need read again only this. It says nothing of the slices themselves.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.slices import Ints, Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.ledger import numbers, tables, upserts

_correction = tables.correction

KEPT = 500
"""So many of the newest stay: who has missed more than that reads everything anew."""

STRAIGHT = "writes past the pages"

Token = tuple[int, int]
"""The number of the newest, and its mark: of the same marks all that went before was the same, too."""


@dataclass(frozen=True)
class Correction:
    """Some slices of these measurements, all of which lie in the span."""

    ids: Ints
    span: Span


def note(connection: Connection, written: Sequence[tuple[int, Slices]]) -> None:
    """`written`: the measurements' ids, and what is put into their days."""
    mark = newest(connection)[1]
    for id_, held in written:
        for column in (np.array([id_], "<i8"), held.starts, held.good, held.total, held.known):
            mark = zlib.crc32(column.tobytes(), mark)
    ids = np.unique(np.array([id_ for id_, _ in written], np.int64))
    row = {
        "number": (number := numbers.count(connection, STRAIGHT)),
        "start": min(int(held.starts[0]) for _, held in written),
        "end": max(int(held.starts[-1]) + held.seconds for _, held in written),
        "members": zlib.compress(np.diff(ids, prepend=0).astype("<i8").tobytes()),
        "mark": mark,
    }
    upserts.put(connection, _correction, [row])
    connection.execute(sa.delete(_correction).where(_correction.c.number <= number - KEPT))


def newest(connection: Connection) -> Token:
    """A ledger of before they were noted has a number, and no mark."""
    number = numbers.counted(connection, STRAIGHT)
    return number, connection.execute(sa.select(_correction.c.mark).where(_correction.c.number == number)).scalar() or 0


def since(connection: Connection, known: Token) -> tuple[Correction, ...] | None:
    """Those after a known one, in order. None: it is not that ledger any more, or some of them are gone."""
    number = numbers.counted(connection, STRAIGHT)
    query = sa.select(_correction).where(_correction.c.number >= known[0]).order_by(_correction.c.number)
    found = {row["number"]: row for row in connection.execute(query).mappings()}
    before = found.pop(known[0], None)
    if (before["mark"] if before else 0) != known[1] or [*found] != [*range(known[0] + 1, number + 1)]:
        return None
    return tuple(Correction(_members(row["members"]), Span(row["start"], row["end"])) for row in found.values())


def _members(packed: bytes) -> Ints:
    return np.cumsum(np.frombuffer(zlib.decompress(packed), "<i8"), dtype=np.int64)
