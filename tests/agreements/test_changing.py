"""What `--set` writes anew before an agreement is read, and what it cannot place."""

from __future__ import annotations

from typing import Any

import pytest

from sla_monitor.agreements.changing import Changing, read_change
from sla_monitor.agreements.yamltree import parse
from tests.agreements.conftest import template_of

TEXT = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {name: acme}
spec:
  customer: Acme
  credits: &paid
    schedule: [{below: 99.9%, credit: 10%}, {below: 99%, credit: 25%}]
  objectives:
    - {name: availability, target: 99.9%, warnAt: 99.95%, method: events, indicator: {probe: {series: up}}}
    - {name: latency, target: 99%, credits: *paid, indicator: {probe: {series: up}}}
    - {name: term, target: 99%, indicator: {probe: {series: up}}}
  amendments:
    - {effective: 2026-07-01, objectives: [{name: availability, target: 99.95%}, {name: latency, slice: 2m}]}
    - {effective: 2026-08-01, credits: {flat: 10%}}
"""


def changed(*texts: str) -> dict[str, Any]:
    (document,), faults = parse(TEXT)
    assert faults == []
    changing = Changing([read_change(text) for text in texts])
    plain = changing(document).root.plain()
    assert changing.lost == []
    assert document.root.plain() == parse(TEXT)[0][0].root.plain(), "the file itself stays as it is"
    assert isinstance(plain, dict)
    return plain["spec"]  # type: ignore[return-value] # a mapping, as above


def at(spec: Any, path: str) -> Any:
    for step in path.split("."):
        spec = spec[int(step)] if step.isdecimal() else spec.get(step)
    return spec


@pytest.mark.parametrize(
    ("said", "path", "value"),
    [
        ("availability.target=99.99%", "objectives.0.target", "99.99%"),
        ("acme/availability.target=99.99%", "objectives.0.target", "99.99%"),
        ("availability.window={rolling: 7d}", "objectives.0.window", {"rolling": "7d"}),
        ("availability.window.rolling=7d", "objectives.0.window", {"rolling": "7d"}),
        ("availability.method.time.atLeast=5m", "objectives.0.method", {"time": {"atLeast": "5m"}}),
        ("availability.warnAt=", "objectives.0.warnAt", None),
        ("availability.target='>= 99%'", "objectives.0.target", ">= 99%"),
        ('availability.indicator.probe.series=up{a="b"}', "objectives.0.indicator.probe.series", 'up{a="b"}'),
        ("availability.nothing=", "objectives.0.nothing", None),
        ("noData=bad", "noData", "bad"),
        ("spec.noData=bad", "noData", "bad"),
        ("term={from: 2026-01-01}", "term", {"from": "2026-01-01"}),
        ("term.target=98%", "objectives.2.target", "98%"),
        ("spec.term.from=2026-01-01", "term.from", "2026-01-01"),
        ("credits.schedule.1.credit=30%", "credits.schedule.1", {"below": "99%", "credit": "30%"}),
        ("credits.schedule.0=", "credits.schedule", [{"below": "99%", "credit": "25%"}]),
        ("customer.kind=internal", "customer", {"kind": "internal"}),
    ],
)  # fmt: skip
def test_a_value_is_put_in_its_place(said: str, path: str, value: Any) -> None:
    assert at(changed(said), path) == value


@pytest.mark.parametrize(
    ("said", "path", "value"),
    [
        ("availability.target=99.99%", "amendments.0.objectives.0.target", "99.99%"),
        ("availability.warnAt=99.99%", "amendments.0.objectives.0.warnAt", None),
        ("latency.target=99.99%", "amendments.0.objectives.1", {"name": "latency", "slice": "2m"}),
        ("credits.flat=5%", "amendments.1.credits.flat", "5%"),
        ("noData=bad", "amendments.0.noData", None),
    ],
)
def test_amendments_that_write_the_same_key_are_changed_with_it(said: str, path: str, value: Any) -> None:
    assert at(changed(said), path) == value


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("availability.target=98%", "spec.template.objectives.0.target"),
        ("availability.target=98%", "spec.template.amendments.0.objectives.0.target"),
        ("noData=98%", "spec.template.noData"),
        ("spec.noData=98%", "spec.template.noData"),
    ],
)
def test_of_a_template_what_all_its_customers_have(said: str, path: str) -> None:
    (document,), _ = parse(template_of(TEXT))
    assert at(Changing([read_change(said)])(document).root.plain(), path) == "98%"


def test_what_an_alias_shares_is_changed_in_one_place_only() -> None:
    spec = changed("credits.schedule.0.credit=5%")
    assert at(spec, "credits.schedule.0.credit") == "5%"
    assert at(spec, "objectives.1.credits.schedule.0.credit") == "10%"


def test_later_changes_build_on_earlier_ones() -> None:
    assert at(changed("availability.window=week", "availability.window.every=day"), "objectives.0.window") == {
        "every": "day"
    }


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("availability", "'availability' says no place and value: write OBJECTIVE.KEY=VALUE"),
        ("=1", "'=1' says no place and value"),
        ("availability..target=1", "'availability..target=1' says no place and value"),
        ("/availability.target=1", "'/availability.target=1' says no place and value"),
        (
            "availability.window={rolling: 7d",
            "the value of 'availability.window={rolling: 7d' cannot be read: ",
        ),
        ("availability.window=a\n---\nb", "cannot be read: several documents"),
    ],
)
def test_what_cannot_be_read(said: str, told: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its text is looked at
        read_change(said)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("availabilty.target=1%", "no key of the spec is called 'availabilty' (did you mean availability?)"),
        ("nodata=bad", "no objective and no key of the spec is called 'nodata' (did you mean noData?)"),
        ("xyz.target=1%", "called 'xyz' (there are: availability, latency, term)"),
        ("other/availability.target=1%", "no agreement is called 'other' (there are: acme)"),
        ("availability=1%", "does not say which key of availability is meant"),
    ],
)  # fmt: skip
def test_what_finds_no_place(said: str, told: str) -> None:
    (document,), _ = parse(TEXT)
    changing = Changing([read_change(said)])
    changing(document)
    assert len(changing.lost) == 1
    assert told in changing.lost[0]


def test_an_entry_that_is_not_there() -> None:
    (document,), _ = parse(TEXT)
    with pytest.raises(ValueError, match="5 is none of the 2 entries there; they count from 0"):
        Changing([read_change("credits.schedule.5.below=1%")])(document)


@pytest.mark.parametrize("text", ["just a text", "[1, 2]", "spec: 7", "spec: {objectives: 7, amendments: [1]}"])
def test_documents_of_any_shape_are_left_alone(text: str) -> None:
    (document,), _ = parse(text)
    changing = Changing([read_change("availability.target=1%")])
    assert changing(document).root.plain() == document.root.plain()
    assert len(changing.lost) == 1


def test_faults_are_told_at_the_place_of_the_value() -> None:
    (document,), _ = parse(TEXT)
    root = Changing([read_change("latency.indicator={probe: {series: [up]}}")])(document).root
    _, node = root.walk(("spec", "objectives", 1, "indicator", "probe", "series", 0))
    assert (node.text, node.line) == ("up", 10)
