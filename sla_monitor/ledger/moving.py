"""One ledger copied into another that is empty, of whichever database, and held against it row by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sla_monitor.compliance.flaws import Flaw
from sla_monitor.errors import ConfigError, LedgerError
from sla_monitor.ledger import auditing, digests, tables, upserts
from sla_monitor.ledger.digests import Contents
from sla_monitor.ledger.store import Store

Progress = Callable[[int, int], None]
"""Told how many rows are done, of how many: each is read, written and read again."""


@dataclass(frozen=True)
class Moved:
    """What lies in both now; flaws are those that the first had already."""

    contents: Contents
    flaws: tuple[Flaw, ...]


def move(source: Store, target: Store, progress: Progress) -> Moved:
    """All or nothing: what does not come to the same is not kept. Raises ConfigError where the target is not empty."""
    if source.name == target.name:
        raise ConfigError(f"{target.name} is the ledger itself: name another")
    with source.reading():
        pass  # what is not there is told of before anything is made
    for one in (source, target):
        one.hold()
    target.prepare()
    with source.reading() as here, target.writing(lasting=True) as there:
        if held := digests.count(there):
            raise ConfigError(f"{target.name} is not empty ({held} rows): name a ledger that is not there yet")
        whole, done = 2 * digests.count(here), 0

        def taken(rows: int) -> None:
            nonlocal done
            done += rows
            progress(done, whole)

        sent = Contents()
        for table in tables.metadata.sorted_tables:
            for rows in digests.chunks(here, table):
                sent.take(table, rows)
                upserts.add(there, table, rows)
                taken(len(rows))
        arrived = digests.contents(there, taken)
        if wrong := sent.differences(arrived):
            raise LedgerError(
                "\n  ".join((f"nothing was moved: what arrived in {target.name} is not the same", *wrong))
            )
        return Moved(sent, tuple(auditing.flaws(target, there, {})))
