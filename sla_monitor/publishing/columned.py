"""What each `sla_*` metric shows of a board's columns: the same as `pictures` reads off records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import compress

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.boards import Board, Columns
from sla_monitor.compliance.columns import STATUSES
from sla_monitor.compliance.promises import Mask
from sla_monitor.compliance.slices import Floats
from sla_monitor.publishing.labelling import Labelling
from sla_monitor.publishing.series import Column, Extra, Family, Named

INFO = "sla_objective_info"

Shown = tuple[Extra | None, Floats]
"""A label that tells series of an objective apart, and a value for each row; NaN: no series."""


class Told:
    """Columns of each family. They are made when somebody wants them: the labels of a million are a gigabyte."""

    def __init__(self, board: Board, named: Labelling) -> None:
        self._named = named
        self._shown = [(one, _shown(one)) for one in board.columns]

    def size(self, name: str) -> int:
        """So many series of a family are in columns."""
        return sum(int(_there(one, values).sum()) for one, shown in self._shown for _, values in shown.get(name, ()))

    def beside(self, family: Family) -> Family:
        """The family of records, with what columns tell."""
        more = [column for one, shown in self._shown for column in self._columns(one, family.name, shown)]
        return replace(family, columns=[*family.columns, *more]) if more else family

    def _columns(self, one: Columns, name: str, shown: Mapping[str, list[Shown]]) -> list[Column]:
        if name not in shown:
            return []
        whose, described = self._named.once(one.cohort.promises, Labelling.of_promises)
        return [_column(described if name == INFO else whose, one, values, extra) for extra, values in shown[name]]


def _column(labels: Named, one: Columns, values: Floats, extra: Extra | None) -> Column:
    there = _there(one, values)
    if there.all():
        return Column(labels, values, extra)
    return Column(Named(compress(labels, there.tolist())), values[there], extra)


def _there(one: Columns, values: Floats) -> Mask:
    found: Mask = one.cohort.figures.sure & ~np.isnan(values)
    return found


def _shown(one: Columns) -> dict[str, list[Shown]]:
    figures, promises, outline = one.cohort.figures, one.cohort.promises, one.cohort.outline
    unit = promises.objectives[0].unit
    return {
        INFO: [(None, np.ones(len(promises)))],
        "sla_target_ratio": [(None, promises.targets)],
        "sla_warn_ratio": [(None, promises.warn_at)],
        "sla_attainment_ratio": [(None, figures.attainment)],
        "sla_attainment_lower_bound_ratio": [(None, figures.lower)],
        "sla_attainment_upper_bound_ratio": [(None, figures.upper)],
        "sla_good": [(("unit", unit), figures.good)],
        "sla_total": [(("unit", unit), figures.total)],
        "sla_error_budget_remaining_ratio": [(None, figures.remaining)],
        "sla_error_budget_allowed": [(("unit", unit), figures.allowed)],
        "sla_error_budget_used": [(("unit", unit), figures.used)],
        "sla_burn_rate": [(("lookback", name), rates) for name, rates in figures.burn_rates.items()],
        **({} if unit != "seconds" else _downtime(figures.used, figures.allowed)),
        **({} if figures.credit is None else {"sla_credit_ratio": [(None, figures.credit)]}),
        "sla_status": _statuses(figures.statuses),
        "sla_breach_certain": [(None, figures.certain)],
        "sla_budget_exhaustion_timestamp_seconds": [(None, figures.exhaustion)],
        "sla_coverage_ratio": [(None, figures.coverage)],
        "sla_coverage_min_ratio": [(None, promises.min_coverage)],
        "sla_excluded_seconds": [(None, np.full(len(promises), float(outline.excluded)))],
        "sla_window_start_timestamp_seconds": [(None, np.full(len(promises), float(outline.window.span.start)))],
        "sla_window_end_timestamp_seconds": [(None, np.full(len(promises), float(outline.window.span.end)))],
        "sla_previous_attainment_ratio": [(None, one.past.attainment)],
        "sla_previous_status": _statuses(one.past.statuses),
    }


def _downtime(used: Floats, allowed: Floats) -> dict[str, list[Shown]]:
    return {"sla_downtime_seconds": [(None, used)], "sla_downtime_allowed_seconds": [(None, allowed)]}


def _statuses(found: npt.NDArray[np.int8]) -> list[Shown]:
    """1 for the status, 0 for the others; nothing where there is none."""
    return [
        (("status", status.value), np.where(found < 0, np.nan, found == place)) for place, status in enumerate(STATUSES)
    ]
