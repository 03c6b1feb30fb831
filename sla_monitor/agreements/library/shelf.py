"""Everything the library holds, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sla_monitor.agreements.library.contracts import contracts, published, title

_STARTERS = resources.files("sla_monitor.agreements.library") / "starters"
_VERIFIED = {"primary": "yes", "mirror": "in a copy", "secondary": "no", "memory": "no"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One agreement of the library. `target` and `verified` are of published contracts; None: a starter."""

    name: str
    what: str
    target: str | None = None
    verified: str | None = None


def entries() -> tuple[Entry, ...]:
    """The starters first, then what was published."""
    starters = (Entry(name, text.splitlines()[0].removeprefix("# ")) for name, text in _starters().items())
    found = (
        Entry(name, title(contract), contract["objective"]["target"], _VERIFIED[contract["how"]])
        for name, contract in contracts().items()
    )
    return (*starters, *found)


def text_of(name: str) -> str:
    """The agreement of that name, to be written to a file. KeyError where there is none."""
    return _starters().get(name) or published(name)


@cache
def _starters() -> Mapping[str, str]:
    files = sorted(_STARTERS.iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".yaml"): file.read_text(encoding="utf-8") for file in files}
