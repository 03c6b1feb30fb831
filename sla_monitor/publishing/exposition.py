"""Answers to scrapes: the last board, written once for each format, and the monitor's own metrics as they are now."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain

import structlog

from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.terms import Agreement
from sla_monitor.publishing.columned import Told
from sla_monitor.publishing.formats import BLOCK, Format
from sla_monitor.publishing.labelling import Labelling
from sla_monitor.publishing.metrics import MonitorMetrics
from sla_monitor.publishing.pictures import apart
from sla_monitor.publishing.series import Column, Family
from sla_monitor.publishing.squeezing import Piece, Plain, Squeezed

log = structlog.get_logger(__name__)

KEPT = 64
"""So many answers to different requests are kept of a board; more shards than that are written each time."""

LEFT_OUT_FIRST = (
    "sla_previous_status",
    "sla_previous_attainment_ratio",
    "sla_attainment_lower_bound_ratio",
    "sla_attainment_upper_bound_ratio",
    "sla_excluded_seconds",
    "sla_warn_ratio",
    "sla_downtime_allowed_seconds",
    "sla_downtime_seconds",
    "sla_good",
    "sla_total",
    "sla_error_budget_allowed",
    "sla_error_budget_used",
    "sla_credit_ratio",
    "sla_statements",
    "sla_agreement_start_timestamp_seconds",
    "sla_agreement_end_timestamp_seconds",
    "sla_agreement_renewal_timestamp_seconds",
    "sla_agreement_info",
    "sla_objective_info",
    "sla_burn_rate",
    "sla_window_start_timestamp_seconds",
    "sla_window_end_timestamp_seconds",
    "sla_coverage_min_ratio",
    "sla_coverage_ratio",
    "sla_agreement_notice_timestamp_seconds",
    "sla_agreement_review_timestamp_seconds",
    "sla_budget_exhaustion_timestamp_seconds",
    "sla_breaches",
    "sla_breach_certain",
    "sla_target_ratio",
    "sla_target_value",
    "sla_error_budget_remaining_ratio",
    "sla_attainment_value",
    "sla_attainment_ratio",
    "sla_status",
)
"""Whole metrics, until the rest fits: what only dashboards show goes before what alerts hang on."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which agreements a scrape is of; empty: all. A `shard` is the n-th of so many parts, dealt by the name."""

    agreements: frozenset[str] = frozenset()
    customers: frozenset[str] = frozenset()
    shard: tuple[int, int] | None = None

    def __bool__(self) -> bool:
        return bool(self.agreements or self.customers or self.shard)

    def unknown(self, board: Board) -> list[str]:
        """What it names and nobody has, a phrase each."""
        strange = self.agreements - {a.name for a in board.agreements} if self.agreements else ()
        nobody = self.customers - {a.customer for a in board.agreements} if self.customers else ()
        return [
            *(f"agreement {name!r}" for name in sorted(strange)),
            *(f"customer {name!r}" for name in sorted(nobody)),
        ]

    def of(self, board: Board) -> Board:
        return board.narrowed([agreement for agreement in board.agreements if self._takes(agreement)])

    def _takes(self, agreement: Agreement) -> bool:
        if self.agreements and agreement.name not in self.agreements:
            return False
        if self.customers and agreement.customer not in self.customers:
            return False
        return self.shard is None or _dealt(agreement.name, self.shard[1]) == self.shard[0]


EVERYTHING = Narrowing()


def _dealt(name: str, shards: int) -> int:
    """The same in every process and version, and even also for names that differ in a digit alone."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) % shards + 1


@dataclass(frozen=True, slots=True)
class _Written:
    """A family as it was written: head, name of series, and the text of each group of its columns, or it deflated."""

    head: bytes
    name: str
    groups: Sequence[Sequence[Column]]
    pieces: list[Piece | bytes]


def _written(family: Family, form: Format, before: _Written | None, *, squeezed: bool) -> _Written:
    if before is None:
        before = _Written(*form.head(family), (), [])
    # Long columns are squeezed apart, since mostly some of a family are as they were; of short ones that is a waste.
    groups = [[column] for column in family.columns] if family.size > BLOCK else [family.columns]
    pieces, known = list[Piece | bytes](), len(before.groups)
    for place, group in enumerate(groups):
        if place < known and _same(group, before.groups[place]):
            pieces.append(before.pieces[place])
        else:
            lines = (block for column in group for block in form.lines(before.name, column))
            text = chain(() if place else (before.head,), lines)
            pieces.append(Piece.of(text) if squeezed else b"".join(text))
    return _Written(before.head, before.name, groups, pieces)


def _same(some: Sequence[Column], others: Sequence[Column]) -> bool:
    return len(some) == len(others) and all(map(Column.is_as, some, others))


class Exposition:
    """Called from threads of requests, never from the loop: a new board is written once, the others wait for it."""

    def __init__(self, board: Callable[[], Board], metrics: MonitorMetrics, max_series: int) -> None:
        self._board, self._metrics, self._max_series = board, metrics, max_series
        self._lock = threading.Lock()
        self._labelling = Labelling()
        self._written: dict[tuple[str, bool, Narrowing], Plain | Squeezed] = {}
        self._of: Callable[[], Board | None] = lambda: None
        self._last: dict[tuple[str, bool], dict[str, _Written]] = {}
        self._omitted: list[str] = []

    def answer(self, form: Format, narrowing: Narrowing = EVERYTHING, *, squeezed: bool) -> bytes:
        """The body; `squeezed`: by gzip. Only what is of everything goes on with the monitor's own metrics."""
        standings = self._standings(form, narrowing, squeezed=squeezed)
        return standings.ended(form.end if narrowing else form.encode(self._metrics.registry))

    def _standings(self, form: Format, narrowing: Narrowing, *, squeezed: bool) -> Plain | Squeezed:
        with self._lock:
            board = self._board()
            if self._of() is not board:
                self._written.clear()
                self._labelling.forget_all_but(board)
                self._of = weakref.ref(board)
            key = form.content_type, squeezed, narrowing
            if key not in self._written:
                if len(self._written) == KEPT:
                    del self._written[next(iter(self._written))]
                self._written[key] = self._write(board, form, narrowing, squeezed=squeezed)
            return self._written[key]

    def _write(self, board: Board, form: Format, narrowing: Narrowing, *, squeezed: bool) -> Plain | Squeezed:
        mine = narrowing.of(board) if narrowing else board
        families, told = apart(mine, self._labelling), Told(mine, self._labelling)
        sizes = {family.name: family.size + told.size(family.name) for family in families}
        omitted = too_many(sizes, self._max_series)
        shown = [told.beside(family) for family in families if family.name not in omitted]
        if not narrowing:
            self._tell(sizes, {family.name: family.series for family in families if family.name in omitted})
        pieces = self._pieces(shown, form, kept=not narrowing, squeezed=squeezed)
        if squeezed:
            return Squeezed.of(piece for piece in pieces if isinstance(piece, Piece))
        return Plain(b"".join(piece for piece in pieces if isinstance(piece, bytes)))

    def _pieces(self, shown: Sequence[Family], form: Format, *, kept: bool, squeezed: bool) -> list[Piece | bytes]:
        """Targets, windows, descriptions and most statuses are those of the last board: they are not written again.

        Only in the form that was asked for last, which is a tenth as long where it is squeezed.
        """
        which = form.content_type, squeezed
        before = self._last.get(which, {}) if kept else {}
        found = {family.name: _written(family, form, before.get(family.name), squeezed=squeezed) for family in shown}
        if kept:
            self._last = {which: found}
        return [piece for one in found.values() for piece in one.pieces]

    def _tell(self, sizes: Mapping[str, int], omitted: Mapping[str, str]) -> None:
        series, names = sum(sizes[name] for name in omitted), list(omitted.values())
        self._metrics.exposed_series.set(sum(sizes.values()) - series)
        self._metrics.series_omitted.set(series)
        if names and names != self._omitted:
            log.warning("series_omitted", series=series, metrics=names, max_series=self._max_series)
        self._omitted = names


def too_many(sizes: Mapping[str, int], limit: int) -> set[str]:
    """The metrics to be left out, so that there are no more series than that. sizes: name → series."""
    excess, omitted = sum(sizes.values()) - limit, set[str]()
    for name in LEFT_OUT_FIRST:
        if excess <= 0:
            break
        if sizes[name]:
            omitted.add(name)
            excess -= sizes[name]
    return omitted
