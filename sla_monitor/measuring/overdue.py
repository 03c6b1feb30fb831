"""Which windows have ended, and which of them are to be closed now (measurement.md 10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sla_monitor.compliance import amendments, conditions, countings, tilings
from sla_monitor.compliance.methods import Spells
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import Agreement, AgreementName, Measurement, MeasurementKey, Objective, ObjectiveKey
from sla_monitor.measuring.duties import OVERLAP
from sla_monitor.measuring.ports import Archive

GRACE = 86_400
"""Where windows close as soon as they are settled, so long is waited for what is lacking."""

Measured = Mapping[MeasurementKey, Spans]


@dataclass(frozen=True)
class Closable:
    """A window of an agreement with the promises that are stated of it."""

    agreement: Agreement
    window: Window
    objectives: tuple[Objective, ...]

    @property
    def key(self) -> tuple[AgreementName, str, int, int]:
        """What a statement of it is known by."""
        return self.agreement.name, self.window.kind, self.window.span.start, self.window.span.end

    @property
    def needs(self) -> Iterator[tuple[Measurement, Span]]:
        """What has to be known; a measurement that promises share may come several times."""
        for objective in self.objectives:
            yield from needed(self.agreement, objective, self.window)
            for m, span in conditions.needed(self.agreement, objective, self.window.span):
                if (due := span.intersect(self.window.span)).seconds:
                    yield m, outward(due, m)


GivenUp = Callable[[Closable, Measurement], bool]
"""Whether what the window lacks of the measurement will not come any more, as far as one can tell."""


def closable(agreement: Agreement, window: Window) -> Closable:
    """The window with the promises that have it, as they are agreed now."""
    found = [(o, tilings.stated_at(agreement, o, window.span.start)) for o in agreement.objectives]
    mine = [(o, one) for o, one in found if (one.kind, one.span) == (window.kind, window.span)]
    known = mine[0][1] if mine else window
    return Closable(agreement, known, tuple(o for o, _ in mine))


def needed(agreement: Agreement, objective: Objective, window: Window) -> Iterator[tuple[Measurement, Span]]:
    """The whole slices of the window, inside the term, of each version's measurement."""
    promised = window.span.intersect(agreement.term)
    for version, span in amendments.needed(agreement, objective):
        if (due := span.intersect(promised)).seconds:
            yield version.measurement, outward(due, version.measurement)


def outward(span: Span, measurement: Measurement) -> Span:
    s = measurement.slice_seconds
    return Span(span.start // s * s, -(-span.end // s) * s)


def judged_at(objective: Objective, window: Window, grace: int | None) -> int:
    """The instant as of which it is judged: a spell begun in the window has come to count by then.

    How long a spell lasts that has not ended when the window closes nobody knows; it counts as far as it is known.
    """
    (_, after), (_, counted) = countings.margins(objective), countings.margins(replace(objective, remedy=None))
    least = objective.method.at_least if isinstance(objective.method, Spells) else counted
    return window.span.end + min(after, max(grace or 0, least))


def due(found: Sequence[Closable], ledger: Archive, now: int, grace: int | None, given_up: GivenUp) -> list[Closable]:
    """What of it is to be closed now: `grace` seconds after its end; None: as soon as all its slices are settled.

    What is lacking is waited for until it is given up, and then told as unmeasured.
    """
    measured = ledger.measured({m.key for one in found for m, _ in one.needs})
    return [one for one in found if _is_due(one, measured, now, grace, given_up)]


def waiting(found: Sequence[Closable]) -> dict[ObjectiveKey, int]:
    """From when on data is still wanted of objectives whose windows are not closed yet."""
    since: dict[ObjectiveKey, int] = {}
    for one in found:
        for objective in one.objectives:
            key = (one.agreement.name, objective.name)
            since[key] = min(since.get(key, one.window.span.start), one.window.span.start)
    return since


def is_whole(one: Closable, measured: Measured) -> bool:
    """All its slices were asked for."""
    return not lacking(one, measured)


def closes_at(one: Closable, grace: int | None) -> int:
    """When it is closed at the latest, if nothing is lacking; not before a spell begun in it has come to count."""
    settled = max(judged_at(objective, one.window, grace) for objective in one.objectives)
    return max(one.window.span.end + (GRACE if grace is None else grace), settled)


def lacking(one: Closable, measured: Measured) -> Spans:
    """When something was not asked for that should have been."""
    return Spans.of(part for m, span in one.needs for part in _lacking(m, span, measured))


def _lacking(m: Measurement, span: Span, measured: Measured) -> Spans:
    return Spans.of([span]).minus(measured[m.key])


def _is_due(one: Closable, measured: Measured, now: int, grace: int | None, given_up: GivenUp) -> bool:
    if grace is None and all(_is_settled(m, span, measured, closes_at(one, 0)) for m, span in one.needs):
        return True
    lacking = (m for m, span in one.needs if _lacking(m, span, measured))
    return now >= closes_at(one, grace) and all(given_up(one, m) for m in lacking)


def _is_settled(m: Measurement, span: Span, measured: Measured, until: int) -> bool:
    """Measured until then, and so long ago that no pass asks for the last of it again."""
    last = measured[m.key].parts[-1].end if measured[m.key] else 0
    return not _lacking(m, span, measured) and last >= max(until, span.end) + OVERLAP * m.slice_seconds


def ended(agreement: Agreement, measured: Measured, now: int) -> Iterator[Closable]:
    """Its windows that are over, from the first of which something was measured on."""
    windows: dict[tuple[str, Span], tuple[Window, list[Objective]]] = {}
    for objective in agreement.objectives:
        spans = [measured[version.measurement.key] for version, _ in amendments.needed(agreement, objective)]
        first = min((one.parts[0].start for one in spans if one), default=now)
        touched = Span(first, max(first, now)).intersect(agreement.term)
        for window in tilings.touched(agreement, objective, touched):
            if window.span.end <= now:
                windows.setdefault((window.kind, window.span), (window, []))[1].append(objective)
    return (Closable(agreement, window, tuple(found)) for window, found in windows.values())
