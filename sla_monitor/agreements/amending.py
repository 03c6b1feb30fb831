"""What an amendment makes of the objectives it changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.schema.documents import Amendment, TemplateSpec
from sla_monitor.agreements.schema.objectives import Objective, ObjectiveChange
from sla_monitor.agreements.schema.servicecredits import Credits


@dataclass(frozen=True, slots=True)
class Version:
    """An objective before and after an amendment; `change` is its place in the amendment, None: only credits did.

    credits: those of the agreement from then on.
    """

    before: Objective
    after: Objective
    change: int | None
    credits: Credits | None


def merged(objective: Objective, change: ObjectiveChange) -> Objective:
    """The objective with the parts written anew."""
    anew = {key: getattr(change, key) for key in change.model_fields_set - {"name"}}
    return objective.model_copy(update=anew)


def versions(spec: TemplateSpec) -> Iterator[tuple[Amendment, tuple[Version, ...]]]:
    """Each amendment with the objectives it changes, in order of time: each builds on those before it."""
    now, credits_ = {objective.name: objective for objective in spec.objectives}, spec.credits
    for amendment in spec.amendments:
        paid = amendment.credits is not None
        credits_ = amendment.credits or credits_
        changes = {change.name: index for index, change in enumerate(amendment.objectives)}
        made = [
            Version(
                now[name], merged(now[name], amendment.objectives[at]) if at is not None else now[name], at, credits_
            )
            for name in now
            if (at := changes.get(name)) is not None or (paid and now[name].credits is None)
        ]
        now |= {version.after.name: version.after for version in made}
        yield amendment, tuple(made)


def located(found: Finding, version: Version, amendment: Amendment, index: int) -> Finding:
    """A finding of a changed objective, at what changed it."""
    at: Loc = ("amendments", index)
    if version.change is not None:
        at = (*at, "objectives", version.change)
        change = amendment.objectives[version.change]
        said = {type(change).model_fields[key].alias or key for key in change.model_fields_set}
        at = (*at, *found.loc) if found.loc and found.loc[0] in said else at
    return replace(found, loc=at)
