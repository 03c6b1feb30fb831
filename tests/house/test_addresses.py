"""What no committed file may say: hosts of package registries, paths of somebody's machine."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import shown, tracked

# Written in pieces, or this file would break the rule that it checks.
REGISTRIES = [
    r"pypi\." + "org", r"pythonhosted\." + "org", r"npmjs\." + r"(org|com)", r"yarnpkg\." + "com", r"crates\." + "io",
    r"proxy\.golang\." + "org", r"deb\.debian\." + "org", r"security\.debian\." + "org", r"archive\.ubuntu\." + "com",
    r"rubygems\." + "org", r"repo\.maven\.apache\." + "org", r"anaconda\." + "org", r"\bdocker\." + "io",
]  # fmt: skip
MACHINES = [r"(?<![\w.$}])/" + r"work/\w", r"(?<![\w.])/" + r"root/\w", r"(?<![\w.])/" + r"home/[a-z]\w*/"]


def lines_with(pattern: str) -> list[str]:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{shown(path)}: {match[0]}" for match in re.finditer(pattern, text)]
    return found


@pytest.mark.parametrize("pattern", REGISTRIES)
def test_no_registry_is_named(pattern: str) -> None:
    assert lines_with(pattern) == []


@pytest.mark.parametrize("pattern", MACHINES)
def test_no_path_of_a_machine_is_named(pattern: str) -> None:
    assert lines_with(pattern) == []


@pytest.mark.parametrize("pattern", MACHINES)
def test_the_patterns_find_what_they_seek(pattern: str) -> None:
    folders = {"root": "/ro" + "ot/x", "work": "/wo" + "rk/main", "home": "/ho" + "me/ann/x"}
    assert sum(re.search(pattern, f"see {path}") is not None for path in folders.values()) == 1


def test_requirements_are_pinned_with_hashes_and_without_addresses() -> None:
    for path in tracked("requirements/*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text, shown(path)
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text), shown(path)
