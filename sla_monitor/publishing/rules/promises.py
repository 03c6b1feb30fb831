"""Alerts about what was promised: one rule for all objectives, each judged by its own numbers."""

from __future__ import annotations

from dataclasses import dataclass

from sla_monitor.publishing.rules import burning, identities
from sla_monitor.publishing.rules.expressions import Scope, percent, quoted
from sla_monitor.publishing.rules.identities import Identity

_USED = (
    quoted("sla_error_budget_remaining_ratio", "humanizePercentage", scale="1 - {}") + " of the error budget is used"
)
_KEPT = f"Attainment is {percent('sla_attainment_ratio')}, promised are {percent('sla_target_ratio')}"


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alerting rule; `wait` is how long it must hold, as Prometheus writes durations."""

    identity: Identity
    expr: str
    description: str
    wait: str = "0s"


def alerts(scope: Scope) -> tuple[AlertRule, ...]:
    return (
        _burn(scope, identities.BURN_PAGE, burning.PAGE),
        _burn(scope, identities.BURN_TICKET, burning.TICKET),
        AlertRule(
            identities.EXHAUSTED,
            scope.named(f"{scope.each('sla_error_budget_remaining_ratio')} <= 0"),
            f"Nothing is left of this window's error budget: {_USED}. {_KEPT}.",
        ),
        AlertRule(identities.BREACHED, _stands(scope, "breached"), f"{_KEPT}; {_USED}."),
        AlertRule(
            identities.BREACH_CERTAIN,
            scope.named(f"{scope.each('sla_breach_certain')} == 1"),
            f"Even a perfect rest of the window cannot keep it. {_KEPT}; the window ends {_WINDOW_END}.",
        ),
        AlertRule(identities.AT_RISK, _stands(scope, "at_risk"), f"{_KEPT}; {_USED}.{_EXHAUSTION}"),
        AlertRule(
            identities.COVERAGE_LOW,
            scope.named(f"{scope.each('sla_coverage_ratio')} < {scope.each('sla_coverage_min_ratio')}"),
            "Only {{ $value | humanizePercentage }} of the window is known, agreed are at least "
            f"{percent('sla_coverage_min_ratio')}.",
            # A window that has just begun has seen little of anything.
            wait="30m",
        ),
    )


def _burn(scope: Scope, identity: Identity, pairs: tuple[burning.Pair, ...]) -> AlertRule:
    rates = ", ".join(
        f"{quoted('sla_burn_rate', 'humanize', lookback=pair.long)} times over {pair.long}"
        f" (alerted from {quoted(burning.THRESHOLD, 'humanize', lookback=pair.long)})"
        for pair in pairs
    )
    told = f"The budget burns faster than it may: {rates}. {_KEPT}; {_USED}.{_EXHAUSTION}"
    return AlertRule(identity, scope.named(burning.burning(scope, pairs)), told)


def _stands(scope: Scope, status: str) -> str:
    return scope.named(f"{scope.each('sla_status', status=status)} == 1")


_WINDOW_END = quoted("sla_window_end_timestamp_seconds", "humanizeTimestamp")
_EXHAUSTION = quoted(
    "sla_budget_exhaustion_timestamp_seconds", 'humanizeTimestamp | printf " At this pace it is used up %s."'
)
