"""What is wrong, or worth knowing, in agreement files, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Loc = tuple[str | int, ...]
"""The way from a document's root to a node: keys and indices as the file writes them."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a file. Lines and columns count from 1; the hint says what to do, or is empty."""

    path: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        way_out = f" ({self.hint})" if self.hint else ""
        return f"{self.path}:{self.line}:{self.column}: {self.message}{way_out}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says of the node at `loc`, before its line is known."""

    loc: Loc
    message: str
    hint: str = ""


Located = Callable[[Finding], Fault]
"""Puts the file's name and the node's line and column to a finding."""
