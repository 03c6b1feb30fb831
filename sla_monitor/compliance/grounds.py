"""What credits by outages, and by hours or days, rest on (domain.md 2.12)."""

from __future__ import annotations

from dataclasses import astuple, replace
from fractions import Fraction

from sla_monitor.compliance import attainments, countings, periods
from sla_monitor.compliance.countings import Case, Counted
from sla_monitor.compliance.digests import Held
from sla_monitor.compliance.figures import Figure, figure_of
from sla_monitor.compliance.methods import grows
from sla_monitor.compliance.outcomes import Subwindow
from sla_monitor.compliance.periods import Calendar
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import PerBlock, PerSubwindow
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import NoData, Objective


def outages_of(held: Held, counted: Counted, case: Case) -> tuple[Span, ...]:
    """The outages that touch the window, each whole; cut by exclusions, and where nothing is promised."""
    remedy = case.objective.remedy
    if remedy is None or not isinstance(remedy.rule, PerBlock):
        return ()
    lost = countings.lost_of(held, counted, case).minus(case.schedule.excluded)
    promised = case.schedule.promised([case.agreement.term]).intersect(lost)
    window = case.window.span
    return tuple(part for part in promised if part.start < window.end and window.start < part.end)


def subwindows_of(held: Held, counted: Counted, case: Case) -> tuple[Subwindow, ...]:
    """The hours or days that begin in the window, also those to come, each judged for itself as far as it is seen."""
    remedy = case.objective.remedy
    if remedy is None or not isinstance(remedy.rule, PerSubwindow):
        return ()
    rule = remedy.rule
    found = periods.windows_beginning_in(Calendar(rule.every), case.agreement.zone, case.window.span)
    return tuple(Subwindow(one.span, _compared(held, counted, replace(case, window=one), rule)) for one in found)


def _compared(held: Held, counted: Counted, case: Case, rule: PerSubwindow) -> Fraction | None:
    """As it is compared, after rounding; None where nothing was promised, or nothing can be said yet."""
    objective, end = case.objective, case.window.span.end
    seen = case.window.span.before(min(counted.seen_until(case.at), end))
    population = counted.population(seen, case.agreement.term, case.schedule)
    to_be_reached = rule.comparison in (Comparison.GE, Comparison.GT)
    if not population or (case.at < end and to_be_reached and grows(objective.method)):
        return None
    favoured = counted.favoured(population, case.schedule)
    tally = counted.tally(population, favoured)
    found = figure_of(held, counted, case, population, tally) or _share(counted, objective, population, favoured)
    value, least, most = (None if one is None else objective.compared(one) for one in astuple(found))
    unsure = objective.no_data is NoData.UNKNOWN or (objective.no_data is NoData.BAD and not objective.is_share)
    if not unsure or tally.coverage is None or tally.coverage >= objective.min_coverage:
        return value
    best, worst = (most, least) if to_be_reached else (least, most)
    return _surely(rule, best, worst)


def _share(counted: Counted, objective: Objective, population: Spans, favoured: Spans) -> Figure:
    tally, extremes = counted.tally(population, favoured), counted.bounds(population, favoured)
    attained = attainments.attain(tally, objective.method, objective.no_data, 0, extremes)
    return Figure(attained.share, attained.lower, attained.upper)


def _surely(rule: PerSubwindow, best: Fraction | None, worst: Fraction | None) -> Fraction | None:
    """Whatever the unknown time held, it keeps its target, or misses it (measurement.md 4)."""
    if worst is not None and rule.comparison.holds(worst, rule.target):
        return worst
    return best if best is not None and not rule.comparison.holds(best, rule.target) else None
