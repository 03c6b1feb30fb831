"""Where a document says `{{label}}`, and whether there is anything to be put in."""

from __future__ import annotations

from collections.abc import Iterator

from sla_monitor.agreements.filling import PLACE
from sla_monitor.agreements.findings import Finding, Loc
from sla_monitor.agreements.hints import did_you_mean
from sla_monitor.agreements.yamltree import Node

CUSTOMER = "customer"
_QUERIES = frozenset({"indicator", "query"})
"""Nothing is put into PromQL: that is what `match` is for."""


def strays(kind: str, root: Node) -> Iterator[Finding]:
    """Places of a template that no customer fills, or not each; in other documents names that wait to be filled."""
    if kind != "AgreementTemplate":
        yield from _unfilled(root)
        return
    spec = root.child("spec") or root
    if (discover := spec.child("discover")) is not None:
        label = discover.child("label")
        yield from _of_discovered(root, label.text if label is not None and label.text else "")
    elif (customers := spec.child("customers")) is not None:
        yield from _of_listed(root, customers.items or [])


def _of_discovered(root: Node, label: str) -> Iterator[Finding]:
    at: Loc = ("spec", "discover", "name")
    for place, name in (*_common(root), *_places(root.walk(at)[1], at)):
        if name not in (label, CUSTOMER):
            yield Finding(place, f"{_said(name)} is not the label that customers are discovered by", _known([label]))
    if label and label not in {name for _, name in _places(root.walk(at)[1], at)}:
        told = "name: is the same for every customer that is discovered"
        yield Finding(at, told, f"write {_said(label)} in it")


def _of_listed(root: Node, customers: list[Node]) -> Iterator[Finding]:
    labels = [frozenset((one.child("match") or Node(0, 0)).entries or {}) | {CUSTOMER} for one in customers]
    every, common = frozenset[str]().union(*labels), dict[str, Loc]()
    for place, name in _common(root):
        if name not in every:
            yield Finding(place, f"{_said(name)}: no customer is matched by such a label", _known(every, name))
        else:
            common.setdefault(name, place)
    for index, (customer, has) in enumerate(zip(customers, labels, strict=True)):
        at: Loc = ("spec", "customers", index)
        for name in sorted(common.keys() - has):
            yield Finding((*at, "match"), f"match: has no label {name!r}, which the template's texts want")
        overrides = customer.child("overrides")
        for place, name in _places(overrides, (*at, "overrides")) if overrides is not None else ():
            if name not in has:
                yield Finding(place, f"{_said(name)}: the customer is matched by no such label", _known(has, name))


def _common(root: Node) -> Iterator[tuple[Loc, str]]:
    for at in (("metadata",), ("spec", "template")):
        yield from _places(root.walk(at)[1], at)


def _unfilled(root: Node) -> Iterator[Finding]:
    objectives = root.walk(("spec", "objectives"))[1].items or []
    named: list[Loc] = [("metadata", "name"), *(("spec", "objectives", n, "name") for n in range(len(objectives)))]
    for at in named:
        taken, node = root.walk(at)
        if taken == at and node.text and (place := PLACE.search(node.text)):
            yield Finding(at, f"{place[0]} is filled in templates alone", "kind: AgreementTemplate, with customers")


def _places(node: Node, at: Loc) -> Iterator[tuple[Loc, str]]:
    for place in PLACE.finditer(node.text or ""):
        yield at, place[1]
    for name, (_, value) in (node.entries or {}).items():
        if name not in _QUERIES:
            yield from _places(value, (*at, name))
    for index, item in enumerate(node.items or []):
        yield from _places(item, (*at, index))


def _said(name: str) -> str:
    return f"{{{{{name}}}}}"


def _known(labels: frozenset[str] | list[str], name: str = "") -> str:
    known = sorted({*labels, CUSTOMER} - {""})
    return did_you_mean(name, known) or f"known: {', '.join(map(_said, known))}"
