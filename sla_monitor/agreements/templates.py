"""One agreement for many customers: a template and its customers in, an ordinary agreement for each of them out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import yaml

from sla_monitor.agreements import customers
from sla_monitor.agreements.conversion import agreement_of
from sla_monitor.agreements.customers import UTC
from sla_monitor.agreements.filling import OWN_NAME, Form, Narrowing, Values, form_of
from sla_monitor.agreements.places import CUSTOMER
from sla_monitor.agreements.schema.documents import AgreementTemplate, Overrides, Present, TemplateCustomer
from sla_monitor.agreements.schema.parties import Customer
from sla_monitor.agreements.yamltree import Node, Plain
from sla_monitor.compliance import periods, terms
from sla_monitor.compliance.spans import FOREVER, Span


@dataclass
class Template:
    """A template that is sound. What equal overrides ask for is made once."""

    model: AgreementTemplate
    root: Node
    path: str
    promql: Narrowing
    _forms: dict[str, Form] = field(default_factory=dict)

    def listed(self) -> Iterator[terms.Agreement]:
        """An agreement for each customer that the document lists, in its order. Raises CalendarError."""
        nodes = self.root.walk(("spec", "customers"))[1].items or []
        for customer, node in zip(self.model.spec.customers or (), nodes, strict=True):
            yield self.agreement(customer, node.plain(), node.line)

    def agreement(self, customer: TemplateCustomer, said: Plain, line: int) -> terms.Agreement:
        """`said`: the customer as a document says it."""
        name = customers.name_of(customers.pattern_of(self.model), customer)
        values = Values(name, customers.texts_of(customer), customer.match)
        key = customers.key_of(said)
        if key not in self._forms:
            self._forms[key] = self._form(customer.overrides)
        made: terms.Agreement = self._forms[key](values)
        document = terms.Document(self.path, line, self._text(said))
        if customer.present is None:
            return replace(made, document=document)
        presence = _presence(customer.present)
        return replace(made, term=made.term.intersect(presence), presence=presence, document=document)

    def _form(self, overrides: Overrides | None) -> Form:
        spec = customers.overridden(self.model, overrides).spec.template
        if spec.customer is None:
            spec = spec.model_copy(update={"customer": Customer(name=f"{{{{{CUSTOMER}}}}}")})
        metadata = self.model.metadata.model_copy(update={"name": OWN_NAME})
        base = agreement_of(metadata, spec, terms.Document(self.path, 0, ""))
        return form_of(base, self.promql, [one.name for one in spec.objectives])

    def _text(self, said: Plain) -> str:
        """A document of this one agreement: others that come and go leave it as it is."""
        return f"{self._head}  customers:\n    - {_escaped(json.dumps(said, ensure_ascii=False))}\n"

    @cached_property
    def _head(self) -> str:
        plain = {name: self.root.walk((name,))[1].plain() for name in ("apiVersion", "kind", "metadata")}
        if isinstance(plain["metadata"], dict):
            plain["metadata"] = {**plain["metadata"], "name": customers.pattern_of(self.model)}
        plain["spec"] = {"template": self.root.walk(("spec", "template"))[1].plain()}
        return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120)


def _presence(said: Present) -> Span:
    since = 0 if said.from_ is None else periods.parse_instant(said.from_, UTC)
    return Span(since, FOREVER if said.until is None else periods.parse_instant(said.until, UTC))


def _escaped(text: str) -> str:
    """Characters that YAML wants escaped, which JSON does not."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)
