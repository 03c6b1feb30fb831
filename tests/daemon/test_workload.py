"""What a source is asked for: the same object as long as it is the same."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import Measurement, SourceName
from sla_monitor.daemon.sharing import Sharing
from sla_monitor.daemon.workload import WANTED_FOR, Workload
from tests.compliance.specimens import agreement, instant, objective
from tests.measuring.invented import events

HERE, DAY = SourceName("default"), 86_400
NOW = instant("2026-06-17T12:00:00+00:00")
ONE, OTHER = events("one"), events("other")


@dataclass
class Shared:
    """Which measurements are ours; `held` says that it changed."""

    ours: set[Measurement] = field(default_factory=lambda: {ONE, OTHER})
    held: frozenset[int] = frozenset({1})

    def measures(self, measurement: Measurement) -> bool:
        return measurement in self.ours


def of(*measurements: Measurement, **more: Any) -> tuple[Any, ...]:
    return tuple(agreement(objective(measurement=m, window=Calendar(Unit.DAY)), **more) for m in measurements)


def test_what_others_measure_is_left_to_them() -> None:
    shared = Shared()
    load, agreements = Workload(cast("Sharing", shared), 40 * DAY), of(ONE, OTHER)
    (both,) = load.of(HERE, agreements, {}, NOW)
    assert both.bundle.measurements == (ONE, OTHER)
    assert load.of(HERE, agreements, {}, NOW + 60)[0] is both
    assert load.of(SourceName("another"), agreements, {}, NOW) == ()
    shared.ours, shared.held = {OTHER}, frozenset({2})
    (mine,) = load.of(HERE, agreements, {}, NOW + 120)
    assert mine.bundle.measurements == (OTHER,)


def test_later_it_is_reckoned_anew_of_the_same_bundle() -> None:
    load, agreements = Workload(cast("Sharing", Shared()), 40 * DAY), of(ONE)
    (before,) = load.of(HERE, agreements, {}, NOW)
    (after,) = load.of(HERE, agreements, {}, NOW + DAY)
    assert after.bundle is before.bundle
    assert after.since.tolist() == [before.since[0] + DAY]
    (waiting,) = load.of(HERE, agreements, {(agreements[0].name, agreements[0].objectives[0].name): NOW - 9 * DAY}, NOW)
    assert waiting.since.tolist() == [NOW - 9 * DAY], "a window that is not closed yet"
    (other,) = load.of(HERE, of(OTHER), {}, NOW)
    assert other.bundle.measurements == (OTHER,)


def test_what_comes_into_force_within_the_hour_is_there_in_time() -> None:
    load = Workload(cast("Sharing", Shared()), 40 * DAY)
    begin = NOW // WANTED_FOR * WANTED_FOR + WANTED_FOR - 60
    coming = tuple(replace(one, term=Span(begin, FOREVER)) for one in of(ONE))
    assert [duty.since.tolist() for duty in load.of(HERE, coming, {}, NOW)] == [[begin]]
