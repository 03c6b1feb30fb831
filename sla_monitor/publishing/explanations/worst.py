"""The stretches of time that cost most, as a step of an explanation."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from sla_monitor.compliance.incidents import Incident
from sla_monitor.compliance.methods import Spells
from sla_monitor.compliance.standings import Standing
from sla_monitor.publishing.explanations.lines import Line, Step, about, counted, stretch
from sla_monitor.publishing.explanations.numbers import unit_of

MOST = 10
"""So many of the worst stretches are told."""


def worst(standing: Standing) -> Step | None:
    """None where it was not looked for, or there is none."""
    found = standing.incidents
    if not found:
        return None
    most = sorted(found, key=lambda one: (-one.bad, one.span))[:MOST]
    spells = isinstance(standing.objective.method, Spells)
    lines = [Line(f"{_many(len(found), spells=spells)}{'; the worst first' if len(found) > 1 else ''}:")]
    lines += [_incident(one, standing) for one in most]
    lines += list(_rest(found, most, standing))
    return Step("worst", "The outages" if spells else "The worst stretches", tuple(lines))


def _many(count: int, *, spells: bool) -> str:
    if spells:
        return f"{counted(count, 'outage')} {'counts' if count == 1 else 'count'}"
    return f"{counted(count, 'stretch', 'stretches')} of time {'was' if count == 1 else 'were'} worse than promised"


def _incident(one: Incident, standing: Standing) -> Line:
    share = _share(one, standing)
    at_worst = "" if isinstance(standing.objective.method, Spells) else f", at worst {about(one.worst)} bad"
    return Line(
        f"{stretch(one.span, standing.agreement.zone)}{at_worst}{share}", "", one.bad, unit_of(standing.objective)
    )


def _share(one: Incident, standing: Standing) -> str:
    if standing.budget is None or not standing.budget.allowed:
        return ""
    return f", {about(one.bad / standing.budget.allowed)} of the budget"


def _rest(found: tuple[Incident, ...], most: list[Incident], standing: Standing) -> Iterator[Line]:
    """What all others cost together, and what was bad outside of any."""
    unit = unit_of(standing.objective)
    listed, all_ = (sum((one.bad for one in some), Fraction(0)) for some in (most, found))
    if left := len(found) - len(most):
        yield Line(f"{left:,} more", "", all_ - listed, unit)
    if standing.bad is not None and (scattered := standing.bad - all_) > 0:
        yield Line("bad at times that were no worse than promised", "", scattered, unit)
