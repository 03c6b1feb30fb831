"""Free queries asked for many values of a label at once: the tree told apart by the label wherever it merges series.

Only where each row is then what the query gives for that value alone; else it is asked by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import promql_parser as parser

from sla_monitor.sources import printing, promql
from sla_monitor.sources.printing import Form
from sla_monitor.sources.promql import Matcher, Selector

APART = frozenset({"absent", "absent_over_time", "scalar", "vector", "info"})
"""Functions that answer without the labels of what they were given."""

Change = Callable[[Selector], Selector]


@lru_cache(1 << 14)
def selectors(text: str) -> tuple[Selector, ...] | None:
    """Every selector of the query, also those of the past; None where it cannot be asked for many at once."""
    tree = promql.tree(text)
    found = tuple(_selectors(tree))
    return found if found and _is_groupable(tree) else None


def speaks_of(text: str, labels: Sequence[str]) -> bool:
    """A function of the query is given the name of one of these labels, and may make it another."""
    return any(isinstance(node, parser.StringLiteral) and node.val in labels for node in _nodes(promql.tree(text)))


def changed(text: str, change: Change, by: tuple[str, ...] = ()) -> str:
    """The query with its selectors changed, its rows told apart by these labels."""

    def matchers(group: Sequence[parser.Matcher]) -> Iterator[str]:
        held = Selector("", tuple(Matcher(m.name, printing.OPERATORS[str(m.op)], m.value) for m in group))
        return map(str, change(held).matchers)

    return printing.formed(promql.tree(text), Form(matchers=matchers, by=by))


def _selectors(tree: parser.Expr) -> Iterator[Selector]:
    for node in _nodes(tree):
        if isinstance(node, parser.VectorSelector):
            yield promql.of_node(node)


def _nodes(node: parser.Expr) -> Iterator[parser.Expr]:
    yield node
    for below in _below(node):
        yield from _nodes(below)


def _below(node: parser.Expr) -> Iterator[parser.Expr]:
    match node:
        case parser.BinaryExpr():
            yield from (node.lhs, node.rhs)
        case parser.Call():
            yield from node.args
        case parser.MatrixSelector():
            yield node.vector_selector
        case parser.AggregateExpr():
            yield node.expr
            if node.param is not None:
                yield node.param
        case parser.ParenExpr() | parser.UnaryExpr() | parser.SubqueryExpr():
            yield node.expr


def _is_groupable(tree: parser.Expr) -> bool:
    """No part of it loses the labels, and no two vectors are put together one of which never had them."""
    if any(_loses_labels(node) for node in _nodes(tree)):
        return False
    pairs = [(node.lhs, node.rhs) for node in _nodes(tree) if isinstance(node, parser.BinaryExpr)]
    return all(_is_number(one) or _reads(one) for pair in pairs for one in pair) and _reads(tree)


def _loses_labels(node: parser.Expr) -> bool:
    if isinstance(node, parser.VectorSelector):
        return bool(node.matchers.or_matchers)
    return isinstance(node, parser.Call) and node.func.name in APART


def _reads(tree: parser.Expr) -> bool:
    return any(isinstance(node, parser.VectorSelector) for node in _nodes(tree))


def _is_number(node: parser.Expr) -> bool:
    """It gives one number and no vector."""
    match node:
        case parser.NumberLiteral():
            return True
        case parser.ParenExpr() | parser.UnaryExpr():
            return _is_number(node.expr)
        case parser.BinaryExpr():
            return _is_number(node.lhs) and _is_number(node.rhs)
        case parser.Call():
            return node.func.name in ("time", "pi")
    return False
