"""What is written is, byte for byte, what prometheus_client writes of the same families."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.utils import floatToGoString

from sla_monitor.compliance.boards import Board
from sla_monitor.publishing.formats import Format, numbers
from sla_monitor.publishing.pictures import pictures
from sla_monitor.publishing.series import Column, Family, Labels
from tests.publishing import boards, exporter
from tests.publishing.boards import Contract

ESCAPINGS = ("allow-utf-8", "underscores", "dots", "values", "none-such")
ACCEPTED = (
    "",
    "*/*",
    "text/plain;version=0.0.4",
    "application/openmetrics-text",
    "application/openmetrics-text;version=0.0.1,text/plain;q=0.5",
    "application/openmetrics-text;version=one,*/*;q=0.1",
    *(f"{kind};version=1.0.0;escaping={name};q=0.6,text/plain;version=0.0.4;q=0.4"
      for kind in ("application/openmetrics-text", "text/plain") for name in ESCAPINGS),
)  # fmt: skip
"""What Prometheus of every age asks for, and others."""

text = st.text(st.sampled_from('a\\"\n\r\té☃😀{},= ') | st.characters(exclude_categories=["Cs"]), max_size=8)
number = st.floats() | st.integers(-3, 3).map(float) | st.floats(0.9e6, 1.1e6) | st.floats(0.9e-4, 1.1e-4)
plain = st.builds(lambda a, o: Labels({"agreement": a, "objective": o}), text, text)
described = st.builds(
    lambda a, more: Labels({"agreement": a, **more}),
    text,
    st.dictionaries(st.sampled_from(["customer", "type", "label_tier", "label_a_b", "label_a__c", "title"]), text),
)
extra = st.none() | st.sampled_from([("lookback", "5m"), ("status", "met"), ("unit", "events")])


@st.composite
def columns(draw: st.DrawFn) -> Column:
    values = draw(st.lists(number, max_size=4))
    told = draw(extra)
    whose = plain if told else plain | described
    return Column([draw(whose) for _ in values], values, told)


@st.composite
def families(draw: st.DrawFn) -> Family:
    name = draw(st.sampled_from(["sla_total", "sla_burn_rate", "sla_breaches", "up"]))
    kind = draw(st.sampled_from(["gauge", "counter", "unknown"]))
    return Family(name, draw(text), kind, draw(st.lists(columns(), max_size=3)))


def theirs(told: list[Family], accept: str) -> tuple[bytes, str]:
    registry = CollectorRegistry()
    registry.register(exporter.Families(lambda: told))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def ours(told: list[Family], accept: str) -> tuple[bytes, str]:
    form = Format.asked(accept)
    return b"".join(part for family in told for part in form.write(family)) + form.end, form.content_type


@given(told=st.lists(families(), max_size=3), accept=st.sampled_from([a for a in ACCEPTED if "=one" not in a]))
def test_the_bytes_are_those_of_prometheus_client(told: list[Family], accept: str) -> None:
    assert ours(told, accept) == theirs(told, accept)


@given(st.lists(number | st.floats(min_value=1e5, max_value=1e20), min_size=1))
def test_numbers_are_those_of_prometheus_client(values: list[float]) -> None:
    assert numbers(np.array(values)) == [floatToGoString(value) for value in values]


def test_a_version_that_is_no_number_counts_for_nothing() -> None:
    assert Format.asked("application/openmetrics-text;version=one").content_type == Format.asked("").content_type


@pytest.mark.parametrize("accept", [one for one in ACCEPTED if "=one" not in one])
def test_boards_too(accept: str) -> None:
    told = pictures(BOARD)
    assert ours(told, accept) == theirs(told, accept)


BOARD: Board = boards.board(
    *boards.CONTRACTS, Contract(name="odd", customer='a"b\\n\n☃', labels=(("a-b", '"'), ("b_c", "\\")), title="\r\n")
)


@given(name=text, value=text)
def test_labels_come_from_the_agreement_as_it_is(name: str, value: str) -> None:
    agreement = replace(BOARD.agreements[0], title=name, labels=(("k", value),))
    told = [family for family in pictures(Board(agreements=(agreement,))) if family.size]
    assert [labels.pairs["title"] for labels in told[0].columns[0].labels] == [name]
    assert ours(told, "") == theirs(told, "")
