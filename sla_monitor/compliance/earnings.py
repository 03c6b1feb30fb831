"""What each way of counting owes for a window, before caps and minima (domain.md 2.12)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

from sla_monitor.compliance import periods, remedies
from sla_monitor.compliance.ladders import Ladder
from sla_monitor.compliance.outcomes import Earlier, Outcome, since
from sla_monitor.compliance.periods import Calendar, Lapse, Unit
from sla_monitor.compliance.remedies import (
    Amount,
    Basis,
    Escalation,
    Exceedance,
    Failures,
    PerBlock,
    PerSubwindow,
    Proportional,
    Rule,
    Tiered,
)
from sla_monitor.compliance.spans import Span

NOTHING = Fraction(0)
DAYS = Calendar(Unit.DAY)


def owed(rule: Rule, outcome: Outcome) -> Amount:
    """There must be a verdict."""
    match rule:
        case Tiered() | Exceedance():
            return _of_tiers(rule, outcome)
        case PerBlock():
            return remedies.times(rule.credit, blocks(rule, outcome))
        case PerSubwindow():
            return remedies.times(rule.credit, sum(fails(rule, one.compared) for one in outcome.subwindows))
        case Proportional(factor=factor):
            return factor * outcome.missed if outcome.breached else NOTHING
        case Escalation():
            return of_steps(rule, failures(rule, outcome)) if outcome.breached else NOTHING
    return rule.credit if outcome.breached else NOTHING


def _of_tiers(rule: Tiered | Exceedance, outcome: Outcome) -> Amount:
    if isinstance(rule, Exceedance) and not outcome.breached:
        return NOTHING
    if outcome.undecided and isinstance(rule, Tiered) and rule.on is not Basis.BAD_SECONDS:
        return NOTHING
    found = ladder(rule, outcome)
    return found.reached.credit if found is not None and found.reached is not None else NOTHING


def ladder(rule: Tiered | Exceedance, outcome: Outcome) -> Ladder | None:
    """The tiers beside what they are held against; None where the window has no such number."""
    if isinstance(rule, Exceedance):
        excess = _excess(outcome)
        return None if excess is None else Ladder(rule.bands, excess, rising=True)
    if rule.on is Basis.BAD_SECONDS:
        return Ladder(rule.tiers, outcome.bad, rising=True)
    compared = outcome.percent and outcome.percent / 100 if rule.on is Basis.ATTAINMENT else outcome.value
    return None if compared is None else Ladder(rule.tiers, compared, outcome.rising)


def _excess(outcome: Outcome) -> Fraction | None:
    """100 · (v − limit) / limit, as a ratio; of what is to be reached, how much is lacking."""
    if outcome.value is None:
        return None
    beyond = outcome.value - outcome.limit
    return (beyond if outcome.rising else -beyond) / abs(outcome.limit)


def fails(rule: PerSubwindow, compared: Fraction | None) -> bool:
    """What nobody knows earns nothing."""
    return compared is not None and not rule.comparison.holds(compared, rule.target)


def failures(rule: Escalation, outcome: Outcome) -> int:
    """Broken windows that count together, this one taken for one of them."""
    return 1 + sum(one.breached is True for one in recalled(rule.within, outcome))


def recalled(within: Unit | Lapse | int, outcome: Outcome) -> tuple[Earlier, ...]:
    """The windows before this one that count together with it."""
    if isinstance(within, int):
        return outcome.history[-(within - 1) :] if within > 1 else ()
    first = since(within, outcome.window, outcome.zone)
    return tuple(one for one in outcome.history if one.window.span.start >= first)


def of_steps(rule: Escalation, count: int) -> Amount:
    """The credit of so many failures; a right to terminate comes on top of it, and takes none away."""
    paid = [(step.count, step.credit) for step in reached_steps(rule, count) if step.credit is not None]
    return max(paid, key=lambda step: step[0])[1] if paid else NOTHING


def reached_steps(rule: Escalation, count: int) -> tuple[Failures, ...]:
    return tuple(step for step in rule.steps if step.count <= count)


def blocks(rule: PerBlock, outcome: Outcome) -> int:
    """Those of the spells that begin in the window, also where they go on beyond it.

    One that began before it uses up what may be credited of a day, too.
    """
    spent: dict[int, int] = {}
    found = 0
    for spell in sorted(outcome.outages):
        counted = sum(_of_day(rule, day, count, spent) for day, count in _by_day(rule, spell, outcome))
        found += counted if spell.start in outcome.window.span else 0
    return found


def _of_day(rule: PerBlock, day: int, count: int, spent: dict[int, int]) -> int:
    allowed = count if rule.max_per_day is None else min(count, rule.max_per_day - spent.get(day, 0))
    spent[day] = spent.get(day, 0) + allowed
    return allowed


def _by_day(rule: PerBlock, spell: Span, outcome: Outcome) -> Iterator[tuple[int, int]]:
    """How many of its blocks begin on each local day; without a limit a day is as good as another."""
    count = _count(rule, spell)
    if rule.max_per_day is None:
        yield spell.start, count
        return
    first = 0
    while first < count:
        begin = spell.start + floor(first * rule.every)
        day = periods.window_at(DAYS, outcome.zone, begin).span
        last = min(count, ceil((day.end - spell.start) / rule.every))
        yield day.start, last - first
        first = last


def _count(rule: PerBlock, spell: Span) -> int:
    if rule.shortest is not None and not rule.shortest[0].holds(spell.seconds, rule.shortest[1]):
        return 0
    length = spell.seconds / rule.every
    return ceil(length) if rule.begun else floor(length)
