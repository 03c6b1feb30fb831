"""A ledger of very many measurements over a month, made in little more than the time that writing its bytes takes.

Some hundred measurements are packed into days by the ledger itself; the days of all others are theirs, under other ids
and with seals of their own. Open time is filed as a monitor files it, a minute of all at a time. It is, row by row,
what the ledger would hold had a monitor measured all of it: tests/benchmarks/test_filling.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.bundles import Bundle, Measured, Wanted
from sla_monitor.compliance.slices import Block, Ints, Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement
from sla_monitor.ledger import folding, pages, rows, seals, tables, upserts
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.frames import DAY
from sla_monitor.ledger.pages import Batch
from sla_monitor.ledger.store import Store

MINUTE = 60
PATTERNS = 256
"""So many measurements differ in each minute; of the same day none else is packed."""
OPEN = (folding.KEEP_OPEN + folding.FOLD_AT) // 2
"""Minutes that lie on pages and not in days, on the average of an hour of a monitor."""


@dataclass(frozen=True)
class Filled:
    """Requests of a noisy service. Every number has one of these days each day, and tomorrow the next."""

    span: Span
    totals: np.ndarray
    """[pattern, minute of day]"""
    bads: np.ndarray

    @classmethod
    def over(cls, span: Span, patterns: int = PATTERNS) -> Filled:
        rng = np.random.default_rng(1)
        total = rng.poisson(300, (patterns, DAY // MINUTE))
        return cls(span, total.astype(float), rng.binomial(total, 5e-4).astype(float))

    @property
    def patterns(self) -> int:
        return len(self.totals)

    def counted(self, number: int, span: Span) -> tuple[float, float]:
        """Good and total of what was filled in of a span."""
        at = np.arange(max(span.start, self.span.start), min(span.end, self.span.end), MINUTE)
        which = (number + at // DAY) % self.patterns, at % DAY // MINUTE
        total, bad = self.totals[which].sum(), self.bads[which].sum()
        return float(total - bad), float(total)

    def block(self, count: int, span: Span) -> Block:
        """Of so many numbers."""
        at = np.arange(span.start, span.end, MINUTE, dtype=np.int64)
        which = (np.arange(count)[:, None] + at // DAY) % self.patterns, at % DAY // MINUTE
        total, bad = self.totals[which], self.bads[which]
        return Block(MINUTE, at, total - bad, total, np.full(total.shape, MINUTE, dtype=np.int64))


def fill(store: Store, measurements: Sequence[Measurement], filled: Filled, open_: int = OPEN) -> None:
    """Into an empty ledger; the last so many minutes lie on pages."""
    frontier = filled.span.end - open_ * MINUTE
    with store.writing() as connection:
        rows.enter(connection, {}, measurements)
        ids = np.array([one.id for one in _known(connection).values()], np.int64)
        _lay(connection, ids, filled, Span(max(filled.span.start, frontier - pages.STAY * MINUTE), frontier))
    for number in range(filled.span.start // DAY, (frontier - 1) // DAY + 1):
        span = Span(max(number * DAY, filled.span.start), min((number + 1) * DAY, frontier))
        with store.writing() as connection:
            _pack(connection, ids, filled, number, span)
    with store.writing() as connection:
        # What was copied is measured, and of none is it open time any more.
        packed = Span(filled.span.start, frontier)
        rows.mark_measured(connection, [(id_, packed) for id_ in ids[filled.patterns :].tolist()])
        rows.move(connection, dict.fromkeys(ids.tolist(), frontier))
        pages.drop(connection, _known(connection))
    book, bundle = Book(store), Bundle(measurements)
    for start in range(frontier, filled.span.end, MINUTE):
        span = Span(start, start + MINUTE)
        book.file([Measured(Wanted(bundle, span), filled.block(len(bundle), span))])


def _known(connection: Connection) -> dict[int, rows.Known]:
    return {one.id: one for one in sorted(rows.find_all(connection).values(), key=lambda one: one.id)}


def _lay(connection: Connection, ids: Ints, filled: Filled, span: Span) -> None:
    """Pages of what is in days since, which stay a while."""
    for start in range(span.start, span.end, MINUTE):
        pages.write(connection, Batch(ids, filled.block(len(ids), Span(start, start + MINUTE))))


def _pack(connection: Connection, ids: Ints, filled: Filled, number: int, span: Span) -> None:
    first = ids[: filled.patterns]
    block = filled.block(len(first), span)
    mine: dict[int, Slices] = {id_: block.of(row) for row, id_ in enumerate(first.tolist())}
    folding.fold(connection, _known(connection), mine)
    day = tables.day
    found = connection.execute(sa.select(day).where(day.c.day == number).order_by(day.c.measurement_id))
    packed = [dict(row) for row in found.mappings()]
    others = enumerate(ids[len(first) :].tolist(), len(first))
    upserts.add(
        connection,
        day,
        [seals.sealed(day, {**packed[place % len(packed)], "measurement_id": id_}) for place, id_ in others],
    )
