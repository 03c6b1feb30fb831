"""Promises whose windows are outlined alike: judged together, and each by its record when somebody looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance import columns, countings, owings, verdicts
from sla_monitor.compliance.columns import Figures
from sla_monitor.compliance.promises import Promises
from sla_monitor.compliance.slices import Ints, fraction_of
from sla_monitor.compliance.spans import Spans
from sla_monitor.compliance.standings import Outline, Standing
from sla_monitor.compliance.terms import Agreement, Objective
from sla_monitor.compliance.windows import Tally


def suits(agreement: Agreement, objective: Objective) -> bool:
    """Sums are enough for it and for its credit, and it is never amended."""
    remedy = objective.remedy
    plain = not agreement.amendments and (remedy is None or owings.suits(remedy))
    return plain and objective.is_share and not countings.needs_slices(objective)


@dataclass(frozen=True)
class Cohort:
    """Promises with one outline, all of one method, one remedy and one policy for missing data.

    sums: (sets, n, 5): of each of the outline's `sets` good, total (whole and parts) and known seconds, a row each.
    """

    outline: Outline
    promises: Promises
    sums: Ints

    def __len__(self) -> int:
        return len(self.promises)

    def standing(self, row: int) -> Standing:
        """The record of one, with all that is to be said of it."""
        amounts = self.sums[:, row].tolist()
        tallies = {spans: _tally(each, spans) for spans, each in zip(self.outline.sets, amounts, strict=True)}
        lookbacks = {name: tallies[spans] for name, (spans, _) in self.outline.lookbacks.items()}
        facts = self.outline.facts(tallies[self.outline.population], lookbacks)
        return verdicts.judge(self.promises.agreements[row], self.promises.objectives[row], facts)

    def taken(self, rows: npt.NDArray[np.int64]) -> Cohort:
        return Cohort(self.outline, self.promises.taken(rows.tolist()), self.sums[:, rows])

    @cached_property
    def figures(self) -> Figures:
        return columns.figures(self.outline, self.promises, self.sums)


def _tally(amounts: Sequence[int], spans: Spans) -> Tally:
    good, good_parts, total, total_parts, known = amounts
    return Tally(fraction_of(good, good_parts), fraction_of(total, total_parts), Fraction(known), spans.seconds)
