"""How a promise stands in a window, also where amendments cut it (measurement.md 7, domain.md 2.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sla_monitor.compliance import amendments, attainments, ratios, standings, verdicts
from sla_monitor.compliance.amendments import Part
from sla_monitor.compliance.periods import Window, local_text
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.slices import Cells
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Facts, Standing, Status
from sla_monitor.compliance.terms import Agreement, MeasurementKey, Objective, Policy
from sla_monitor.compliance.windows import Tally

Parts = tuple[Part, ...]
GRAVITY = (Status.MET, Status.AT_RISK, Status.UNKNOWN, Status.BREACHED)
"""Of parts judged each for itself, the gravest decides."""


@dataclass(frozen=True)
class _Case:
    """A window, the instant it is judged at, and the cells that count in it."""

    agreement: Agreement
    window: Window
    at: int
    cells: Cells
    schedule: Schedule

    def facts(self, objective: Objective) -> Facts:
        return standings.facts_of(self.agreement, objective, self.window, self.at, self.cells, schedule=self.schedule)

    def narrowed(self, span: Span) -> _Case:
        return replace(self, window=replace(self.window, span=span))


def judge(
    agreement: Agreement,
    objective: Objective,
    window: Window,
    at: int,
    cells: Mapping[MeasurementKey, Cells],
    *,
    schedule: Schedule = ALWAYS,
) -> Standing:
    """The standing of a window under its amendments. `cells` by measurement, split at `amendments.borders`."""
    parts = amendments.versions(agreement, objective, window.span)
    case = _Case(agreement, window, at, amendments.spliced(agreement, objective, window.span, cells), schedule)
    standing = _weighed(case, parts)
    groups = _apart(parts)
    if len(groups) > 1 and standing.bounds is not None:
        standing = _together(case, standing, groups)
    return replace(standing, amendments=amendments.inside(agreement, objective, window.span))


def _weighed(case: _Case, parts: Parts) -> Standing:
    """One verdict for all parts: bad <= Σ (1 − targetᵢ) × totalᵢ. Of all else the terms in force now count."""
    current = amendments.at_instant(parts, case.at).objective
    facts = case.facts(current)
    if len(parts) == 1:
        return verdicts.judge(case.agreement, current, facts)
    held = [case.narrowed(part.span).facts(part.objective) for part in parts]
    facts = _added_up(facts, held)
    rate = attainments.per_second(facts.tally, current.method)
    seen = [_seen(part.objective, one, rate) for part, one in zip(parts, held, strict=True)]
    coming = [Fraction(one.rest + one.assumed_whole - one.assumed) for one in held]
    objective = replace(current, target=_mean(parts, seen, current), warn_at=_warning(parts, seen, current))
    facts = replace(facts, coming_share=1 - _mean(parts, coming, current))
    standing = verdicts.judge(case.agreement, objective, facts)
    told = _told(case, parts, seen) if standing.bounds is not None else ""
    return replace(standing, burn_rates=verdicts.burn_rates(current, facts), reason=standing.reason + told)


def _added_up(facts: Facts, held: Sequence[Facts]) -> Facts:
    """The whole is what its parts hold, each counted by its own terms."""
    tallies = [one.tally for one in held]
    return replace(
        facts,
        tally=Tally(
            good=sum((one.good for one in tallies), Fraction(0)),
            total=sum((one.total for one in tallies), Fraction(0)),
            known=sum((one.known for one in tallies), Fraction(0)),
            population=sum(one.population for one in tallies),
        ),
        rest=sum(one.rest for one in held),
        assumed=sum(one.assumed for one in held),
        assumed_whole=sum(one.assumed_whole for one in held),
    )


def _seen(objective: Objective, facts: Facts, rate: Fraction) -> Fraction:
    return attainments.counted(facts.tally, objective.method, objective.no_data).total + facts.assumed * rate


def _mean(parts: Parts, weights: Sequence[Fraction], current: Objective) -> Fraction:
    """The target that allows as much bad as those of all parts do together."""
    total = sum(weights, Fraction(0))
    promised = sum((part.objective.target * weight for part, weight in zip(parts, weights, strict=True)), Fraction(0))
    return promised / total if total else current.target


def _warning(parts: Parts, weights: Sequence[Fraction], current: Objective) -> Fraction | None:
    """Weighed as the target is, where all parts have one."""
    total = sum(weights, Fraction(0))
    levels = [part.objective.warn_at for part in parts]
    known = [level * weight for level, weight in zip(levels, weights, strict=True) if level is not None]
    return sum(known, Fraction(0)) / total if total and len(known) == len(parts) else current.warn_at


def _told(case: _Case, parts: Parts, seen: Sequence[Fraction]) -> str:
    """What the effective target comes from; nothing while all was seen under one target."""
    targets = {part.objective.target for part, weight in zip(parts, seen, strict=True) if weight}
    if len(targets) <= 1:
        return ""
    first, *others = parts
    words = [_percent(first.objective)]
    words += [f"from {local_text(part.span.start, case.agreement.zone)} {_percent(part.objective)}" for part in others]
    return f"; the target weighs {', '.join(words)}"


def _percent(objective: Objective) -> str:
    return f"{ratios.percent_text(objective.target * 100)} %"


def _apart(parts: Parts) -> list[Parts]:
    """Cut where an amendment's policy is to split: each of these is judged for itself."""
    groups: list[Parts] = []
    for part in parts:
        if not groups or (part.amendment is not None and part.amendment.policy is Policy.SPLIT):
            groups.append((part,))
        else:
            groups[-1] = (*groups[-1], part)
    return groups


def _together(case: _Case, whole: Standing, groups: list[Parts]) -> Standing:
    """Met only if each part is. The numbers are those of the whole window."""
    spans = [Span(group[0].span.start, group[-1].span.end) for group in groups]
    begun = [
        (span, _weighed(case.narrowed(span), group))
        for span, group in zip(spans, groups, strict=True)
        if span.before(case.at).intersect(case.agreement.term).seconds
    ]
    span, gravest = max(begun, key=lambda one: GRAVITY.index(one[1].status))
    judged = replace(
        whole,
        status=gravest.status,
        reason=_reason(case, gravest, span, len(begun)),
        breach_certain=any(piece.breach_certain for _, piece in begun),
    )
    return verdicts.credited(judged)


def _reason(case: _Case, gravest: Standing, span: Span, count: int) -> str:
    first, last = (local_text(instant, case.agreement.zone) for instant in (span.start, span.end))
    if gravest.status is Status.MET:
        return f"each of {count} parts keeps its own target; that until {last}: {gravest.reason}"
    return f"the part from {first} until {last}: {gravest.reason}"
