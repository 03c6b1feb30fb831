"""Whatever an editor leaves in a file, reading it tells faults and never raises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
