"""What looking back found, as JSON records and flat rows."""

from __future__ import annotations

from fractions import Fraction

from sla_monitor.compliance.baselines import Baseline
from sla_monitor.compliance.periods import Window, rfc3339
from sla_monitor.compliance.simulations import Pair, Simulation, Sum
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.publishing import records
from sla_monitor.publishing.records import Record


def baseline_record(made: Baseline) -> Record:
    """One objective; `worst` is null and so are the targets where no window says anything."""
    counted = {id(one) for one in made.counted}
    return {
        **_named(made),
        "target": float(made.objective.target),
        "from": rfc3339(made.span.start),
        "until": rfc3339(made.span.end),
        "data_from": None if made.since is None else rfc3339(made.since),
        "windows": [{**_window(one), "counted": id(one) in counted} for one in made.windows],
        "counted": len(made.counted),
        "kept": made.kept,
        "worst": None if made.worst is None else _window(made.worst),
        "typical": _number(made.typical),
        "tightest": {"always": _number(made.always), "in_95_percent": _number(made.mostly)},
        "warnings": list(made.warnings),
    }


def baseline_rows(made: Baseline) -> list[Record]:
    """One row a window, for CSV."""
    counted = {id(one) for one in made.counted}
    return [
        {**_named(made), "target": float(made.objective.target), **_window(one), "counted": id(one) in counted}
        for one in made.windows
    ]


def simulation_record(made: Simulation) -> Record:
    """One objective; a side is null where it has no such window, or no such objective."""
    agreement, objective = made.key
    return {
        "agreement": agreement,
        "objective": objective,
        "windows": [_pair(pair) for pair in made.pairs],
        "left_out": made.left_out,
        "sum": {"today": _sum(made.today), "changed": _sum(made.changed)},
    }


def simulation_rows(made: Simulation) -> list[Record]:
    """One row a window, for CSV."""
    agreement, objective = made.key
    empty = dict.fromkeys(_SIDE)
    return [
        {
            "agreement": agreement,
            "objective": objective,
            **_span(pair.window),
            "differs": pair.differs,
            **{f"today_{name}": value for name, value in (_side(pair.today) or empty).items()},
            **{f"changed_{name}": value for name, value in (_side(pair.changed) or empty).items()},
        }
        for pair in made.pairs
    ]


_TOLD = ("target", "attainment", "attainment_percent", "value", "coverage", "status", "reason")
_SIDE = (*_TOLD, "credit_percent")


def _pair(pair: Pair) -> Record:
    return {
        **_span(pair.window),
        "differs": pair.differs,
        "today": _side(pair.today),
        "changed": _side(pair.changed),
    }


def _side(standing: Standing | None) -> Record | None:
    if standing is None:
        return None
    whole = records.as_record(standing)
    credit = whole["credit"]
    return {**{name: whole[name] for name in _TOLD}, "credit_percent": None if credit is None else credit["percent"]}


def _sum(added: Sum) -> Record:
    return {
        "windows": added.windows,
        "kept": added.kept,
        "breached": added.breached,
        "unknown": added.unknown,
        "credit_percent": float(added.credit * 100),
    }


def _span(window: Window) -> Record:
    return {"window": window.label, "start": rfc3339(window.span.start), "end": rfc3339(window.span.end)}


def _named(made: Baseline) -> Record:
    return {
        "agreement": made.agreement.name,
        "objective": made.objective.name,
        "method": made.objective.method.name,
        "comparison": made.objective.comparison.value,
    }


def _window(standing: Standing) -> Record:
    whole = records.as_record(standing)
    return {
        **_span(standing.window),
        **{name: whole[name] for name in ("attainment", "attainment_percent", "value", "coverage")},
        "kept": None if standing.status is Status.UNKNOWN else standing.status is not Status.BREACHED,
    }


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
