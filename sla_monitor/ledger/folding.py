"""Where slices are put: the newest on pages as they arrive, all others packed into the days of their measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from sqlalchemy.engine import Connection

from sla_monitor.compliance.slices import Ints, Slices, joined
from sla_monitor.ledger import corrections, frames, pages, rows
from sla_monitor.ledger.frames import DAY
from sla_monitor.ledger.memory import Entered
from sla_monitor.ledger.pages import Batch
from sla_monitor.ledger.rows import Known

FOLD_AT = 75
KEEP_OPEN = 15
"""When a roster has more than FOLD_AT pages, all but KEEP_OPEN are turned round into days."""

NONE = np.zeros(0, np.int64)

LATE = "writes of a time long passed"
"""How often a reading was of such."""

Pairs = Sequence[tuple[Known, Slices]]


class Placed(NamedTuple):
    """overwritten: starts of slices that said something else before. are_packed_further: some, than they were."""

    overwritten: Ints
    are_packed_further: bool


def place(connection: Connection, entered: Entered, written: Sequence[Batch]) -> Placed:
    """Puts slices of different measurements where they belong."""
    apart = _Apart()
    for batch in written:
        own = entered.frontiers[batch.ids]
        for frontier in np.unique(own).tolist():
            _take_apart(batch.of(own == frontier), frontier, entered.by_id, apart)
    if apart.long or apart.late:
        corrections.note(connection, [*apart.late.items(), *((one.id, slices) for one, slices in apart.long)])
    known = {id_: entered.by_id[id_] for id_ in (*apart.late, *(one.id for one, _ in apart.long))}
    overwritten = [
        _settle(connection, known, apart.long),
        fold(connection, known, apart.late),
        *(pages.write(connection, batch) for batch in pages.together(apart.short)),
    ]
    return Placed(np.concatenate(overwritten), bool(apart.long))


@dataclass(frozen=True)
class _Apart:
    """late: what belongs into days that there are, by the ids. long: more than lies on pages. short: what goes there.

    Of the long what goes to pages is among the short, too.
    """

    late: dict[int, Slices] = field(default_factory=dict)
    long: list[tuple[Known, Slices]] = field(default_factory=list)
    short: list[Batch] = field(default_factory=list)


def _take_apart(batch: Batch, frontier: int, known: Mapping[int, Known], apart: _Apart) -> None:
    """Of measurements that are packed up to the same instant."""
    place = int(np.searchsorted(batch.block.starts, frontier))
    if place:
        apart.late.update(batch.until(place).slices())
        batch = batch.since(place)
    if len(batch.block.starts) > FOLD_AT:
        apart.long.extend((known[id_], slices) for id_, slices in batch.slices())
        batch = batch.since(-KEEP_OPEN)
    if len(batch.block.starts):
        apart.short.append(batch)


def sweep(connection: Connection, entered: Entered) -> None:
    """Turns round what has become too much to be read slice by slice."""
    full = pages.full(connection, FOLD_AT, entered.frontiers)
    if not full:
        return
    known = dict(entered.by_id)
    members = pages.members(connection)
    for roster, starts in full.items():
        frontier = starts[-KEEP_OPEN]
        due = {id_ for id_ in members[roster].tolist() if known[id_].folded_until < frontier}
        held = pages.held(connection, known, due)
        fold(connection, known, {id_: slices.between(0, frontier) for id_, slices in held.items()})
        _move(connection, known, dict.fromkeys(due, frontier))
    pages.drop(connection, known)


def fold(connection: Connection, known: Mapping[int, Known], slices: Mapping[int, Slices]) -> Ints:
    """Packs slices into their days, over what is there; returns the starts of those that said something else before."""
    if not slices:
        return NONE
    days: dict[int, dict[int, Slices]] = {}
    for id_, part in slices.items():
        for number in np.unique(part.starts // DAY).tolist():
            days.setdefault(number, {})[id_] = part.between(number * DAY, (number + 1) * DAY)
    rows.mark_measured(
        connection, [(id_, span) for id_, part in slices.items() for span in pages.runs(part.starts, part.seconds)]
    )
    return np.concatenate(
        [NONE, *(_fold_day(connection, known, number, fresh) for number, fresh in sorted(days.items()))]
    )


def _fold_day(connection: Connection, known: Mapping[int, Known], number: int, fresh: Mapping[int, Slices]) -> Ints:
    overwritten, together = [NONE], dict(fresh)
    for id_, frame in rows.frames_of(connection, number, fresh.keys()).items():
        if frames.is_bare(frame):  # its sums cannot be told from what comes late: they stay as they were
            del together[id_]
            continue
        there = frames.unpack(frame, number, known[id_].seconds)
        overwritten.append(rows.differing(there, fresh[id_]))
        together[id_] = joined([there, fresh[id_]])
    rows.put_days(connection, number, together)
    return np.concatenate(overwritten)


def _settle(connection: Connection, known: dict[int, Known], long: Pairs) -> Ints:
    """Of what came in one piece all but the newest goes to its days at once, with what lay on pages before it."""
    mine = {one.id: one for one, _ in long}
    if not long:
        return NONE
    held, frontiers, parts, overwritten = pages.held(connection, mine, mine.keys()), {}, {}, [NONE]
    for one, slices in long:
        frontiers[one.id] = frontier = int(slices.starts[-KEEP_OPEN])
        part = slices.between(0, frontier)
        if one.id in held:
            before = held[one.id].between(0, frontier)
            overwritten.append(rows.differing(before, part))
            part = joined([before, part])
        parts[one.id] = part
    overwritten.append(fold(connection, known, parts))
    _move(connection, known, frontiers)
    return np.concatenate(overwritten)


def _move(connection: Connection, known: dict[int, Known], frontiers: Mapping[int, int]) -> None:
    rows.move(connection, frontiers)
    known |= {id_: replace(known[id_], folded_until=frontier) for id_, frontier in frontiers.items()}
