"""When the error budget burns too fast: pairs of lookbacks, with thresholds that fit each window.

measurement.md 8, domain.md 3. The threshold of a pair is x = p·T/long: at that rate the share p of the
budget is gone after the long lookback. T is the true length of the current window, so Prometheus works it
out from the exported window (docs/decisions/0004-alerting-rules.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sla_monitor.compliance import amendments
from sla_monitor.compliance.burnrates import LOOKBACKS
from sla_monitor.compliance.ratios import ceiled
from sla_monitor.compliance.terms import Agreement, Objective
from sla_monitor.publishing.rules.expressions import KEYS, Scope

WINDOW_SECONDS = "sla:window:seconds"
THRESHOLD = "sla:burn_rate_threshold:ratio"


@dataclass(frozen=True, slots=True)
class Pair:
    """Fires when both lookbacks burn the budget as fast as `share` of it in the long one."""

    long: str
    short: str
    share: Fraction

    @property
    def seconds(self) -> int:
        return LOOKBACKS[self.long]


PAGE = (Pair("1h", "5m", Fraction(2, 100)), Pair("6h", "30m", Fraction(5, 100)))
TICKET = (Pair("1d", "2h", Fraction(10, 100)), Pair("3d", "6h", Fraction(10, 100)))

CEILING = Fraction(9, 10)
"""Of the fastest burn there is, 1/(1 − target). A cap of all of it would ask for an hour without one good event."""
FLOOR = Fraction(9, 10)
"""Below it the budget outlasts the window; February's 28/30 for three days is above."""
WINDOW_HOLDS = 3
"""A pair needs a window of so many of its long lookbacks, or the budget is gone before it could tell."""


def threshold(pair: Pair, seconds: int, objective: Objective) -> Fraction | None:
    """The burn rate from which the pair fires in a window of this length; None: it does not apply.

    The same arithmetic as the recording rule's, for `check` and for tests of the rule.
    """
    if seconds < WINDOW_HOLDS * pair.seconds:
        return None
    wanted = max(pair.share * seconds / pair.seconds, FLOOR)
    return min(wanted, CEILING / objective.budget_share) if objective.budget_share else wanted


def capped(agreement: Agreement, at: int) -> tuple[str, ...]:
    """A sentence for each threshold that could not have been reached, and was lowered."""
    return tuple(
        f"{agreement.name}/{objective.name}: {pair.share * 100} % of the error budget in {pair.long} would take"
        f" a burn rate of {ceiled(wanted, 2)}, and it cannot exceed {ceiled(1 / objective.budget_share, 2)};"
        f" the alert fires from {ceiled(CEILING / objective.budget_share, 2)}"
        for first in agreement.objectives
        for objective in (amendments.in_force(agreement, first, at),)
        for pair in (*PAGE, *TICKET)
        if (wanted := pair.share * amendments.window_of(agreement, first, at).span.seconds / pair.seconds)
        and wanted * objective.budget_share >= 1
    )


def recordings(scope: Scope) -> list[dict[str, Any]]:
    """The window's length and the threshold of each pair, by objective."""
    length = f"{scope.each('sla_window_end_timestamp_seconds')} - {scope.each('sla_window_start_timestamp_seconds')}"
    thresholds = [
        {"record": THRESHOLD, "labels": {"lookback": pair.long}, "expr": _threshold(scope, pair)}
        for pair in (*PAGE, *TICKET)
    ]
    return [{"record": WINDOW_SECONDS, "expr": length}, *thresholds]


def _threshold(scope: Scope, pair: Pair) -> str:
    window = scope.metric(WINDOW_SECONDS)
    cap = f"({float(CEILING)} / (1 - {scope.each('sla_target_ratio')}))"
    wanted = f"clamp_min({float(pair.share)} * {window} / {pair.seconds}, {float(FLOOR)})"
    long_enough = f"{window} >= {WINDOW_HOLDS * pair.seconds}"
    return f"(\n  ({wanted} < {cap})\n  or\n  {cap}\n)\nand\n({long_enough})"


def burning(scope: Scope, pairs: tuple[Pair, ...]) -> str:
    """One expression for all pairs: two rules of one identity would resolve each other's alert."""
    return "\nor\n".join(
        f"(\n  {_fires(scope, pair, pair.long)}\n  and\n  {_fires(scope, pair, pair.short)}\n)" for pair in pairs
    )


def _fires(scope: Scope, pair: Pair, lookback: str) -> str:
    rate, least = scope.each("sla_burn_rate", lookback=lookback), scope.metric(THRESHOLD, lookback=pair.long)
    return f"({rate} >= on ({KEYS}) {least})"
