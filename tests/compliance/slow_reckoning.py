"""Attainment, budget and status once more, cell by cell and with fractions alone: shares no code with the core."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

GRID = 900
STEP = 300
"""Service hours and exclusions are sets of steps, each told by its start."""
DAY = 86400
QUARTER_HOURS = 96

Rows = dict[int, tuple[int, int, int]]
"""Start of a slice → good, total, known seconds."""


@dataclass(frozen=True)
class Contract:
    events: bool
    target: Fraction
    warn_at: Fraction | None
    no_data: str
    min_coverage: Fraction
    partial: str
    digits: int | None
    begin: int
    end: int
    closed: frozenset[int] = field(default_factory=frozenset)
    dropped: frozenset[int] = field(default_factory=frozenset)
    favoured: frozenset[int] = field(default_factory=frozenset)

    def out(self, step: int) -> bool:
        return step in self.closed or step in self.dropped


@dataclass
class Sum:
    good: Fraction = Fraction(0)
    total: Fraction = Fraction(0)
    known: Fraction = Fraction(0)
    seconds: int = 0

    @property
    def gap(self) -> Fraction:
        return self.seconds - self.known


@dataclass(frozen=True)
class Outcome:
    attainment: Fraction | None
    bounds: tuple[Fraction, Fraction] | None
    coverage: Fraction | None
    allowed: Fraction
    used: Fraction
    burn_6h: float | None
    at_end: Fraction | None
    status: str


def borders(zone: ZoneInfo, kind: str, at: int) -> tuple[int, int]:
    """Walks the quarter hours until the local period changes."""

    def period(instant: int) -> tuple[int, ...]:
        day: date = datetime.fromtimestamp(instant, zone).date()
        return {"day": (day.year, day.month, day.day), "week": day.isocalendar()[:2], "month": (day.year, day.month)}[
            kind
        ]

    here = start = end = at - at % GRID
    while period(start - GRID) == period(here):
        start -= GRID
    while period(end) == period(here):
        end += GRID
    return start, end


def add_up(rows: Rows, contract: Contract, start: int, end: int) -> Sum:
    """What the time `[start, end)` inside the term holds."""
    start, end, found = max(start, contract.begin), min(end, contract.end), Sum()
    for cell in range(start // GRID * GRID, end, GRID):
        steps = {
            step: seconds
            for step in range(cell, cell + GRID, STEP)
            if (seconds := min(step + STEP, end) - max(step, start)) > 0 and not contract.out(step)
        }
        if contract.events and sum(steps.values()) < GRID:
            continue
        touched = any(step in contract.favoured for step in steps)
        for step, seconds in steps.items():
            good, total, known = rows.get(cell, (0, 0, 0))
            if contract.events and touched:
                good = total
            if not contract.events and step in contract.favoured:
                good = total = known = GRID
            found.good += Fraction(good * seconds, GRID)
            found.total += Fraction(total * seconds, GRID)
            found.known += Fraction(known * seconds, GRID)
            found.seconds += seconds
    return found


def length(contract: Contract, some: range) -> int:
    """Seconds of a stretch that lie in service hours, told second by second of its ragged ends."""
    first, last = some.start // STEP * STEP, some.stop
    return sum(
        max(0, min(step + STEP, some.stop) - max(step, some.start))
        for step in range(first, last, STEP)
        if step not in contract.closed
    )


def fill(found: Sum, contract: Contract) -> Sum:
    """Unknown seconds as good or bad ones, if so agreed."""
    if contract.events or contract.no_data not in ("good", "bad"):
        return found
    good = found.good + (found.gap if contract.no_data == "good" else 0)
    return Sum(good, found.total + found.gap, Fraction(found.seconds), found.seconds)


def kept(contract: Contract, share: Fraction) -> bool:
    """Rounded half up to the agreed digits of a percentage, then compared."""
    if contract.digits is not None:
        units = share * 100 * 10**contract.digits
        share = Fraction(int(units + Fraction(1, 2)), 100 * 10**contract.digits)
    return share >= contract.target


def reckon(contract: Contract, rows: Rows, window: tuple[int, int], at: int) -> Outcome:
    start, end = window
    seen, whole = add_up(rows, contract, start, min(at, end)), add_up({}, contract, start, end)
    early = late = 0
    if contract.partial == "assume-good" and not contract.events:
        outside = (range(start, min(end, contract.begin)), range(max(start, contract.end), end))
        early = sum(length(contract, range(some.start, min(some.stop, at))) for some in outside if some)
        late = sum(length(contract, some) for some in outside if some) - early
    full, rest = fill(seen, contract), whole.seconds - seen.seconds
    good, total = full.good + early, full.total + early
    share = _share(good, total, seen, full, early)
    low, high = _bounds(contract, seen, early)
    promised = total if contract.events else total + rest + late
    allowed, used = (1 - contract.target) * promised, full.total - full.good
    recent_seen = add_up(rows, contract, min(at, end) - 6 * 3600, min(at, end))
    recent = fill(recent_seen, contract) if recent_seen.known else None
    at_end = share
    if rest:
        at_end = None
        if recent:
            coming, lost = (amount / recent.known * rest for amount in (recent.total, recent.total - recent.good))
            all_in_all = total + coming + late
            at_end = 1 - (used + lost) / all_in_all if all_in_all else Fraction(1)
    status = _outside(contract, window, at) or _status(
        contract, seen, share, (low, high), over=end <= at, at_end=at_end, allowed=allowed, used=used
    )
    silent = status in ("pending", "ended", "skipped")
    return Outcome(
        None if silent else share,
        None if silent else (low, high),
        seen.known / seen.seconds if seen.seconds else None,
        allowed,
        used,
        _burn(contract, recent),
        None if silent else at_end,
        "unknown" if status == "skipped" else status,
    )


def _share(good: Fraction, total: Fraction, seen: Sum, full: Sum, early: int) -> Fraction | None:
    if total:
        return good / total
    return None if seen.seconds + early and not full.known else Fraction(1)


def _bounds(contract: Contract, seen: Sum, early: int) -> tuple[Fraction, Fraction]:
    if seen.seconds + early == 0:
        return Fraction(1), Fraction(1)
    if seen.known + early == 0:
        return Fraction(0), Fraction(1)
    each = (seen.total / seen.known if seen.known else 0) if contract.events else 1
    missing = seen.gap * each
    total = seen.total + early + missing
    return ((seen.good + early) / total, (seen.good + early + missing) / total) if total else (Fraction(1),) * 2


def _burn(contract: Contract, recent: Sum | None) -> float | None:
    if recent is None:
        return None
    lost = recent.total - recent.good
    if not lost:
        return 0.0
    return float("inf") if contract.target == 1 else float(lost / recent.total / (1 - contract.target))


def _outside(contract: Contract, window: tuple[int, int], at: int) -> str | None:
    start, end = window
    if at < contract.begin or end <= contract.begin:
        return "pending"
    if contract.end <= start or contract.end <= at < end:
        return "ended"
    if contract.partial == "skip" and not (contract.begin <= start and end <= contract.end):
        return "skipped"
    return None


def _status(
    contract: Contract,
    seen: Sum,
    share: Fraction | None,
    bounds: tuple[Fraction, Fraction],
    *,
    over: bool,
    at_end: Fraction | None,
    allowed: Fraction,
    used: Fraction,
) -> str:
    if share is None:
        return "unknown"
    if contract.no_data == "unknown" and seen.known < contract.min_coverage * seen.seconds:
        if not kept(contract, bounds[1]):
            return "breached"
        if not kept(contract, bounds[0]):
            return "unknown"
    if not kept(contract, share):
        return "breached"
    if not over and any(_worries(contract, share, at_end, allowed, used)):
        return "at_risk"
    return "met"


def _worries(
    contract: Contract, share: Fraction, at_end: Fraction | None, allowed: Fraction, used: Fraction
) -> Iterator[bool]:
    yield contract.warn_at is not None and not kept(Contract(**{**vars(contract), "target": contract.warn_at}), share)
    yield at_end is not None and not kept(contract, at_end)
    yield allowed - used < allowed / 10 if allowed else used > 0
