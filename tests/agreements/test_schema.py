"""The schema for editors: current, valid, and of one mind with the reader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from sla_monitor.agreements.reading import read
from sla_monitor.agreements.schema import json_schema
from sla_monitor.agreements.yamltree import parse
from sla_monitor.sources import promql
from tests.agreements.conftest import SHORTEST, with_objective

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
EXAMPLES = sorted((CONFIG / "agreements").glob("*.yaml"))
EVERYTHING = Path(__file__).parent / "everything.yaml"
MODELINE = "# yaml-language-server: $schema=../agreement.schema.json"
VALIDATOR = Draft202012Validator(json_schema())


def test_the_schema_beside_the_examples_is_current():
    written = json.loads((CONFIG / "agreement.schema.json").read_text())

    assert written == json_schema(), "write it anew: sla-monitor schema > config/agreement.schema.json"


def test_it_is_a_json_schema():
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", [*EXAMPLES, EVERYTHING], ids=lambda path: path.stem)
def test_editors_take_what_the_reader_takes(path: Path):
    as_editors_read = yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - builds plain texts only
    (document,) = parse(path.read_text())[0]

    for value in (document.root.plain(), as_editors_read | {"spec": document.root.plain()["spec"]}):
        assert [error.message for error in VALIDATOR.iter_errors(value)] == []


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("an unknown key", with_objective("widnow: month")),
        ("a mistyped choice", with_objective("noData: exlude")),
        ("a mistyped window", with_objective("window: mnth")),
        ("a missing key", SHORTEST.replace("      target: 99.9%\n", "")),
        ("two indicators", SHORTEST.replace("{probe:", "{value: {query: a}, probe:")),
        ("a target that is no number", SHORTEST.replace("99.9%", "high")),
        ("a name that is no DNS label", SHORTEST.replace("acme-payments", "Acme_Payments")),
        ("a kind that is none", SHORTEST.replace("kind: Agreement", "kind: Sla")),
    ],
)
def test_editors_mark_what_the_reader_refuses(sentence: str, text: str):
    assert list(VALIDATOR.iter_errors(parse(text)[0][0].root.plain())), sentence


def test_numbers_without_quotes_are_fine_in_editors():
    value = yaml.safe_load(with_objective("minCoverage: 0.9").replace("99.9%", "0.999"))

    assert list(VALIDATOR.iter_errors(value)) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_names_the_schema_and_is_served_without_a_word(path: Path):
    reading = read([path], promql)

    assert path.read_text().splitlines()[0] == MODELINE
    assert (reading.faults, reading.notices) == ((), ())
    assert [agreement.name for agreement in reading.agreements] == [path.stem]


def test_the_examples_can_be_served_together():
    assert len(read([CONFIG / "agreements"], promql).agreements) == len(EXAMPLES) >= 4
