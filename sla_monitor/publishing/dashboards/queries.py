"""What the dashboard asks Prometheus: its own exported metrics, never the measured services."""

from __future__ import annotations

from dataclasses import dataclass

CHOSEN = 'agreement=~"$agreement",objective=~"$objective"'
OBJECTIVE = "agreement, objective"
LEGEND = "{{agreement}} / {{objective}}"
LOOKBACKS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")

# A chart with more lines than this is read by nobody; the lines kept are those nearest to trouble.
LINES = 20
TILES = 48


@dataclass(frozen=True)
class Query:
    expr: str
    legend: str = LEGEND
    instant: bool = False


@dataclass(frozen=True)
class Status:
    """A verdict as Grafana draws it; codes rise with the trouble, so that the worst sorts first."""

    code: int
    name: str
    title: str
    colour: str


STATUSES = (
    Status(0, "ended", "Ended", "#7b8087"),
    Status(1, "pending", "Pending", "blue"),
    Status(2, "met", "Met", "green"),
    Status(3, "unknown", "Unknown", "purple"),
    Status(4, "at_risk", "At risk", "orange"),
    Status(5, "breached", "Breached", "red"),
)


def chosen(metric: str, *matchers: str, by: str = OBJECTIVE, at: str = "") -> str:
    """One series an objective; `max` merges replicas and the old and the new pod of a rollout."""
    selector = ",".join((CHOSEN, *matchers))
    return f"max by ({by}) ({metric}{{{selector}}}{at})"


def now(expr: str, legend: str = LEGEND) -> Query:
    return Query(expr, legend, instant=True)


def state(metric: str = "sla_status", at: str = "") -> str:
    """The status as its code: of the six series of an objective only one is 1."""
    parts = (f"{each.code} * {chosen(metric, _is(each), by=_WITH_STATUS, at=at)}" for each in STATUSES)
    return f"sum by ({OBJECTIVE}) ({' or '.join(parts)})"


def counted(status: Status) -> str:
    return f"sum({chosen('sla_status', _is(status))})"


def described(expr: str) -> str:
    """`service` and `customer` sit on the info metric alone, and are joined to a value here."""
    info = chosen("sla_objective_info", by=f"{OBJECTIVE}, customer, service")
    return f"({expr}) * on ({OBJECTIVE}) group_left (customer, service) {info}"


def dated(date: str) -> str:
    """An instant of each agreement, in milliseconds as Grafana draws it, with the customer."""
    info = 'max by (agreement, customer) (sla_agreement_info{agreement=~"$agreement"})'
    at = f'max by (agreement) (sla_agreement_{date}_timestamp_seconds{{agreement=~"$agreement"}}) * 1000'
    return f"{at} * on (agreement) group_left (customer) {info}"


def floored(expr: str, digits: int) -> str:
    """Cut off, not rounded: 99.8999 % must never be drawn as 99.9 %.

    The millionth of a digit heals floats such as 0.9989999999999999 for an exact 0.999.
    """
    return f"floor({expr} * 1e{digits} + 1e-6) / 1e{digits}"


def troubled(expr: str, lowest: str) -> str:
    """Only the objectives whose `lowest` metric is least at the end of the time range shown."""
    return f"{expr} and on ({OBJECTIVE}) bottomk({LINES}, {chosen(lowest, at=' @ end()')})"


def worst_states() -> str:
    """Statuses over time, of the objectives that are worst off at its end; the unknown ones included."""
    return f"{state()} and on ({OBJECTIVE}) topk({LINES}, {state(at=' @ end()')})"


def _is(status: Status) -> str:
    return f'status="{status.name}"'


_WITH_STATUS = f"{OBJECTIVE}, status"

ATTAINMENT = floored(chosen("sla_attainment_ratio"), 6)
TARGET = chosen("sla_target_ratio")
BUDGET_LEFT = floored(chosen("sla_error_budget_remaining_ratio"), 3)
DOWNTIME_LEFT = f"floor({chosen('sla_downtime_allowed_seconds')} - {chosen('sla_downtime_seconds')})"
FAILURES_LEFT = "floor({} - {})".format(
    chosen("sla_error_budget_allowed", 'unit="events"'), chosen("sla_error_budget_used", 'unit="events"')
)
COVERAGE = floored(chosen("sla_coverage_ratio"), 4)
CREDIT = chosen("sla_credit_ratio")
EXHAUSTION = chosen("sla_budget_exhaustion_timestamp_seconds")
BREACH_CERTAIN = chosen("sla_breach_certain")
WINDOW_END = chosen("sla_window_end_timestamp_seconds")
