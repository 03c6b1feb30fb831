"""Every published contract gives its own number: attainment or value, what was bad, the verdict, and the credit."""

from __future__ import annotations

from pathlib import Path

import pytest

from sla_monitor.agreements.library import contracts
from tests.catalogue.goldens import GOLDENS
from tests.catalogue.paths import standing_of
from tests.catalogue.scenarios import Case

CASES = [
    pytest.param(name, case, id=f"{name}: {told}") for name, cases in GOLDENS.items() for told, case in cases.items()
]


def test_every_contract_of_the_library_is_held_to_a_number():
    assert set(GOLDENS) == set(contracts())
    assert len(GOLDENS) == 98


def test_every_contract_is_once_kept_and_once_broken():
    """A number that is always the same proves little."""
    outcomes = {name: {case.status for case in cases.values()} for name, cases in GOLDENS.items()}

    assert [name for name, statuses in outcomes.items() if not {"met", "breached"} <= statuses] == ["aws-route53"]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_contract_gives_its_own_number(name: str, case: Case, tmp_path: Path):
    standing = standing_of(name, case, tmp_path)

    given = (standing.status.value, standing.attainment, standing.value, standing.coverage)
    assert given == (case.status, case.attainment, case.value, case.coverage), standing.reason
    if case.bad is not None:
        assert standing.bad == case.bad
    assert (standing.credit and standing.credit.ratio) == case.credit
    assert bool(standing.credit and standing.credit.termination) == case.termination
