"""Agreements held against each other: what supports a promise must not promise less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sla_monitor.agreements import amending
from sla_monitor.agreements.checks import Model, terms_of
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.objectivechecks import SHARES, method_of, share_of, text_of
from sla_monitor.agreements.schema.documents import TemplateSpec
from sla_monitor.agreements.schema.objectives import Objective
from sla_monitor.agreements.schema.parties import Customer
from sla_monitor.compliance.ratios import Comparison

_FALLING = (Comparison.LE, Comparison.LT)


@dataclass(frozen=True, slots=True)
class _Promise:
    agreement: str
    to: str
    objective: Objective


def weak_support(models: Sequence[Model]) -> Iterator[tuple[Model, Finding]]:
    """Objectives of internal and supplier agreements, weaker than what a customer is promised under the same name.

    An agreement supports those that name the same service.
    """
    promised: dict[tuple[str, str], list[_Promise]] = {}
    for model in models:
        _, spec = terms_of(model)
        if spec.type == "customer":
            for objective in latest(spec):
                made = _Promise(model.metadata.name, _customer(spec), objective)
                promised.setdefault((_service(model), objective.name), []).append(made)
    for model in models:
        at, spec = terms_of(model)
        if spec.type != "customer":
            for index, objective in enumerate(latest(spec)):
                above = promised.get((_service(model), objective.name), [])
                if weaker := [one for one in above if _is_weaker(objective, one.objective)]:
                    yield model, _told(objective, _strictest(weaker), (*at, "objectives", index, "target"))


def latest(spec: TemplateSpec) -> list[Objective]:
    """The objectives after all that was amended, in the file's order."""
    now = {objective.name: objective for objective in spec.objectives}
    for _, versions in amending.versions(spec):
        now |= {version.after.name: version.after for version in versions}
    return list(now.values())


def _told(objective: Objective, promise: _Promise, at: Loc) -> Finding:
    mine, theirs = (text_of(one.target.quantity) for one in (objective, promise.objective))
    to = f" promises {promise.to}" if promise.to else " promises"
    hint = "what supports a promise has to be at least as strict"
    return Finding(at, f"{mine} is weaker than the {theirs} that {promise.agreement}{to}", hint)


def _is_weaker(mine: Objective, theirs: Objective) -> bool:
    """Only where both are measured alike: two shares, or the same statistic compared the same way round."""
    kinds = {"share" if method_of(one) in SHARES else method_of(one) for one in (mine, theirs)}
    falling = {one.target.comparison in _FALLING for one in (mine, theirs)}
    if len(kinds) > 1 or len(falling) > 1:
        return False
    difference = share_of(mine.target) - share_of(theirs.target)
    return difference > 0 if True in falling else difference < 0


def _strictest(promises: list[_Promise]) -> _Promise:
    falling = promises[0].objective.target.comparison in _FALLING
    return (min if falling else max)(promises, key=lambda one: share_of(one.objective.target))


def _service(model: Model) -> str:
    return terms_of(model)[1].service or model.metadata.name


def _customer(spec: TemplateSpec) -> str:
    customer: Customer | None = spec.customer
    return customer.name if customer is not None else ""
