"""Agreements with some values written anew before they are read: what would be if (`--set`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sla_monitor.agreements.findings import Loc
from sla_monitor.agreements.hints import did_you_mean
from sla_monitor.agreements.schema.documents import Spec
from sla_monitor.agreements.yamltree import Node, YamlDocument, parse

KEYS = frozenset(info.alias or name for name, info in Spec.model_fields.items())
EXAMPLE = "write OBJECTIVE.KEY=VALUE, as in availability.target=99.95%"


@dataclass(frozen=True, slots=True)
class Change:
    """A value for a place in a spec. agreement empty: wherever there is such a place; value None: taken out.

    The path begins with an objective's name, or with a key of the spec.
    """

    text: str
    agreement: str
    path: tuple[str, ...]
    value: Node | None


def read_change(text: str) -> Change:
    """`availability.target=99.95%`, `acme/availability.window={rolling: 7d}`. ValueError with a sentence otherwise."""
    place, equals, value = text.partition("=")
    agreement, slash, path = place.strip().rpartition("/")
    steps = tuple(path.split("."))
    if not equals or not all(steps) or (slash and not agreement):
        raise ValueError(f"{text!r} says no place and value: {EXAMPLE}")
    if not value.strip():
        return Change(text, agreement, steps, None)
    documents, faults = parse(value)
    if faults or len(documents) != 1:
        told = faults[0].message if faults else "several documents"
        raise ValueError(f"the value of {text!r} cannot be read: {told}")
    return Change(text, agreement, steps, documents[0].root)


@dataclass
class Changing:
    """Lays changes over documents as they are read, and remembers which found their place."""

    changes: Sequence[Change]
    placed: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    agreements: set[str] = field(default_factory=set)

    def __call__(self, document: YamlDocument) -> YamlDocument:
        root = document.root
        self.known |= {name for name in _objectives(root) if name}
        self.agreements.add(_text(root, ("metadata", "name")))
        for change in self.changes:
            for loc in _places(document.root, change):
                root = _put(root, loc, change)
                self.placed.add(change.text)
        return replace(document, root=root)

    @property
    def lost(self) -> list[str]:
        """What found no place, and what may have been meant."""
        return [self._lost(change) for change in self.changes if change.text not in self.placed]

    def _lost(self, change: Change) -> str:
        first, where = change.path[0], change.agreement
        if where and where not in self.agreements:
            return f"{change.text!r}: no agreement is called {where!r}{_hint(where, self.agreements)}"
        if len(change.path) == 1 and first in self.known:
            return f"{change.text!r} does not say which key of {first} is meant: {EXAMPLE}"
        told = did_you_mean(first, [*self.known, *KEYS])
        hint = f" ({told})" if told else _hint(first, self.known)
        return f"{change.text!r}: no objective and no key of the spec is called {first!r}{hint}"


def _hint(word: str, known: set[str]) -> str:
    told = did_you_mean(word, known) or f"there are: {', '.join(sorted(known)) or 'none'}"
    return f" ({told})"


def _places(root: Node, change: Change) -> Iterator[Loc]:
    """Where the value goes; amendments that write the same key anew are changed with it."""
    first, *rest = change.path
    at = _spec(root)
    if change.agreement and _text(root, ("metadata", "name")) != change.agreement:
        return
    if rest and first in _objectives(root):
        yield *at, "objectives", _objectives(root).index(first), *rest
        for number, index in _amended(root, first, rest[0]):
            yield *at, "amendments", number, "objectives", index, *rest
    elif rest and first == "spec":
        yield *at, *rest
    elif first in KEYS and root.child("spec") is not None:
        yield *at, *change.path
        for number, amendment in enumerate(_items(root, (*at, "amendments"))):
            if amendment.child(first) is not None:
                yield *at, "amendments", number, *change.path


def _spec(root: Node) -> Loc:
    """Where the terms stand: a template's are those of all its customers."""
    return ("spec", "template") if _text(root, ("kind",)) == "AgreementTemplate" else ("spec",)


def _amended(root: Node, name: str, key: str) -> Iterator[tuple[int, int]]:
    for at, amendment in enumerate(_items(root, (*_spec(root), "amendments"))):
        for index, changed in enumerate(_items(amendment, ("objectives",))):
            if _text(changed, ("name",)) == name and changed.child(key) is not None:
                yield at, index


def _objectives(root: Node) -> list[str]:
    return [_text(objective, ("name",)) for objective in _items(root, (*_spec(root), "objectives"))]


def _items(node: Node, loc: Loc) -> list[Node]:
    taken, found = node.walk(loc)
    return found.items or [] if taken == loc else []


def _text(node: Node, loc: Loc) -> str:
    taken, found = node.walk(loc)
    return found.text or "" if taken == loc else ""


def _put(node: Node, loc: Loc, change: Change) -> Node:
    """The tree with the value in its place; what is shared by an alias elsewhere stays as it is."""
    if not loc:
        return _moved(change.value, node) if change.value is not None else node
    step, rest = loc[0], loc[1:]
    if node.items is not None:
        return replace(node, items=_with_item(node.items, step, rest, change))
    entries = dict(node.entries or {})
    if change.value is None and not rest:
        entries.pop(str(step), None)
    else:
        key, child = entries.get(str(step)) or (Node(node.line, node.column, str(step)), _nothing(node))
        entries[str(step)] = (key, _put(child, rest, change))
    return replace(node, text=None, entries=entries)


def _with_item(items: list[Node], step: str | int, rest: Loc, change: Change) -> list[Node]:
    index = int(step) if str(step).isdecimal() else len(items)
    if index >= len(items):
        raise ValueError(f"{change.text!r}: {step} is none of the {len(items)} entries there; they count from 0")
    new = [] if change.value is None and not rest else [_put(items[index], rest, change)]
    return [*items[:index], *new, *items[index + 1 :]]


def _moved(node: Node, there: Node) -> Node:
    """What is wrong with the value is told at the place it was put."""
    entries = node.entries and {
        name: (_moved(key, there), _moved(value, there)) for name, (key, value) in node.entries.items()
    }
    items = node.items and [_moved(item, there) for item in node.items]
    return replace(node, line=there.line, column=there.column, items=items, entries=entries)


def _nothing(beside: Node) -> Node:
    return Node(beside.line, beside.column, entries={})
