"""PromQL: read with the field's parser, written from parts.

Free queries are changed in their tree and printed anew (docs/decisions/0002-promql-from-parts.md).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from sys import intern

import promql_parser as parser

from sla_monitor.sources import printing

TARGET = ("job", "instance")
_TOKENS = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`|#[^\n]*|\$slice\b")
"""Strings and comments are tokens of their own, so that a `$slice` inside them is left alone."""

_BRACKETS = re.compile(r"[()\[\]{}]")
_OPERATORS = re.compile(r"[-+*/%^<>]|[=!]=|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
MOST = 100
"""Of a query somebody means; people have trouble with a tenth of it."""

_BEFORE_1970 = re.compile(r"@\s*-")


@dataclass(frozen=True, slots=True, order=True)
class Matcher:
    label: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f"{printing.label(self.label)}{self.operator}{printing.quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class Selector:
    """A plain vector selector. `name` is empty where only `__name__` matchers name the metric."""

    name: str
    matchers: tuple[Matcher, ...]

    def __str__(self) -> str:
        inside = ",".join(str(matcher) for matcher in self.matchers)
        return f"{self.name}{{{inside}}}" if inside else self.name

    def renamed(self, suffix: str) -> Selector:
        """The same series under a name with a suffix, such as `_bucket`."""
        return Selector(self.name + suffix, self.matchers)

    def narrowed(self, *matchers: Matcher) -> Selector:
        return Selector(self.name, (*self.matchers, *matchers))

    def of_target(self, borne: Collection[str] = TARGET) -> tuple[Matcher, ...]:
        """The matchers that say which target is scraped; none where neither job nor instance is among them.

        `borne`: the labels that `up` of the target bears.
        """
        if not any(m.label in TARGET for m in self.matchers):
            return ()
        return tuple(m for m in self.matchers if m.label in TARGET or m.label in borne)


@lru_cache(1 << 15)
def selector(text: str) -> Selector:
    """Parses a plain vector selector; ValueError with a sentence for anything else."""
    node = _parsed(text)
    if not isinstance(node, parser.VectorSelector):
        raise ValueError(  # noqa: TRY004 - the value is wrong, not the type
            f'wants a plain selector such as http_requests_total{{job="api"}}, not {text.strip()[:60]!r}'
        )
    if node.offset is not None or node.at is not None:
        raise ValueError("a selector takes no offset and no @: slices carry their own instant")
    return of_node(node)


def selectors_in(text: str) -> tuple[Selector, ...]:
    """Every vector selector of a query that reads the present, in order, without doubles."""
    found: dict[Selector, None] = {}

    def visit(node: object) -> bool:
        if isinstance(node, parser.VectorSelector) and node.offset is None and node.at is None:
            found[of_node(node)] = None
        if isinstance(node, parser.MatrixSelector):
            visit(node.vector_selector)
        return True

    parser.walk(_parsed(with_slice(text, 60)), visit)
    return tuple(found)


def with_slice(text: str, seconds: int) -> str:
    """The query with the range put where it says `$slice`, strings and comments left alone."""
    return _with_length(text, f"{seconds}s")


def narrowed_query(text: str, matchers: Mapping[str, str]) -> str:
    """The query over those series alone that bear these labels; `$slice` stays."""
    return printing.printed(tree(text), tuple(matchers.items()))


@lru_cache(maxsize=256)
def tree(text: str) -> parser.Expr:
    """As it is printed from, `$slice` in it. Kept, as a query is narrowed to thousands of customers."""
    return _parsed(_with_length(text, f"{printing.SLICE // timedelta(milliseconds=1)}ms"))


def _with_length(text: str, length: str) -> str:
    return _TOKENS.sub(lambda token: length if token[0] == "$slice" else token[0], text)


def selector_fault(text: str) -> str | None:
    """Why the text is no plain selector; None where it is one."""
    try:
        selector(text)
    except ValueError as error:
        return str(error)
    return None


def query_fault(text: str, *, slice_variable: bool) -> str | None:
    """Why the text is no query; `slice_variable` tells whether it must, or must not, say `$slice`."""
    says_slice = "$slice" in _TOKENS.findall(text)
    if says_slice != slice_variable:
        return (
            "says no [$slice], so it cannot give the events of a slice"
            if slice_variable
            else "$slice has no meaning here"
        )
    try:
        _parsed(with_slice(text, 60))
    except ValueError as error:
        return str(error)
    return None


def condition_fault(text: str) -> str | None:
    """Why the text is no condition, which answers while it holds and is silent else; None where it is one."""
    if (fault := query_fault(text, slice_variable=False)) is not None:
        return fault
    if any(token.startswith("#") for token in _TOKENS.findall(text)):
        return "a condition takes no comment: it becomes a part of a query"
    return None if _filters(_parsed(text)) else "answers whether it holds or not: it compares nothing"


_COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})
_ABSENCES = frozenset({"absent", "absent_over_time"})


def _filters(node: object) -> bool:
    """Whether it answers at some instants and is silent at others by what it compares."""
    match node:
        case parser.BinaryExpr(op=op, modifier=modifier, lhs=left, rhs=right):
            if str(op) in _COMPARISONS and not (modifier and modifier.return_bool):
                return True
            if str(op) == "unless":
                return _filters(left)
            return (all if str(op) == "or" else any)((_filters(left), _filters(right)))
        case parser.Call(func=func, args=args):
            return func.name in _ABSENCES or any(_filters(one) for one in args)
        case parser.AggregateExpr() | parser.ParenExpr() | parser.UnaryExpr() | parser.SubqueryExpr():
            return _filters(node.expr)
    return False


def _parsed(text: str) -> parser.Expr:
    _refuse_depth(_TOKENS.sub(" ", text))
    if _BEFORE_1970.search(_TOKENS.sub(" ", text)):
        raise ValueError("not PromQL that can be answered: an @ before 1970")  # on which the parser panics
    try:
        found = parser.parse(text)
    except ValueError as error:
        raise ValueError(f"not PromQL: {error}") from error
    parser.walk(found, _refuse_alternatives)
    return found


def _refuse_depth(text: str) -> None:
    """The parser, and what prints its trees, go down a step for each: at some thousand it takes the process with it."""
    depth = deepest = 0
    for bracket in _BRACKETS.findall(text):
        depth += 1 if bracket in "([{" else -1
        deepest = max(deepest, depth)
    if deepest > MOST or len(_OPERATORS.findall(text)) > MOST:
        raise ValueError(f"not PromQL that anybody can read: more than {MOST} brackets in brackets, or operators")


def _refuse_alternatives(node: object) -> bool:
    inner = node.vector_selector if isinstance(node, parser.MatrixSelector) else node
    if isinstance(inner, parser.VectorSelector) and inner.matchers.or_matchers:
        raise ValueError("matchers joined by `or` are not taken: write two selectors")
    return True


def of_node(node: parser.VectorSelector) -> Selector:
    # The parser gives a new text each time, of which thousands of selectors have the same.
    found = (Matcher(intern(m.name), printing.OPERATORS[str(m.op)], m.value) for m in node.matchers.matchers)
    return Selector(intern(node.name or ""), tuple(found))
