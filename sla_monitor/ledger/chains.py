"""The chain of statements: each hash, each link, each number, and nothing taken out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sla_monitor.compliance import notations
from sla_monitor.compliance.flaws import Flaw, Subject
from sla_monitor.compliance.statements import Statement, named
from sla_monitor.ledger.archive import row_of

Issue = tuple[str, int, int]
"""Agreement, number, version."""


@dataclass(frozen=True)
class Filed:
    """A statement as the ledger has it: its place in the chain, and the columns it is looked up by."""

    place: int
    row: Mapping[str, Any]
    statement: Statement

    @property
    def sound(self) -> bool:
        return self.statement.is_sound

    @property
    def issue(self) -> Issue:
        """As it says itself, unless what it says was changed."""
        if self.sound:
            return self.statement.agreement, self.statement.number, self.statement.version
        return self.row["agreement"], self.row["number"], self.row["version"]

    @property
    def name(self) -> str:
        return named(*self.issue)

    @property
    def hashes(self) -> set[str]:
        """By what the next may know it, so that one change breaks no two statements."""
        return {self.statement.sha256, notations.digest(self.statement.text)}


def filed(row: Mapping[str, Any]) -> Filed:
    return Filed(row["id"], row, Statement(row["sha256"], row["content"]))


def flaws(chain: Sequence[Filed], issued: int) -> Iterator[Flaw]:
    """`chain` in order of issue; `issued`: how many there were, as far as the database remembers."""
    before: Filed | None = None
    versions: dict[tuple[str, int], int] = {}
    for one in chain:
        told = [*_of_content(one), *_of_place(one, before), *_of_number(one, versions)]
        yield from (Flaw(Subject.STATEMENTS, one.name, what) for what in told)
        before = one
    if issued != (before.place if before else 0):
        told_last = f"{issued} statements were issued, and the last that is left is number {len(chain)} of them"
        yield Flaw(Subject.STATEMENTS, "the newest statements", told_last)


def _of_content(one: Filed) -> Iterator[str]:
    if not one.sound:
        yield "its hash is not that of its content: one of them was changed"
        return
    other = [name for name, value in row_of(one.statement).items() if one.row[name] != value]
    if other:
        yield f"the ledger files it under another {', '.join(other)} than it says itself"


def _of_place(one: Filed, before: Filed | None) -> Iterator[str]:
    place, hashes = (before.place, before.hashes) if before else (0, {None})
    if one.place != place + 1:
        yield f"{one.place - place - 1} before it in the ledger were taken out"
    elif one.sound and one.statement.previous not in hashes:
        yield f"it does not follow on {before.name if before else 'nothing, as the first does'}: the chain is broken"


def _of_number(one: Filed, versions: dict[tuple[str, int], int]) -> Iterator[str]:
    """Numbers of an agreement, and versions of a number, count up from 1."""
    agreement, number, version = one.issue
    last = versions.get((agreement, number), 0)
    if version != last + 1:
        yield f"version {last + 1} was to come here"
    elif version == 1 and number > 1 and (agreement, number - 1) not in versions:
        yield f"number {number - 1} was to come before it"
    versions[agreement, number] = version
