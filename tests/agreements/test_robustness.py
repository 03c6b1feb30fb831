"""Whatever an editor leaves in a file, reading it tells faults and never raises."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.agreements.reading import read
from sla_monitor.agreements.yamltree import parse
from sla_monitor.compliance.rolls import GONE_AFTER, Presence, Roll
from sla_monitor.sources import promql

ROOT = Path(__file__).parents[2]
SOURCES = [
    Path(__file__).parent / "everything.yaml",
    ROOT / "sla_monitor/agreements/library/starters/many-customers.yaml",
    Path(__file__).parent / "discovered.yaml",
    *(ROOT / "config/agreements").glob("*.yaml"),
]
ROLL = Roll(0, {"acme": (Presence(None),), "b": (Presence(60, 120, GONE_AFTER), Presence(GONE_AFTER))})
ODD = (
    st.none()
    | st.text(max_size=12)
    | st.sampled_from(["-1", "0", "100%", "1e9", "{{tenant}}", "24/7", "month", "2026-01-01", "999999999999d", "<= 1"])
    | st.lists(st.text(max_size=4), max_size=3)
    | st.dictionaries(
        st.sampled_from(["query", "name", "every", "rolling", "probe", "x"]), st.text(max_size=4), max_size=2
    )
)


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at] * bool(at) + [place for step, part in inside for place in places(part, (*at, step))]


def changed(value: Any, at: tuple[str | int, ...], part: Any) -> None:
    for step in at[:-1]:
        value = value[step]
    value[at[-1]] = part


@given(data=st.data())
def test_one_odd_value_anywhere(data: st.DataObject, tmp_path_factory):
    source = data.draw(st.sampled_from(SOURCES))
    value = parse(source.read_text())[0][0].root.plain()
    place, odd = data.draw(st.sampled_from(places(value))), data.draw(ODD)
    changed(value, place, odd)
    path = tmp_path_factory.getbasetemp() / "odd.yaml"
    path.write_text(yaml.safe_dump(value, default_style='"'))
    reading = read([path], promql)

    # Told or served: nothing in between.
    assert bool(reading.faults) + bool(reading.agreements or reading.discoveries) == 1
    reading.with_customers({one.search.template: ROLL for one in reading.discoveries})
    assert all(fault.line >= 1 and fault.column >= 1 for fault in reading.faults)


def of_total(total: str) -> str:
    return SHORTEST_WITH.format(more="", total=total)


SHORTEST_WITH = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {{name: hostile}}
spec:
  customer: Acme
  {more}
  objectives:
    - name: o
      target: 99.9%
      indicator: {{ratio: {{bad: bad_total, total: '{total}'}}}}
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (of_total("(" * 50_000 + "x" + ")" * 50_000), "more than 100 brackets in brackets"),
        (of_total("-" * 50_000 + "x"), "more than 100 brackets in brackets, or operators"),
        (of_total("x" + "+x" * 20_000), "more than 100 brackets in brackets, or operators"),
        (of_total("sum(" * 101 + "x" + ")" * 101), "more than 100 brackets in brackets"),
        (of_total("x").replace("99.9%", '"' + "9" * 200_000 + '%"'), "not a plain decimal number"),
        (of_total("x").replace("99.9%", "1e999999999"), "not a plain decimal number"),
        (of_total("x").replace("name: o\n", "name: o\n      window: {rolling: 99999999999999d}\n"), "ten years"),
        (of_total("x").replace("hostile", "h" * 500_000), "500000 characters long"),
        (SHORTEST_WITH.format(more=f'serviceHours: "{"Mo-Su 00:00-24:00; " * 20_000}"', total="x"), "no opening hours"),
        *(
            (
                SHORTEST_WITH.format(
                    more="exclusions: [{name: w, category: other, during: "
                    f"{{rrule: '{rule}', from: 2026-01-01T00:00:00, length: 1s}}}}]",
                    total="x",
                ),
                told,
            )
            for rule, told in [
                ("FREQ=SECONDLY", "more often than hourly"),
                ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never comes true"),
            ]
        ),
    ],
)
def test_who_means_harm_is_told_so(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "hostile.yaml").write_text(text)
    reading = read([tmp_path], promql)
    assert reading.agreements == ()
    assert any(told in fault.message for fault in reading.faults), reading.faults
    assert all(len(str(fault)) < 1000 for fault in reading.faults)


def test_a_pattern_that_takes_forever_is_the_sources_affair(tmp_path: Path) -> None:
    """Its expressions take time in proportion to the text; here nobody tries them."""
    (tmp_path / "pattern.yaml").write_text(of_total('x{a=~"(a+)+$(((((a*)*)*)*)*)*b"}'))
    assert len(read([tmp_path], promql).agreements) == 1


def test_a_thousand_faulty_files_hold_up_none_of_the_others(tmp_path: Path) -> None:
    """Each was cut off, overwritten somewhere, or lost some lines; what is left may be an agreement all the same."""
    chosen, good = random.Random(4), of_total("x")
    spoiled = set()
    for number in range(1000):
        lines, at = good.replace("hostile", f"spoiled-{number}").splitlines(keepends=True), chosen.randrange(10)
        match number % 4:
            case 0:
                text = "".join(lines)[: chosen.randrange(len(good))]
            case 1:
                text = "".join([*lines[:at], *lines[at + 1 :]])
            case 2:
                text = "".join([*lines[:at], "\t\x7f%@: [{\n", *lines[at:]])
            case _:
                text = "".join([*lines[:at], lines[at].replace(": ", " : - ", 1), *lines[at + 1 :]])
        (tmp_path / f"spoiled-{number}.yaml").write_text(text)
        spoiled.add(str(tmp_path / f"spoiled-{number}.yaml"))
        if number % 100 == 0:
            (tmp_path / f"good-{number}.yaml").write_text(good.replace("hostile", f"good-{number}"))
    reading = read([tmp_path], promql)
    served = {agreement.document.path for agreement in reading.agreements}
    told = {fault.path for fault in reading.faults}
    assert {path for path in served if "good" in path} == {
        str(tmp_path / f"good-{n}.yaml") for n in range(0, 1000, 100)
    }
    assert told <= spoiled
    assert len(told) > 900
    assert served & told == set()
    # What is neither was cut off before it said anything.
    assert all(not yaml.safe_load(Path(path).read_text()) for path in spoiled - served - told)
