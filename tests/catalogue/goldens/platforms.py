"""What the contracts of platforms and software as a service make of April 2026, or of its quarter (131,040 minutes)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from tests.catalogue.ladders import Cases, down, failing_minutes, minutes, rates
from tests.catalogue.scenarios import APRIL, CHINESE_APRIL, QUARTER, Case, D, Events, H, M, Maintenance, Values

ALL, IN_QUARTER = 43_200, 131_040
FAILED = failing_minutes(100, 100)
ABOVE_5 = failing_minutes(6, 100)
MID_APRIL = 15 * D


def _minutes(rungs: dict[int, str | None], kept: int) -> Cases:
    return minutes(rungs, kept=kept, of=ALL, window=APRIL)


def _hourly(rungs: dict[str, str | None], kept: str) -> Cases:
    return rates(rungs, kept=kept, of=720, window=APRIL, every=H)


def _forgiven(allowed: int) -> Case:
    """100 minutes down, 60 of them in maintenance that is not counted as downtime: 40 of all the month's minutes."""
    return Case(
        down((9 * D, 100 * M)),
        APRIL,
        "met" if allowed >= 40 else "breached",
        attainment=1 - Fraction(40, ALL),
        bad=Fraction(40 * 60),
        credit=Fraction(0 if allowed >= 40 else 10, 100),
        maintenance=(Maintenance(9 * D + 40 * M, 2 * H),),
    )


def _removed(factor: int) -> Cases:
    """A tenth of the visitors for an hour, and two hours that the customer planned, in which all is down."""
    spells = down((3 * D, H, "1/4"), (5 * D, 2 * H))
    planned = (Maintenance(5 * D, 2 * H, effect="drop"),)
    full = Fraction(1728 * 60)
    return {
        # A quarter of 60 min, of the 43,080 min that are left when 120 are taken out.
        "downtime the customer planned is out of the month": Case(
            spells,
            APRIL,
            "breached",
            attainment=1 - Fraction(15, 43_080),
            bad=Fraction(900),
            credit=Fraction(factor * 15, 43_080),
            maintenance=planned,
        ),
        "nothing": Case(down(), APRIL, "met", attainment=Fraction(1), bad=Fraction(0), credit=Fraction(0)),
        # A twenty-fifth of the month; a minute more would be more than the fee at a factor of 25.
        **{
            f"{bad} min, which cost at most the fee": Case(
                down((D, bad * M)),
                APRIL,
                "breached",
                attainment=1 - Fraction(bad, ALL),
                bad=Fraction(bad * 60),
                credit=min(Fraction(1), Fraction(factor * bad, ALL)),
            )
            for bad in (int(full / 60), int(full / 60) + 1)
        },
    }


GITHUB_EVENTS: Cases = {
    # "<= 99.9 and > 99.0": exactly 99.9 % keeps the promise and pays; exactly 99.0 % breaks it and falls into the gap.
    f"{bad} of {total}": Case(
        Events(((D, (total - bad) * M, (0, 1)), (40 * D, bad * M, (1, 1))), usual=(0, 0)),
        QUARTER,
        status,
        attainment=1 - Fraction(bad, total),
        bad=Fraction(bad),
        credit=Fraction(credit, 100),
    )
    for bad, total, status, credit in (
        (1, 1001, "met", 0),
        (1, 1000, "met", 10),
        (2, 1999, "breached", 10),
        (99, 10_000, "breached", 10),
        (100, 10_000, "breached", 0),
        (101, 10_000, "breached", 25),
    )
}

GOLDENS: dict[str, Cases] = {
    "cloudflare-business": _removed(1),
    "cloudflare-enterprise": _removed(25),
    "cloudflare-r2": {
        # The last 30 days: an outage that ended as they began is out. 1 quiet interval of 2: 0.5 of 8,640.
        "an old outage has left the window": Case(
            Events(((-D, D, (100, 100)), (D, 5 * M, (0, 0)), (D + M, M, (1, 2)), (2 * D, 5 * M, (0, 0)))),
            APRIL,
            "met",
            attainment=1 - Fraction("0.5") / 8_640,
            bad=Fraction("0.5"),
        ),
        # 8.64 of 8,640 use up the budget; a rolling window is never over, and is at risk.
        "all of the budget": Case(
            Events(((D, 40 * M, (100, 100)), (2 * D, 5 * M, (64, 100)))),
            APRIL,
            "at_risk",
            attainment=Fraction("0.999"),
            bad=Fraction("8.64"),
        ),
        "a little more": Case(
            Events(((D, 40 * M, (100, 100)), (2 * D, 5 * M, (65, 100)))),
            APRIL,
            "breached",
            attainment=1 - Fraction("8.65") / 8_640,
            bad=Fraction("8.65"),
        ),
    },
    "github-features": {
        # The agreement begins 40 minutes into the quarter, which leaves 131,000: 131 are 0.1 %, 1310 are 1 %.
        f"{bad} of the 131,000 minutes of the term": Case(
            ABOVE_5(bad),
            QUARTER,
            status,
            attainment=1 - Fraction(bad, 131_000),
            bad=Fraction(bad * 60),
            credit=Fraction(credit, 100),
            term=(40 * M, 2 * 365 * D),
        )
        for bad, status, credit in (
            (130, "met", 0),
            (131, "met", 10),
            (132, "breached", 10),
            (1309, "breached", 10),
            (1310, "breached", 0),
            (1311, "breached", 25),
        )
    },
    "github-actions": GITHUB_EVENTS,
    # 0.1 % of 2,184 hours are 2.184, 1 % 21.84: there as well exactly 99.9 % pays, and exactly 99.0 % does not.
    "github-packages-storage": rates(
        {"2.1839": "0", "2.184": "10", "2.1841": "10", "21.8399": "10", "21.84": "0", "21.8401": "25"},
        kept="2.184",
        of=2_184,
        window=QUARTER,
        every=H,
    ),
    "atlassian-premium": {
        # The contract's own example: 60 of 43,200 min are 99.861111 %, shown as 99.86 %.
        "60 minutes are 99.86 %": Case(
            ABOVE_5(60), APRIL, "breached", 1 - Fraction(60, ALL), Fraction(3600), credit=Fraction(1, 10)
        ),
        # Two digits, half up: 45 min are 99.8958 %, that is 99.90; 46 are 99.8935 %, that is 99.89.
        "45 minutes are rounded up to what was promised": Case(
            ABOVE_5(45), APRIL, "met", 1 - Fraction(45, ALL), Fraction(2700), credit=Fraction(0)
        ),
        "46 minutes are not": Case(
            ABOVE_5(46), APRIL, "breached", 1 - Fraction(46, ALL), Fraction(2760), credit=Fraction(1, 10)
        ),
        # 434 min are 98.9954 %, that is 99.00; 435 are 98.9931 %, that is 98.99.
        **minutes({434: "10", 435: "25", 2162: "25", 2163: "50"}, kept=45, of=ALL, window=APRIL, facts=ABOVE_5),
    },
    # 0.05 %: 21.6 min. 0.1 %: 43.2 min. Not rounded.
    "atlassian-enterprise": minutes(
        {21: "0", 22: "5", 43: "5", 44: "10", 432: "10", 433: "25", 2160: "25", 2161: "50"},
        kept=21,
        of=ALL,
        window=APRIL,
        facts=ABOVE_5,
    ),
    "fastly": {
        # 0.01 % of 2,592,000 s are 259.2 s, 0.1 % 2592 s, 1 % 25,920 s, 2 % 51,840 s.
        f"{bad} s": Case(
            down((D, bad), step=12),
            APRIL,
            "breached" if bad else "met",
            attainment=1 - Fraction(bad, ALL * 60),
            bad=Fraction(bad),
            credit=Fraction(credit, 100),
        )
        for bad, credit in (
            (0, 0),
            (12, 1),
            (252, 1),
            (264, 5),
            (2592, 5),
            (2604, 10),
            (25_920, 10),
            (25_932, 25),
            (51_840, 25),
            (51_852, 50),
        )
    },
    "twilio-2021": {"(A - B + C)/A": _forgiven(21), **_minutes({21: "0", 22: "10", 2161: "10"}, 21)},
    "twilio-2023": _minutes({4: "0", 5: "10", 2161: "10"}, 4),
    "slack": {
        # 6 h announced exactly 48 h before count, and of 5 h the first four: 10 h a year. All is down in the first for
        # 2 h (forgiven), in the second throughout (its last hour is not), a quarter of the customers for 40 min (10 min
        # of all), and for 10 min in a maintenance announced a second too late: 60 + 10 + 10 = 80 min.
        "maintenance with its notice, up to ten hours a year": Case(
            down((10 * D + H, 2 * H), (20 * D, 5 * H), (30 * D, 40 * M, "1/4"), (40 * D + 5 * M, 10 * M)),
            QUARTER,
            "breached",
            attainment=1 - Fraction(80, IN_QUARTER),
            bad=Fraction(4800),
            credit=Fraction(800, IN_QUARTER),
            maintenance=(
                Maintenance(10 * D, 6 * H, "scheduled-maintenance", announced=8 * D),
                Maintenance(20 * D, 5 * H, "scheduled-maintenance", announced=D),
                Maintenance(40 * D, H, "scheduled-maintenance", announced=38 * D + 1),
            ),
        ),
        # 0.01 %: 13.104 min. Ten times what was lost, and never more than the fee: that is a tenth of the quarter.
        **{
            f"{bad} of 131,040 minutes": Case(
                down((D, bad * M)),
                QUARTER,
                "met" if bad <= 13 else "breached",
                attainment=1 - Fraction(bad, IN_QUARTER),
                bad=Fraction(bad * 60),
                credit=Fraction(0) if bad <= 13 else min(Fraction(1), Fraction(10 * bad, IN_QUARTER)),
            )
            for bad in (13, 14, 13_104, 13_105)
        },
    },
    "zendesk": _minutes({43: None, 44: None}, 43),
    # 0.2 %: 86.4 min. No credit, but a right to terminate.
    "datadog": {
        name: replace(case, termination=case.status == "breached")
        for name, case in _minutes({86: "0", 87: "0"}, 86).items()
    },
    "mongodb-atlas": {
        # Deployed on the 16th: the first half of the month counts as up. 0.005 % of 43,200 min are 2.16.
        f"{bad} whole minutes of a month begun on the 16th": Case(
            down((MID_APRIL + 7 * H - 30, (bad + 1) * M)),
            APRIL,
            "met" if bad <= 2 else "breached",
            attainment=1 - Fraction(bad, ALL),
            bad=Fraction(bad * 60),
            credit=Fraction(credit, 100),
            term=(MID_APRIL, 365 * D),
        )
        for bad, credit in ((2, 0), (3, 10), (432, 10), (433, 25), (2161, 100))
    },
    "mongodb-data-federation": {
        # 10:03 to 10:16 holds 10:05 and 10:10; partial intervals never count. 0.05 % are 21.6 min.
        "whole intervals of five minutes": Case(
            down((2 * D + 10 * H + 3 * M, 13 * M)),
            APRIL,
            "met",
            attainment=1 - Fraction(10, ALL),
            bad=Fraction(600),
            credit=Fraction(0),
        ),
        **_minutes({20: "0", 25: "10", 430: "10", 435: "25", 2165: "100"}, 20),
    },
    "alibaba-mongodb": {
        # The time used is the period: from the 16th, in China, 21,600 min, of which 0.05 % are 10.8.
        f"{bad} of 21,600 minutes": Case(
            down((MID_APRIL + 7 * H, bad * M)),
            CHINESE_APRIL,
            "met" if bad <= 10 else "breached",
            attainment=1 - Fraction(bad, 21_600),
            bad=Fraction(bad * 60),
            term=(MID_APRIL, 365 * D),
        )
        for bad in (10, 11, 30)
    },
    # 0.1 % of 720 h: 0.72.
    "oracle-category2": _hourly({"0.72": None, "0.7201": None}, "0.72"),
    "oracle-oci-data-plane": _minutes({4: "0", 5: "10", 432: "10", 433: "25", 2161: "100"}, 4),
    "oracle-oci-manageability": _hourly({"0.72": "0", "0.7201": "10", "7.2": "10", "7.2001": "25"}, "0.72"),
    "oracle-oci-performance": {
        # At exactly 90 % of the nominal figure a minute is good, and so is one without load. 0.1 %: 43.2 min.
        f"{bad} minutes at 89.9": Case(
            Values(
                ((D, bad * M, Fraction("89.9")), (9 * D, 100 * M, Fraction(90)), (10 * D, 100 * M, None)),
                usual=Fraction(100),
            ),
            APRIL,
            "met" if bad <= 43 else "breached",
            attainment=1 - Fraction(bad, ALL),
            bad=Fraction(bad * 60),
            credit=Fraction(credit, 100),
        )
        for bad, credit in ((43, 0), (44, 10), (432, 10), (433, 25))
    },
    "notion": {
        # April begins on a Wednesday. 60 min are not more than an hour; 61 min on Thursday hold two half hours, 90 and
        # 65 min on Friday five, of which one a day is paid; five hours on Saturday do not count: 276 min, twice 5 %.
        "half hours of long spells, one a day": Case(
            down(
                (10 * H, 60 * M),
                (D + 10 * H, 61 * M),
                (2 * D + 8 * H, 90 * M),
                (2 * D + 12 * H, 65 * M),
                (3 * D + 10 * H, 5 * H),
            ),
            APRIL,
            "breached",
            attainment=1 - Fraction(276, ALL),
            bad=Fraction(276 * 60),
            credit=Fraction(10, 100),
        ),
        "43 minutes on weekdays": Case(
            down((D, 43 * M), (3 * D, D)), APRIL, "met", 1 - Fraction(43, ALL), Fraction(43 * 60), credit=Fraction(0)
        ),
        # Six working days are 30 %, but no more than a week's fees: 7 of 30 days.
        "at most a week of fees": Case(
            down(*((day * D + 10 * H, 61 * M) for day in (0, 1, 2, 5, 6, 7))),
            APRIL,
            "breached",
            attainment=1 - Fraction(366, ALL),
            bad=Fraction(366 * 60),
            credit=Fraction(7, 30),
        ),
    },
    "workday": {
        # 0.1 %: 43.2 min. Failures in six months, this one counted: one is free, then 10, 20 and 30 %.
        f"{bad} minutes after {sum(earlier)} failures in {len(earlier)} months": Case(
            down((D, bad * M)),
            APRIL,
            "met" if bad <= 43 else "breached",
            attainment=1 - Fraction(bad, ALL),
            bad=Fraction(bad * 60),
            credit=Fraction(credit, 100),
            earlier=earlier,
        )
        for bad, earlier, credit in (
            (44, (False, False, False, False, False), 0),
            (44, (True, False, False, False, False), 10),
            (44, (False, True, False, True, False), 20),
            (44, (True, True, True, True, True), 30),
            (43, (True, True, True, True, True), 0),
            (44, (True, False, False, False, False, False), 0),
        )
    },
    "servicenow": {
        # Two hours a month are forgiven: of 3 h in which all is down the last one counts. 0.2 %: 86.4 min.
        "maintenance up to two hours a month": Case(
            down((9 * D, 3 * H), (12 * D, 27 * M)),
            APRIL,
            "breached",
            attainment=1 - Fraction(87, ALL),
            bad=Fraction(87 * 60),
            credit=Fraction(87, ALL),
            maintenance=(Maintenance(9 * D, 3 * H, "scheduled-maintenance"),),
        ),
        "86 minutes": Case(
            down((D, 86 * M)), APRIL, "met", 1 - Fraction(86, ALL), Fraction(86 * 60), credit=Fraction(0)
        ),
    },
    # 0.3 %: 129.6 min. 0.5 %: 216 min.
    "netsuite": _minutes({129: "0", 130: "10", 216: "10", 217: "15", 432: "15", 433: "25"}, 129),
    "twcc": {
        # Bad is a minute with a single slow request; nine of them are no downtime, ten are. 3 h of maintenance
        # announced 7 days before are forgiven, 20 min in one announced a second too late are not.
        "ten consecutive minutes, outside maintenance": Case(
            Events(
                (
                    (D, 9 * M, (1, 1000)),
                    (2 * D, 10 * M, (1, 1000)),
                    (10 * D, 3 * H, (9, 100)),
                    (20 * D, 20 * M, (9, 100)),
                )
            ),
            CHINESE_APRIL,
            "breached",
            attainment=1 - Fraction(30, ALL),
            bad=Fraction(1800),
            credit=Fraction(1, 10),
            maintenance=(
                Maintenance(10 * D, 3 * H, "scheduled-maintenance", announced=3 * D),
                Maintenance(20 * D, H, "scheduled-maintenance", announced=13 * D + 1),
            ),
        ),
        **minutes(
            {0: "0", 10: "10", 432: "10", 433: "25", 2161: "50"}, kept=4, of=ALL, window=CHINESE_APRIL, facts=FAILED
        ),
    },
}
