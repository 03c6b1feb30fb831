"""Each piece of advice has a specimen file that ends in the exact texts it must be told in."""

from __future__ import annotations

from pathlib import Path

import pytest

from sla_monitor.agreements.library import contracts, entries, published, text_of
from sla_monitor.agreements.reading import read
from sla_monitor.sources import promql
from tests.agreements.conftest import SHORTEST, Read, with_objective

SPECIMENS = sorted(Path(__file__).parent.glob("advice/*.yaml"))
EXAMPLES = sorted((Path(__file__).parents[2] / "config" / "agreements").glob("*.yaml"))
TOLD = "# advice "
SOURCES = {"default": 15, "slow": 60}


def expected(specimen: Path) -> list[str]:
    lines = specimen.read_text().splitlines()
    return [f"FILE:{line.removeprefix(TOLD)}" for line in lines if line.startswith(TOLD)]


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda path: path.stem.replace("-", " "))
def test_advice_is_told_with_its_place_and_a_way_out(specimen: Path):
    reading = read([specimen], promql, SOURCES)

    assert reading.faults == ()
    assert [str(one).replace(str(specimen), "FILE") for one in reading.advice] == expected(specimen) != []


def test_the_shortest_agreement_is_served_and_lacks_people_and_a_zone(read_text: Read):
    reading = read_text(SHORTEST)

    assert (reading.faults, reading.notices, len(reading.agreements)) == ((), (), 1)
    assert [one.message for one in reading.advice] == [
        "it is not said who is called when a promise is in danger",
        "no time zone is said, so days and months begin at midnight UTC",
        "nobody owns this agreement",
    ]


PEOPLE_AND_ZONE = 3

FINE = {
    "100 % of whole minutes": "method: {time: {quantum: {of: 1m, mode: whole-clock}}}",
    "100 % but for a minute at once": "method: {time: {atLeast: 1m}}",
    "100 % of runs of intervals": "method: {intervals: {every: 1m, badWhen: '> 5%', atLeast: 5m}}",
}


@pytest.mark.parametrize("sentence", FINE)
def test_a_target_of_100_percent_may_spare_short_outages(sentence: str, read_text: Read):
    reading = read_text(with_objective(FINE[sentence]).replace("99.9%", "100%"))

    assert reading.faults == ()
    assert len(reading.advice) == PEOPLE_AND_ZONE


@pytest.mark.parametrize("quantum", ["ceil", "touched-clock"])
def test_a_target_of_100_percent_is_broken_by_what_is_rounded_up(quantum: str, read_text: Read):
    told = with_objective(f"method: {{time: {{quantum: {{of: 1m, mode: {quantum}}}}}}}").replace("99.9%", "100%")

    assert len(read_text(told).advice) == PEOPLE_AND_ZONE + 1


NEEDED = {
    "a quantile that is to be high": "{threshold: {query: 'histogram_quantile(0.1, a_bucket)', is: '>= 1'}}",
    "a gauge beyond 1": "{threshold: {query: queue, is: '<= 10'}}",
    "a gauge held against 0 from below": "{threshold: {query: errors, is: '<= 0'}}",
    "a part of a sum": "{ratio: {bad: {query: 'sum(increase(a[$slice])) / 2'}, total: b}}",
    "another function": "{ratio: {bad: a, total: {query: 'sum(sum_over_time(b[$slice]))'}}}",
    "a difference": "{ratio: {bad: {query: 'sum(increase(a[$slice])) - sum(increase(c[$slice]))'}, total: b}}",
}


@pytest.mark.parametrize("sentence", NEEDED)
def test_a_query_that_is_needed_is_left_alone(sentence: str, read_text: Read):
    reading = read_text(SHORTEST.replace("{probe: {series: 'probe_success{job=\"payments\"}'}}", NEEDED[sentence]))

    assert len(reading.advice) == PEOPLE_AND_ZONE


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_follow_the_advice(path: Path):
    assert read([path], promql, SOURCES).advice == ()


@pytest.mark.parametrize("name", [entry.name for entry in entries() if entry.target is None])
def test_the_starters_follow_the_advice(name: str, read_text: Read):
    assert read_text(text_of(name)).advice == ()


def test_what_was_published_is_weak_only_where_it_promises_all(read_text: Read):
    told = {one.message for name in contracts() for one in read_text(published(name)).advice}

    assert told == {f"a target of 100% is broken by the first bad {what}" for what in ("event", "interval")} | {
        "a target of 100% is broken by the first second of downtime"
    }
