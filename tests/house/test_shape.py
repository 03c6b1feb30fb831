"""The shape of the code: sizes, names, layers, one clock, no patched seams (architecture.md)."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import PACKAGE, ROOT, python_files, shown, syntax

MOST_LINES = 400
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"}
CLOCK = PACKAGE / "daemon" / "wiring.py"
CLOCK_READS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.gmtime",
    "time.localtime", "time.ctime",
}  # fmt: skip


def test_no_file_has_two_subjects() -> None:
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}
    assert len(lengths) > 50


def test_no_file_is_called_after_nothing() -> None:
    def words(path: Path) -> set[str]:
        return {word for part in (*path.relative_to(ROOT).parent.parts, path.stem) for word in part.lower().split("_")}

    assert [shown(path) for path in python_files() if words(path) & BANNED_NAMES] == []


def test_layers() -> None:
    """In a process of its own, for it sets up logging anew; without a cache that another run may be writing."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_core_imports_the_standard_library_and_numpy_only() -> None:
    allowed = {*sys.stdlib_module_names, "numpy", "sla_monitor"}
    foreign = {
        (shown(path), name)
        for path in (PACKAGE / "compliance").rglob("*.py")
        for name in _imported(syntax(path))
        if name.split(".")[0] not in allowed
    }
    assert foreign == set()


def test_the_clock_is_read_in_one_place() -> None:
    reads = [
        f"{shown(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in PACKAGE.rglob("*.py")
        if path != CLOCK
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Attribute) and ".".join(ast.unparse(node).split(".")[-2:]) in CLOCK_READS
    ]
    assert reads == []


def test_no_clock_is_imported_by_name() -> None:
    """`from time import time` would hide a reading from the test above."""
    hidden = [
        f"{shown(path)}: {alias.name}"
        for path in PACKAGE.rglob("*.py")
        if path != CLOCK
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        for alias in node.names
        if f"time.{alias.name}" in CLOCK_READS
    ]
    assert hidden == []


def test_nothing_is_mocked() -> None:
    mocked = [
        shown(path)
        for path in python_files()
        if any(name.split(".")[0] == "mock" or name.startswith("unittest.mock") for name in _imported(syntax(path)))
    ]
    assert mocked == []


def test_nothing_is_printed_or_left_early_below_the_command_line() -> None:
    calls = [
        f"{shown(path)}:{node.lineno}: {ast.unparse(node.func)}"
        for path in PACKAGE.rglob("*.py")
        if not path.is_relative_to(PACKAGE / "cli") and path.name != "__main__.py"
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "sys.exit", "exit", "os._exit", "input"}
    ]
    assert calls == []


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
