"""Silences of an Alertmanager as times that do not count, and which of them a rule means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from sla_monitor.compliance.spans import Span


class Operator(Enum):
    EQUAL = "="
    NOT_EQUAL = "!="
    MATCHES = "=~"
    MATCHES_NOT = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one label."""

    label: str
    operator: Operator
    value: str

    def __str__(self) -> str:
        value = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.operator.value}"{value}"'

    def takes(self, value: str) -> bool:
        """A regular expression must match the whole."""
        match self.operator:
            case Operator.EQUAL:
                return value == self.value
            case Operator.NOT_EQUAL:
                return value != self.value
            case Operator.MATCHES:
                return re.fullmatch(self.value, value) is not None
            case Operator.MATCHES_NOT:
                return re.fullmatch(self.value, value) is None


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence as an Alertmanager told it, after its last change.

    span: the time that it really silences; it ends early where it was expired. updated_ms: when it was made or
    last changed, in milliseconds; with `id` it names this state of it. seen_at: when it was seen so.
    """

    id: str
    updated_ms: int
    alertmanager: str
    matchers: tuple[Matcher, ...]
    span: Span
    author: str
    comment: str
    seen_at: int

    @property
    def labels(self) -> dict[str, str]:
        """What it silences, label by label; what it merely spares says nothing."""
        positive = (Operator.EQUAL, Operator.MATCHES)
        return {one.label: one.value for one in self.matchers if one.operator in positive}


def meant(wanted: Iterable[Matcher], silence: Silence) -> bool:
    """Whether all the matchers hold of the silence's own, as Alertmanager filters its list of silences.

    A label the silence does not speak of is empty; a regular expression of the silence is compared by its text.
    """
    labels = silence.labels
    return all(one.takes(labels.get(one.label, "")) for one in wanted)


def newest(states: Iterable[Silence]) -> tuple[Silence, ...]:
    """Each silence once, after its last change, in order of time."""
    last: dict[str, Silence] = {}
    for one in sorted(states, key=lambda state: state.updated_ms):
        last[one.id] = one
    return tuple(sorted(last.values(), key=lambda one: (one.span, one.id)))
