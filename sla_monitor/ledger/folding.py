"""Where slices are put: the newest on pages as they arrive, all others packed into the days of their measurement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from sqlalchemy.engine import Connection

from sla_monitor.compliance.slices import Slices, joined
from sla_monitor.ledger import frames, numbers, pages, rows
from sla_monitor.ledger.frames import DAY
from sla_monitor.ledger.pages import Together
from sla_monitor.ledger.rows import Known

FOLD_AT = 75
KEEP_OPEN = 15
"""When a roster has more than FOLD_AT pages, all but KEEP_OPEN are turned round into days."""

LATE = "writes of a time long passed"
STRAIGHT = "writes past the pages"
"""How often slices went to their days without lying on a page, where who follows the pages would have seen them."""

Pairs = Sequence[tuple[Known, Slices]]


def place(connection: Connection, written: Pairs) -> int:
    """Puts slices of different measurements where they belong; returns how many said something else before."""
    apart = _apart(written)
    if apart.long or apart.late:
        numbers.count(connection, STRAIGHT)
    overwritten = _settle(connection, apart.long) if apart.long else 0
    overwritten += fold(connection, {known.id: known for known, _ in written}, apart.late)
    return overwritten + sum(pages.write(connection, batch) for batch in pages.batches(apart.short))


@dataclass(frozen=True)
class _Apart:
    """late: what belongs into days that there are, by the ids. long: more than lies on pages. short: what goes there.

    Of the long what goes to pages is among the short, too.
    """

    late: dict[int, Slices] = field(default_factory=dict)
    long: list[tuple[Known, Slices]] = field(default_factory=list)
    short: list[Together] = field(default_factory=list)


def _apart(written: Pairs) -> _Apart:
    """Thousands are cut at the same place, and looked at once."""
    groups: dict[tuple[int, int, int, int], list[tuple[Known, Slices]]] = {}
    for pair in written:
        known, slices = pair
        steps = 0 if slices.states is None else slices.states.shape[1]
        alike = (id(slices.starts), known.folded_until, slices.seconds, steps)
        if alike not in groups:
            groups[alike] = []
        groups[alike].append(pair)
    apart = _Apart()
    for group in groups.values():
        _take_apart(group, apart)
    return apart


def _take_apart(group: list[tuple[Known, Slices]], apart: _Apart) -> None:
    known, first = group[0]
    place = int(np.searchsorted(first.starts, known.folded_until))
    if place:
        apart.late.update((one.id, slices.take(slice(None, place))) for one, slices in group)
        group = [(one, slices.take(slice(place, None))) for one, slices in group]
    if len(first) - place > FOLD_AT:
        apart.long.extend(group)
        group = [(one, slices.take(slice(-KEEP_OPEN, None))) for one, slices in group]
    if len(first) > place:
        apart.short.append(Together([one.id for one, _ in group], [slices for _, slices in group]))


def sweep(connection: Connection, entered: Iterable[Known]) -> None:
    """Turns round what has become too much to be read slice by slice. `entered`: all measurements."""
    known = {one.id: one for one in entered}
    full = pages.full(connection, FOLD_AT, known)
    if not full:
        return
    members = pages.members(connection)
    for roster, starts in full.items():
        frontier = starts[-KEEP_OPEN]
        due = {id_ for id_ in members[roster].tolist() if known[id_].folded_until < frontier}
        held = pages.held(connection, known, due)
        fold(connection, known, {id_: slices.between(0, frontier) for id_, slices in held.items()})
        _move(connection, known, dict.fromkeys(due, frontier))
    pages.drop(connection, known)


def fold(connection: Connection, known: Mapping[int, Known], slices: Mapping[int, Slices]) -> int:
    """Packs slices into their days, over what is there; returns how many said something else before."""
    days: dict[int, dict[int, Slices]] = {}
    for id_, part in slices.items():
        for number in np.unique(part.starts // DAY).tolist():
            days.setdefault(number, {})[id_] = part.between(number * DAY, (number + 1) * DAY)
    rows.mark_measured(
        connection, [(id_, span) for id_, part in slices.items() for span in pages.runs(part.starts, part.seconds)]
    )
    return sum(_fold_day(connection, known, number, fresh) for number, fresh in sorted(days.items()))


def _fold_day(connection: Connection, known: Mapping[int, Known], number: int, fresh: Mapping[int, Slices]) -> int:
    overwritten, together = 0, dict(fresh)
    for id_, frame in rows.frames_of(connection, number, fresh.keys()).items():
        if frames.is_bare(frame):  # its sums cannot be told from what comes late: they stay as they were
            del together[id_]
            continue
        there = frames.unpack(frame, number, known[id_].seconds)
        overwritten += rows.differing(there, fresh[id_])
        together[id_] = joined([there, fresh[id_]])
    rows.put_days(connection, number, together)
    return overwritten


def _settle(connection: Connection, long: Pairs) -> int:
    """Of what came in one piece all but the newest goes to its days at once, with what lay on pages before it."""
    known = {one.id: one for one, _ in long}
    held, frontiers, parts, overwritten = pages.held(connection, known, known.keys()), {}, {}, 0
    for one, slices in long:
        frontiers[one.id] = frontier = int(slices.starts[-KEEP_OPEN])
        part = slices.between(0, frontier)
        if one.id in held:
            before = held[one.id].between(0, frontier)
            overwritten += rows.differing(before, part)
            part = joined([before, part])
        parts[one.id] = part
    overwritten += fold(connection, known, parts)
    _move(connection, known, frontiers)
    return overwritten


def _move(connection: Connection, known: dict[int, Known], frontiers: Mapping[int, int]) -> None:
    rows.move(connection, frontiers)
    known |= {id_: replace(known[id_], folded_until=frontier) for id_, frontier in frontiers.items()}
