"""The starter agreements are sound, commented, and shown beside what was published."""

from __future__ import annotations

from pathlib import Path

import pytest

from sla_monitor.agreements.library import contracts, entries, text_of
from tests.agreements.conftest import Read

STARTERS = [entry.name for entry in entries() if entry.target is None]


def test_the_starters_stand_first_and_what_was_published_follows():
    names = [entry.name for entry in entries()]

    assert names == [*STARTERS, *contracts()]
    assert STARTERS == [
        "batch-job", "data-freshness", "internal-ola", "many-customers", "network-link", "sales-and-marketing-leads",
        "support-desk", "web-api",
    ]  # fmt: skip


@pytest.mark.parametrize("name", STARTERS)
def test_a_starter_is_served(name: str, read_text: Read):
    reading = read_text(text_of(name))

    assert reading.faults == ()
    named = {"many-customers": ["many-customers-acme", "many-customers-globex"]}
    assert [one.name for one in reading.agreements] == named.get(name, [name])


@pytest.mark.parametrize("name", STARTERS)
def test_a_starter_says_what_it_is_and_is_commented(name: str):
    lines = text_of(name).splitlines()

    assert lines[0].startswith("# ")
    assert sum("#" in line for line in lines) >= 5
    assert max(map(len, lines)) <= 120


def test_what_was_published_tells_its_target_and_whether_it_was_verified():
    (entry,) = [entry for entry in entries() if entry.name == "aws-ec2-instance"]

    assert (entry.what, entry.target, entry.verified) == ("AWS EC2: instance-level uptime", "99.5%", "in a copy")


def test_every_starter_is_on_the_page():
    page = (Path(__file__).parents[2] / "docs" / "library.md").read_text()

    assert [name for name in STARTERS if f"| `{name}` |" not in page] == []
    assert f"\n{len(contracts())} service levels" in page
