"""What is read of the agreements in force: once, as long as they are the same."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from sla_monitor.compliance import conditions, lifetimes
from sla_monitor.compliance.bundles import Bundle
from sla_monitor.compliance.lifetimes import Lifetime
from sla_monitor.compliance.slices import Ints
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Agreement, AgreementName, MeasurementKey, Objective


class Roster:
    """`given`: what it was made of. Not for several threads at once."""

    def __init__(self, given: Sequence[Agreement]) -> None:
        self.given, self.agreements = given, tuple(given)
        self._dates: tuple[Span, dict[AgreementName, Lifetime]] | None = None

    @cached_property
    def promises(self) -> tuple[tuple[Agreement, Objective], ...]:
        return tuple((agreement, objective) for agreement in self.agreements for objective in agreement.objectives)

    @cached_property
    def bundle(self) -> Bundle:
        """All that is ever measured for them."""
        found = {m.key: m for agreement in self.agreements for _, m in conditions.measurements(agreement)}
        return Bundle(found.values())

    @cached_property
    def places(self) -> dict[MeasurementKey, int]:
        """Of each measurement in the bundle."""
        return {key: place for place, key in enumerate(self.bundle.keys)}

    @cached_property
    def own(self) -> Ints:
        """Of each promise the place of its measurement, as it is in force where nothing was amended."""
        return np.array([self.places[objective.measurement.key] for _, objective in self.promises], np.int64)

    def lifetimes(self, at: int) -> dict[AgreementName, Lifetime]:
        """The same dictionary until a date of one of them passes, or the clock is put back."""
        if self._dates is None or at not in self._dates[0]:
            found = {one.name: lifetimes.lifetime(one, at) for one in self.agreements}
            self._dates = Span(at, min((one.stays_until(at) for one in found.values()), default=at + 1)), found
        return self._dates[1]
