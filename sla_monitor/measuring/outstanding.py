"""Windows that ended without a statement, kept from look to look.

Of a million promises few windows end in a minute, and what was found of the others stays. An agreement is looked at
again when its next window ends, and when it was measured of another time than before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance import conditions, tilings
from sla_monitor.compliance.bundles import Bundle
from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import NOWHEN, Spans
from sla_monitor.compliance.terms import Agreement, AgreementName, Measurement, MeasurementKey
from sla_monitor.measuring import overdue
from sla_monitor.measuring.overdue import Closable, Measured
from sla_monitor.measuring.ports import Archive

_NEVER_LOOKED = -1
_Times = tuple[Ints, Sequence[Spans]]
"""Of each measurement, (n,), the number of the spans of which it was measured, and these."""


class Outstanding:
    """Not for several threads at once. Fresh it begins from the ledger alone."""

    def __init__(self) -> None:
        self._crowd, self._times, self._looked = _Crowd((), {}), _nothing(0), 0
        self._due = np.zeros(0, np.int64)
        self._open: dict[int, list[Closable]] = {}

    def unstated(self, agreements: Sequence[Agreement], ledger: Archive, now: int) -> list[Closable]:
        """Every window that ended, of which something was measured or that came after such a one, oldest first.

        Of the time before an agreement was in force here, only windows that were measured whole. `agreements`: they
        are the same as long as it is the same object. Raises LedgerError.
        """
        if agreements is not self._crowd.given or now < self._looked:
            self._take_on(_Crowd(agreements, ledger.first_used()), () if now < self._looked else self._crowd.given)
        crowd, times = self._crowd, ledger.alike(self._crowd.bundle)
        again = np.union1d(crowd.whose(_moved(self._times, times, crowd.settled)), np.flatnonzero(self._due <= now))
        some = [(place, crowd.given[place]) for place in again.tolist()]
        measured = ledger.measured(m.key for _, a in some for _, m in conditions.measurements(a))
        for place, agreement in some:
            since = crowd.since.get(agreement.name)
            self._due[place] = _NEVER_LOOKED if since is None else _next_end(agreement, now)
            self._open[place] = _found(agreement, measured, now if since is None else since, now)
        self._times, self._looked = times, now
        self._leave_out_stated(ledger)
        found = (one for some in self._open.values() for one in some)
        return sorted(found, key=lambda one: (one.window.span.end, one.window.span.start, one.agreement.name))

    def _take_on(self, crowd: _Crowd, before: Sequence[Agreement]) -> None:
        """What was found of the agreements that are still the same stays."""
        places = {id(agreement): place for place, agreement in enumerate(before)}
        stay = {new: places[id(a)] for new, a in enumerate(crowd.given) if id(a) in places}
        due = np.full(len(crowd.given), _NEVER_LOOKED, np.int64)
        due[list(stay)] = self._due[list(stay.values())]
        self._open = {new: self._open[old] for new, old in stay.items() if old in self._open}
        self._times = _carried(self._times, self._crowd.bundle, crowd.bundle)
        self._due, self._crowd = due, crowd

    def _leave_out_stated(self, ledger: Archive) -> None:
        """Also what another has stated meanwhile."""
        ends = [one.window.span.end for some in self._open.values() for one in some]
        stated = ledger.stated(min(ends)) if ends else ()
        left = ((place, [one for one in some if one.key not in stated]) for place, some in self._open.items())
        self._open = {place: some for place, some in left if some}


class _Crowd:
    """Agreements, and what is measured of each.

    rows: of each thing that is measured for one of them its place in the bundle, and owners: that of its agreement.
    since: when each was first in force; who never was is looked at each time. settled: no slice of a window that ended
    before all of them were in force comes after it.
    """

    def __init__(self, given: Sequence[Agreement], since: dict[AgreementName, int]) -> None:
        self.given, self.since = given, since
        found: dict[MeasurementKey, tuple[int, Measurement]] = {}
        rows, owners = list[int](), list[int]()
        for place, agreement in enumerate(given):
            for _, m in conditions.measurements(agreement):
                rows.append(found.setdefault(m.key, (len(found), m))[0])
                owners.append(place)
        self.bundle = Bundle(m for _, m in found.values())
        last = max((since[agreement.name] for agreement in given if agreement.name in since), default=0)
        self.settled = last + max((m.slice_seconds for _, m in found.values()), default=0)
        self._rows, self._owners = np.array(rows, np.int64), np.array(owners, np.int64)

    def whose(self, some: npt.NDArray[np.bool_]) -> Ints:
        """some: (n,) of the bundle. The places of the agreements that hang on them."""
        return self._owners[some[self._rows]]


def _nothing(count: int) -> _Times:
    return np.full(count, -1, np.int64), [NOWHEN]


def _carried(times: _Times, before: Bundle, after: Bundle) -> _Times:
    """Of a bundle what was known of another: of who is new nothing."""
    old = dict(zip(before.keys, times[0].tolist(), strict=True))
    return np.array([old.get(key, -1) for key in after.keys], np.int64), times[1]


def _moved(before: _Times, after: _Times, settled: int) -> npt.NDArray[np.bool_]:
    """(n,) which were measured of another time than before, beside that they went on."""
    (old, were), (new, are) = before, after
    pairs, kinds = np.unique((old + 1) * (len(are) + 1) + new + 1, return_inverse=True)
    both = (divmod(pair, len(are) + 1) for pair in pairs.tolist())
    otherwise = [_mark(were[o - 1], settled) != _mark(are[n - 1], settled) for o, n in both]
    return np.array(otherwise, bool)[kinds]


def _mark(spans: Spans, settled: int) -> tuple[object, ...]:
    """What ended windows hang on: of the last of the spans the end only as far as one can be whole without it."""
    if not spans:
        return ()
    *others, last = spans.parts
    return (*others, last.start, min(last.end, settled))


def _next_end(agreement: Agreement, now: int) -> int:
    return min(tilings.stated_at(agreement, objective, now).span.end for objective in agreement.objectives)


def _found(agreement: Agreement, measured: Measured, since: int, now: int) -> list[Closable]:
    return [
        one
        for one in overdue.ended(agreement, measured, now)
        if one.window.span.end > since or overdue.is_whole(one, measured)
    ]
