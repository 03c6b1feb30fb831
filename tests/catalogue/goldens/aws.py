"""What the contracts of AWS make of April 2026: 43,200 minutes, 8,640 intervals of five minutes."""

from __future__ import annotations

from fractions import Fraction

from tests.catalogue.ladders import Cases, down, failing_minutes, minutes, rates
from tests.catalogue.scenarios import APRIL, TEN_O_CLOCK, Case, D, Events, H, M, Maintenance

ALL, FIVE = 43_200, 8_640
FAILED = failing_minutes(100, 100)


def _intervals(rungs: dict[str, str | None], kept: str) -> Cases:
    return rates(rungs, kept=kept, of=FIVE, window=APRIL, every=5 * M)


GOLDENS: dict[str, Cases] = {
    "aws-ec2-region": {
        # 10:00:30 to 10:06:30 holds the minutes 10:01 to 10:05; 12:00:30 to 12:01:30 holds none. 5/43200 > 0.01 %.
        "whole minutes of the clock alone": Case(
            down((2 * D + 10 * H + 30, 6 * M), (2 * D + 12 * H + 30, M)),
            APRIL,
            "breached",
            attainment=1 - Fraction(5, ALL),
            bad=Fraction(300),
            credit=Fraction(1, 10),
        ),
        # 0.01 %: 4.32 min. 1 %: 432 min exactly, which is not below 99.0 %. 5 %: 2160 min exactly.
        **minutes({4: "0", 432: "10", 433: "30", 2160: "30", 2161: "100"}, kept=4, of=ALL, window=APRIL),
    },
    # 0.5 %: 216 min exactly, all of the budget and not a minute more.
    "aws-ec2-instance": minutes(
        {216: "0", 217: "10", 432: "10", 433: "30", 2161: "100"}, kept=216, of=ALL, window=APRIL
    ),
    "aws-ec2-instance-hour": {
        # Free is an hour that was down for more than six minutes: 360 s are 10 % of it.
        "six minutes in two spells": Case(
            down((0, 100), (900, 260), step=1), TEN_O_CLOCK, "met", Fraction(9, 10), Fraction(360), credit=Fraction(0)
        ),
        "six minutes and a second": Case(
            down((0, 100), (900, 261), step=1),
            TEN_O_CLOCK,
            "breached",
            1 - Fraction(361, 3600),
            Fraction(361),
            credit=Fraction(1),
        ),
    },
    "aws-s3-standard": {
        # A quiet interval fails 1 of 2 (0.5), a busy one 1000 of 100,000 (0.01), one is silent (0): 0.51 of 8640.
        "a mean of rates: a quiet interval weighs as much as a busy one, a silent one is good": Case(
            Events(
                (
                    (D, 5 * M, (0, 0)),
                    (D + 60, M, (1, 2)),
                    (2 * D, 5 * M, (200, 20_000)),
                    (3 * D, 5 * M, (0, 0)),
                )
            ),
            APRIL,
            "met",
            attainment=1 - Fraction("0.51") / FIVE,
            bad=Fraction("0.51"),
            credit=Fraction(0),
        ),
        # 9 intervals failed, 3 of them in an excluded quarter of an hour: their errors leave, they stay: 6 of 8640.
        "errors of excluded time do not count, its intervals do": Case(
            Events(((D, 45 * M, (100, 100)),)),
            APRIL,
            "met",
            attainment=1 - Fraction(6, FIVE),
            bad=Fraction(6),
            credit=Fraction(0),
            maintenance=(Maintenance(D, 15 * M),),
        ),
        # 0.1 % of 8640 are 8.64 intervals, 1 % 86.4, 5 % 432.
        **_intervals({"8.64": "0", "8.65": "10", "86.4": "10", "86.41": "25", "432": "25", "432.01": "100"}, "8.64"),
    },
    "aws-s3-ia": _intervals(
        {"86.4": "0", "86.41": "10", "172.8": "10", "172.81": "25", "432": "25", "432.0001": "100"}, "86.4"
    ),
    "aws-dynamodb-standard": _intervals({"0.864": "0", "0.865": "10", "86.4": "10", "86.4001": "25"}, "0.864"),
    "aws-dynamodb-global": _intervals({"0.0864": "0", "0.0865": "10", "432.0001": "100"}, "0.0864"),
    "aws-rds-multi-az": {
        # 0.05 % are 21.6 min. Of 23 bad-looking minutes one lets a connection through, and one is silent.
        "only minutes in which every attempt fails": Case(
            Events(((D, 21 * M, (100, 100)), (2 * D, M, (99, 100)), (3 * D, M, (0, 0)), (4 * D, M, (1, 1)))),
            APRIL,
            "breached",
            attainment=1 - Fraction(22, ALL),
            bad=Fraction(22 * 60),
            credit=Fraction(1, 10),
        ),
        **minutes({21: "0", 432: "10", 433: "25", 2161: "100"}, kept=21, of=ALL, window=APRIL, facts=FAILED),
    },
    "aws-rds-single": minutes({216: "0", 217: "10", 433: "25"}, kept=216, of=ALL, window=APRIL, facts=FAILED),
    "aws-lambda": _intervals({"4.32": "0", "4.33": "10", "86.41": "25", "432.01": "100"}, "4.32"),
    "aws-api-gateway": _intervals({"4.32": "0", "4.3201": "10", "86.4": "10", "432": "25"}, "4.32"),
    "aws-cloudfront": _intervals({"8.64": "0", "8.6401": "10", "86.4001": "25"}, "8.64"),
    # Days of service by the seconds down: 5 min to 30 min one, to 4 h seven, beyond thirty; April has thirty.
    "aws-route53": {
        f"{seconds} s": Case(
            down((D, 100), (2 * D + 7, seconds - 100), step=1),
            APRIL,
            "breached",
            attainment=1 - Fraction(seconds, 60 * ALL),
            bad=Fraction(seconds),
            credit=Fraction(days, 30),
        )
        for seconds, days in ((299, 0), (300, 1), (1800, 1), (1801, 7), (14_400, 7), (14_401, 30))
    },
    # 100 % are promised: a single failed request of 10,000 breaks it.
    "aws-route53-arc": _intervals(
        {"0": "0", "0.0001": "10", "0.864": "10", "0.865": "30", "4.32": "30", "4.33": "100"}, "0"
    ),
    "aws-documentdb": minutes(
        {4: "0", 5: "10", 432: "10", 433: "25", 2161: "100"}, kept=4, of=ALL, window=APRIL, facts=FAILED
    ),
    "aws-support-enterprise": {
        "all of 40 cases in time": Case(
            Events(((D, 40 * M, (0, 1)),), usual=(0, 0)), APRIL, "met", attainment=Fraction(1), bad=Fraction(0)
        ),
        "one of 40 late": Case(
            Events(((D, 39 * M, (0, 1)), (2 * D, M, (1, 1))), usual=(0, 0)),
            APRIL,
            "breached",
            attainment=Fraction(39, 40),
            bad=Fraction(1),
        ),
    },
}
