"""PromQL written from the parser's tree, so that what is read again is the same tree.

The parser's own printing loses the milliseconds of durations and the escapes of texts
(docs/decisions/0002-promql-from-parts.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import singledispatch
from typing import Any

import promql_parser as parser

SLICE = timedelta(milliseconds=1_234_567_891)
"""Stands for `$slice` in the tree: a length that nobody writes."""

OPERATORS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}
_UNITS = {"y": 31_536_000_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def quoted(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'


def printed(node: parser.Expr, more: Sequence[tuple[str, str]] = ()) -> str:
    """The tree as PromQL; `more`: labels with the values they must have, put into every vector selector."""
    return _printed(node, [f"{label(name)}={quoted(value)}" for name, value in more])


@singledispatch
def _printed(node: object, _more: list[str]) -> str:
    raise TypeError(f"no PromQL that is known: {type(node).__name__}")


@_printed.register
def _(node: parser.VectorSelector, more: list[str]) -> str:
    return f"{_selected(node, more)}{_moved(node)}"


@_printed.register
def _(node: parser.MatrixSelector, more: list[str]) -> str:
    inner = node.vector_selector
    return f"{_selected(inner, more)}[{_length(node.range)}]{_moved(inner)}"


@_printed.register
def _(node: parser.SubqueryExpr, more: list[str]) -> str:
    step = "" if node.step is None else _length(node.step)
    return f"{_printed(node.expr, more)}[{_length(node.range or timedelta())}:{step}]{_moved(node)}"


@_printed.register
def _(node: parser.AggregateExpr, more: list[str]) -> str:
    inside = [_printed(one, more) for one in (node.param, node.expr) if one is not None]
    how = ""
    if node.modifier is not None:
        by = node.modifier.type == parser.AggModifierType.By
        how = f" {'by' if by else 'without'} {_labels(node.modifier.labels)} "
    return f"{node.op}{how}({', '.join(inside)})"


@_printed.register
def _(node: parser.BinaryExpr, more: list[str]) -> str:
    how = _matching(node.modifier) if node.modifier is not None else ""
    return f"{_printed(node.lhs, more)} {str(node.op).strip()}{how} {_printed(node.rhs, more)}"


@_printed.register
def _(node: parser.Call, more: list[str]) -> str:
    return f"{node.func.name}({', '.join(_printed(one, more) for one in node.args)})"


@_printed.register
def _(node: parser.ParenExpr, more: list[str]) -> str:
    return f"({_printed(node.expr, more)})"


@_printed.register
def _(node: parser.UnaryExpr, more: list[str]) -> str:
    return f"-{_printed(node.expr, more)}"


@_printed.register
def _(node: parser.NumberLiteral, _more: list[str]) -> str:
    return _number(node.val)


@_printed.register
def _(node: parser.StringLiteral, _more: list[str]) -> str:
    return quoted(node.val)


def _selected(node: parser.VectorSelector, more: list[str]) -> str:
    groups = [node.matchers.matchers, *node.matchers.or_matchers]
    said = [[_matcher(one) for one in group] for group in groups if group] or [[]]
    inside = " or ".join(",".join([*group, *(one for one in more if one not in group)]) for group in said)
    return f"{node.name or ''}{{{inside}}}" if inside else node.name or "{}"


def _matcher(matcher: parser.Matcher) -> str:
    return f"{label(matcher.name)}{OPERATORS[str(matcher.op)]}{quoted(matcher.value)}"


def label(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else quoted(name)


def _labels(names: Sequence[str]) -> str:
    return f"({', '.join(map(label, names))})"


def _matching(how: parser.BinModifier) -> str:
    parts = [" bool"] if how.return_bool else []
    if how.matching is not None:
        on = how.matching.type == parser.LabelModifierType.Include
        parts.append(f" {'on' if on else 'ignoring'} {_labels(how.matching.labels)}")
    if how.card == parser.VectorMatchCardinality.ManyToOne:
        parts.append(f" group_left {_labels(how.group_labels or [])}")
    if how.card == parser.VectorMatchCardinality.OneToMany:
        parts.append(f" group_right {_labels(how.group_labels or [])}")
    fills = (("left", how.fill_values.lhs), ("right", how.fill_values.rhs))
    parts.extend(f" fill_{side} ({_number(value)})" for side, value in fills if value is not None)
    return "".join(parts)


def _moved(node: Any) -> str:
    """`@` and `offset` of a selector or a subquery."""
    parts = []
    if node.at is not None and node.at.at is not None:
        parts.append(f" @ {_number((node.at.at - _EPOCH).total_seconds())}")
    elif node.at is not None:
        parts.append(" @ start()" if node.at.type == parser.AtModifierType.Start else " @ end()")
    if node.offset is not None:
        back = node.offset < timedelta()
        parts.append(f" offset {'-' if back else ''}{_length(abs(node.offset))}")
    return "".join(parts)


def _number(value: float) -> str:
    return repr(value).removesuffix(".0").replace("inf", "Inf").replace("nan", "NaN")


def _length(length: timedelta) -> str:
    if length == SLICE:
        return "$slice"
    left, said = length // timedelta(milliseconds=1), ""
    for unit, ms in _UNITS.items():
        count, left = divmod(left, ms)
        said += f"{count}{unit}" if count else ""
    return said
