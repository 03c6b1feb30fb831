"""Silences of an Alertmanager as times that do not count, and which of them a rule means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
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


_WRITTEN = re.compile(
    r"""\s* ([a-zA-Z_:][a-zA-Z0-9_:]*) \s* (=~|!~|!=|=) \s* (?: "((?:[^"\\]|\\.)*)" | ([^"\s{},]*) ) \s*""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPED = {"n": "\n"}


def matcher_of(text: str) -> Matcher:
    """`service="payments"`, as Alertmanager writes it; the quotes may be left out. ValueError with a sentence."""
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise ValueError(f"{text[:60]!r} is no matcher")
    label, sign, quoted, bare = written.groups()
    value = bare if quoted is None else re.sub(r"\\(.)", lambda one: _ESCAPED.get(one[1], one[1]), quoted)
    return Matcher(label, Operator(sign), value)


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence as an Alertmanager told it, after its last change.

    span: the time that it really silences; it ends early where it was expired. updated_ms: when it was made or
    last changed, in milliseconds; with `id` it names this state of it. announced: since when it was to begin when
    it does; shortening or lengthening it announces nothing anew. seen_at: when it was seen so.
    """

    id: str
    updated_ms: int
    alertmanager: str
    matchers: tuple[Matcher, ...]
    span: Span
    author: str
    comment: str
    announced: int
    seen_at: int


def meant(wanted: Iterable[Matcher], silence: Silence) -> bool:
    """Whether all of these are among the silence's matchers, just so: as Alertmanager and amtool filter silences."""
    return all(one in silence.matchers for one in wanted)


def newest(states: Iterable[Silence]) -> tuple[Silence, ...]:
    """Each silence once, after its last change, in order of time."""
    last: dict[str, Silence] = {}
    for one in sorted(states, key=lambda state: state.updated_ms):
        before = last.get(one.id)
        kept = before is not None and before.span.start == one.span.start
        last[one.id] = replace(one, announced=before.announced) if before is not None and kept else one
    return tuple(sorted(last.values(), key=lambda one: (one.span, one.id)))
