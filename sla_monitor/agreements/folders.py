"""Which files are read: those named, and the YAML files of folders."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

_ENDINGS = (".yaml", ".yml")


def agreement_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Each file once, in a steady order. A path that is not there is given back for the reader to tell."""
    seen: set[Path] = set()
    for path in paths:
        for file in _files_of(path):
            real = file.resolve()
            if real not in seen:
                seen.add(real)
                yield file


def fingerprint(paths: Sequence[Path]) -> frozenset[tuple[str, int, int, int]]:
    """Changes when a file is added, removed, replaced or written; not when something else nearby is.

    The calendars beside agreements belong to them.
    """
    found = set()
    files = list(agreement_files(paths))
    calendars = {calendar for folder in {file.parent for file in files} for calendar in folder.glob("*.ics")}
    for file in (*files, *calendars):
        with contextlib.suppress(OSError):
            seen = file.stat()
            found.add((str(file), seen.st_ino, seen.st_size, seen.st_mtime_ns))
    return frozenset(found)


def _files_of(path: Path) -> list[Path]:
    """A mounted ConfigMap keeps its files in `..data` and shows links to them: dot entries are passed over."""
    if not path.is_dir():
        return [path]
    found = (file for file in path.rglob("*") if file.suffix in _ENDINGS and file.is_file())
    return sorted(file for file in found if not _hidden(file.relative_to(path)))


def _hidden(inside: Path) -> bool:
    return any(part.startswith(".") for part in inside.parts)
