"""What could have been promised, worked out by hand over few windows."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from sla_monitor.compliance.baselines import Baseline
from sla_monitor.compliance.methods import Stat, Statistic
from sla_monitor.compliance.periods import Calendar, Rolling, Unit, Window
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import Measurement, Objective, SourceName, Value
from tests.compliance.specimens import agreement, facts, objective, stand, tally

DAY = 86_400
FIRST = 10
"""The day with which all begins; the first of all would hide what is counted from it."""
GAUGE = Measurement(SourceName("default"), Value("probe_duration_seconds"), 60)
PROMISE = objective("99", window=Calendar(Unit.DAY))


def day(index: int, bad: int | None, promise: Objective = PROMISE) -> Standing:
    """A day of 1000 events, so many of them bad; None: nothing is known of it."""
    seen = tally(0, 0, 0, DAY) if bad is None else tally(1000 - bad, 1000, DAY)
    window = Window("day", f"day {index}", Span((FIRST + index) * DAY, (FIRST + index + 1) * DAY))
    return replace(stand(promise, facts(seen)), window=window)


def over(*bad: int | None, promise: Objective = PROMISE, since: int | None = 0) -> Baseline:
    windows = tuple(day(index, one, promise) for index, one in enumerate(bad))
    begin = FIRST * DAY
    known = None if since is None else begin + since
    return Baseline(agreement(promise), promise, Span(begin, begin + len(bad) * DAY), known, windows)


def test_worst_typical_and_tightest() -> None:
    made = over(0, 3, 20, 1)
    assert made.worst is not None
    assert made.worst.window.label == "day 2"
    assert made.typical == Fraction(998, 1000), "half way between one and three of a thousand"
    assert (made.always, made.mostly) == (Fraction(98, 100), Fraction(98, 100))
    assert (made.kept, len(made.counted)) == (3, 4)


@pytest.mark.parametrize(
    ("windows", "place"),
    [(1, 0), (19, 18), (20, 18), (21, 19), (39, 37), (40, 37), (100, 94)],
)
def test_95_percent_of_the_windows(windows: int, place: int) -> None:
    """The target is that of the worst window that must be kept: of 20 the nineteenth from the best."""
    made = over(*range(windows))
    assert made.mostly == 1 - Fraction(place, 1000)
    assert made.always == 1 - Fraction(windows - 1, 1000)


def test_windows_of_which_nothing_is_known_say_nothing() -> None:
    made = over(None, 5, None, 7)
    assert [one.window.label for one in made.counted] == ["day 1", "day 3"]
    assert (made.kept, made.always) == (2, Fraction(993, 1000))


def test_nothing_known_at_all() -> None:
    made = over(None, None, since=None)
    assert (made.worst, made.typical, made.always, made.mostly, made.kept) == (None, None, None, None, 0)


def test_a_window_without_population_is_not_told_of() -> None:
    made = over(1, 2)
    made = replace(made, windows=(*made.windows, replace(day(2, 0), coverage=None)))
    assert len(made.counted) == 2
    assert not any("left out" in told for told in made.warnings)


def test_the_tightest_target_is_held_against_what_was_rounded() -> None:
    halves = objective("99", window=Calendar(Unit.DAY), rounding=Rounding(0, RoundingMode.HALF_UP))
    assert over(4, 6, promise=halves).always == Fraction(99, 100)


@pytest.mark.parametrize("comparison", [Comparison.LE, Comparison.LT])
def test_of_what_shall_be_low_the_highest_is_the_worst(comparison: Comparison) -> None:
    low = objective("99.9", window=Calendar(Unit.DAY), comparison=comparison)
    made = over(3, 20, 1, promise=low)
    assert made.worst is not None
    assert (made.worst.window.label, made.always) == ("day 2", Fraction(999, 1000))


MORE = "look further back with --over"


@pytest.mark.parametrize(
    ("made", "warnings"),
    [
        (over(*[1] * 12), ()),
        (over(*[1] * 11), (f"only 11 windows were seen, fewer than 12: {MORE}",)),
        (over(1), (f"only 1 window was seen, fewer than 12: {MORE}",)),
        (over(), (f"no whole window lies between 1970-01-11 00:00 UTC and now: {MORE}",)),
        (over(*[1] * 12, since=DAY - 60), ()),
        (over(*[1] * 12, since=DAY), ("data begin only 1970-01-12 00:00 UTC, 1 d after the first window",)),
        (
            over(None, None, *[1] * 12),
            ("left out, since too little is known of them: day 0, day 1",),
        ),
        (
            over(*[None] * 8, since=None),
            (
                "nothing is known since 1970-01-11 00:00 UTC",
                "left out, since too little is known of them: day 0, day 1, day 2, day 3, day 4, day 5 and 2 more",
                f"only 0 windows were seen, fewer than 12: {MORE}",
            ),
        ),
    ],
)
def test_warnings(made: Baseline, warnings: tuple[str, ...]) -> None:
    assert made.warnings == warnings


@pytest.mark.parametrize(("positions", "apart"), [(27, 3), (28, 4)])
def test_rolling_windows_tell_little_of_their_own(positions: int, apart: int) -> None:
    """27 positions of nine days reach over 35 days, which hold three windows side by side; 28 over 36."""
    rolling = objective("99", window=Rolling(9 * DAY, "9d"))
    windows = tuple(
        replace(day(index, 1, rolling), window=Window("rolling", f"{index}", Span(index * DAY, (index + 9) * DAY)))
        for index in range(FIRST, FIRST + positions)
    )
    made = Baseline(agreement(rolling), rolling, Span(0, 40 * DAY), 0, windows)
    assert made.warnings == (f"only {apart} windows that do not overlap were seen, fewer than 12: {MORE}",)


def test_rolling_windows_of_which_nothing_is_known() -> None:
    rolling = objective("99", window=Rolling(DAY, "1d"))
    made = Baseline(agreement(rolling), rolling, Span(0, DAY), None, (day(0, None, rolling),))
    assert made.warnings[-1] == f"only 0 windows that do not overlap were seen, fewer than 12: {MORE}"


def test_values_are_taken_as_they_are() -> None:
    """Under methods that give no share; a window without a value says nothing."""
    mean = objective(window=Calendar(Unit.DAY), method=Stat(Statistic.MEAN), measurement=GAUGE, target="4500")
    limit = replace(mean, comparison=Comparison.LE, target=Fraction(45))
    windows = tuple(
        replace(day(index, 0), objective=limit, percent=None, attainment=None, value=value)
        for index, value in enumerate((Fraction(40), Fraction(46), None, Fraction(41)))
    )
    made = Baseline(agreement(limit), limit, Span(0, 4 * DAY), 0, windows)
    assert (made.always, made.typical, len(made.counted)) == (46, 41, 3)
