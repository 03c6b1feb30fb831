"""The page about agreement files is true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic.alias_generators import to_camel

from sla_monitor.agreements.schema.documents import Amendment, Spec
from sla_monitor.agreements.schema.indicators import Indicator
from sla_monitor.agreements.schema.objectives import Objective
from sla_monitor.agreements.schema.servicecredits import (
    KINDS,
    Credits,
    Escalating,
    Exceedance,
    Failure,
    LongCap,
    PerBlock,
    PerSubwindow,
    Proportional,
    Tier,
)
from tests.agreements.conftest import Read

PAGE = (Path(__file__).parents[2] / "docs" / "agreements.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_begins_with_an_agreement_that_is_served(read_text: Read):
    reading = read_text(BLOCKS[0])

    assert [agreement.name for agreement in reading.agreements] == ["acme-payments"]
    assert reading.notices == ()


def test_the_credits_of_the_page_are_computed(read_text: Read):
    (block,) = [block for block in BLOCKS if block.startswith("credits:")]
    indented = "".join(f"  {line}\n" for line in block.splitlines())
    reading = read_text(BLOCKS[0] + indented)

    told = [notice.message for notice in reading.notices]
    assert (reading.faults, told) == ((), ["this version shows claim deadlines and reminds nobody of them"])
    assert len(reading.agreements[0].objectives[0].remedy.tiers) == 2


def test_every_kind_of_credits_is_on_the_page():
    assert [kind for kind in KINDS if f"| `{to_camel(kind)}" not in PAGE] == []


def test_the_amendments_of_the_page_are_computed(read_text: Read):
    (block,) = [block for block in BLOCKS if block.startswith("amendments:")]
    indented = "".join(f"  {line}\n" for line in block.splitlines())
    reading = read_text(BLOCKS[0] + indented)

    assert (reading.faults, reading.notices) == ((), ())
    assert len(reading.agreements[0].amendments) == 1


def test_every_policy_is_on_the_page():
    policies = get_args(Amendment.model_fields["policy"].annotation)

    assert [one for one in policies if f"| `{one}`" not in PAGE] == []
    assert len(policies) == 4


@pytest.mark.parametrize(("begin", "rules"), [("timezone:", 0), ("exclusions:", 2)])
def test_the_hours_and_exclusions_of_the_page_are_computed(begin: str, rules: int, read_text: Read):
    (block,) = [block for block in BLOCKS if block.startswith(begin)]
    reading = read_text(BLOCKS[0] + "".join(f"  {line}\n" for line in block.splitlines()))

    assert (reading.faults, reading.notices) == ((), ())
    assert len(reading.agreements[0].exclusions) == rules
    assert (reading.agreements[0].objectives[0].hours is None) == bool(rules)


def test_every_key_is_on_the_page():
    counted = (Tier, Proportional, PerBlock, PerSubwindow, Exceedance, Escalating, Failure, LongCap)
    models = (Spec, Objective, Indicator, Amendment, Credits, *counted)
    keys = [field.alias or name for model in models for name, field in model.model_fields.items()]

    assert [key for key in keys if not re.search(rf"`[^`]*\b{key}\b[^`]*`", PAGE)] == []
