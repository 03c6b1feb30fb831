"""Each fault has a specimen file that ends in the exact texts it must be told in."""

from __future__ import annotations

from pathlib import Path

import pytest

from sla_monitor.agreements.reading import read
from sla_monitor.sources import promql

SPECIMENS = sorted(Path(__file__).parent.glob("faults/*.yaml"))
TOLD = "# fault "


def expected(specimen: Path) -> list[str]:
    lines = specimen.read_text().splitlines()
    return [f"FILE:{line.removeprefix(TOLD)}" for line in lines if line.startswith(TOLD)]


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda path: path.stem.replace("-", " "))
def test_a_faulty_file_yields_every_fault_with_its_place_and_a_way_out(specimen: Path):
    reading = read([specimen], promql, {"default": 60})

    assert [str(fault).replace(str(specimen), "FILE") for fault in reading.faults] == expected(specimen)


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda path: path.stem.replace("-", " "))
def test_a_specimen_says_what_is_wrong_with_it_and_serves_nothing_faulty(specimen: Path):
    served = {agreement.name for agreement in read([specimen], promql, {"default": 60}).agreements}

    assert expected(specimen)
    # Of two agreements of one name the first stands.
    assert served == ({"specimen"} if specimen.stem == "two-agreements-of-one-name" else set())


def test_the_specimens_mended_are_sound(tmp_path: Path):
    """What is told as a fault is the only thing wrong: the text they are made from is served."""
    text = (SPECIMENS[0].parent / "a-target-above-100.yaml").read_text().replace("150%", "99.9%")
    path = tmp_path / "mended.yaml"
    path.write_text(text)
    reading = read([path], promql)

    assert reading.faults == ()
    assert [agreement.name for agreement in reading.agreements] == ["specimen"]
