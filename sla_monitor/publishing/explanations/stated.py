"""What was stated of the window, beside what comes out now, as a step of an explanation."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from sla_monitor.compliance.explanations import Explanation
from sla_monitor.compliance.standings import Standing
from sla_monitor.publishing.explanations import promises
from sla_monitor.publishing.explanations.lines import THIN, Line, Step, moment, percent, quantity
from sla_monitor.publishing.explanations.numbers import WORDS, unit_of
from sla_monitor.publishing.web import crediting

NOTHING = "nothing known"


def statement(explanation: Explanation) -> Step | None:
    """None where nothing was stated."""
    filed = explanation.filed
    if filed is None:
        return None
    told, zone = filed.statement, explanation.standing.agreement.zone
    before, now = _numbers(filed.standing), _numbers(explanation.standing)
    issue = f"Statement {told.number}, version {told.version}, of {moment(told.made_at, zone)}"
    lines = [f"{issue}: {_figure(filed.standing)}, {WORDS[filed.standing.status]}."]
    differing = [f"{name}: {before[name]} stated, {now[name]} here." for name in now if before[name] != now[name]]
    if differing:
        lines += ["The numbers here differ from it:", *differing]
        lines.append("What was stated holds until it is stated again; `verify` tells what has changed since.")
    else:
        lines.append("The numbers here are the same.")
    return Step("statement", "What was stated", tuple(map(Line, lines)))


def _numbers(standing: Standing) -> dict[str, str]:
    return dict(_told(standing))


def _told(standing: Standing) -> Iterator[tuple[str, str]]:
    objective, unit = standing.objective, unit_of(standing.objective)
    yield "target", promises.shown(objective, objective.target)
    yield "attainment" if objective.is_share else "number", _figure(standing)
    if objective.is_share and standing.bad is not None and standing.total is not None:
        yield "bad", quantity(standing.bad, unit)
        yield "all", quantity(standing.total, unit)
    yield "excluded", quantity(Fraction(standing.excluded_seconds), "s")
    yield "verdict", WORDS[standing.status]
    if due := crediting.due(standing):
        yield "credit", due.replace(THIN, " ")


def _figure(standing: Standing) -> str:
    if standing.objective.is_share:
        return NOTHING if standing.attainment is None else percent(standing.attainment)
    return NOTHING if standing.value is None else promises.shown(standing.objective, standing.value)
