"""Agreements of customers who are found and not written down, from when they are there to when they have gone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sla_monitor.agreements import customers
from sla_monitor.agreements.findings import Fault, Finding, Located
from sla_monitor.agreements.icalendars import CalendarError
from sla_monitor.agreements.schema.documents import Present, TemplateCustomer
from sla_monitor.agreements.templates import Template
from sla_monitor.agreements.yamltree import Plain
from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.rolls import Presence, Roll, Search
from sla_monitor.compliance.terms import Agreement, SourceName

MOST = 10_000
"""Customers of a template, unless the settings allow other (agreements.max_discovered)."""
SHOWN_FOR = 100 * 86_400
"""Seconds for which an agreement is told after its end: a quarter is stated by then."""


@dataclass(frozen=True)
class Discovery:
    """A template whose customers are found by a query. `located`: a finding at its place in the file."""

    template: Template
    located: Located
    kept: dict[str, Agreement] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def line(self) -> int:
        """Where it says how they are found."""
        return self.located(Finding(("spec", "discover"), "")).line

    @cached_property
    def search(self) -> Search:
        model = self.template.model
        discover = model.spec.discover
        assert discover is not None  # noqa: S101 - that is why it is one
        source = SourceName(model.spec.template.source)
        return Search(model.metadata.name, source, discover.query, discover.label)

    def agreements(self, roll: Roll, taken: Mapping[str, str], most: int = MOST) -> Found:
        """An agreement for each customer: of those who come back the newest. `taken`: names, and where they are."""
        found, named = Found(), dict[str, str]()
        latest = [(value, times[-1]) for value, times in roll.times.items()]
        shown = sorted((one for one in latest if not _is_long_over(one[1], roll)), key=_first_come)
        before = dict(self.kept)
        self.kept.clear()
        for value, presence in shown[:most]:
            customer, said = _customer(self.search.label, value, presence)
            amiss = list(self._name_faults(customer, named, taken))
            found.faults += amiss
            if not amiss:
                self._add(found, customer, said, before)
        if len(shown) > most:
            told = f"discover: {len(shown)} customers are there, and {most} are taken on"
            found.faults.append(self._fault(told, "let the query tell fewer, or raise agreements.max_discovered"))
        return found

    def _name_faults(
        self, customer: TemplateCustomer, named: dict[str, str], taken: Mapping[str, str]
    ) -> Iterator[Fault]:
        name = customers.name_of(customers.pattern_of(self.template.model), customer)
        amiss = list(customers.name_faults(name, customer.name, named))
        if name in taken:
            amiss.append(Finding((), f"name: another agreement is called {name!r}", f"it is at {taken[name]}"))
        for one in amiss:
            yield self._fault(f"discover: {customer.name!r} is left out: {one.message}", one.hint)

    def _add(self, found: Found, customer: TemplateCustomer, said: Plain, before: Mapping[str, Agreement]) -> None:
        """Made once: thousands stay as they are when one comes."""
        key = json.dumps(said)
        try:
            made = before.get(key) or self.template.agreement(customer, said, self.line)
        except CalendarError as error:  # sound a moment ago
            found.faults.append(self._fault(f"discover: {customer.name!r} is left out: {error}", error.hint))
            return
        self.kept[key] = made
        if made.term.seconds:  # else its customer came after the end of the term, or left before it began
            found.agreements.append(made)

    def _fault(self, told: str, hint: str) -> Fault:
        return self.located(Finding(("spec", "discover", "query"), told, hint))


@dataclass(slots=True)
class Found:
    """What came of a roll."""

    agreements: list[Agreement] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def _customer(label: str, value: str, presence: Presence) -> tuple[TemplateCustomer, Plain]:
    """As a document would list it."""
    present: dict[str, str] = {}
    if presence.since is not None:
        present["from"] = rfc3339(presence.since)
    if presence.end is not None:
        present["until"] = rfc3339(presence.end)
    name, match = value.strip() or value, {label: value}
    said: dict[str, Plain] = {"name": name, "match": dict(match)}
    model = TemplateCustomer.model_construct(name=name, match=match)
    if not present:
        return model, said
    when = Present.model_construct(from_=present.get("from"), until=present.get("until"))
    return model.model_copy(update={"present": when}), {**said, "present": dict(present)}


def _is_long_over(presence: Presence, roll: Roll) -> bool:
    return presence.end is not None and (roll.looked or 0) - presence.end > SHOWN_FOR


def _first_come(one: tuple[str, Presence]) -> tuple[bool, int, str]:
    """Those who are there before those who have gone, and then in the order in which they came."""
    value, presence = one
    return presence.is_over, presence.since or 0, value
