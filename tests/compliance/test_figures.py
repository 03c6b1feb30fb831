"""Totals, statistics and spells against their limits: the number, and what is said of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from sla_monitor.compliance import slices
from sla_monitor.compliance.methods import EVENTS as EVENTS_METHOD
from sla_monitor.compliance.methods import TOTAL as TOTALS
from sla_monitor.compliance.methods import Edge, Spells, SpellStatistic, Stat, Statistic, Time, Weight
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import ExclusionOrder, NoData, PartialWindow
from tests.compliance.days import AMOUNTS, DAY, START, VALUES, amounts, applied, samples, stand, states, traffic
from tests.compliance.specimens import EVENTS, measured

F = Fraction
DOWN, NOBODY = 0.0, float("nan")
HALF = START + DAY // 2


def valued(of: Statistic, *rows: tuple[int, float], **terms: Any) -> Standing:
    weight, p = terms.pop("weight", Weight.SAMPLE), terms.pop("p", F(0))
    held = samples(*rows, fill=terms.pop("fill", NOBODY))
    plain = {"measurement": VALUES, "comparison": Comparison.LE, "target": F(45, 1000), "min_coverage": F(0)}
    return stand(Stat(of, weight, p), held, **{**plain, **terms})


ROWS = ((0, 0.03), (15, 0.05), (30, 0.04), (600, 0.1))
STATISTICS: dict[str, tuple[Statistic, dict[str, Any], Fraction]] = {
    "the mean of all samples": (Statistic.MEAN, {}, F(22, 400)),
    "the mean of the slices' means": (Statistic.MEAN, {"weight": Weight.SLICE}, F(7, 100)),
    "the largest": (Statistic.MAX, {}, F(1, 10)),
    "the smallest": (Statistic.MIN, {}, F(3, 100)),
    "the median, by nearest rank": (Statistic.PERCENTILE, {"p": F(50)}, F(4, 100)),
    "just above the median": (Statistic.PERCENTILE, {"p": F(501, 10)}, F(5, 100)),
    "all of them": (Statistic.PERCENTILE, {"p": F(100)}, F(1, 10)),
}  # fmt: skip


@pytest.mark.parametrize("sentence", STATISTICS)
def test_statistics(sentence: str) -> None:
    of, terms, value = STATISTICS[sentence]
    standing = valued(of, *ROWS, **terms)
    assert (standing.value, standing.attainment, standing.bounds, standing.budget) == (value, None, None, None)
    assert standing.is_known
    assert set(standing.burn_rates.values()) == {None}


@pytest.mark.parametrize(("limit", "status"), [("0.1", Status.MET), ("0.099999999", Status.BREACHED)])
def test_a_tenth_is_a_tenth(limit: str, status: Status) -> None:
    """As floats, three of them add up to more."""
    rows = ((0, 0.1), (15, 0.1), (30, 0.1))
    assert valued(Statistic.MEAN, *rows, target=F(limit)).status is status


def test_a_mean_of_many_large_samples() -> None:
    """5,760 of them come to more than int64 holds."""
    assert valued(Statistic.MEAN, (0, 2.0**52), fill=2.0**53 - 1).value == 2**53 - 1 - F(2**52 - 1, 5760)


def test_samples_of_excluded_time_do_not_count() -> None:
    schedule = applied(Span(START + 600, START + 601))
    assert valued(Statistic.MAX, *ROWS, schedule=schedule).value == F(5, 100)


VERDICTS: dict[str, tuple[dict[str, Any], Status, str]] = {
    "kept": ({"target": F(1), "shown_in": "s"}, Status.MET, "0.1 s ≤ 1 s"),
    "in percent, rounded as agreed": (
        {"target": F(10, 100), "shown_in": "%", "rounding": Rounding(0, RoundingMode.DOWN), "rows": ((0, 0.109),)},
        Status.MET, "10 % ≤ 10 %"),
    "missed": ({}, Status.BREACHED, "0.1 > 0.045"),
    "near the limit": ({"target": F(1), "warn_at": F(5, 100), "at": HALF}, Status.AT_RISK,
                       "0.1 ≤ 1, but beyond the warning level 0.05"),
    "near the limit, in percent": (
        {"target": F(1), "warn_at": F(5, 100), "at": HALF, "shown_in": "%"}, Status.AT_RISK,
        "10 % ≤ 100 %, but beyond the warning level 5 %"),
    "just enough known": (
        {"min_coverage": F(4, 5760), "target": F(1)}, Status.MET, "0.1 ≤ 1"),
    "so far": ({"target": F(1), "at": HALF}, Status.MET, "0.1 ≤ 1 so far"),
    "nothing measured": ({"rows": ()}, Status.UNKNOWN, "nothing is known of this window"),
    "nothing promised": (
        {"term": Span(START + DAY, FOREVER), "at": START + DAY + 1}, Status.PENDING, "the agreement begins"),
    "all excluded": ({"schedule": applied(Span(START, START + DAY))}, Status.MET, "nothing was promised so far"),
    "too little known, but worse it can only get": (
        {"min_coverage": F(9, 10)}, Status.BREACHED, "even at best 0.1 > 0.045"),
    "too little known to keep it": ({"min_coverage": F(9, 10), "target": F(1)}, Status.UNKNOWN, "only 0.069444 % of"),
    "too little known, which was agreed to be left out": (
        {"min_coverage": F(9, 10), "target": F(1), "no_data": NoData.EXCLUDE}, Status.MET, "0.1 ≤ 1"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", VERDICTS)
def test_verdicts_on_the_largest(sentence: str) -> None:
    terms, status, reason = VERDICTS[sentence]
    rows = terms.get("rows", ROWS)
    standing = valued(Statistic.MAX, *rows, **{name: one for name, one in terms.items() if name != "rows"})
    assert standing.status is status, standing.reason
    assert standing.reason.startswith(reason)


@pytest.mark.parametrize(("of", "status"), [(Statistic.MIN, Status.BREACHED), (Statistic.MEAN, Status.UNKNOWN)])
def test_what_may_still_come_decides_where_too_little_is_known(of: Statistic, status: Status) -> None:
    terms = {
        "comparison": Comparison.GE,
        "target": F(4, 100) if of is Statistic.MIN else F(1),
        "min_coverage": F(9, 10),
    }
    assert valued(of, *ROWS, **terms).status is status


def test_known_time_without_a_sample_gives_no_number() -> None:
    held = samples(fill=NOBODY)
    held = type(held)(60, held.starts, held.good, held.total, held.known + 60, held.states)
    standing = stand(Stat(Statistic.MEAN), held, measurement=VALUES, comparison=Comparison.LE, target=F(1))
    assert (standing.value, standing.status) == (None, Status.UNKNOWN)
    assert standing.reason == "there is no sample in this window to take it of"


def total(*rows: tuple[int, float], at: int = START + 2 * DAY, lost: tuple[int, ...] = (), **terms: Any) -> Standing:
    held = amounts(*rows, until=min(1440, (at - START) // 60), lost=lost)
    plain = {"measurement": AMOUNTS, "comparison": Comparison.GE, "target": F(500)}
    return stand(TOTALS, held, at=at, **{**plain, **terms})


TOTALLED: dict[str, tuple[dict[str, Any], Status, str]] = {
    "reached": ({"rows": ((5, 500),)}, Status.MET, "500 ≥ 500"),
    "one short": ({"rows": ((5, 499),)}, Status.BREACHED, "499 < 500"),
    "on course": ({"rows": ((5, 300),), "at": HALF}, Status.MET, "300 < 500 so far, on course for 600"),
    "before anything was promised": (
        {"rows": ((5, 0),), "at": HALF, "schedule": applied(Span(START, HALF))}, Status.MET,
        "0 < 500 so far, on course for what is not known yet"),
    "behind": ({"rows": ((5, 200),), "at": HALF}, Status.AT_RISK, "200 < 500 so far; at this pace it ends at 400"),
    "reached early": ({"rows": ((5, 500),), "at": HALF}, Status.MET, "500 ≥ 500 so far"),
    "exceeded": ({"rows": ((5, 501),), "comparison": Comparison.LE, "at": HALF}, Status.BREACHED, "501 > 500"),
    "will be exceeded": (
        {"rows": ((5, 300),), "comparison": Comparison.LE, "at": HALF}, Status.AT_RISK, "300 ≤ 500 so far; at this"),
    "unknown minutes may have brought it": (
        {"rows": ((5, 490),), "lost": tuple(range(700, 1000))}, Status.UNKNOWN, "only 79.166666 % of the window"),
    "or could not have": (
        {"rows": ((5, 5),), "lost": tuple(range(700, 1000))}, Status.BREACHED, "even at best 6.315789 < 500"),
    "what is reached stays reached": ({"rows": ((5, 500),), "lost": tuple(range(700, 1000))}, Status.MET, "500 ≥ 500"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", TOTALLED)
def test_totals(sentence: str) -> None:
    terms, status, reason = TOTALLED[sentence]
    rows = terms["rows"]
    standing = total(*rows, **{name: one for name, one in terms.items() if name != "rows"})
    assert standing.status is status, standing.reason
    assert standing.reason.startswith(reason)
    assert standing.value == rows[0][1]


def test_a_total_has_a_share_of_its_target_and_a_budget_where_it_may_not_be_exceeded() -> None:
    upward, downward = total((5, 650)), total((5, 300), comparison=Comparison.LE, at=HALF)
    assert (upward.attainment, upward.budget, upward.good, upward.is_known) == (F(13, 10), None, 650, True)
    assert downward.budget is not None
    assert (downward.budget.allowed, downward.budget.used) == (500, 300)
    assert downward.projection.exhaustion == HALF + 28_800  # 200 left at 300 in half a day
    assert total((5, 600), comparison=Comparison.LE).breach_certain


@pytest.mark.parametrize(
    ("partial", "target"),
    [(PartialWindow.PRORATE, F(250)), (PartialWindow.ASSUME_GOOD, F(250)), (PartialWindow.FULL, F(500))],
)
def test_a_count_is_promised_in_proportion_to_the_term(partial: PartialWindow, target: Fraction) -> None:
    standing = total((1000, 260), term=Span(HALF, FOREVER), partial_window=partial, warn_at=F(510))
    assert standing.objective.target == target
    assert standing.objective.warn_at == F(510) * target / 500
    assert standing.attainment == 260 / target


def test_a_target_of_nothing_has_no_share() -> None:
    standing = total((5, 1), comparison=Comparison.LE, target=F(0))
    assert (standing.status, standing.attainment, standing.bounds) == (Status.BREACHED, None, None)


def test_a_limit_is_reached_later_where_nothing_comes_for_a_while() -> None:
    """The next hour is excluded: what is left of 500, 200 at 300 in half a day, begins to go after it."""
    schedule = applied(Span(HALF, HALF + 3600))
    standing = total((5, 300), comparison=Comparison.LE, at=HALF, schedule=schedule)
    assert standing.projection.exhaustion == HALF + 3600 + 28_800
    assert sum(one.seconds for one in standing.taken) == DAY // 2


def test_no_data_no_pace() -> None:
    standing = total(at=HALF, lost=tuple(range(720)), no_data=NoData.EXCLUDE)
    assert (standing.status, standing.projection.attainment_at_end) == (Status.UNKNOWN, None)


SPELLS: dict[str, tuple[SpellStatistic, dict[str, Any], Fraction | None]] = {
    "the longest, over the edge with its full length": (SpellStatistic.LONGEST, {}, F(900)),
    "the longest, clipped": (SpellStatistic.LONGEST, {"edge": Edge.CLIP}, F(600)),
    "of those that start in the window": (SpellStatistic.COUNT, {}, F(3)),
    "long enough": (SpellStatistic.COUNT, {"at_least": 120}, F(2)),
    "on the mean, with full length": (SpellStatistic.MEAN, {}, F(60 + 300 + 900, 3)),
    "between them": (SpellStatistic.BETWEEN, {}, F((3600 - 660) + (DAY - 600 - 3900), 2)),
}  # fmt: skip
OUTAGES = ((-300, -60, DOWN), (600, 660, DOWN), (3600, 3900, DOWN), (DAY - 600, DAY + 300, DOWN))


@pytest.mark.parametrize("sentence", SPELLS)
def test_spells(sentence: str) -> None:
    statistic, options, value = SPELLS[sentence]
    standing = stand(Spells(statistic, **options), states(*OUTAGES), comparison=Comparison.LE, target=F(10**6))
    assert (standing.value, standing.status) == (value, Status.MET)


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        (SpellStatistic.LONGEST, F(0)),
        (SpellStatistic.COUNT, F(0)),
        (SpellStatistic.MEAN, None),
        (SpellStatistic.BETWEEN, None),
    ],
)
def test_no_spell_keeps_every_promise(statistic: SpellStatistic, value: Fraction | None) -> None:
    standing = stand(Spells(statistic), states(), comparison=Comparison.LE, target=F(1))
    assert (standing.value, standing.status) == (value, Status.MET)


def test_a_spell_is_as_long_as_what_of_it_is_not_excluded() -> None:
    schedule = applied(Span(START + 3700, START + 3800))
    for order in ExclusionOrder:
        standing = stand(
            Spells(),
            states(OUTAGES[2]),
            comparison=Comparison.LE,
            target=F(1),
            schedule=schedule,
            exclusion_order=order,
        )
        assert standing.value == 100


def test_unknown_time_may_lengthen_a_spell() -> None:
    held = states((600, 900, DOWN), (900, 1800, NOBODY))
    terms = {"comparison": Comparison.LE, "target": F(600), "min_coverage": F(995, 1000)}
    assert stand(Spells(), held, **terms).status is Status.UNKNOWN
    assert stand(Spells(), held, **{**terms, "target": F(299)}).status is Status.BREACHED
    assert stand(Spells(), held, **{**terms, "target": F(1200)}).status is Status.MET
    counted = {**terms, "target": F(5)}
    assert stand(Spells(SpellStatistic.COUNT), held, **counted).status is Status.UNKNOWN


def test_where_all_is_known_nothing_is_in_doubt() -> None:
    standing = stand(
        Spells(SpellStatistic.COUNT), states(OUTAGES[2], margin=40 * DAY), comparison=Comparison.LE, target=F(0)
    )
    assert (standing.value, standing.status) == (1, Status.BREACHED)


def test_incidents_are_told_of_spells() -> None:
    standing = stand(Time(at_least=300), states((600, 900, 0.25), (4000, 4060, DOWN)))
    assert standing.incidents is not None
    (only,) = standing.incidents
    assert (only.span, only.bad, only.worst) == (Span(START + 600, START + 900), 225, F(3, 4))


@pytest.mark.parametrize(("bad", "incidents"), [(1, 0), (2, 1)])
def test_an_incident_is_what_breaks_the_promise(bad: int, incidents: int) -> None:
    """Of a hundred events one may fail at 99 %; of spells every second down is told."""
    standing = stand(EVENTS_METHOD, traffic((0, 1, bad, 100)), measurement=EVENTS)
    assert standing.incidents is not None
    assert len(standing.incidents) == incidents
    spells = stand(Spells(), states((600, 900, 0.5)), comparison=Comparison.LE, target=F(600))
    assert spells.incidents is not None
    assert [one.bad for one in spells.incidents] == [150]


def test_nothing_held_gives_no_number() -> None:
    standing = stand(Stat(Statistic.MAX), slices.empty(60), measurement=VALUES, comparison=Comparison.LE)
    assert (standing.value, standing.status, standing.is_known) == (None, Status.UNKNOWN, False)


def test_a_number_of_spells_is_told_in_spells() -> None:
    assert [Spells(one).unit for one in SpellStatistic] == ["seconds", "spells", "seconds", "seconds"]


def test_sums_without_samples_give_no_statistic() -> None:
    held = measured([(START, 4.0, 2.0, 60)])
    standing = stand(Stat(Statistic.MAX), held, measurement=VALUES, comparison=Comparison.LE, min_coverage=F(0))
    assert (standing.value, standing.status) == (None, Status.UNKNOWN)


@pytest.mark.parametrize("amount", [0, 10, 600])
def test_a_limit_that_is_not_reached_in_time_runs_out_never(amount: int) -> None:
    """Nor one that is exceeded already."""
    assert total((5, amount), comparison=Comparison.LE, at=HALF).projection.exhaustion is None
