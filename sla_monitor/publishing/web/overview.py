"""All objectives grouped by agreement: searched, filtered, sorted, a page at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from sla_monitor.compliance.boards import Board, Entry
from sla_monitor.compliance.spans import FOREVER
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import Agreement
from sla_monitor.publishing.web import panels
from sla_monitor.publishing.web.panels import Badge, Panel

Sort = Literal["attention", "name", "budget", "exhaustion"]
SORTS: dict[Sort, str] = {
    "attention": "Needs attention first",
    "name": "Name",
    "budget": "Least budget left",
    "exhaustion": "Runs out soonest",
}
CHOICES = {"sorts": SORTS, "words": [(status.value, word) for status, word in panels.WORDS.items()]}
"""What the form offers."""
PAGE = 50
"""Agreements on a page: what a browser lays out without a pause."""
MANY_CUSTOMERS = 200
"""More than that are searched for, not chosen from a list."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asked to see. `statuses` empty: all; `customer` empty: all. `page` counts from 1."""

    search: str = ""
    statuses: frozenset[str] = frozenset()
    customer: str = ""
    sort: Sort = "attention"
    page: int = 1

    @property
    def narrowed(self) -> bool:
        return bool(self.search or self.statuses or self.customer)

    def query(self, **changes: object) -> str:
        """The same wish as a query string, with these parts changed."""
        parts = {
            "q": self.search,
            "status": sorted(self.statuses),
            "customer": self.customer,
            "sort": self.sort if self.sort != "attention" else "",
            **changes,
        }
        return urlencode({name: value for name, value in parts.items() if value}, doseq=True)


@dataclass(frozen=True, slots=True)
class Group:
    """An agreement and those of its objectives that were asked for; none: it was never measured."""

    agreement: Agreement
    title: str
    badge: Badge | None
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """`of` a status; counted before the filter by status, so that each can be chosen."""

    badge: Badge
    count: int
    query: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Overview:
    groups: tuple[Group, ...]
    tallies: tuple[Tally, ...]
    customers: tuple[str, ...]
    matching: int
    pages: int


def overview(board: Board, wanted: Wanted, stale_after: int) -> Overview:
    found = [agreement for agreement in board.agreements if _belongs(agreement, wanted)]
    held = _entries(board)
    by_agreement = {agreement.name: _matching(agreement, held, wanted) for agreement in found}
    chosen = [agreement for agreement in found if _shown(by_agreement[agreement.name], held, agreement, wanted)]
    chosen.sort(key=lambda agreement: _group_key(agreement, by_agreement[agreement.name], wanted.sort))
    first = (wanted.page - 1) * PAGE

    def shown(agreement: Agreement) -> list[Entry]:
        return _chosen(by_agreement[agreement.name], wanted)

    customers = sorted({agreement.customer for agreement in board.agreements})
    return Overview(
        groups=tuple(
            _group(agreement, [one.current for one in shown(agreement)], board.at or 0, stale_after)
            for agreement in chosen[first : first + PAGE]
        ),
        tallies=_tallies([entry for entries in by_agreement.values() for entry in entries], wanted),
        customers=tuple(customers) if len(customers) <= MANY_CUSTOMERS else (),
        matching=sum(len(shown(agreement)) for agreement in chosen),
        pages=-(-len(chosen) // PAGE),
    )


def _entries(board: Board) -> dict[str, list[Entry]]:
    held: dict[str, list[Entry]] = {}
    for entry in board.entries:
        held.setdefault(entry.agreement.name, []).append(entry)
    return held


def _belongs(agreement: Agreement, wanted: Wanted) -> bool:
    return not wanted.customer or agreement.customer == wanted.customer


def _matching(agreement: Agreement, held: dict[str, list[Entry]], wanted: Wanted) -> list[Entry]:
    """Every word of the search must occur in what an agreement or its objective says of itself."""
    words = wanted.search.casefold().split()
    about = f"{agreement.name} {agreement.title} {agreement.customer} {agreement.service} {agreement.provider}"
    return [
        entry
        for entry in held.get(agreement.name, ())
        if all(word in f"{about} {entry.objective.name}".casefold() for word in words)
    ]


def _chosen(entries: list[Entry], wanted: Wanted) -> list[Entry]:
    chosen = [one for one in entries if not wanted.statuses or one.status.value in wanted.statuses]
    return sorted(chosen, key=_KEYS[wanted.sort])


def _shown(matching: list[Entry], held: dict[str, list[Entry]], agreement: Agreement, wanted: Wanted) -> bool:
    """What was not measured yet has no status to match, but belongs into the whole picture."""
    if agreement.name not in held:
        return not (wanted.search or wanted.statuses)
    return bool(_chosen(matching, wanted))


def _group_key(agreement: Agreement, entries: list[Entry], sort: Sort) -> tuple[object, ...]:
    if sort == "name" or not entries:
        return (not entries and sort != "name", agreement.name)
    return (False, *min(map(_KEYS[sort], entries)), agreement.name)


def _group(agreement: Agreement, standings: list[Standing], board_at: int, stale_after: int) -> Group:
    return Group(
        agreement=agreement,
        title=agreement.title or agreement.name,
        badge=panels.worst(standings),
        panels=tuple(panels.panel(one, board_at, stale_after) for one in standings),
    )


def _tallies(entries: list[Entry], wanted: Wanted) -> tuple[Tally, ...]:
    counts = Counter(entry.status for entry in entries)
    return tuple(_tally(status, counts[status], wanted) for status in panels.WORDS if counts[status])


def _tally(status: Status, count: int, wanted: Wanted) -> Tally:
    chosen = wanted.statuses == {status.value}
    return Tally(panels.badge(status), count, wanted.query(status=[] if chosen else [status.value]), chosen)


def _by_attention(entry: Entry) -> tuple[float, ...]:
    return (panels.SEVERITY[entry.status], *_by_budget(entry))


def _by_budget(entry: Entry) -> tuple[float, ...]:
    left = entry.remaining
    return (left is None, 1 if left is None else left)


def _by_exhaustion(entry: Entry) -> tuple[float, ...]:
    """Used up comes before any instant to come."""
    left, when = entry.remaining, entry.exhaustion
    if left is not None and left <= 0:
        return (0, *_by_budget(entry))
    return (FOREVER if when is None else when, *_by_budget(entry))


_KEYS: dict[Sort, Callable[[Entry], tuple[float, ...]]] = {
    "attention": _by_attention,
    "name": lambda _: (),
    "budget": _by_budget,
    "exhaustion": _by_exhaustion,
}
