"""Finding statements among others, as people name periods."""

from __future__ import annotations

from collections.abc import Sequence

from sla_monitor.compliance import periods
from sla_monitor.compliance.statements import Statement

PREVIOUS = "previous"


def of_period(statements: Sequence[Statement], period: str) -> list[Statement]:
    """Those whose window is called so; else those that begin in the period; `previous`: the one that ended last.

    Raises ValueError with a sentence for what names no period.
    """
    if period == PREVIOUS:
        return sorted(statements, key=lambda one: (one.window.span.end, one.number))[-1:]
    called = [one for one in statements if one.window.label == period]
    return called or [one for one in statements if _begins_in(one, period)]


def _begins_in(statement: Statement, period: str) -> bool:
    zone = periods.zone_of(statement.content["window"]["timezone"])
    return statement.window.span.start in periods.period_span(period, zone)
