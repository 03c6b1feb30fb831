"""How a promise stands in a window, also where amendments cut it (measurement.md 7, domain.md 2.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sla_monitor.compliance import amendments, attainments, countings, populations, ratios, standings, verdicts
from sla_monitor.compliance.amendments import Part
from sla_monitor.compliance.digests import Held
from sla_monitor.compliance.methods import Share, Total
from sla_monitor.compliance.periods import Window, local_text
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Facts, Standing, Status, Weight
from sla_monitor.compliance.terms import Agreement, MeasurementKey, Objective, Policy
from sla_monitor.compliance.windows import Tally

Parts = tuple[Part, ...]
GRAVITY = (Status.MET, Status.AT_RISK, Status.UNKNOWN, Status.BREACHED)
"""Of parts judged each for itself, the gravest decides."""


@dataclass(frozen=True)
class _Case:
    """A window, the instant it is judged at, and what is held of each measurement that counts in it."""

    agreement: Agreement
    objective: Objective
    window: Window
    at: int
    held: Mapping[MeasurementKey, Held]
    schedule: Schedule

    def facts(self, objective: Objective) -> Facts:
        """Sums may be of several measurements, one after the other; spells and samples are of one."""
        if countings.needs_slices(objective):
            held = self.held[objective.measurement.key]
        else:
            held = amendments.spliced(self.agreement, self.objective, self.window.span, self.held)
        return standings.facts_of(self.agreement, objective, self.window, self.at, held, schedule=self.schedule)

    def narrowed(self, span: Span) -> _Case:
        return replace(self, window=self.window.part(span))


def judge(
    agreement: Agreement,
    objective: Objective,
    window: Window,
    at: int,
    held: Mapping[MeasurementKey, Held],
    *,
    schedule: Schedule = ALWAYS,
) -> Standing:
    """The standing of a window under its amendments. Sums that are held must be split at `amendments.borders`."""
    parts = amendments.versions(agreement, objective, window.span)
    case = _Case(agreement, objective, window, at, held, schedule)
    current = amendments.at_instant(parts, at)
    one_sum = _add_up(parts)
    standing = _weighed(case, parts) if one_sum else _weighed(case.narrowed(current.span), (current,))
    groups: list[Parts] = _apart(parts) if one_sum else [(part,) for part in parts]
    if len(groups) > 1 and standing.judged:
        standing = _together(case, standing, groups)
    inside = amendments.inside(agreement, objective, window)
    told = replace(standing, window=window, amendments=inside)
    return told if len(groups) == 1 else verdicts.credited(told)


def _add_up(parts: Parts) -> bool:
    """What they hold is of one unit and can be held against one target: shares, or amounts."""
    if len(parts) == 1:
        return True
    methods = [part.objective.method for part in parts]
    kinds = {type(one) for one in methods}
    return len({one.unit for one in methods}) == 1 and (
        kinds == {Total} or all(isinstance(one, Share) for one in methods)
    )


def _weighed(case: _Case, parts: Parts) -> Standing:
    """One verdict for all parts: bad <= Σ (1 − targetᵢ) × totalᵢ. Of all else the terms in force now count."""
    current = amendments.at_instant(parts, case.at).objective
    facts = case.facts(current)
    if len(parts) == 1:
        return verdicts.judge(case.agreement, current, facts)
    held = [case.narrowed(part.span).facts(part.objective) for part in parts]
    if isinstance(current.method, Total):
        lengths = [Fraction(part.span.intersect(case.agreement.term).seconds) for part in parts]
        standing = verdicts.judge(case.agreement, _promising(parts, lengths, current), facts)
        return replace(standing, weights=_weights(parts, lengths))
    facts = _added_up(facts, held, parts)
    rate = attainments.per_second(facts.tally, current.method)
    seen = [_seen(part.objective, one, rate) for part, one in zip(parts, held, strict=True)]
    coming = [Fraction(one.rest + one.assumed_whole - one.assumed) for one in held]
    facts = replace(facts, coming_share=1 - _mean(parts, coming, current))
    standing = verdicts.judge(case.agreement, _promising(parts, seen, current), facts)
    told = _told(case, parts, seen) if standing.judged else ""
    return replace(
        standing,
        burn_rates=verdicts.burn_rates(current, facts),
        reason=standing.reason + told,
        weights=_weights(parts, seen),
    )


def _promising(parts: Parts, weights: Sequence[Fraction], current: Objective) -> Objective:
    return replace(current, target=_mean(parts, weights, current), warn_at=_warning(parts, weights, current))


def _weights(parts: Parts, amounts: Sequence[Fraction]) -> tuple[Weight, ...]:
    if len({part.objective.target for part in parts}) == 1:
        return ()
    pairs = zip(parts, amounts, strict=True)
    return tuple(Weight(part.span, part.objective.target, amount) for part, amount in pairs)


def _added_up(facts: Facts, held: Sequence[Facts], parts: Parts) -> Facts:
    """The whole is what its parts hold, each counted by its own terms."""
    extremes = None
    if any(one.extremes is not None for one in held):
        pairs = [_extremes(one, part.objective) for one, part in zip(held, parts, strict=True)]
        extremes = (_sum([least for least, _ in pairs]), _sum([most for _, most in pairs]))
    known = [one.incidents for one in held if one.incidents is not None]
    return replace(
        facts,
        tally=_sum([one.tally for one in held]),
        rest=sum(one.rest for one in held),
        assumed=sum(one.assumed for one in held),
        assumed_whole=sum(one.assumed_whole for one in held),
        extremes=extremes,
        incidents=tuple(one for some in known for one in some) if known else None,
        taken=populations.added(one.taken for one in held),
    )


def _sum(tallies: Sequence[Tally]) -> Tally:
    return Tally(
        good=sum((one.good for one in tallies), Fraction(0)),
        total=sum((one.total for one in tallies), Fraction(0)),
        known=sum((one.known for one in tallies), Fraction(0)),
        population=sum(one.population for one in tallies),
        filled=any(one.filled for one in tallies),
    )


def _extremes(facts: Facts, objective: Objective) -> tuple[Tally, Tally]:
    """Where unknown time counts in proportion: all of it good, and all of it bad."""
    if facts.extremes is not None:
        return facts.extremes
    missing = attainments.unseen(facts.tally, objective.method)
    most = replace(facts.tally, total=facts.tally.total + missing, filled=True)
    return replace(most, good=most.good + missing), most


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
    """Met only if each part is. The numbers are those of the whole window, but for what the running part can bear."""
    spans = [Span(group[0].span.start, group[-1].span.end) for group in groups]
    begun = [
        (span, _weighed(case.narrowed(span), group))
        for span, group in zip(spans, groups, strict=True)
        if span.before(case.at).intersect(case.agreement.term).seconds
    ]
    span, gravest = max(begun, key=lambda one: GRAVITY.index(one[1].status))
    certain = any(piece.breach_certain for _, piece in begun)
    left = None if certain else begun[-1][1].projection.max_further_downtime
    return replace(
        whole,
        status=gravest.status,
        reason=_reason(case, gravest, span, len(begun)),
        projection=replace(whole.projection, max_further_downtime=left),
        breach_certain=certain,
    )


def _reason(case: _Case, gravest: Standing, span: Span, count: int) -> str:
    first, last = (local_text(instant, case.agreement.zone) for instant in (span.start, span.end))
    if gravest.status is Status.MET:
        return f"each of {count} parts keeps its own target; that until {last}: {gravest.reason}"
    return f"the part from {first} until {last}: {gravest.reason}"
