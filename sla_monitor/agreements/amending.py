"""What an amendment makes of the objectives it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.schema.documents import Amendment, TemplateSpec
from sla_monitor.agreements.schema.exclusions import Exclusion
from sla_monitor.agreements.schema.objectives import Objective, ObjectiveChange
from sla_monitor.agreements.schema.servicecredits import Credits
from sla_monitor.compliance import periods


@dataclass(frozen=True, slots=True)
class Version:
    """An objective before and after an amendment; `change` is its place in the amendment, None: only credits did.

    credits: those of the agreement from then on, credits_before: until then.
    """

    before: Objective
    after: Objective
    change: int | None
    credits_before: Credits | None
    credits: Credits | None


def merged(objective: Objective, change: ObjectiveChange) -> Objective:
    """The objective with the parts written anew."""
    anew = {key: getattr(change, key) for key in change.model_fields_set - {"name"}}
    return objective.model_copy(update=anew)


def versions(spec: TemplateSpec) -> Iterator[tuple[Amendment, tuple[Version, ...]]]:
    """Each amendment with the objectives it changes, as the file lists them; each builds on those before it in time."""
    zone = periods.zone_of(spec.timezone)
    by_time = sorted(spec.amendments, key=lambda one: periods.parse_instant(one.effective, zone))
    made = {id(amendment): versions for amendment, versions in _in_turn(spec, by_time)}
    return ((amendment, made[id(amendment)]) for amendment in spec.amendments)


def _in_turn(spec: TemplateSpec, by_time: Iterable[Amendment]) -> Iterator[tuple[Amendment, tuple[Version, ...]]]:
    now, paid = {objective.name: objective for objective in spec.objectives}, spec.credits
    for amendment in by_time:
        changes = {change.name: index for index, change in enumerate(amendment.objectives)}
        paying = amendment.credits or paid
        made = []
        for name, objective in now.items():
            at = changes.get(name)
            if at is not None or (amendment.credits is not None and objective.credits is None):
                after = objective if at is None else merged(objective, amendment.objectives[at])
                made.append(Version(objective, after, at, paid, paying))
        now |= {version.after.name: version.after for version in made}
        paid = paying
        yield amendment, tuple(made)


def exclusions(spec: TemplateSpec) -> Iterator[tuple[Loc, Exclusion]]:
    """Those first agreed and those of amendments, each with its place."""
    yield from ((("exclusions", n), one) for n, one in enumerate(spec.exclusions))
    for index, amendment in enumerate(spec.amendments):
        yield from ((("amendments", index, "exclusions", n), one) for n, one in enumerate(amendment.exclusions or ()))


def located(found: Finding, version: Version, amendment: Amendment, index: int) -> Finding:
    """A finding of a changed objective, at what changed it."""
    at: Loc = ("amendments", index)
    if version.change is not None:
        at = (*at, "objectives", version.change)
        change = amendment.objectives[version.change]
        said = {type(change).model_fields[key].alias or key for key in change.model_fields_set}
        at = (*at, *found.loc) if found.loc and found.loc[0] in said else at
    return replace(found, loc=at)
