"""The window, the time in it that counts, and what is known of it: as steps of an explanation."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from zoneinfo import ZoneInfo

from sla_monitor.compliance.coverages import Coverage
from sla_monitor.compliance.exclusions import Applied
from sla_monitor.compliance.explanations import Explanation
from sla_monitor.compliance.periods import Rolling, local_text
from sla_monitor.compliance.populations import Why
from sla_monitor.compliance.spans import Spans
from sla_monitor.compliance.standings import Standing
from sla_monitor.publishing.explanations.lines import (
    HOUR,
    THIN,
    Line,
    Step,
    both,
    counted,
    length,
    moment,
    percent,
    quantity,
    seconds,
    stretch,
)
from sla_monitor.publishing.web import exclusions

MOST_STRETCHES = 10
"""More of one kind are told in one line."""
_TAKEN = {
    Why.TO_COME: "still to come",
    Why.TERM: "outside the term",
    Why.HOURS: "outside the service hours",
    Why.EXCLUDED: "excluded",
    Why.CUT: "in slices or intervals that a border cuts, or that are left out whole",
}


def window(explanation: Explanation) -> Step:
    return Step("window", "The window", tuple(_window(explanation)))


def _window(explanation: Explanation) -> Iterator[Line]:
    standing = explanation.standing
    span, zone = standing.window.span, standing.agreement.zone
    rolling = isinstance(standing.objective.window, Rolling) and standing.window.kind == "rolling"
    yield Line(f"{'The last ' if rolling else ''}{standing.window.label}, by the clocks of {zone.key}:")
    yield Line(f"from {both(span.start, zone)}")
    yield Line(f"until {both(span.end, zone)}.")
    yield seconds(f"it lasts: {length(span.seconds)}", span.seconds)
    if standing.window.whole is not None:
        whole = standing.window.whole
        told = f"from {moment(whole.start, zone)} until {moment(whole.end, zone)}"
        yield Line(f"An amendment changed the windows and cut this one, which would be {told}.")
    for day in explanation.odd_days:
        hours = quantity(Fraction(day.seconds, HOUR), "h")
        yield Line(f"The clocks are changed on {local_text(day.start, zone)[:10]}, which lasts {hours}.")
    if not standing.complete and not rolling:
        yield Line(f"It is not over: what follows is as of {both(standing.at, zone)}.")


def population(standing: Standing) -> Step:
    """The subtractions of measurement.md 2."""
    left = standing.known_seconds + standing.unknown_seconds
    whole = left + sum(one.seconds for one in standing.taken)
    lines = [seconds("the window", whole)]
    lines += [seconds(_TAKEN[one.why], one.seconds, "−") for one in standing.taken]
    lines.append(seconds(f"counts: {length(left)}", left, "="))
    hours = exclusions.hours(standing.objective)
    return Step("population", "The time that counts", (Line(f"Service hours: {hours}."), *lines))


def excluded(standing: Standing) -> Step | None:
    """What was declared, what of it counted, and why not more."""
    told = zip(standing.exclusions, exclusions.excluded(standing), strict=True)
    lines = [Line(_excluded(applied, words)) for applied, words in told]
    return Step("exclusions", "Exclusions", tuple(lines)) if lines else None


def _excluded(applied: Applied, words: exclusions.Excluded) -> str:
    counted = [words.counted] if applied.counted else []
    told = "; ".join((*counted, *words.refused))
    by = f" ({words.said})" if words.said else ""
    return f"{words.name} ({words.category}), {words.when}{by}: {told}.".replace(THIN, " ")


def coverage(explanation: Explanation) -> Step:
    return Step("coverage", "What is known of that time", tuple(_coverage(explanation)))


def _coverage(explanation: Explanation) -> Iterator[Line]:
    standing, told = explanation.standing, explanation.coverage
    if told is None:
        yield seconds("known", standing.known_seconds)
        yield seconds("unknown", standing.unknown_seconds, "+")
    else:
        yield from _kinds(told, counted=standing.objective.measurement.is_counted)
        yield from _stretches(told, standing.agreement.zone)
    if standing.coverage is not None:
        wanted = percent(standing.objective.min_coverage)
        yield Line(f"Known are {percent(standing.coverage)} of it; {wanted} were agreed to be enough.")


def _kinds(told: Coverage, *, counted: bool) -> Iterator[Line]:
    """Of what is sampled nobody can say that there was nothing to do."""
    yield seconds("known: the service was seen at work" if counted else "known", told.known.seconds)
    if counted:
        yield seconds("known: the service had nothing to do (no traffic)", told.quiet.seconds, "+")
    yield seconds("unknown: Prometheus had no sample (the target was not scraped)", told.unseen.seconds, "+")
    yield seconds("unknown: never asked for (the monitor was away, and has not caught up)", told.unasked.seconds, "+")
    yield seconds(f"all: {length(told.seconds)}", told.seconds, "=")


def _stretches(told: Coverage, zone: ZoneInfo) -> Iterator[Line]:
    for name, spans in (("No traffic", told.quiet), ("No sample", told.unseen), ("Never asked for", told.unasked)):
        yield from (Line(f"{name}: {text}") for text in _longest(spans, zone))


def _longest(spans: Spans, zone: ZoneInfo) -> Iterator[str]:
    """The longest stretches in order of time, and what the others come to."""
    by_length = sorted(spans, key=lambda span: (-span.seconds, span.start))
    shown, rest = by_length[:MOST_STRETCHES], by_length[MOST_STRETCHES:]
    yield from (f"{stretch(span, zone)}" for span in sorted(shown))
    if rest:
        more = counted(len(rest), "more stretch", "more stretches")
        yield f"{more}, {length(sum(span.seconds for span in rest))} together"


def measurement(explanation: Explanation) -> Step | None:
    """None where only the standing is known."""
    lines = tuple(_measurement(explanation))
    return Step("measurement", "How it was measured", lines) if lines else None


def _measurement(explanation: Explanation) -> Iterator[Line]:
    for one in explanation.evidence:
        m = one.measurement
        yield Line(f"{counted(one.slices, 'slice')} of {length(m.slice_seconds)} each, from the source {m.source}.")
        for asked in one.asked:
            when = "at the end" if asked.at_end else "at the start"
            yield Line(f"{asked.part}, asked {when} of every {length(asked.step)}:")
            yield Line(asked.query, verbatim=True)
