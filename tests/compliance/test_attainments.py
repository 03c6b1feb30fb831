"""Attainment and its bounds under each rule for missing data (measurement.md 3 and 4)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import attainments, methods
from sla_monitor.compliance.attainments import Attainment
from sla_monitor.compliance.methods import Method
from sla_monitor.compliance.terms import NoData
from sla_monitor.compliance.windows import NOTHING, Tally
from tests.compliance.specimens import tally

TIME, EVENTS = methods.TIME, methods.EVENTS
F = Fraction

# what: tally, method, policy, seconds assumed up, share, lower, upper
TABLE = {
    "all known": (tally(90, 100), TIME, NoData.UNKNOWN, 0, F(9, 10), F(9, 10), F(9, 10)),
    "unknown time is left out, within bounds": (
        tally(90, 100, 100, 200), TIME, NoData.UNKNOWN, 0, F(9, 10), F(90, 200), F(190, 200)),
    "excluded unknown time has the same bounds": (
        tally(90, 100, 100, 200), TIME, NoData.EXCLUDE, 0, F(9, 10), F(90, 200), F(190, 200)),
    "unknown time taken for good": (
        tally(90, 100, 100, 200), TIME, NoData.GOOD, 0, F(190, 200), F(90, 200), F(190, 200)),
    "unknown time taken for bad": (
        tally(90, 100, 100, 200), TIME, NoData.BAD, 0, F(90, 200), F(90, 200), F(190, 200)),
    "an unknown slice of events holds the mean of the known ones, in the bounds only": (
        tally(90, 100, 60, 120), EVENTS, NoData.UNKNOWN, 0, F(9, 10), F(90, 200), F(190, 200)),
    "events nobody saw are not added as good": (
        tally(90, 100, 60, 120), EVENTS, NoData.GOOD, 0, F(9, 10), F(90, 200), F(190, 200)),
    "nor as bad": (tally(90, 100, 60, 120), EVENTS, NoData.BAD, 0, F(9, 10), F(90, 200), F(190, 200)),
    "nothing has passed": (NOTHING, TIME, NoData.UNKNOWN, 0, F(1), F(1), F(1)),
    "nothing is known": (tally(0, 0, 0, 600), TIME, NoData.UNKNOWN, 0, None, F(0), F(1)),
    "nothing is known of events": (tally(0, 0, 0, 600), EVENTS, NoData.UNKNOWN, 0, None, F(0), F(1)),
    "nothing is known of events, whatever it counts as": (
        tally(0, 0, 0, 600), EVENTS, NoData.BAD, 0, None, F(0), F(1)),
    "nothing is known and excluded": (tally(0, 0, 0, 600), TIME, NoData.EXCLUDE, 0, None, F(0), F(1)),
    "nothing is known and taken for good": (tally(0, 0, 0, 600), TIME, NoData.GOOD, 0, F(1), F(0), F(1)),
    "nothing is known and taken for bad": (tally(0, 0, 0, 600), TIME, NoData.BAD, 0, F(0), F(0), F(1)),
    "silence keeps the promise": (tally(0, 0, 600, 600), EVENTS, NoData.UNKNOWN, 0, F(1), F(1), F(1)),
    "silence with gaps keeps it too": (tally(0, 0, 300, 600), EVENTS, NoData.UNKNOWN, 0, F(1), F(1), F(1)),
    "the time before the term counts as up": (
        tally(90, 100), TIME, NoData.UNKNOWN, 100, F(190, 200), F(190, 200), F(190, 200)),
    "the time before the term, with gaps after": (
        tally(90, 100, 100, 200), TIME, NoData.UNKNOWN, 100, F(190, 200), F(190, 300), F(290, 300)),
    "only assumed time is known": (tally(0, 0, 0, 100), TIME, NoData.UNKNOWN, 100, F(1), F(1, 2), F(1)),
    "nothing but assumed time has passed": (NOTHING, TIME, NoData.UNKNOWN, 100, F(1), F(1), F(1)),
    "pooled series: an unknown second is one of each": (
        tally(1900, 2000, 100, 150), TIME, NoData.BAD, 0, F(1900, 3000), F(1900, 3000), F(2900, 3000)),
    "pooled series: an assumed second is one of each": (
        tally(1900, 2000, 100, 100), TIME, NoData.UNKNOWN, 100, F(3900, 4000), F(3900, 4000), F(3900, 4000)),
}  # fmt: skip


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_attainment(
    row: tuple[Tally, Method, NoData, int, Fraction | None, Fraction, Fraction],
) -> None:
    seen, method, policy, assumed, share, lower, upper = row
    assert attainments.attain(seen, method, policy, assumed) == Attainment(share, lower, upper)


@given(
    st.lists(st.sampled_from(("up", "down", "gap")), min_size=1, max_size=12),
    st.data(),
    st.sampled_from(NoData),
    st.integers(0, 5),
)
def test_bounds_contain_every_filling_of_the_gaps(
    seconds: list[str], data: st.DataObject, policy: NoData, assumed: int
) -> None:
    up, known = seconds.count("up"), len(seconds) - seconds.count("gap")
    attained = attainments.attain(tally(up, known, known, len(seconds)), TIME, policy, assumed)
    filled = up + data.draw(st.integers(0, seconds.count("gap")))
    truth = attainments.attain(tally(filled, len(seconds)), TIME, policy, assumed).share
    assert truth is not None
    assert attained.lower <= truth <= attained.upper
    assert attained.share is None or attained.lower <= attained.share <= attained.upper


@given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 1000), st.data())
def test_bounds_of_events_contain_every_filling_at_the_mean_traffic(
    known: int, gaps: int, each: int, data: st.DataObject
) -> None:
    total = known * each
    good = data.draw(st.integers(0, total))
    attained = attainments.attain(tally(good, total, known * 60, (known + gaps) * 60), EVENTS, NoData.UNKNOWN)
    filled = good + data.draw(st.integers(0, gaps * each))
    truth = F(filled, total + gaps * each) if each else F(1)
    assert attained.lower <= truth <= attained.upper


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100), st.sampled_from(NoData))
def test_coverage_is_the_same_under_every_policy(up: int, down: int, gap: int, policy: NoData) -> None:
    seen = tally(up, up + down, up + down, up + down + gap)
    counted = attainments.counted(seen, TIME, policy)
    filled = gap if policy in (NoData.GOOD, NoData.BAD) else 0
    assert (counted.total, counted.known) == (up + down + filled, up + down + filled)
    assert counted.bad == down + (gap if policy is NoData.BAD else 0)
    assert attainments.counted(seen, EVENTS, policy) == seen
    assert replace(counted, good=seen.good, total=seen.total, known=seen.known) == seen
