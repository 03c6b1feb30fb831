"""How a number came about, step by step, in words that can be sent to a customer."""

from __future__ import annotations

from sla_monitor.compliance.explanations import Explanation
from sla_monitor.compliance.standings import Standing
from sla_monitor.publishing.explanations import credits as crediting
from sla_monitor.publishing.explanations import numbers, promises, stated, targets, times
from sla_monitor.publishing.explanations import worst as troubles
from sla_monitor.publishing.explanations.lines import Line, Step


def steps(explanation: Explanation) -> tuple[Step, ...]:
    """From the promise to the credit. What there is nothing to say of is left out."""
    standing = explanation.standing
    found = [_promise(standing), times.window(explanation), times.population(standing), times.excluded(standing)]
    if standing.judged:
        found += [
            times.coverage(explanation),
            times.measurement(explanation),
            targets.amendments(standing),
            numbers.value(explanation),
        ]
    found += [numbers.verdict(standing), targets.budget(standing), crediting.credit(standing)]
    found += [stated.statement(explanation), troubles.worst(standing)]
    return tuple(step for step in found if step is not None)


def _promise(standing: Standing) -> Step:
    promised = promises.in_force(standing)
    texts = [promises.parties(standing.agreement), promises.promise(promised)]
    texts += [promised.description, *promises.method(promised), promises.missing(promised)]
    texts.append(promises.rounding(promised.rounding))
    return Step("promise", "What was promised", tuple(Line(text) for text in texts if text))
