"""The slow reckoning gives the numbers that the domain page works out, and those worked out here by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.catalogue import slow, slow_credits
from tests.catalogue.slow import EVER, Frame, Grid, Spelled
from tests.catalogue.slow_credits import Band, Blocks

MINUTE, HOUR, DAY = 60, 3600, 86400
MONTH = (0, 30 * DAY)


def down(*spells: tuple[int, int], until: int = MONTH[1], since: int = 0, tick: int = 60) -> dict[int, Fraction]:
    return {t: Fraction(slow.within(t, spells)) for t in range(since, until, tick)}


def test_maintenance_that_is_removed_and_that_only_forgives():
    """domain.md 2.8: 100 min down, 60 of them in 120 min of maintenance: 1 − 40/43080 against 1 − 40/43200."""
    states, maintenance = down((0, 100 * MINUTE)), ((40 * MINUTE, 160 * MINUTE),)

    assert slow.time(Frame(MONTH, dropped=maintenance), states).attainment == 1 - Fraction(40, 43080)
    assert slow.time(Frame(MONTH, favoured=maintenance), states).attainment == 1 - Fraction(40, 43200)


def test_a_term_that_begins_in_mid_month():
    """domain.md 2.7: 30 min down from the 16th of a 30-day month: 99.861 % against 99.931 %."""
    frame = Frame(MONTH, term=(15 * DAY, EVER[1]))
    found = slow.time(frame, down((15 * DAY, 15 * DAY + 30 * MINUTE)))

    assert found.attainment == 1 - Fraction(30, 21600)
    assert 1 - found.bad / (found.total + frame.outside_the_term()) == 1 - Fraction(30, 43200)


@pytest.mark.parametrize(("clip", "shares"), [(False, (3 * MINUTE, 4 * MINUTE)), (True, (0, 0))], ids=["span", "clip"])
def test_a_spell_over_the_end_of_a_month(clip: bool, shares: tuple[int, int]):
    """domain.md 2.4: 23:57 to 00:04 and a minimum of 5 min: 3 and 4 minutes under span, none under clip."""
    border = MONTH[1]
    states = down((border - 3 * MINUTE, border + 4 * MINUTE), until=2 * border)
    months = [(0, border), (border, 2 * border)]

    rule = Spelled(at_least=5 * MINUTE, clip=clip)
    assert tuple(slow.time(Frame(month), states, rule).bad for month in months) == shares


@pytest.mark.parametrize(
    ("rule", "bad"),
    {
        "as it is: 10:00:30 to 10:02:40": (Spelled(), 130),
        "whole minutes of its own: 2": (Spelled(quantum=(60, "floor")), 120),
        "minutes begun of its own: 3": (Spelled(quantum=(60, "ceil")), 180),
        "clock minutes wholly down: 10:01 alone": (Spelled(quantum=(60, "whole-clock")), 60),
        "clock minutes touched: 10:00, 10:01 and 10:02": (Spelled(quantum=(60, "touched-clock")), 180),
        "what goes beyond two minutes": (Spelled(at_least=120, excess=True), 10),
        "exactly as long as the least": (Spelled(at_least=130), 130),
        "not longer than the least": (Spelled(at_least=130, longer=True), 0),
        "a minute is less than two": (Spelled(at_least=120, quantum=(60, "whole-clock")), 0),
    }.values(),
)
def test_how_a_spell_counts(rule: Spelled, bad: int):
    states = down((36030, 36160), until=DAY, tick=10)

    assert slow.time(Frame((0, DAY), tick=10), states, rule).bad == bad


def test_an_exclusion_cuts_a_spell_or_is_taken_out_of_it_later():
    """Six minutes down, the third of them excluded, a minimum of 5 min: 2 and 3 min, or 5 of 6."""
    states, excluded = down((600, 960)), ((720, 780),)

    assert slow.time(Frame(MONTH, dropped=excluded), states, Spelled(at_least=300)).bad == 0
    assert slow.time(Frame(MONTH, dropped=excluded), states, Spelled(at_least=300, after=True)).bad == 300


@pytest.mark.parametrize(("missing", "bad", "total"), [("unknown", 0, 43199), ("bad", 5, 43200), ("good", 0, 43200)])
def test_an_unknown_minute_breaks_a_spell_or_glues_two(missing: str, bad: int, total: int):
    states = down((600, 720), (780, 900))
    del states[720]

    found = slow.time(Frame(MONTH, missing=missing), states, Spelled(at_least=300))
    assert (found.bad, found.total) == (bad * MINUTE, total * MINUTE)


RATES = {0: (0, 100), 300: (50, 100), 600: (0, 0), 900: (0, 1000)}


def test_a_mean_of_rates_is_no_ratio_of_events():
    """domain.md 2.5: rates 0, 50 %, silent, 0 (of 1000) → 87.5 % against 95.83 %, which is 1 − 50/1200."""
    slices = {start: (Fraction(bad), Fraction(total)) for start, (bad, total) in RATES.items()}
    frame = Frame((0, 1200))

    assert slow.intervals(frame, slices, Grid(300, 300)).attainment == Fraction("0.875")
    assert slow.events(frame, slices, 300).attainment == 1 - Fraction(50, 1200)


@pytest.mark.parametrize(
    ("options", "expected"),
    {
        "silence leaves: 0, 1/2 and 0 of three": ({"empty": "exclude"}, (Fraction(1, 2), 3)),
        "silence is bad": ({"empty": "bad"}, (Fraction(3, 2), 4)),
        "fewer than 101 events are good": ({"min_events": 101, "low_traffic": "good"}, (0, 4)),
        "a half is not more than a half": ({"bad_when": lambda share: share > Fraction(1, 2)}, (0, 1200)),
        "a half is at least a half": ({"bad_when": lambda share: share >= Fraction(1, 2)}, (300, 1200)),
    }.values(),
)
def test_how_intervals_count(options: dict, expected: tuple):
    slices = {start: (Fraction(bad), Fraction(total)) for start, (bad, total) in RATES.items()}

    found = slow.intervals(Frame((0, 1200)), slices, Grid(300, 300, **options))
    assert (found.bad, found.total) == expected


def test_runs_of_bad_intervals_over_the_windows_edge():
    """Three bad minutes before midnight and two after it last five; three more at noon do not."""
    window = (DAY, 2 * DAY)
    bad = {*range(DAY - 180, DAY + 120, 60), *range(DAY + 43200, DAY + 43380, 60)}
    slices = {start: (Fraction(start in bad), Fraction(1)) for start in range(0, 3 * DAY, 60)}

    def counted(**options) -> Fraction:
        grid = Grid(60, 60, bad_when=lambda share: share > Fraction("0.05"), at_least=300, **options)
        return slow.intervals(Frame(window), slices, grid).bad

    assert (counted(), counted(clip=True)) == (120, 0)


def test_a_part_of_an_interval_at_the_windows_end():
    """Half an hour of 24.5: it weighs a half of the others."""
    slices = {start: (Fraction(start >= DAY), Fraction(1)) for start in range(0, DAY + 3600, 1800)}

    found = slow.intervals(Frame((0, DAY + 1800)), slices, Grid(3600, 1800, tiles=((0, DAY + 1800),)))
    assert (found.bad, found.total) == (Fraction(1, 2), Fraction(49, 2))


@pytest.mark.parametrize(("percent", "value"), [("50", 20), ("75", 30), ("95", 40), ("100", 40), ("1", 10)])
def test_nearest_rank(percent: str, value: int):
    assert slow.Samples(tuple(map(Fraction, (40, 10, 30, 20)))).nearest_rank(Fraction(percent)) == value


GITHUB = [
    Band(Fraction(99), False, Fraction("99.9"), True, Fraction(1, 10)),
    Band(None, False, Fraction(99), False, Fraction(1, 4)),
]


@pytest.mark.parametrize(
    ("percent", "aws", "github"),
    [
        ("99.900001", "0", "0"),
        ("99.9", "0", "0.1"),
        ("99.899999", "0.1", "0.1"),
        ("99.000001", "0.1", "0.1"),
        ("99", "0.1", "0"),
        ("98.999999", "0.25", "0.25"),
        ("95", "0.25", "0.25"),
        ("94.999999", "1", "0.25"),
    ],
)
def test_bands_at_their_bounds(percent: str, aws: str, github: str):
    bands = slow_credits.below(("99.9", "10"), ("99", "25"), ("95", "100"))

    assert slow_credits.banded(Fraction(percent), bands) == Fraction(aws)
    assert slow_credits.banded(Fraction(percent), GITHUB) == Fraction(github)


@pytest.mark.parametrize(
    ("mode", "percents"),
    {
        "down": ("99.86", "99.85", "99.84"),
        "up": ("99.87", "99.85", "99.85"),
        "half-up": ("99.86", "99.85", "99.85"),
        "half-even": ("99.86", "99.85", "99.84"),
    }.items(),
)
def test_rounding(mode: str, percents: tuple[str, ...]):
    given = (Fraction("99.861111"), Fraction("99.85"), Fraction("99.845"))

    assert tuple(slow_credits.rounded(one, 2, mode) for one in given) == tuple(map(Fraction, percents))


def test_blocks_of_down_spells():
    """Of 60, 61, 125 and 200 min: an hour exactly is too short; 2 and 4 half hours of one day, of which 1 may count."""
    spells = [(start, start + minutes * MINUTE) for start, minutes in ((0, 60), (18000, 61), (36000, 125), (DAY, 200))]
    rule = Blocks(30 * MINUTE, Fraction(1, 20), shortest=HOUR, longer=True)
    every, once = (Blocks(**{**vars(rule), "a_day": most}) for most in (None, 1))

    def earned(one: Blocks) -> Fraction:
        return slow_credits.per_block(spells, MONTH, one, lambda start: start // DAY)

    assert (earned(every), earned(once)) == (Fraction(2 + 4 + 6, 20), Fraction(2, 20))


def test_other_kinds_of_credits():
    def kept(share: Fraction) -> bool:
        return share >= Fraction("0.9")

    hours = [Fraction(1), Fraction("0.9"), Fraction("0.89"), None]
    jitter = (("10", "10"), ("25", "20"), ("50", "30"))
    failures = ((2, "10"), (3, "20"))

    assert slow_credits.per_subwindow(hours, kept, Fraction(1, 30)) == Fraction(1, 30)
    assert [slow_credits.exceedance(Fraction(v), Fraction(2), jitter) for v in ("2.2", "2.3", "2.5", "9")] == [
        0, Fraction("0.1"), Fraction("0.1"), Fraction("0.3"),
    ]  # fmt: skip
    assert [slow_credits.escalation(past, failures) for past in ([True], [True, True], [True, True, True, False])] == [
        0, Fraction("0.1"), 0,
    ]  # fmt: skip
    assert slow_credits.capped(Fraction(2), Fraction(1)) == 1


def test_an_allowance_is_split_at_its_cap():
    counted, refused = slow_credits.allowed([(0, 100), (50, 200)], 120, lambda second: second // 1000)

    assert (len(counted), refused[0], len(refused)) == (120, 120, 80)
