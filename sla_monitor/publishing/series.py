"""Series in columns: what is asked of many objectives at once is held, and written, together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import compress
from typing import TypeVar, cast

import numpy as np

from sla_monitor.compliance.slices import Floats

Value = Fraction | float | None
Extra = tuple[str, str]
T = TypeVar("T")

_ESCAPED = re.compile(r"\\(.)")
_PAIR = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
SEAM = "objective"
"""Labels are written in the order of their names: those of a column come before this one, or after all of these."""


class Labels:
    """Of one agreement or objective, escaped once. `before`, `after`: the texts on both sides of the seam."""

    __slots__ = ("after", "before")

    def __init__(self, pairs: Mapping[str, str]) -> None:
        written = [(name, f'{name}="{escaped(value)}"') for name, value in sorted(pairs.items())]
        self.before = "{" + ",".join(text for name, text in written if name < SEAM)
        self.after = "".join(f",{text}" for name, text in written if name >= SEAM)

    @property
    def pairs(self) -> dict[str, str]:
        """Read from the texts: of a hundred thousand they would be most of what is held."""
        return {name: unescaped(text) for name, text in _PAIR.findall(self.before + self.after)}


class Named(list[Labels]):
    """Labels of many, and their texts side by side in memory, which is where the time goes."""

    @cached_property
    def wholes(self) -> list[str]:
        return [one.before + one.after for one in self]

    @cached_property
    def befores(self) -> list[str]:
        return [one.before for one in self]

    @cached_property
    def afters(self) -> list[str]:
        return [one.after for one in self]


def escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A value for each of `labels`; `extra`: the label that tells this column from others of its family."""

    labels: Sequence[Labels]
    values: Sequence[float] | Floats
    extra: Extra | None = None

    def is_as(self, other: Column) -> bool:
        """Whether it is written alike: so that -0 is not 0."""
        if self is other:
            return True
        if self.extra != other.extra or len(self.values) != len(other.values):
            return False
        mine, theirs = (np.asarray(one.values, np.float64).view(np.int64) for one in (self, other))
        return bool((mine == theirs).all()) and self.labels == other.labels

    @classmethod
    def of(cls, labels: Sequence[Labels], values: Iterable[Value], extra: Extra | None = None) -> Column:
        """None for a value: no series."""
        read = list(values)
        known = [value for value in read if value is not None]
        if len(known) < len(read):
            labels = list(compress(labels, [value is not None for value in read]))
        return cls(labels, _nearest(known), extra)


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """A metric as OpenMetrics names it: of counters without `_total`."""

    name: str
    help: str
    kind: str
    columns: Sequence[Column]

    @property
    def series(self) -> str:
        return f"{self.name}_total" if self.kind == "counter" else self.name

    @property
    def size(self) -> int:
        return sum(len(column.values) for column in self.columns)


def picked(of: Sequence[T], which: Sequence[bool]) -> Sequence[T]:
    """Mostly it is all of them: then nothing is copied."""
    return of if all(which) else list(compress(of, which))


def _nearest(values: Sequence[Fraction | float]) -> list[float]:
    """As float() gives them, of fractions without its detour through abstract numbers."""
    if set(map(type, values)) == {Fraction}:
        ratios = cast("Sequence[Fraction]", values)
        return [above / below for above, below in map(Fraction.as_integer_ratio, ratios)]
    return [float(value) for value in values]
