"""The life of a fleet: its boards in columns are those judged promise by promise, in every record and every metric."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance import methods
from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.declarations import Declaration
from sla_monitor.compliance.exclusions import Allowance, Effect, Once, Rule, Uses
from sla_monitor.compliance.methods import TIME
from sla_monitor.compliance.periods import Calendar, Rolling, Unit
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.remedies import (
    CreditTier,
    Exceedance,
    PerBlock,
    PerSubwindow,
    Proportional,
    Remedy,
    Tiered,
)
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import (
    Agreement,
    AgreementName,
    Amendment,
    Hours,
    NoData,
    ObjectiveKey,
    ObjectiveName,
    Policy,
)
from sla_monitor.ledger.book import Book
from sla_monitor.measuring.assessment import assess, with_counts
from sla_monitor.measuring.fleets import Fleet
from sla_monitor.publishing.pictures import pictures
from tests.compliance.specimens import agreement, objective
from tests.ledger.specimens import ledger_with
from tests.measuring.invented import START, events, opened, seconds

DAY, MINUTE = 86_400, 60
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""To make a failure smaller takes minutes here, and the first one tells enough."""

REQUESTS, PROBES = [events(f"requests{n}") for n in range(3)], [seconds(f"probe{n}") for n in range(2)]
MEASURED = [*REQUESTS, *PROBES]
SINCE, BEGIN = START - 8 * DAY, START + 2 * DAY + 20 * 3600

OUTAGES = methods.Intervals(300, methods.Condition(Comparison.GT, Fraction(1, 50)), at_least=600)
SPELLS = methods.Spells(at_least=120)
SINGLE = (methods.Intervals(300), OUTAGES, methods.Time(at_least=120))
DAILY = PerSubwindow(Unit.HOUR, Comparison.GE, Fraction(9, 10), Fraction(1, 100))
TIERED = Remedy(
    Tiered(tuple(CreditTier(Fraction(n, 1000), Fraction(1000 - n, 100)) for n in (999, 998, 990))), cap=Fraction(1, 20)
)


def slices(m_: int, start: int, count: int, seed: int) -> Slices:
    measurement = MEASURED[m_]
    rng = np.random.default_rng((seed, start, m_))
    known = np.where(rng.random(count) < 0.97, 60, 0)
    total = rng.integers(0, 500, count).astype(float) if measurement.is_counted else known.astype(float)
    # Of the last of the requests some were thirds in the week before, of which columns tell nothing.
    old = np.arange(start, start + count * MINUTE, MINUTE) < START
    thirds = (seed == 7) | ((m_ == 2) & old & (rng.random(count) < 0.001))
    bad = np.floor(total * (rng.random(count) < 0.02) * rng.random(count)) + thirds / 3
    starts = np.arange(start, start + count * MINUTE, MINUTE, dtype=np.int64)
    good, total = (np.where(known, one, 0.0) for one in (np.maximum(total - bad, 0), total))
    states = None if measurement.is_counted else np.where(known, good / 60, np.nan)[:, None]
    return Slices(60, starts, good, total, known, states)


def fleet_of(rules: tuple[Rule, ...]) -> tuple[Agreement, ...]:
    """Many of one kind, and others that are none or of a kind of their own."""
    days, weeks, rolling = Calendar(Unit.DAY), Calendar(Unit.WEEK), Rolling(2 * DAY, "2d")
    promises = [
        *(objective(target, measurement=m, window=days) for m in REQUESTS for target in ("99", "99.5", "100")),
        *(objective("99", TIME, measurement=m, window=window) for m in PROBES for window in (days, rolling)),
        *(objective("99", TIME, measurement=m, window=weeks) for m in PROBES),
        *(objective("99", measurement=m, window=weeks) for m in REQUESTS),
        objective("99.5", measurement=REQUESTS[0], window=rolling, warn_at=Fraction(999, 1000)),
        objective("99.5", measurement=REQUESTS[1], window=days, no_data=NoData.BAD),
        objective("99.5", measurement=REQUESTS[2], window=days, hours=Hours("Mo-Su 08:00-20:30")),
        objective("99.5", measurement=REQUESTS[2], window=days, remedy=Remedy(Exceedance(()))),
        *(objective("99.9", measurement=m, window=days, remedy=TIERED) for m in REQUESTS),
        objective("99.9", measurement=REQUESTS[0], window=days, remedy=Remedy(Proportional(Fraction(5)))),
        objective("99", SINGLE[2], measurement=PROBES[0], window=days),
        objective("99", methods.Time(quantum=methods.Quantum(300)), measurement=PROBES[1], window=rolling),
        objective("99", SINGLE[0], measurement=REQUESTS[0], window=weeks),
        objective("99", OUTAGES, measurement=REQUESTS[1], window=rolling, hours=Hours("Mo-Su 08:00-20:30")),
        objective("99", TIME, measurement=PROBES[1], window=days, remedy=Remedy(PerBlock(Fraction(600), Fraction(1)))),
        objective("99", measurement=REQUESTS[2], window=days, remedy=Remedy(DAILY)),
        objective("99", SPELLS, measurement=PROBES[0], window=weeks, comparison=Comparison.LE),
    ]
    made = [
        replace(agreement(replace(one, name=ObjectiveName("o"))), name=AgreementName(f"a{n}"), exclusions=rules)
        for n, one in enumerate(promises)
    ]
    late = replace(made[0], name=AgreementName("late"), term=Span(START + DAY // 2, START + 4 * DAY))
    amended = Amendment(START - 7200, "", (), Policy.WEIGHTED, (replace(made[1].objectives[0], target=Fraction(1, 2)),))
    used = Allowance(60, Unit.DAY, Uses.DOWNTIME)
    bounded = Rule("bounded", "maintenance", Once(Span(START, START + 9 * DAY)), allowance=used)
    down = [
        replace(agreement(objective("99", TIME, measurement=m, window=days)), name=AgreementName(f"down{n}"))
        for n, m in enumerate(PROBES)
    ]
    made += [replace(one, exclusions=(bounded,)) for one in down]
    return (*made, late, replace(made[1], name=AgreementName("amended"), amendments=(amended,)))


def write(book: Book, start: int, count: int, seed: int, among: int = len(MEASURED)) -> Span:
    want = Span(start, start + count * MINUTE)
    book.write([Reading(Want(MEASURED[n], want), slices(n, start, count, seed)) for n in range(among)])
    return want


@cache
def begun() -> bytes:
    """The ledger that each life begins with."""
    return ledger_with(lambda book: write(book, SINCE, (BEGIN - SINCE) // MINUTE, 0))


class ColumnsAgainstRecords(RuleBasedStateMachine):
    """`now`: how far was measured."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        (Path(self.folder.name) / "ledger.db").write_bytes(begun())
        self.book: Book = opened(Path(self.folder.name))
        self.agreed, self.fleet, self.now = fleet_of(()), Fleet(self.book.sheets), BEGIN
        self.left_alone, self.rules = False, tuple[Rule, ...]()
        self.amended: dict[str, tuple[Amendment, ...]] = {}

    def teardown(self) -> None:
        self.book.store.close()
        self.folder.cleanup()

    def write(self, start: int, count: int, seed: int, among: int = len(MEASURED)) -> None:
        self.now = max(self.now, write(self.book, start, count, seed, among).end)
        self.left_alone |= seed == 7  # thirds of an event

    @rule(steps=st.integers(1, 5), overlap=st.integers(0, 3), seed=st.integers(0, 9))
    def time_goes_on(self, steps: int, overlap: int, seed: int) -> None:
        for _ in range(steps):
            self.write(self.now - overlap * MINUTE, 1 + overlap, seed)

    @rule(count=st.sampled_from([30, 300, 1500]), seed=st.integers(0, 9))
    def catching_up(self, count: int, seed: int) -> None:
        self.write(self.now, count, seed)

    @rule(ago=st.integers(1, 60) | st.integers(1, 9000), count=st.integers(1, 100), seed=st.integers(10, 19))
    def the_past_is_corrected(self, ago: int, count: int, seed: int) -> None:
        self.write(self.now - ago * MINUTE, min(count, ago), seed)

    @rule(minutes=st.integers(1, 8))
    def some_fall_behind(self, minutes: int) -> None:
        self.write(self.now, minutes, 3, among=2)

    @rule(ago=st.integers(0, 9000), minutes=st.integers(1, 300), whose=st.sampled_from(["a0", "a14", "a15", "amended"]))
    def an_exclusion_is_declared(self, ago: int, minutes: int, whose: str) -> None:
        start = self.now - ago * MINUTE
        span = Span(start, start + minutes * MINUTE)
        self.book.declare(Declaration(AgreementName(whose), span, "maintenance", "Ann", "why", self.now))

    @rule(ago=st.integers(-100, 9000), effect=st.sampled_from(list(Effect)), odd=st.booleans())
    def all_agree_on_an_exclusion(self, ago: int, effect: Effect, *, odd: bool) -> None:
        start = self.now - ago * MINUTE - 7 * odd
        self.left_alone |= odd or effect is Effect.GOOD
        self.rules = (Rule("work", "maintenance", Once(Span(start, start + 3600)), effect),)
        self.agree()

    def agree(self) -> None:
        agreed = fleet_of(self.rules)
        self.agreed = tuple(replace(one, amendments=self.amended.get(one.name, one.amendments)) for one in agreed)

    @rule(
        ago=st.integers(-100, 12_000),
        policy=st.sampled_from(Policy),
        which=st.integers(0, len(SINGLE)),
        percent=st.sampled_from(["90", "97", "99.9"]),
    )
    def an_amendment_is_agreed(self, ago: int, policy: Policy, which: int, percent: str) -> None:
        """Mostly of those that need single slices, of whom some are taken from what is kept and some are not."""
        plain = {one.name: one for one in fleet_of(()) if one.objectives[0].method in SINGLE or one.name == "a0"}
        name = sorted(plain)[which % len(plain)]
        (promise,) = plain[AgreementName(name)].objectives
        at, anew = self.now - ago * MINUTE, replace(promise, target=Fraction(percent) / 100)
        if all(one.effective != at for one in self.amended.get(name, ())):
            self.amended[name] = (*self.amended.get(name, ()), Amendment(at, "", (), policy, (anew,)))
        self.agree()

    @rule()
    def a_restart(self) -> None:
        self.book.store.close()
        self.book = opened(Path(self.folder.name))
        self.fleet = Fleet(self.book.sheets, lambda one: one.key)

    @invariant()
    def the_boards_are_the_same(self) -> None:
        together, one_by_one = self.board(self.fleet), self.board(None)
        if not self.left_alone:
            told = len(together.entries) - len(together.apart())
            assert told > 8, "columns tell of something"
        same(shown(together), shown(one_by_one))
        assert breaches(together) == breaches(one_by_one)
        for mine, other in zip(together.entries, one_by_one.entries, strict=True):
            assert (mine.key, mine.status, mine.status_before) == (other.key, other.status, other.status_before)
            assert (mine.remaining, mine.exhaustion) == (other.remaining, other.exhaustion)
            same(vars_of(mine.current), vars_of(other.current))
            same(vars_of(mine.previous), vars_of(other.previous))
        some = [one for one in together.agreements if one.name in ("a1", "a3", "a9", "late")]
        narrowed = together.narrowed(some)
        assert {entry.agreement.name for entry in narrowed.entries} == {one.name for one in some}
        same(shown(narrowed), shown(one_by_one.narrowed(some)))

    def board(self, fleet: Fleet | None) -> Board:
        held = Timetable(self.book.declared(), self.book.silences())
        return assess(self.agreed, self.book, self.now + 60, lambda _: 60, held, fleet=fleet)


def shown(board: Board) -> dict[str, list[tuple[object, ...]]]:
    """Every series of every metric."""
    return {
        family.name: sorted(
            (labels.before + labels.after, column.extra or (), value)
            for column in family.columns
            for labels, value in zip(column.labels, column.values, strict=True)
        )
        for family in pictures(board)
    }


def breaches(board: Board) -> list[tuple[ObjectiveKey, int, int]]:
    """What is written down of a board."""
    heard = Hearing()
    with_counts(board, heard)  # type: ignore[arg-type]
    return heard.written


class Hearing:
    """A ledger that is only written to."""

    def record_breaches(self, breaches: list[tuple[ObjectiveKey, int, int]]) -> None:
        self.written = breaches

    def breaches(self) -> dict[ObjectiveKey, int]:
        return {}

    def counted(self) -> dict[AgreementName, int]:
        return {}


def vars_of(standing: Standing | None) -> dict[str, Any]:
    """But for incidents, which a board that is kept does not look for."""
    told = (field.name for field in fields(standing) if field.name != "incidents") if standing else ()
    return {name: getattr(standing, name) for name in told}


def same(mine: dict[str, Any], other: dict[str, Any]) -> None:
    """Tells the first difference alone: all of them take minutes to write down."""
    assert list(mine) == list(other)
    for name, value in mine.items():
        if value != other[name]:
            raise AssertionError(f"{name}: {str(value)[:500]} is not {str(other[name])[:500]}")
