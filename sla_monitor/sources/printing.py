"""PromQL written from the parser's tree, so that what is read again is the same tree.

The parser's own printing loses the milliseconds of durations and the escapes of texts
(docs/decisions/0002-promql-from-parts.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Form:
    """How a tree is printed otherwise than it was read.

    more: matchers put into every vector selector. matchers: what becomes of those that it has. by: labels that
    everything is told apart by, for which the tree must be `groupable`.
    """

    more: tuple[str, ...] = ()
    matchers: Callable[[Sequence[parser.Matcher]], Iterable[str]] | None = None
    by: tuple[str, ...] = ()


def printed(node: parser.Expr, more: Sequence[tuple[str, str]] = ()) -> str:
    """The tree as PromQL; `more`: labels with the values they must have, put into every vector selector."""
    return _printed(node, Form(tuple(f"{label(name)}={quoted(value)}" for name, value in more)))


def formed(node: parser.Expr, form: Form) -> str:
    return _printed(node, form)


@singledispatch
def _printed(node: object, _form: Form) -> str:
    raise TypeError(f"no PromQL that is known: {type(node).__name__}")


@_printed.register
def _(node: parser.VectorSelector, form: Form) -> str:
    return f"{_selected(node, form)}{_moved(node)}"


@_printed.register
def _(node: parser.MatrixSelector, form: Form) -> str:
    inner = node.vector_selector
    return f"{_selected(inner, form)}[{_length(node.range)}]{_moved(inner)}"


@_printed.register
def _(node: parser.SubqueryExpr, form: Form) -> str:
    step = "" if node.step is None else _length(node.step)
    return f"{_printed(node.expr, form)}[{_length(node.range or timedelta())}:{step}]{_moved(node)}"


@_printed.register
def _(node: parser.AggregateExpr, form: Form) -> str:
    inside = [_printed(one, form) for one in (node.param, node.expr) if one is not None]
    how = f" by {_labels(form.by)} " if form.by else ""
    if node.modifier is not None:
        how = _grouping(node.modifier, form.by)
    return f"{node.op}{how}({', '.join(inside)})"


@_printed.register
def _(node: parser.BinaryExpr, form: Form) -> str:
    how = _matching(node.modifier, form.by) if node.modifier is not None else ""
    return f"{_printed(node.lhs, form)} {str(node.op).strip()}{how} {_printed(node.rhs, form)}"


@_printed.register
def _(node: parser.Call, form: Form) -> str:
    return f"{node.func.name}({', '.join(_printed(one, form) for one in node.args)})"


@_printed.register
def _(node: parser.ParenExpr, form: Form) -> str:
    return f"({_printed(node.expr, form)})"


@_printed.register
def _(node: parser.UnaryExpr, form: Form) -> str:
    return f"-{_printed(node.expr, form)}"


@_printed.register
def _(node: parser.NumberLiteral, _form: Form) -> str:
    return _number(node.val)


@_printed.register
def _(node: parser.StringLiteral, _form: Form) -> str:
    return quoted(node.val)


def _selected(node: parser.VectorSelector, form: Form) -> str:
    groups = [node.matchers.matchers, *node.matchers.or_matchers]
    said = [_matchers(group, form) for group in groups if group] or [[]]
    inside = " or ".join(",".join([*group, *(one for one in form.more if one not in group)]) for group in said)
    return f"{node.name or ''}{{{inside}}}" if inside else node.name or "{}"


def _matchers(group: Sequence[parser.Matcher], form: Form) -> list[str]:
    return [_matcher(one) for one in group] if form.matchers is None else [*form.matchers(group)]


def _matcher(matcher: parser.Matcher) -> str:
    return f"{label(matcher.name)}{OPERATORS[str(matcher.op)]}{quoted(matcher.value)}"


def label(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else quoted(name)


def _labels(names: Sequence[str]) -> str:
    return f"({', '.join(map(label, names))})"


def _grouping(how: parser.AggModifier, by: Sequence[str]) -> str:
    if how.type == parser.AggModifierType.By:
        return f" by {_labels([*how.labels, *(one for one in by if one not in how.labels)])} "
    return f" without {_labels([one for one in how.labels if one not in by])} "


def _matching(how: parser.BinModifier, by: Sequence[str]) -> str:
    parts = [" bool"] if how.return_bool else []
    if how.matching is not None:
        named = how.matching.labels
        if how.matching.type == parser.LabelModifierType.Include:
            parts.append(f" on {_labels([*named, *(one for one in by if one not in named)])}")
        else:
            parts.append(f" ignoring {_labels([one for one in named if one not in by])}")
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
