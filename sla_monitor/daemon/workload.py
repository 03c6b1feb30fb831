"""What each source is to be asked for by this replica."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from sla_monitor.compliance.terms import Agreement, MeasurementKey, ObjectiveKey, SourceName
from sla_monitor.daemon.sharing import Sharing
from sla_monitor.measuring import duties
from sla_monitor.measuring.duties import Duty, Task

WANTED_FOR = 3600
Place = tuple[int, Mapping[ObjectiveKey, int], tuple[Agreement, ...]]


class Workload:
    """limit: seconds back that are caught up with at most. For several threads: of a million it takes a while."""

    def __init__(self, sharing: Sharing, limit: int) -> None:
        self._sharing, self._limit, self._lock = sharing, limit, threading.Lock()
        self._wanted: tuple[Place, dict[MeasurementKey, Task]] | None = None
        self._mine: dict[SourceName, tuple[dict[MeasurementKey, Task], frozenset[int], tuple[Duty, ...]]] = {}

    def of(
        self, source: SourceName, agreements: tuple[Agreement, ...], waiting: Mapping[ObjectiveKey, int], now: int
    ) -> tuple[Duty, ...]:
        """The same as long as it is the same."""
        with self._lock:
            return self._of(source, agreements, waiting, now)

    def _of(
        self, source: SourceName, agreements: tuple[Agreement, ...], waiting: Mapping[ObjectiveKey, int], now: int
    ) -> tuple[Duty, ...]:
        tasks, held = self._tasks((now // WANTED_FOR, waiting, agreements), now), self._sharing.held
        kept = self._mine.get(source)
        if kept is None or kept[0] is not tasks or kept[1] != held:
            mine = [one for one in tasks.values() if one.measurement.source == source]
            ours = [one for one in mine if self._sharing.measures(one.measurement)]
            kept = self._mine[source] = (tasks, held, duties.duties(ours, kept[2] if kept else ()))
        return kept[2]

    def _tasks(self, place: Place, now: int) -> dict[MeasurementKey, Task]:
        """Reckoned anew each hour, for the whole of it: what is wanted a little longer than needed costs nothing."""
        if self._wanted is None or not _same(self._wanted[0], place):
            _, waiting, agreements = place
            self._wanted = place, duties.tasks(agreements, now, self._limit, waiting, WANTED_FOR)
        return self._wanted[1]


def _same(one: Place, other: Place) -> bool:
    """Agreements are compared by looking whether they are the same: ten thousand of them are long texts."""
    return one[:2] == other[:2] and one[2] is other[2]
