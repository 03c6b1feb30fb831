"""What the README and the pages beside it show is there, and its first agreement is sound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sla_monitor.agreements import reading
from sla_monitor.sources import promql

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "benchmarks" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def heading(line: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)", text):
        there = page.parent / target if target else page
        assert there.exists(), target
        if anchor:
            lines = there.read_text(encoding="utf-8").splitlines()
            assert anchor in {heading(line) for line in lines if line.startswith("#")}, f"{target}#{anchor}"


def test_the_first_agreement_is_sound(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "shop.yaml"
    file.write_text(block, encoding="utf-8")
    read = reading.read([file], promql, {"default": 15})
    assert [agreement.name for agreement in read.agreements] == ["shop"]
    assert not (*read.faults, *read.notices)


def test_the_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "img").glob("*.png"))
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > 300_000] == []
