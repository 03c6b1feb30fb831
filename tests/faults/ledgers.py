"""What one ledger holds, compared with another made by an undisturbed run over the same source."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import sqlalchemy as sa
import yaml

from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.readings import Reach
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.ledger import tables
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at
from tests.faults import monitors
from tests.faults.monitors import Monitor


def opened(ledger: Path | str) -> Book:
    """A file of SQLite, or the URL of any ledger."""
    return Book(store_at(ledger if isinstance(ledger, str) else f"sqlite:///{ledger}"))


def undisturbed(monitor: Monitor, source: str, span: Span) -> Path:
    """A new ledger, filled in one go over the span by asking `source` (a URL)."""
    path = monitor.folder / "undisturbed" / "ledger.db"
    document = monitor.document()
    config = monitor.folder / "undisturbed.yaml"
    for one in document["sources"]:
        one["url"] = source
    config.write_text(yaml.safe_dump({**document, "ledger": {"url": f"sqlite:///{path}"}}))
    ends = ("--from", rfc3339(span.start), "--until", rfc3339(span.end))
    done = monitors.run("backfill", "--config", str(config), *ends, timeout=120)
    assert done.returncode == 0, done.stderr
    return path


def assert_same(path: Path | str, other: Path, span: Span) -> None:
    """Every slice of every measurement, to the last bit; and both have measured the whole span."""
    ours, theirs = opened(path), opened(other)
    keys = measurements(ours)
    assert keys
    assert keys == measurements(theirs)
    for key in keys:
        whole = Spans.of([span])
        assert whole.minus(ours.measured([key])[key]) == Spans(), "we left something out"
        assert whole.minus(theirs.measured([key])[key]) == Spans(), "the undisturbed one left something out"
        assert_same_slices(ours.slices(key, span), theirs.slices(key, span))
    for book in (ours, theirs):
        assert_counted_once(book, span)
        book.store.close()


def assert_same_slices(ours: Slices, theirs: Slices) -> None:
    assert len(ours) > 0
    for name in ("starts", "good", "total", "known", "states"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        assert (mine is None) == (other is None)
        if mine is not None:
            np.testing.assert_array_equal(mine, other, err_msg=name)


def assert_counted_once(book: Book, span: Span) -> None:
    """Windows are judged by cells, whole days among them: they must say what the slices say."""
    for key in measurements(book):
        (cells,) = book.cells([Reach(key, span, ())])
        slices = book.slices(key, span)
        assert len(np.unique(slices.starts)) == len(slices)
        assert int(cells.known.sum()) == int(slices.known.sum())


def measurements(book: Book) -> list[str]:
    with book.store.reading() as connection:
        return sorted(connection.execute(sa.select(tables.measurement.c.key)).scalars())


def watermark(path: Path | str) -> int:
    """The instant until which every measurement is measured without a gap since its newest stretch began."""
    book = opened(path)
    ends = [spans.parts[-1].end for spans in book.measured(measurements(book)).values()]
    book.store.close()
    return min(ends)
