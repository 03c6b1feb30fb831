"""What each `sla_*` metric shows of a board.

Labels `agreement` and `objective` identify; descriptions sit on the info metrics, to be joined. What is
not known, or no longer applies, has no series.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from prometheus_client.core import Metric

from sla_monitor.compliance.budgets import Budget
from sla_monitor.compliance.lifetimes import Lifetime
from sla_monitor.compliance.periods import Rolling
from sla_monitor.compliance.standings import Board, Entry, Standing, Status
from sla_monitor.compliance.terms import Agreement, AgreementName

Labels = dict[str, str]
Value = Fraction | float | None
Readings = Iterable[tuple[Labels, Value]]


def pictures(board: Board) -> list[Metric]:
    told = (*(date.of(board.lifetimes) for date in DATES), *(picture.of(board.entries) for picture in PICTURES))
    return [_agreement_info(board), *told, _breaches(board), _statements(board)]


@dataclass(frozen=True, slots=True)
class Picture:
    """One gauge: how it is read from an entry. None for a value: no series."""

    name: str
    help: str
    read: Callable[[Entry], Readings]
    kind: str = "gauge"

    def of(self, entries: Iterable[Entry]) -> Metric:
        family = Metric(self.name, self.help, self.kind)
        for entry in entries:
            for labels, value in self.read(entry):
                if value is not None:
                    family.add_sample(self.name, {**_identity(entry.current), **labels}, float(value))
        return family


@dataclass(frozen=True, slots=True)
class Date:
    """One gauge of agreements: an instant of each. None: no series."""

    name: str
    help: str
    read: Callable[[Lifetime], int | None]

    def of(self, lifetimes: Mapping[AgreementName, Lifetime]) -> Metric:
        family = Metric(self.name, self.help, "gauge")
        for agreement, lifetime in lifetimes.items():
            if (instant := self.read(lifetime)) is not None:
                family.add_sample(self.name, {"agreement": agreement}, float(instant))
        return family


def _identity(standing: Standing) -> Labels:
    return {"agreement": standing.agreement.name, "objective": standing.objective.name}


def _agreement_info(board: Board) -> Metric:
    family = Metric("sla_agreement_info", "What an agreement says of itself; always 1.", "gauge")
    for agreement in board.agreements:
        family.add_sample("sla_agreement_info", _described(agreement), 1.0)
    return family


def _described(agreement: Agreement) -> Labels:
    return {
        "agreement": agreement.name,
        "title": agreement.title,
        "type": agreement.type.value,
        "service": agreement.service,
        "customer": agreement.customer,
        "provider": agreement.provider,
        "timezone": agreement.zone.key,
        "reference": agreement.reference,
        **_free_labels(agreement.labels),
    }


def _free_labels(labels: Iterable[tuple[str, str]]) -> Labels:
    """`cost-center` becomes `label_cost_center`; one that then clashes gets a number, none is lost."""
    named: Labels = {}
    for name, value in sorted(labels):
        plain = "label_" + re.sub(r"[^a-zA-Z0-9_]", "_", name)
        clash = sum(other.split("_conflict")[0] == plain for other in named)
        named[f"{plain}_conflict{clash}" if clash else plain] = value
    return named


def _breaches(board: Board) -> Metric:
    family = Metric("sla_breaches", "Windows of the objective that ended, or stand, below the target.", "counter")
    for (agreement, objective), count in board.breaches.items():
        family.add_sample("sla_breaches_total", {"agreement": agreement, "objective": objective}, count)
    return family


def _statements(board: Board) -> Metric:
    family = Metric("sla_statements", "Statements issued of closed windows, restatements with them.", "counter")
    for agreement, count in board.statements.items():
        family.add_sample("sla_statements_total", {"agreement": agreement}, count)
    return family


def _running(standing: Standing) -> bool:
    return standing.status not in (Status.PENDING, Status.ENDED)


def _of_current(read: Callable[[Standing], Value]) -> Callable[[Entry], Readings]:
    return lambda entry: ((_NO_LABELS, read(entry.current)),)


def _of_running(read: Callable[[Standing], Value]) -> Callable[[Entry], Readings]:
    """Only inside the term: before and after it nothing is promised."""
    return _of_current(lambda standing: read(standing) if _running(standing) else None)


def _of_judged(read: Callable[[Standing], Value]) -> Callable[[Entry], Readings]:
    """Only where there is a number: without data there is no budget to speak of."""
    return _of_current(lambda standing: read(standing) if standing.is_known else None)


def _of_budget(read: Callable[[Budget], Value]) -> Callable[[Standing], Value]:
    return lambda standing: None if standing.budget is None else read(standing.budget)


def _where(share: bool, read: Callable[[Standing], Value]) -> Callable[[Entry], Readings]:
    """Of promises of a share, or of those of a number: each has metrics of its own."""
    return _of_current(lambda standing: read(standing) if standing.objective.is_share is share else None)


def _with_unit(read: Callable[[Standing], Value]) -> Callable[[Entry], Readings]:
    plain = _of_judged(read)
    return lambda entry: [({"unit": entry.current.objective.unit}, value) for _, value in plain(entry)]


def _of_downtime(read: Callable[[Standing], Value]) -> Callable[[Entry], Readings]:
    return _of_judged(lambda s: read(s) if s.objective.unit == "seconds" and s.objective.is_share else None)


def _bound(which: int) -> Callable[[Entry], Readings]:
    return _of_current(lambda standing: None if standing.bounds is None else standing.bounds[which])


def _statuses(standing: Standing | None) -> Readings:
    if standing is None:
        return ()
    return [({"status": status.value}, float(status is standing.status)) for status in Status]


def _objective_info(entry: Entry) -> Readings:
    agreement, objective = entry.current.agreement, entry.current.objective
    window = objective.window.text if isinstance(objective.window, Rolling) else objective.window.every.value
    told = {
        "service": agreement.service,
        "customer": agreement.customer,
        "method": objective.method.name,
        "unit": objective.unit,
        "window": window,
    }
    return ((told, 1.0),)


def _burn_rates(entry: Entry) -> Readings:
    if not _running(entry.current):
        return ()
    return [({"lookback": lookback}, rate) for lookback, rate in entry.current.burn_rates.items()]


def _credit(standing: Standing) -> Value:
    return None if standing.credit is None else standing.credit.ratio


def _previous_attainment(entry: Entry) -> Readings:
    previous = entry.previous
    return () if previous is None or not previous.objective.is_share else ((_NO_LABELS, previous.attainment),)


_NO_LABELS: Labels = {}

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
PICTURES = (
    Picture("sla_objective_info", "What an objective is about; always 1.", _objective_info),
    Picture("sla_target_ratio", "The promised attainment.", _where(True, lambda s: s.objective.target)),
    Picture(
        "sla_target_value", "The promised value, of totals and statistics.", _where(False, lambda s: s.objective.target)
    ),
    Picture("sla_warn_ratio", "The stricter internal goal.", _where(True, lambda s: s.objective.warn_at)),
    Picture("sla_attainment_ratio", "Attainment of the current window so far.", _where(True, lambda s: s.attainment)),
    Picture("sla_attainment_value", "Value of the current window so far.", _of_current(lambda s: s.value)),
    Picture("sla_attainment_lower_bound_ratio", "Attainment if all that is unknown was bad.", _bound(0)),
    Picture("sla_attainment_upper_bound_ratio", "Attainment if all that is unknown was good.", _bound(1)),
    Picture("sla_good", "Good events, seconds or intervals of the current window.", _with_unit(lambda s: s.good)),
    Picture(
        "sla_total", "All events, seconds or intervals of the current window.", _with_unit(lambda s: s.total), "unknown"
    ),
    Picture(
        "sla_error_budget_remaining_ratio",
        "Share of the error budget that is left; below 0 when overdrawn.",
        _of_judged(_of_budget(lambda b: b.remaining_ratio)),
    ),
    Picture(
        "sla_error_budget_allowed",
        "Bad events, seconds or intervals allowed.",
        _with_unit(_of_budget(lambda b: b.allowed)),
    ),
    Picture(
        "sla_error_budget_used", "Bad events, seconds or intervals so far.", _with_unit(_of_budget(lambda b: b.used))
    ),
    Picture("sla_burn_rate", "How many times faster than allowed the budget was used.", _burn_rates),
    Picture("sla_downtime_seconds", "Downtime of the current window.", _of_downtime(_of_budget(lambda b: b.used))),
    Picture(
        "sla_downtime_allowed_seconds",
        "Downtime the whole current window allows.",
        _of_downtime(_of_budget(lambda b: b.allowed)),
    ),
    Picture("sla_status", "1 for the status of the current window, 0 for the others.", lambda e: _statuses(e.current)),
    Picture(
        "sla_breach_certain",
        "1 when even a perfect rest of the window cannot keep the promise.",
        _of_judged(lambda s: float(s.breach_certain)),
    ),
    Picture(
        "sla_budget_exhaustion_timestamp_seconds",
        "When the error budget runs out at the pace of the last six hours.",
        _of_judged(lambda s: s.projection.exhaustion),
    ),
    Picture("sla_credit_ratio", "Service credit due if the window ended now.", _of_current(_credit)),
    Picture("sla_coverage_ratio", "Share of the window so far that is known.", _of_running(lambda s: s.coverage)),
    Picture(
        "sla_coverage_min_ratio",
        "Coverage below which no verdict is given.",
        _of_running(lambda s: s.objective.min_coverage),
    ),
    Picture("sla_excluded_seconds", "Time left out by exclusions.", _of_running(lambda s: s.excluded_seconds)),
    Picture(
        "sla_window_start_timestamp_seconds",
        "Start of the current window.",
        _of_current(lambda s: s.window.span.start),
    ),
    Picture("sla_window_end_timestamp_seconds", "End of the current window.", _of_current(lambda s: s.window.span.end)),
    Picture("sla_previous_attainment_ratio", "Attainment of the last closed window.", _previous_attainment),
    Picture("sla_previous_status", "1 for the status of the last closed window.", lambda e: _statuses(e.previous)),
)
