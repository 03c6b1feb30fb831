"""Statements of closed windows: immutable, numbered, chained by their hashes (measurement.md 10)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from sla_monitor.compliance import notations, periods
from sla_monitor.compliance.notations import Record
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import Agreement, AgreementName

FORM = "sla-monitor/statement/v1"
ISSUE = ("number", "version", "previous", "made_at", "program", "restatement")
"""What tells an issue of a statement from another; all else is what it says."""
NAMES = ("objective", "measurement", "part", "name", "day", "effective", "from")
"""What tells the entries of a list apart, so that a difference says of which it is."""


@dataclass(frozen=True)
class Statement:
    """`text` is canonical JSON, `sha256` its digest; all else is read off the text."""

    sha256: str
    text: str

    @property
    def content(self) -> Record:
        """Not to be changed."""
        return _read(self.text)

    @property
    def is_sound(self) -> bool:
        """It says what was hashed. Nothing can be read off one that does not."""
        return notations.digest(self.text) == self.sha256

    @property
    def agreement(self) -> AgreementName:
        return AgreementName(self.content["agreement"])

    @property
    def number(self) -> int:
        """Of the agreement's statements, counted from 1."""
        return int(self.content["number"])

    @property
    def version(self) -> int:
        """1, and one more for each restatement."""
        return int(self.content["version"])

    @property
    def name(self) -> str:
        return named(self.agreement, self.number, self.version)

    @property
    def previous(self) -> str | None:
        """The hash of the statement issued before it, of whichever agreement; None: it is the ledger's first."""
        found: str | None = self.content["previous"]
        return found

    @property
    def made_at(self) -> int:
        return periods.parse_instant(self.content["made_at"], periods.zone_of("UTC"))

    @cached_property
    def window(self) -> Window:
        told, utc = self.content["window"], periods.zone_of("UTC")
        start, end = (periods.parse_instant(told[name], utc) for name in ("start", "end"))
        return Window(told["kind"], told["label"], Span(start, end))


@lru_cache(maxsize=64)
def _read(text: str) -> Record:
    """Of few at a time: ten times as large as its text, of which there are many thousands."""
    content: Record = json.loads(text)
    return content


def named(agreement: str, number: int, version: int) -> str:
    """What people call a statement."""
    return f"statement {number} of {agreement}" + ("" if version == 1 else f", version {version}")


@dataclass(frozen=True)
class Draft:
    """A statement to which only its number, its version and its place in the chain are lacking."""

    agreement: AgreementName
    window: Window
    content: Record

    def issued(self, number: int, version: int, previous: str | None) -> Statement:
        numbered = {**self.content, "number": number, "version": version, "previous": previous}
        text = notations.canonical(numbered)
        return Statement(notations.digest(text), text)


def drafted(
    agreement: Agreement,
    window: Window,
    accounts: Sequence[Record],
    evidence: Record,
    *,
    made_at: int,
    program: str,
) -> Draft:
    """`accounts` of every objective with this window; `evidence`: texts, slices and exclusions it rests on."""
    content = {
        "form": FORM,
        "agreement": agreement.name,
        "parties": _parties(agreement),
        "window": {
            "kind": window.kind,
            "label": window.label,
            "start": periods.rfc3339(window.span.start),
            "end": periods.rfc3339(window.span.end),
            "timezone": agreement.zone.key,
        },
        "objectives": list(accounts),
        "evidence": evidence,
        "made_at": periods.rfc3339(made_at),
        "program": {"name": "sla-monitor", "version": program},
        "restatement": None,
    }
    return Draft(agreement.name, window, content)


def restated(draft: Draft, last: Statement, reason: str, author: str) -> Draft | None:
    """The draft as the next version of a statement, with what differs; None where nothing does."""
    difference = list(differences(said(last.content), said(draft.content)))
    if not difference:
        return None
    told = {"reason": reason, "author": author, "replaces": last.sha256, "difference": difference}
    return Draft(draft.agreement, draft.window, {**draft.content, "restatement": told})


def said(content: Record) -> Record:
    """What a statement says, whenever and however often it was issued."""
    return {name: value for name, value in content.items() if name not in ISSUE}


def differences(before: Any, after: Any, at: str = "") -> Iterator[Record]:
    """Field by field, as `objectives.availability.status`; what is on one side only is null on the other."""
    if before == after:
        return
    if isinstance(before, list) and isinstance(after, list):
        before, after = _by_name(before, after)
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        yield {"field": at, "before": before, "after": after}
        return
    for name in dict.fromkeys((*before, *after)):
        yield from differences(before.get(name), after.get(name), f"{at}.{name}" if at else name)


def _by_name(*lists: list[Any]) -> list[Record]:
    """The entries by what they are called; by their place where some have no name, or share one."""
    names = [[_name(entry) for entry in entries] for entries in lists]
    if any(None in found or len(set(found)) < len(found) for found in names):
        names = [[str(place) for place, _ in enumerate(entries, 1)] for entries in lists]
    return [
        {str(name): entry for name, entry in zip(found, entries, strict=True)}
        for found, entries in zip(names, lists, strict=True)
    ]


def _name(entry: Any) -> str | None:
    known = [str(entry[name]) for name in NAMES if name in entry] if isinstance(entry, Mapping) else []
    return " ".join(known) or None


def _parties(agreement: Agreement) -> Record:
    term = agreement.term
    return {
        "title": agreement.title or agreement.name,
        "type": agreement.type.value,
        "reference": agreement.reference,
        "provider": agreement.provider,
        "customer": agreement.customer,
        "service": agreement.service,
        "scope": agreement.scope,
        "restrictions": list(agreement.restrictions),
        "from": periods.rfc3339(term.start) if term.start > 0 else None,
        "until": periods.rfc3339(term.end) if term.end < FOREVER else None,
    }
