"""YAML as a tree of texts with positions. Scalars stay as written, so 99.9 is never a float."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from sla_monitor.agreements.findings import Loc

MAX_BYTES = 4 << 20
MAX_NODES = 200_000
"""Counted after aliases are written out, so a few lines cannot stand for millions."""
MAX_DEPTH = 40

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_PLAIN_TAGS = frozenset({None, "!", *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))})

Plain = str | list["Plain"] | dict[str, "Plain"] | None


class YamlError(ValueError):
    """The text is not the YAML read here; line and column count from 1."""

    def __init__(self, line: int, column: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.line, self.column, self.message, self.hint = line, column, message, hint


@dataclass(slots=True, eq=False)
class Node:
    """A scalar (`text`), a sequence (`items`) or a mapping (`entries`: key node and value by key)."""

    line: int
    column: int
    text: str | None = None
    items: list[Node] | None = None
    entries: dict[str, tuple[Node, Node]] | None = None
    size: int = 1
    height: int = 1

    def child(self, step: str | int) -> Node | None:
        if self.entries is not None and step in self.entries:
            return self.entries[str(step)][1]
        if self.items is not None and isinstance(step, int) and step < len(self.items):
            return self.items[step]
        return None

    def walk(self, loc: Loc) -> tuple[Loc, Node]:
        """As far along the way as this tree goes; steps that are no nodes here are passed over."""
        node: Node = self
        taken: list[str | int] = []
        for step in loc:
            if (child := node.child(step)) is not None:
                node, taken = child, [*taken, step]
        return tuple(taken), node

    def key(self, name: str) -> Node | None:
        return self.entries[name][0] if self.entries is not None and name in self.entries else None

    def plain(self) -> Plain:
        if self.entries is not None:
            return {name: value.plain() for name, (_, value) in self.entries.items()}
        if self.items is not None:
            return [item.plain() for item in self.items]
        return self.text


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One document of a file: its tree, the line its content begins on, and its text.

    Not `sound`: something in it was not read as it is written (a key given twice, a tag).
    """

    root: Node
    line: int
    text: str
    sound: bool


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come; in a mapping, `key` waits for its value."""

    node: Node
    anchor: str | None
    key: Node | None = None


@dataclass(slots=True)
class _Builder:
    """Turns parser events into trees, refusing what has no meaning here or would eat the machine."""

    faults: list[YamlError]
    total: int = 0
    anchors: dict[str, Node] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=list)
    root: Node | None = None

    def feed(self, event: yaml.Event) -> None:
        line, column = _place(event.start_mark)
        match event:
            case yaml.AliasEvent():
                self._add(self._counted(self._aliased(event.anchor, line, column), line, column))
            case yaml.ScalarEvent():
                self._check_tag(event.tag, line, column)
                null = event.implicit[0] and event.value in _NULLS
                node = self._counted(Node(line, column, None if null else event.value), line, column)
                self._add(self._named(event.anchor, node))
            case yaml.MappingStartEvent():
                self._open(event, Node(line, column, entries={}))
            case yaml.SequenceStartEvent():
                self._open(event, Node(line, column, items=[]))
            case yaml.CollectionEndEvent():
                ended = self.stack.pop()
                self._add(self._named(ended.anchor, ended.node))

    def _check_tag(self, tag: str | None, line: int, column: int) -> None:
        if tag not in _PLAIN_TAGS:
            self.faults.append(YamlError(line, column, f"the YAML tag {tag} means nothing here", "leave it out"))

    def _aliased(self, anchor: str | None, line: int, column: int) -> Node:
        # An anchor is known only when its node is whole, so no node can hold itself.
        if anchor is None or anchor not in self.anchors:
            raise YamlError(line, column, f"alias *{anchor} stands for nothing", f"anchor it above with &{anchor}")
        return self.anchors[anchor]

    def _named(self, anchor: str | None, node: Node) -> Node:
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def _counted(self, node: Node, line: int, column: int) -> Node:
        self.total += node.size
        if self.total > MAX_NODES:
            raise YamlError(line, column, f"more than {MAX_NODES} values in one file", "split the file")
        if len(self.stack) + node.height > MAX_DEPTH:
            raise YamlError(line, column, f"nested deeper than {MAX_DEPTH} levels", "no agreement needs that")
        return node

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent, node: Node) -> None:
        self._check_tag(event.tag, node.line, node.column)
        self.stack.append(_Open(self._counted(node, node.line, node.column), event.anchor))

    def _add(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        top.node.size += node.size
        top.node.height = max(top.node.height, node.height + 1)
        if top.node.items is not None:
            top.node.items.append(node)
        elif top.key is None:
            top.key = node
        elif top.node.entries is not None:
            self._enter(top.node.entries, top.key, node)
            top.key = None

    def _enter(self, entries: dict[str, tuple[Node, Node]], key: Node, value: Node) -> None:
        if key.text is None:
            self.faults.append(YamlError(key.line, key.column, "a key must be plain text"))
        elif key.text in entries:
            first = f"first on line {entries[key.text][0].line}"
            self.faults.append(YamlError(key.line, key.column, f"the key {key.text!r} is given twice", first))
        else:
            entries[key.text] = (key, value)


def parse(text: str) -> tuple[list[YamlDocument], list[YamlError]]:
    """The documents up to the first place that is no YAML, and everything wrong on the way."""
    documents: list[YamlDocument] = []
    faults: list[YamlError] = []
    try:
        documents.extend(_documents(text, faults))
    except YamlError as error:
        faults.append(error)
    except yaml.MarkedYAMLError as error:
        faults.append(_from_yaml(error))
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        column = len(before) - (before.rfind("\n") + 1) + 1
        faults.append(YamlError(before.count("\n") + 1, column, "a character that YAML does not take", "remove it"))
    return documents, faults


def _documents(text: str, faults: list[YamlError]) -> Iterator[YamlDocument]:
    lines = text.splitlines(keepends=True)
    builder, total, before = _Builder(faults), 0, 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.DocumentStartEvent):
            builder, before = _Builder(faults, total), len(faults)
        elif isinstance(event, yaml.DocumentEndEvent):
            root, total = builder.root, builder.total
            if root is not None and (root.text is not None or root.items is not None or root.entries is not None):
                line, column = _place(event.start_mark)
                end = line if column > 1 else line - 1
                yield YamlDocument(root, root.line, "".join(lines[root.line - 1 : end]), before == len(faults))
        else:
            builder.feed(event)


def _place(mark: Any) -> tuple[int, int]:
    """The libyaml parser's marks count from 0."""
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _from_yaml(error: yaml.MarkedYAMLError) -> YamlError:
    mark = error.problem_mark or error.context_mark
    line, column = _place(mark)
    told = error.problem or error.context or "cannot be read"
    return YamlError(line, column, f"not YAML: {told}", "is a quote, a bracket or an indent wrong?")
