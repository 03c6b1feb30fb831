"""The shipped agreements are computed by this version, every one of them, against the sources shipped beside them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sla_monitor.agreements import reading
from sla_monitor.sources import promql
from tests.deploy.rendering import COMPOSE, KUBERNETES, load

FOLDERS = {
    "base": KUBERNETES / "base",
    "the example overlay": KUBERNETES / "overlays" / "example",
    "compose": COMPOSE,
}


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_they_are_read_without_fault_or_notice(folder: Path) -> None:
    configured = load(folder / "sla-monitor.yaml")["sources"]
    sources = {source["name"]: int(source.get("resolution", "15s").removesuffix("s")) for source in configured}
    read = reading.read([folder / "agreements"], promql, sources)
    assert read.agreements
    assert not (*read.faults, *read.notices)


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_editors_are_told_of_the_schema(folder: Path) -> None:
    for path in (folder / "agreements").iterdir():
        named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text())
        assert named, path
        assert (path.parent / named[1]).is_file()
