"""Every published contract of the library is an agreement that reads as if written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from sla_monitor.agreements.library import contracts, published
from tests.agreements.conftest import Read

NAMES = tuple(contracts())
WRITTEN = sorted((Path(__file__).parent / "library").glob("*.yaml"))
LONGEST = 120


def test_there_are_all_of_them():
    assert len(NAMES) == 98


@pytest.mark.parametrize("file", WRITTEN, ids=lambda path: path.stem)
def test_one_of_each_kind_is_written_to_the_letter(file: Path):
    assert published(file.stem) == file.read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_published_contract_is_served(name: str, read_text: Read):
    reading = read_text(published(name))

    assert reading.faults == ()
    assert [one.name for one in reading.agreements] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_a_published_contract_tells_where_it_comes_from_and_what_to_fill_in(name: str):
    contract, text = contracts()[name], published(name)
    lines = text.splitlines()
    prose = " ".join(line.strip().removeprefix("# ") for line in lines)

    assert contract["url"] in prose
    assert ("NOT VERIFIED" in prose) == (contract["how"] in ("secondary", "memory"))
    assert all(what in prose for what in contract["unsure"] or ())
    assert "Fill in:" in prose
    assert all(what in prose for what in contract["excluded"] or ())
    assert [line for line in lines if len(line) > LONGEST and "http" not in line and "query:" not in line] == []
    assert [line for line in lines if "{%" in line or "{{" in line or "None" in line or line != line.rstrip()] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_are_those_of_the_data_to_the_digit(name: str):
    contract = contracts()[name]
    spec = yaml.load(published(name), yaml.BaseLoader)["spec"]  # noqa: S506 - it makes texts only
    (objective,) = spec["objectives"]
    credits_ = {key: value for key, value in spec.get("credits", {}).items() if key != "claimWithin"}

    assert {key: objective[key] for key in contract["objective"]} == contract["objective"]
    assert credits_ == (contract["credits"] or {})
    assert spec["timezone"] == (contract["zone"] or "UTC")


def test_a_time_zone_that_is_not_told_is_a_comment():
    assert "The text names no time zone: UTC is assumed." in published("aws-s3-standard")
    assert "names no time zone" not in published("atlassian-premium")
