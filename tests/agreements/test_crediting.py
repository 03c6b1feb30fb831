"""From `credits` as they are written to what the core is told, and for which promises they have a meaning."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from sla_monitor.agreements.creditchecks import credit_faults
from sla_monitor.agreements.creditfits import misfits
from sla_monitor.agreements.crediting import remedy_of
from sla_monitor.agreements.objectivechecks import promise_of
from sla_monitor.agreements.quantities import read_excess, read_minimum, read_within
from sla_monitor.agreements.schema.objectives import Objective
from sla_monitor.agreements.schema.servicecredits import Credits
from sla_monitor.agreements.yamltree import parse
from sla_monitor.compliance.periods import Lapse, Unit
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import (
    Basis,
    CreditTier,
    Days,
    Escalation,
    Exceedance,
    Failures,
    Flat,
    LongCap,
    Minimum,
    Money,
    PerBlock,
    PerSubwindow,
    Remedy,
    Tiered,
)
from tests.agreements.conftest import Read, with_objective, with_spec

FIVE, TENTH = Fraction(5, 100), Fraction(1, 10)
EVENTS = "target: 99.9%, indicator: {ratio: {bad: a, total: b}}"
TIME = "target: 99.9%, indicator: {probe: {series: up}}"
MEAN = "target: '<= 45ms', indicator: {value: {query: a}}"
TOTAL = "target: '>= 500', indicator: {amount: {counter: a}}"
AT_MOST = "target: '<= 500', indicator: {amount: {counter: a}}"
SPELLS = "target: '<= 1h', indicator: {probe: {series: up}}, method: spells"
GRADED = "target: 99.9%, indicator: {ratio: {bad: a, total: b}}, method: {intervals: {every: 5m}}"
BAD_MINUTES = "target: 99.9%, indicator: {ratio: {bad: a, total: b}}, method: {intervals: {every: 1m, badWhen: '> 5%'}}"


def plain(text: str) -> Any:
    return parse(f"{text}\n")[0][0].root.plain()


def promised(text: str) -> Objective:
    return Objective.model_validate(plain(f"{{name: a, {text}}}"))


def credited(text: str) -> Credits:
    return Credits.model_validate(plain(f"{{{text}}}"))


REMEDIES = {
    "full blocks": (TIME, "perBlock: {every: 1h, credit: 5%}", Remedy(PerBlock(Fraction(3600), FIVE))),
    "blocks begun, of outages of at least so long": (
        TIME, "perBlock: {every: 1h, credit: 1 day, partial: ceil, atLeast: 15m}",
        Remedy(PerBlock(Fraction(3600), Days(Fraction(1)), True, (Comparison.GE, Fraction(900))))),
    "one block a day, of longer outages": (
        TIME, "perBlock: {every: 30m, credit: 5%, partial: floor, longerThan: 1h, maxPerDay: 1}, cap: 7 days",
        Remedy(
            PerBlock(Fraction(1800), FIVE, False, (Comparison.GT, Fraction(3600)), 1), cap=Days(Fraction(7)))),
    "each day under a share": (
        EVENTS, "perSubwindow: {every: day, target: 90%, credit: 1/30}",
        Remedy(PerSubwindow(Unit.DAY, Comparison.GE, Fraction(9, 10), Fraction(1, 30)))),
    "each hour over a value": (
        MEAN, "perSubwindow: {every: hour, target: '< 40ms', credit: 1%}",
        Remedy(PerSubwindow(Unit.HOUR, Comparison.LT, Fraction(40, 1000), Fraction(1, 100)))),
    "each day with too few": (
        TOTAL, "perSubwindow: {every: day, target: 10, credit: 1%}",
        Remedy(PerSubwindow(Unit.DAY, Comparison.GE, Fraction(10), Fraction(1, 100)))),
    "by the excess": (
        MEAN, "exceedance: [{over: 10%, credit: 10%}, {atOrOver: 150%, credit: 50%}, {credit: 5%}]",
        Remedy(Exceedance((
            CreditTier(None, TENTH, above=TENTH), CreditTier(None, Fraction(1, 2), at_or_above=Fraction(3, 2)),
            CreditTier(None, FIVE))))),
    "by failures in months": (
        EVENTS, "escalation: {within: 12 months, failures: [{count: 2, credit: 20%}, {count: 3, credit: termination}]}",
        Remedy(Escalation(Lapse("12 months", months=12), (Failures(2, Fraction(1, 5)), Failures(3, None))))),
    "by failures in windows": (
        EVENTS, "escalation: {within: 6 windows, failures: [{count: 2, credit: 2 days}]}",
        Remedy(Escalation(6, (Failures(2, Days(Fraction(2))),)))),
    "a cap over a year": (
        EVENTS, "flat: 10%, cap: 50%, capPer: year",
        Remedy(Flat(TENTH), cap=Fraction(1, 2), long_cap=LongCap(Fraction(1, 2), Unit.YEAR))),
    "a cap of its own over twelve months": (
        EVENTS, "flat: 10%, cap: 50%, capPer: {upTo: 30 days, per: 12 months}",
        Remedy(
            Flat(TENTH), cap=Fraction(1, 2),
            long_cap=LongCap(Days(Fraction(30)), Lapse("12 months", months=12)))),
    "a cap over 90 days": (
        EVENTS, "flat: 10%, capPer: {upTo: 100%, per: 90 days}",
        Remedy(Flat(TENTH), long_cap=LongCap(Fraction(1), Lapse("90 days", days=90)))),
    "a minimum in money": (
        EVENTS, "flat: 10%, minimum: '> 1 USD'",
        Remedy(Flat(TENTH), minimum=Minimum(Comparison.GT, Money(Fraction(1), "USD")))),
    "a value's tiers": (
        MEAN, "schedule: [{above: 45ms, credit: 10%}]",
        Remedy(Tiered((CreditTier(None, TENTH, above=Fraction(45, 1000)),), Basis.VALUE))),
    "an amount's tiers": (
        TOTAL, "schedule: [{below: 400, credit: 10%}]",
        Remedy(Tiered((CreditTier(Fraction(400), TENTH),), Basis.VALUE))),
    "an amount's tiers as shares of its target": (
        TOTAL, "schedule: [{below: 80%, credit: 10%}]", Remedy(Tiered((CreditTier(Fraction(4, 5), TENTH),)))),
    "bad seconds of intervals": (
        BAD_MINUTES, "on: bad seconds, schedule: [{above: 5m, credit: 10%}]",
        Remedy(Tiered((CreditTier(None, TENTH, above=Fraction(300)),), Basis.BAD_SECONDS))),
}  # fmt: skip


@pytest.mark.parametrize("sentence", REMEDIES)
def test_the_core_is_told_what_was_agreed(sentence: str) -> None:
    promise, written, remedy = REMEDIES[sentence]

    assert remedy_of(promised(promise), credited(written)) == remedy
    assert remedy_of(promised(f"{promise}, credits: {{{written}}}"), None) == remedy


FITTING = {
    "schedule: [{below: 99%, credit: 10%}]": {"events", "time", "total", "at most", "graded", "bad minutes"},
    "on: bad seconds, schedule: [{above: 5m, credit: 10%}]": {"time", "bad minutes"},
    "schedule: [{above: 5m, credit: 10%}]": {"mean", "spells"},
    "schedule: [{below: 400, credit: 10%}]": {"total", "at most"},
    "proportional: {factor: 1}": {"events", "time", "total", "graded", "bad minutes"},
    "perBlock: {every: 1h, credit: 5%}": {"time", "spells", "bad minutes"},
    "perSubwindow: {every: day, target: 90%, credit: 1%}": {"events", "time", "graded", "bad minutes"},
    "perSubwindow: {every: day, target: '<= 45ms', credit: 1%}": {"mean", "spells"},
    "perSubwindow: {every: day, target: 20, credit: 1%}": {"total"},
    "exceedance: [{over: 10%, credit: 10%}]": {"mean", "spells", "total", "at most"},
    "escalation: {within: 2 months, failures: [{count: 2, credit: 5%}]}": {"everything"},
    "flat: 10%": {"everything"},
}
PROMISES = {
    "events": EVENTS, "time": TIME, "mean": MEAN, "total": TOTAL, "at most": AT_MOST, "spells": SPELLS,
    "graded": GRADED, "bad minutes": BAD_MINUTES,
}  # fmt: skip


@pytest.mark.parametrize("written", FITTING)
def test_which_credits_have_a_meaning_for_which_promise(written: str) -> None:
    fitting = {
        name for name, text in PROMISES.items() if not any(misfits(credited(written), promise_of(promised(text))))
    }

    assert fitting == (set(PROMISES) if FITTING[written] == {"everything"} else FITTING[written])
    for name, text in PROMISES.items():
        assert (remedy_of(promised(text), credited(written)) is None) == (name not in fitting)


def test_graded_intervals_weighed_by_time_count_seconds() -> None:
    by_time = GRADED.replace("every: 5m", "every: 5m, weight: time")
    on_seconds = credited("on: bad seconds, schedule: [{above: 5m, credit: 10%}]")

    assert not any(misfits(on_seconds, promise_of(promised(by_time))))


@pytest.mark.parametrize(
    ("sentence", "window", "written", "fits"),
    [
        ("a quarter has three months", "quarter", "capPer: {upTo: 1, per: 3 months}", True),
        ("a quarter is longer than two", "quarter", "capPer: {upTo: 1, per: 2 months}", False),
        ("a month, by its name", "month", "capPer: {upTo: 1, per: month}", True),
        ("a quarter in a year", "quarter", "capPer: {upTo: 1, per: year}", True),
        ("a week in a month", "week", "capPer: {upTo: 1, per: 1 month}", True),
        ("a month in 28 days", "month", "capPer: {upTo: 1, per: 28 days}", True),
        ("a month in 27 days", "month", "capPer: {upTo: 1, per: 27 days}", False),
        ("a rolling window ends when it likes", "{rolling: 90d}", "capPer: {upTo: 1, per: month}", True),
    ],
)
def test_a_longer_cap_is_longer_than_the_window(sentence: str, window: str, written: str, *, fits: bool) -> None:
    found = misfits(credited(f"flat: 10%, {written}"), promise_of(promised(f"{EVENTS}, window: {window}")))

    assert (not any(found)) == fits, sentence


@pytest.mark.parametrize(
    ("sentence", "window", "within", "most"),
    [
        ("months", "month", "6 months", 6),
        ("billing months", "{every: month, startDay: 15}", "6 months", 6),
        ("quarters in a year", "quarter", "12 months", 4),
        ("a year is the only one of its year", "year", "3 months", 1),
        ("windows", "week", "3 windows", 3),
        ("weeks in a month, of which some may be short", "week", "1 month", 4),
        ("rolling windows are stated by the month", "{rolling: 7d}", "12 months", 12),
        ("months in days, of which some are short", "month", "90 days", 3),
    ],
)
def test_no_more_failures_than_windows(sentence: str, window: str, within: str, most: int) -> None:
    promise = promise_of(promised(f"{EVENTS}, window: {window}"))

    def fits(count: int) -> bool:
        text = f"escalation: {{within: {within}, failures: [{{count: {count}, credit: 5%}}]}}"
        return not any(misfits(credited(text), promise))

    assert (fits(most), fits(most + 1)) == (True, False), sentence


SOUND = {
    "a minimum the cap still reaches": "flat: 10%, cap: 5%, minimum: 5%",
    "a minimum in days under a cap as a share": "flat: 10%, cap: 5%, minimum: '> 3 days'",
    "bounds that meet in one number": "on: bad seconds, schedule: [{atOrAbove: 5m, atOrBelow: 5m, credit: 10%}]",
    "open and closed at one bound": "schedule: [{below: 99%, credit: 20%}, {atOrBelow: 99%, credit: 10%}]",
    "one count that pays and lets terminate": (
        "escalation: {within: 12 months, failures: [{count: 2, credit: 5%}, {count: 2, credit: termination}]}"
    ),
    "credits of two units": "schedule: [{below: 99%, credit: 20%}, {below: 95%, credit: 1 day}]",
}


@pytest.mark.parametrize("sentence", SOUND)
def test_what_is_no_contradiction(sentence: str) -> None:
    credits_ = credited(SOUND[sentence])

    assert [*credit_faults(credits_, ()), *misfits(credits_, promise_of(promised(TIME)))] == []


def test_credits_of_the_agreement_that_are_not_for_every_promise(read_text: Read) -> None:
    """They are owed for those they are for; of the others it is told that they earn nothing."""
    value = "    - {name: latency, target: '<= 45ms', indicator: {value: {query: a}}}\n"
    schedule = "  credits: {schedule: [{below: 99%, credit: 10%}]}\n"
    reading = read_text(with_objective() + value + schedule)

    told = [f"{notice.line}: {notice.message}" for notice in reading.notices if "agreement's credits" in notice.message]
    assert reading.faults == ()
    not_for = "the agreement's credits are not for this promise"
    assert told == [f"10: {not_for}: below: the target is a duration, and so must be the bounds"]


def test_amended_credits_are_held_against_the_promises_of_their_time(read_text: Read) -> None:
    amended = "amendments: [{effective: 2026-07-01, credits: {on: bad seconds, schedule: [{above: 5m, credit: 10%}]}}]"
    of_events = with_spec(amended).replace(
        "{probe: {series: 'probe_success{job=\"payments\"}'}}", "{ratio: {bad: a, total: b}}"
    )

    assert read_text(with_spec(amended)).faults == ()
    assert [fault.message for fault in read_text(of_events).faults] == ["on: the method events does not count seconds"]


@pytest.mark.parametrize(
    ("text", "share"), [("10%", TENTH), ("150%", Fraction(3, 2)), ("0.1", TENTH), ("0%", Fraction(0))]
)
def test_excesses(text: str, share: Fraction) -> None:
    assert read_excess(text) == share


@pytest.mark.parametrize(("read", "text"), [
    (read_excess, "10"), (read_excess, "-1%"), (read_excess, "much"),
    (read_minimum, "= 5%"), (read_minimum, "5"), (read_minimum, "5 usd"), (read_minimum, "< 1 USD"),
    (read_minimum, ">"),
    (read_within, "0 windows"), (read_within, "6 widnows"), (read_within, "6"),
])  # fmt: skip
def test_what_says_nothing_is_refused(read: Any, text: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        read(text)


@pytest.mark.parametrize(("text", "windows"), [("6 windows", 6), ("1 window", 1), ("3windows", 3)])
def test_so_many_windows(text: str, windows: int) -> None:
    assert read_within(text) == windows
