"""What a statement says of a credit, with all that another needs to reckon it."""

from __future__ import annotations

from collections.abc import Iterator

from sla_monitor.compliance import earnings
from sla_monitor.compliance.notations import Record, exact
from sla_monitor.compliance.outcomes import Earlier, Grounds
from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.remedies import Days, Minimum, Money, PerSubwindow, Remedy
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing


def due_of(standing: Standing) -> Record | None:
    """None where no credits were agreed. Of hours and days only those are told that failed."""
    credit, remedy = standing.credit, standing.objective.remedy
    if credit is None or remedy is None:
        return None
    return {
        "ratio": exact(credit.ratio),
        "days": exact(credit.days),
        "of": remedy.of,
        "claim_until": None if credit.claim_until is None else rfc3339(credit.claim_until),
        "termination": credit.termination,
        "condition": None if credit.condition is None else _condition(credit.condition),
        "outages": [_span(one) for one in standing.grounds.outages],
        "failing": list(_failing(standing.grounds, remedy)),
        "earlier": [_earlier(one) for one in standing.grounds.history],
        "unknown_windows": credit.unknown_windows,
    }


def _condition(least: Minimum) -> Record:
    """Of money only: a share or days have been decided on."""
    money = least.amount
    assert isinstance(money, Money)  # noqa: S101 - that is what makes it a condition
    return {"comparison": least.comparison.value, "money": exact(money.value), "currency": money.currency}


def _failing(grounds: Grounds, remedy: Remedy) -> Iterator[Record]:
    if isinstance(remedy.rule, PerSubwindow):
        for one in grounds.subwindows:
            if earnings.fails(remedy.rule, one.compared):
                yield {**_span(one.span), "compared": exact(one.compared)}


def _earlier(one: Earlier) -> Record:
    """null: nobody knows, or the credit does not hang on it."""
    days = one.credit.count if isinstance(one.credit, Days) else None
    ratio = None if isinstance(one.credit, Days) else one.credit
    return {**_span(one.window.span), "breached": one.breached, "ratio": exact(ratio), "days": exact(days)}


def _span(span: Span) -> Record:
    return {"from": rfc3339(span.start), "until": rfc3339(span.end)}
