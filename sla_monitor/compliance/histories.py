"""The windows before one that its credit hangs on (domain.md 2.12: failures in the last windows, long caps)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from sla_monitor.compliance import amendments, tilings, verdicts
from sla_monitor.compliance.outcomes import Earlier, anchor_of, since
from sla_monitor.compliance.periods import Lapse, Unit, Window
from sla_monitor.compliance.remedies import Amount, Days, Escalation, Remedy
from sla_monitor.compliance.servicecredits import Credit
from sla_monitor.compliance.spans import FOREVER
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import Agreement, Objective

LENGTHS = 4
UNDECIDED = (Status.UNKNOWN, Status.PENDING, Status.ENDED)


def before(agreement: Agreement, objective: Objective, window: Window, at: int) -> tuple[Window, ...]:
    """In order of time, no further back than the term reaches; none where the credit hangs on no other window.

    The terms are those by which the window is credited at the instant.
    """
    remedy = _remedy(agreement, objective, window, at)
    if remedy is None:
        return ()
    capped: tuple[Window, ...] = ()
    if remedy.long_cap is not None:
        capped = _back(agreement, objective, window, _capped_since(remedy.long_cap.per, agreement, window))
    if not isinstance(remedy.rule, Escalation):
        return capped
    # What the first of those capped earned hangs on failures before it, too.
    within, first = remedy.rule.within, capped[0] if capped else window
    if isinstance(within, int):
        return (*_back(agreement, objective, first, FOREVER, within - 1), *capped)
    return (*_back(agreement, objective, first, since(within, first, agreement.zone)), *capped)


def _remedy(agreement: Agreement, objective: Objective, window: Window, at: int) -> Remedy | None:
    if not agreement.amendments:
        return objective.remedy
    return amendments.at_instant(amendments.versions(agreement, objective, window.span), at).objective.remedy


def _back(agreement: Agreement, objective: Objective, window: Window, first: int, count: int = 0) -> tuple[Window, ...]:
    """The windows of statements before it that begin from `first` on, or so many; rolling ones have months."""
    found: list[Window] = []
    one = tilings.stated_at(agreement, objective, anchor_of(window))
    while True:
        one = tilings.stated_at(agreement, objective, one.span.start - 1)
        if one.span.end <= agreement.term.start or (one.span.start < first and len(found) >= count):
            return tuple(reversed(found))
        found.append(one)


def _capped_since(per: Unit | Lapse, agreement: Agreement, window: Window) -> int:
    """What a window earned under a cap over a length hangs on those before it, and so on to the term's start.

    Where no start was agreed, a few lengths must do.
    """
    if isinstance(per, Unit):
        return since(per, window, agreement.zone)
    return 0 if agreement.term.start else since(per.times(LENGTHS), window, agreement.zone)


def remembering(standing: Standing, history: Iterable[Earlier]) -> Standing:
    """With the credit it earns after these windows, which are in order of time; of each what the credit hangs on."""
    remedy = standing.objective.remedy
    capped = remedy is not None and remedy.long_cap is not None
    counted = remedy is not None and isinstance(remedy.rule, Escalation)
    kept = (
        replace(one, breached=one.breached if counted else None, credit=one.credit if capped else None)
        for one in history
    )
    return verdicts.credited(replace(standing, grounds=replace(standing.grounds, history=tuple(kept))))


def earlier(standing: Standing) -> Earlier:
    """What a window that was judged came to."""
    return Earlier(standing.window, breached(standing.status), earned(standing.credit))


def breached(status: Status) -> bool | None:
    return None if status in UNDECIDED else status is Status.BREACHED


def earned(credit: Credit | None) -> Amount | None:
    """Nothing where no credits were agreed; None where there was no verdict."""
    if credit is None:
        return Fraction(0)
    return Days(credit.days) if credit.days is not None else credit.ratio
