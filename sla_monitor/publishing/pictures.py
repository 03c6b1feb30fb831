"""What each `sla_*` metric shows of a board.

Labels `agreement` and `objective` identify; descriptions sit on the info metrics, to be joined. What is
not known, or no longer applies, has no series.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import cast

from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.burnrates import LOOKBACKS
from sla_monitor.compliance.lifetimes import Lifetime
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import AgreementName
from sla_monitor.publishing.columned import INFO, Told
from sla_monitor.publishing.labelling import Labelling
from sla_monitor.publishing.series import Column, Extra, Family, Labels, Value, picked

Group = Callable[[Standing], bool]
Read = Callable[[Standing], Value]


def pictures(board: Board, labelling: Labelling | None = None) -> list[Family]:
    """All families, also those without a series. The labelling of the last board makes it quicker."""
    named = Labelling() if labelling is None else labelling
    told = Told(board, named)
    return [told.beside(family) for family in apart(board, named)]


def apart(board: Board, named: Labelling) -> list[Family]:
    """All families, with what no column tells."""
    entries = board.apart()
    plain, described = named.of_entries(entries)
    current = Groups(plain, [entry.current for entry in entries])
    closed = [(whose, e.previous) for whose, e in zip(plain, entries, strict=True) if e.previous is not None]
    previous = Groups([whose for whose, _ in closed], [standing for _, standing in closed])
    return [
        _ones(
            "sla_agreement_info",
            "What an agreement says of itself; always 1.",
            named.once(board.agreements, Labelling.described),
        ),
        *named.once(board.lifetimes, _dates),
        _ones(INFO, "What an objective is about; always 1.", described),
        *(picture.of(current) for picture in PICTURES),
        *(picture.of(previous) for picture in PREVIOUS),
        Family(
            "sla_breaches", BREACHES, "counter", [Column.of(named.of_keys(board.breaches), board.breaches.values())]
        ),
        Family(
            "sla_statements",
            "Statements issued of closed windows, restatements with them.",
            "counter",
            [Column.of(named.of_agreements(board.statements), board.statements.values())],
        ),
    ]


class Groups:
    """Standings picked once for all the pictures that show the same of them."""

    def __init__(self, labels: Sequence[Labels], standings: Sequence[Standing]) -> None:
        self._all = labels, standings
        self._by_unit: dict[Group, dict[str, tuple[Sequence[Labels], Sequence[Standing]]]] = {}
        self._picked: dict[Group, tuple[Sequence[Labels], Sequence[Standing]]] = {_every: self._all}

    def of(self, group: Group) -> tuple[Sequence[Labels], Sequence[Standing]]:
        if group not in self._picked:
            labels, standings = self._all
            which = [group(standing) for standing in standings]
            self._picked[group] = picked(labels, which), picked(standings, which)
        return self._picked[group]

    def by_unit(self, group: Group) -> dict[str, tuple[Sequence[Labels], Sequence[Standing]]]:
        if group not in self._by_unit:
            labels, standings = self.of(group)
            units = [standing.objective.unit for standing in standings]
            chosen = {unit: [unit == one for one in units] for unit in dict.fromkeys(units)}
            self._by_unit[group] = {u: (picked(labels, which), picked(standings, which)) for u, which in chosen.items()}
        return self._by_unit[group]


@dataclass(frozen=True, slots=True)
class Picture:
    """One metric: of which standings, and how it is read. None for a value: no series."""

    name: str
    help: str
    group: Group
    read: Read
    kind: str = "gauge"

    def of(self, groups: Groups) -> Family:
        labels, standings = groups.of(self.group)
        return Family(self.name, self.help, self.kind, [Column.of(labels, map(self.read, standings))])


@dataclass(frozen=True, slots=True)
class Counted:
    """One metric with a label `unit`: what the objective is counted in."""

    name: str
    help: str
    group: Group
    read: Read
    kind: str = "gauge"

    def of(self, groups: Groups) -> Family:
        units = groups.by_unit(self.group).items()
        columns = [Column.of(labels, map(self.read, some), ("unit", unit)) for unit, (labels, some) in units]
        return Family(self.name, self.help, self.kind, columns)


@dataclass(frozen=True, slots=True)
class Sides:
    """One metric with several series an objective, told apart by a label."""

    name: str
    help: str
    group: Group
    reads: Sequence[tuple[Extra, Read]]

    def of(self, groups: Groups) -> Family:
        labels, standings = groups.of(self.group)
        columns = [Column.of(labels, map(read, standings), extra) for extra, read in self.reads]
        return Family(self.name, self.help, "gauge", columns)


@dataclass(frozen=True, slots=True)
class Date:
    """One gauge of agreements: an instant of each. None: no series."""

    name: str
    help: str
    read: Callable[[Lifetime], int | None]

    def of(self, lifetimes: Mapping[AgreementName, Lifetime], named: Labelling) -> Family:
        column = Column.of(named.of_agreements(lifetimes), map(self.read, lifetimes.values()))
        return Family(self.name, self.help, "gauge", [column])


def _dates(named: Labelling, lifetimes: Mapping[AgreementName, Lifetime]) -> list[Family]:
    return [date.of(lifetimes, named) for date in DATES]


def _ones(name: str, told: str, labels: Sequence[Labels]) -> Family:
    return Family(name, told, "gauge", [Column(labels, [1.0] * len(labels))])


def _of(path: str) -> Read:
    return cast("Read", attrgetter(path))


def _every(standing: Standing) -> bool:  # noqa: ARG001 - a group like the others
    return True


def _running(standing: Standing) -> bool:
    """Only inside the term: before and after it nothing is promised."""
    status = standing.status
    return status is not _PENDING and status is not _ENDED


def _shares(standing: Standing) -> bool:
    """Promises of a share, and not those of a number: each has metrics of its own."""
    return standing.objective.is_share


def _numbers(standing: Standing) -> bool:
    return not standing.objective.is_share


def _bounded(standing: Standing) -> bool:
    return standing.bounds is not None


def _known(standing: Standing) -> bool:
    """Only where there is a number: without data there is no budget to speak of."""
    return standing.attainment is not None or standing.value is not None


def _budgeted(standing: Standing) -> bool:
    return standing.budget is not None and _known(standing)


def _timed(standing: Standing) -> bool:
    objective = standing.objective
    return objective.unit == "seconds" and objective.is_share and _budgeted(standing)


def _owed(standing: Standing) -> bool:
    return standing.credit is not None


def _burning(lookback: str) -> tuple[Extra, Read]:
    return ("lookback", lookback), lambda standing: standing.burn_rates.get(lookback)


def _is(status: Status) -> tuple[Extra, Read]:
    return ("status", status.value), lambda standing: standing.status is status


def _bound(which: int) -> Read:
    return lambda standing: None if standing.bounds is None else standing.bounds[which]


def _remaining(standing: Standing) -> Value:
    """The nearest float of `remaining_ratio`, without bringing the fraction to its lowest terms first."""
    budget = standing.budget
    if budget is None or budget.allowed == 0:
        return None if budget is None else budget.remaining_ratio
    (allowed, a), (used, u) = budget.allowed.as_integer_ratio(), budget.used.as_integer_ratio()
    return (allowed * u - used * a) / (allowed * u)


_PENDING, _ENDED = Status.PENDING, Status.ENDED  # what looks it up ten thousand times over is slow
STATUSES = tuple(_is(status) for status in Status)
BREACHES = "Windows of the objective that ended, or stand, below the target."

DATES = (
    Date("sla_agreement_start_timestamp_seconds", "When the first term begins.", lambda dates: dates.start),
    Date("sla_agreement_end_timestamp_seconds", "When the agreement ends for good.", lambda dates: dates.end),
    Date("sla_agreement_renewal_timestamp_seconds", "When the next term begins.", lambda dates: dates.renewal),
    Date(
        "sla_agreement_notice_timestamp_seconds",
        "Until when notice may be given, so that the agreement is not renewed.",
        lambda dates: dates.notice,
    ),
    Date("sla_agreement_review_timestamp_seconds", "When the next review is due.", lambda dates: dates.review),
)

# `sla_total` is no counter, whatever its name: without a type nobody takes it for one.
PICTURES: tuple[Picture | Counted | Sides, ...] = (
    Picture("sla_target_ratio", "The promised attainment.", _shares, _of("objective.target")),
    Picture("sla_target_value", "The promised value, of totals and statistics.", _numbers, _of("objective.target")),
    Picture("sla_warn_ratio", "The stricter internal goal.", _shares, _of("objective.warn_at")),
    Picture("sla_attainment_ratio", "Attainment of the current window so far.", _shares, _of("attainment")),
    Picture("sla_attainment_value", "Value of the current window so far.", _every, _of("value")),
    Picture("sla_attainment_lower_bound_ratio", "Attainment if all that is unknown was bad.", _bounded, _bound(0)),
    Picture("sla_attainment_upper_bound_ratio", "Attainment if all that is unknown was good.", _bounded, _bound(1)),
    Counted("sla_good", "Good events, seconds or intervals of the current window.", _known, _of("good")),
    Counted("sla_total", "All events, seconds or intervals of the current window.", _known, _of("total"), "unknown"),
    Picture(
        "sla_error_budget_remaining_ratio",
        "Share of the error budget that is left; below 0 when overdrawn.",
        _budgeted,
        _remaining,
    ),
    Counted("sla_error_budget_allowed", "Bad events, seconds or intervals allowed.", _budgeted, _of("budget.allowed")),
    Counted("sla_error_budget_used", "Bad events, seconds or intervals so far.", _budgeted, _of("budget.used")),
    Sides(
        "sla_burn_rate",
        "How many times faster than allowed the budget was used.",
        _running,
        tuple(_burning(lookback) for lookback in LOOKBACKS),
    ),
    Picture("sla_downtime_seconds", "Downtime of the current window.", _timed, _of("budget.used")),
    Picture("sla_downtime_allowed_seconds", "Downtime the whole current window allows.", _timed, _of("budget.allowed")),
    Sides("sla_status", "1 for the status of the current window, 0 for the others.", _every, STATUSES),
    Picture(
        "sla_breach_certain",
        "1 when even a perfect rest of the window cannot keep the promise.",
        _known,
        _of("breach_certain"),
    ),
    Picture(
        "sla_budget_exhaustion_timestamp_seconds",
        "When the error budget runs out at the pace of the last six hours.",
        _known,
        _of("projection.exhaustion"),
    ),
    Picture("sla_credit_ratio", "Service credit due if the window ended now.", _owed, _of("credit.ratio")),
    Picture("sla_coverage_ratio", "Share of the window so far that is known.", _running, _of("coverage")),
    Picture(
        "sla_coverage_min_ratio", "Coverage below which no verdict is given.", _running, _of("objective.min_coverage")
    ),
    Picture("sla_excluded_seconds", "Time left out by exclusions.", _running, _of("excluded_seconds")),
    Picture("sla_window_start_timestamp_seconds", "Start of the current window.", _every, _of("window.span.start")),
    Picture("sla_window_end_timestamp_seconds", "End of the current window.", _every, _of("window.span.end")),
)
PREVIOUS: tuple[Picture | Sides, ...] = (
    Picture("sla_previous_attainment_ratio", "Attainment of the last closed window.", _shares, _of("attainment")),
    Sides("sla_previous_status", "1 for the status of the last closed window.", _every, STATUSES),
)
