"""What does not fit together in what was kept, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Subject(Enum):
    SLICES = "slices"
    AGREEMENTS = "agreements"
    EXCLUSIONS = "exclusions"
    STATEMENTS = "statements"


@dataclass(frozen=True, slots=True)
class Flaw:
    """`which` names the thing, `told` says in a clause what is wrong with it."""

    subject: Subject
    which: str
    told: str

    def __str__(self) -> str:
        return f"{self.which}: {self.told}"
