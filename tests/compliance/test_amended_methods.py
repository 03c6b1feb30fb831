"""Windows in which an amendment changes how a promise is counted."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from sla_monitor.compliance import judgements
from sla_monitor.compliance.methods import TIME, TOTAL, Condition, Intervals, Method, Stat, Statistic, Time
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import Amendment, Measurement, Objective, Policy
from tests.compliance.days import AMOUNTS, DAY, START, VALUES, WINDOW, amounts, samples, states, traffic
from tests.compliance.specimens import EVENTS, SECONDS, agreement, objective

F = Fraction
NOON = START + DAY // 2
DOWN, NOBODY = 0.0, float("nan")


def promise(method: Method, measurement: Measurement, target: str = "99") -> Objective:
    return replace(objective(target, method), measurement=measurement)


def judged(old: Objective, new: Objective, *held: Slices, policy: Policy = Policy.WEIGHTED) -> Standing:
    made = replace(agreement(old), amendments=(Amendment(NOON, "", (), policy, (new,)),))
    keys = dict.fromkeys((old.measurement.key, new.measurement.key))
    return judgements.judge(made, old, WINDOW, START + 2 * DAY, dict(zip(keys, held, strict=True)))


def test_options_of_a_method_are_those_in_force_at_each_instant() -> None:
    """Before noon every second of downtime counts, after it only spells of five minutes."""
    old, new = promise(TIME, SECONDS), promise(Time(at_least=300), SECONDS)
    held = states((600, 660, DOWN), (DAY // 2 + 600, DAY // 2 + 660, DOWN), (DAY - 900, DAY - 600, DOWN))
    standing = judged(old, new, held)
    assert (standing.bad, standing.total, standing.status) == (360, DAY, Status.MET)
    assert standing.incidents is not None
    assert [one.bad for one in standing.incidents] == [60, 300]


def test_bounds_add_up_what_each_part_could_have_been() -> None:
    old, new = promise(TIME, SECONDS), promise(Time(at_least=300), SECONDS)
    held = states((600, 720, NOBODY), (DAY - 900, DAY - 660, DOWN), (DAY - 660, DAY - 600, NOBODY))
    standing = judged(old, new, held)
    assert standing.bounds == (1 - F(120 + 300, DAY), 1)
    assert (standing.bad, standing.total) == (0, DAY - 180)


def test_parts_of_different_units_are_judged_each_for_itself() -> None:
    """Until noon by events, after it by whole bad minutes: neither can be weighed against the other."""
    old = promise(objective().method, EVENTS)
    new = promise(Intervals(60, Condition(Comparison.GT, F(5, 100))), EVENTS)
    for minutes, status in (((0, 10), Status.BREACHED), ((725, 726), Status.MET), ((725, 740), Status.BREACHED)):
        standing = judged(old, new, traffic((*minutes, 100, 100)))
        assert standing.status is status, standing.reason
        assert standing.window == WINDOW
        assert (standing.total, standing.objective.unit) == (DAY // 2, "seconds")


@pytest.mark.parametrize(("amount", "status"), [(750, Status.MET), (749, Status.BREACHED)])
def test_counts_are_weighed_by_time(amount: int, status: Status) -> None:
    old, new = (replace(promise(TOTAL, AMOUNTS), target=F(n), comparison=Comparison.GE) for n in (500, 1000))
    standing = judged(old, new, amounts((5, amount)))
    assert (standing.objective.target, standing.value, standing.status) == (750, amount, status)


def test_a_statistic_is_taken_of_each_part() -> None:
    of = {"comparison": Comparison.LE}
    old, new = (replace(promise(Stat(Statistic.MAX), VALUES), target=F(n), **of) for n in (5, 1))
    assert judged(old, new, samples((0, 4.0), (DAY // 2, 1.0), fill=0.5)).status is Status.MET
    late = judged(old, new, samples((0, 4.0), (DAY // 2, 1.5), fill=0.5))
    assert (late.status, late.value) == (Status.BREACHED, F(3, 2))
    early = judged(old, new, samples((0, 6.0), (DAY // 2, 1.0), fill=0.5))
    assert (early.status, early.value) == (Status.BREACHED, 1)
    assert early.reason.startswith("the part from 1970-04-11 00:00 UTC")


def test_an_amended_indicator_is_counted_from_its_own_slices() -> None:
    other = replace(SECONDS, slice_seconds=60, source=AMOUNTS.source, indicator=replace(SECONDS.indicator, series="b"))
    old, new = promise(Time(at_least=300), SECONDS), promise(Time(at_least=300), other)
    first, second = states((600, 900, DOWN)), states((600, 1200, DOWN), (DAY - 900, DAY - 600, DOWN))
    assert judged(old, new, first, second).bad == 600
