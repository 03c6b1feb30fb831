"""What the contracts of Google make of March 2026, in Pacific time: 44,580 minutes, for the clocks skip an hour."""

from __future__ import annotations

from fractions import Fraction

from tests.catalogue.ladders import Cases, down, failing_minutes, minutes
from tests.catalogue.scenarios import APRIL, PACIFIC_MARCH, Case, D, Events, H, M, Maintenance

MARCH, ALL_APRIL = 44_580, 43_200
GAP = 7 * D + 2 * H
"""8 March, 02:00 → 03:00."""
FAILED = failing_minutes(100, 100)


def _above(percent: int, rungs: dict[int, str | None], kept: int, odd: Cases | None = None) -> Cases:
    """Bad is a minute in which more than so many percent fail: one more of 100 is enough, exactly so many are not."""
    exactly = Case(
        Events(((D, D, (percent, 100)),)),
        PACIFIC_MARCH,
        "met",
        attainment=Fraction(1),
        bad=Fraction(0),
        credit=None if set(rungs.values()) == {None} else Fraction(0),
    )
    bad = failing_minutes(percent + 1, 100)
    return {
        f"a day at exactly {percent} %": exactly,
        **(odd or {}),
        **minutes(rungs, kept=kept, of=MARCH, window=PACIFIC_MARCH, facts=bad),
    }


def _failed(rungs: dict[int, str | None], kept: int) -> Cases:
    return minutes(rungs, kept=kept, of=MARCH, window=PACIFIC_MARCH, facts=FAILED)


def _spanner(rungs: dict[int, str | None], kept: int) -> Cases:
    """99.999 %: 0.4458 min, 99.99 %: 4.458 min, 99 %: 445.8 min, 95 %: 2229 min."""
    bad = (6, 100)
    return {
        # A spell of 4 min is none, 5 min are one; 59 requests are too few to judge by, and cut a spell of 6 min in two.
        "five consecutive minutes with 60 requests each": Case(
            Events(
                (
                    (D, 4 * M, bad),
                    (2 * D, 5 * M, bad),
                    (3 * D, 30 * M, (59, 59)),
                    (4 * D, 3 * M, bad),
                    (4 * D + 3 * M, M, (59, 59)),
                    (4 * D + 4 * M, 3 * M, bad),
                    (5 * D, 4 * M, bad),
                    (5 * D + 4 * M, M, (0, 0)),
                )
            ),
            PACIFIC_MARCH,
            "breached",
            attainment=1 - Fraction(5, MARCH),
            bad=Fraction(300),
            credit=Fraction(1, 10),
        ),
        # 60 of 60 are enough; three minutes before the month and three in it make a spell of six: three count.
        "a spell over the month's edge": Case(
            Events(((-3 * M, 6 * M, (60, 60)),)),
            PACIFIC_MARCH,
            "met" if kept >= 3 else "breached",
            attainment=1 - Fraction(3, MARCH),
            bad=Fraction(180),
            credit=Fraction(0 if kept >= 3 else 10, 100),
        ),
        **minutes(rungs, kept=kept, of=MARCH, window=PACIFIC_MARCH, facts=failing_minutes(*bad)),
    }


SPELL_OVER_THE_GAP = {
    # 01:58:30 to 03:01:30 by the clock are 3 min: 01:59 and 03:00 are wholly down.
    "a spell over the skipped hour": Case(
        down((GAP - 90, 3 * M)),
        PACIFIC_MARCH,
        "met",
        attainment=1 - Fraction(2, MARCH),
        bad=Fraction(120),
        credit=Fraction(0),
    ),
}

GOLDENS: dict[str, Cases] = {
    "gcp-gce-multizone": {
        **SPELL_OVER_THE_GAP,
        **minutes(
            {4: "0", 5: "10", 445: "10", 446: "25", 2229: "25", 2230: "100"}, kept=4, of=MARCH, window=PACIFIC_MARCH
        ),
    },
    # 0.1 %: 44.58 min. 5 %: 2229 min exactly. 10 %: 4458 min exactly.
    "gcp-gce-single": {
        **SPELL_OVER_THE_GAP,
        **minutes(
            {44: "0", 45: "10", 2229: "10", 2230: "25", 4458: "25", 4459: "100"},
            kept=44,
            of=MARCH,
            window=PACIFIC_MARCH,
        ),
    },
    # 0.05 %: 22.29 min.
    "gcp-gcs-multiregion": _above(5, {22: "0", 23: "10", 445: "10", 446: "25", 2230: "50"}, 22),
    "gcp-gcs-regional": _above(5, {44: "0", 45: "10", 446: "25", 2229: "25", 2230: "50"}, 44),
    "gcp-bigquery": _above(5, {4: "0", 5: "10", 446: "25", 2230: "50"}, 4),
    "gcp-bigquery-dts": {
        "200 scheduled runs, all within a day": Case(
            Events(((D, 200 * M, (0, 1)),), usual=(0, 0)), PACIFIC_MARCH, "met", attainment=Fraction(1), bad=Fraction(0)
        ),
        "one of 200 late": Case(
            Events(((D, 199 * M, (0, 1)), (9 * D, M, (1, 1))), usual=(0, 0)),
            PACIFIC_MARCH,
            "breached",
            attainment=Fraction(199, 200),
            bad=Fraction(1),
        ),
    },
    "gcp-cloudsql-ha": {
        # In a minute of 23 one request gets through; a silent minute is good.
        "only minutes in which every request fails": Case(
            Events(((D, 22 * M, (7, 7)), (2 * D, M, (99, 100)), (3 * D, M, (0, 0)))),
            PACIFIC_MARCH,
            "met",
            attainment=1 - Fraction(22, MARCH),
            bad=Fraction(22 * 60),
            credit=Fraction(0),
        ),
        **_failed({23: "10", 445: "10", 446: "25", 2230: "50"}, 22),
    },
    "gcp-cloudsql-plus": _failed({4: "0", 5: "10", 445: "10", 446: "25"}, 4),
    "gcp-spanner-multi": _spanner({0: "0", 445: "10", 446: "25", 2229: "25", 2230: "50"}, 0),
    "gcp-spanner-regional": _spanner({0: "0", 5: "10", 446: "25", 2230: "50"}, 4),
    "gcp-gke-regional": _above(5, {22: "0", 23: "10", 446: "25"}, 22),
    "gcp-cloudrun": _above(10, {22: "0", 23: "10", 445: "10", 446: "25", 2230: "50"}, 22),
    # 0.5 %: 222.9 min. A minute with 99 executions is good, whatever became of them.
    "gcp-functions": _above(
        10,
        {222: "0", 223: "10", 445: "10", 446: "25", 2230: "50"},
        222,
        {
            "99 executions are too few to judge by, 100 are not": Case(
                Events(((D, D, (99, 99)), (2 * D, 3 * M, (100, 100)))),
                PACIFIC_MARCH,
                "met",
                attainment=1 - Fraction(3, MARCH),
                bad=Fraction(180),
                credit=Fraction(0),
            )
        },
    ),
    "gcp-pubsub": {
        # Consecutive seconds, whatever the minute: 59 are free, 60 and 61 count. 0.05 % of 2,674,800 s: 1337.4 s.
        "spells of 59, 60 and 61 seconds": Case(
            down((D + 11, 59), (2 * D + 31, 60), (3 * D + 1, 61), step=1),
            PACIFIC_MARCH,
            "met",
            attainment=1 - Fraction(121, MARCH * 60),
            bad=Fraction(121),
            credit=Fraction(0),
        ),
        # 40 s before midnight and 25 s after it are 65: of the new month the 25 count, with 1312 more it keeps 99.95 %.
        "a spell over the month's edge, and all of the budget": Case(
            down((-40, 65), (D, 1312), step=1),
            PACIFIC_MARCH,
            "met",
            attainment=1 - Fraction(1337, MARCH * 60),
            bad=Fraction(1337),
            credit=Fraction(0),
        ),
        "a second more": Case(
            down((-40, 65), (D, 1313), step=1),
            PACIFIC_MARCH,
            "breached",
            attainment=1 - Fraction(1338, MARCH * 60),
            bad=Fraction(1338),
            credit=Fraction(1, 10),
        ),
    },
    "gcp-composer": {
        # Nine minutes are no downtime, ten are. 0.5 %: 222.9 min.
        "ten consecutive minutes": Case(
            Events(((D, 9 * M, (100, 100)), (2 * D, 10 * M, (6, 100)), (3 * D, 60 * M, (5, 100)))),
            PACIFIC_MARCH,
            "met",
            attainment=1 - Fraction(10, MARCH),
            bad=Fraction(600),
        ),
        **minutes({222: None, 223: None}, kept=222, of=MARCH, window=PACIFIC_MARCH, facts=FAILED),
    },
    # 0.1 % of 43,200 min: 43.2 min. Days of service, of the thirty of April: 3, 7 and 15.
    "google-workspace": {
        f"{bad} minutes above 5 %": Case(
            failing_minutes(6, 100)(bad),
            APRIL,
            "met" if bad <= 43 else "breached",
            attainment=1 - Fraction(bad, ALL_APRIL),
            bad=Fraction(bad * 60),
            credit=Fraction(days, 30),
        )
        for bad, days in ((43, 0), (44, 3), (432, 3), (433, 7), (2160, 7), (2161, 15))
    },
    "google-gmail-isp": {
        # Announced exactly 5 days before, 11 h count, and of 2 h more the first: 12 h a year. In them 11 h and 20 min
        # are forgiven; 20 min after the cap, 10 min on their own and 30 min in a maintenance announced a second too
        # late are 60 min. A spell of 9 min is none.
        "maintenance with its notice, up to 12 hours a year": Case(
            Events(
                (
                    (10 * D, 11 * H, (100, 100)),
                    (12 * D + 40 * M, 40 * M, (100, 100)),
                    (14 * D, 10 * M, (100, 100)),
                    (15 * D, 9 * M, (100, 100)),
                    (20 * D + 10 * M, 30 * M, (100, 100)),
                )
            ),
            APRIL,
            "breached",
            attainment=1 - Fraction(60, ALL_APRIL),
            bad=Fraction(3600),
            credit=Fraction(1, 10),
            maintenance=(
                Maintenance(10 * D, 11 * H, "scheduled-maintenance", announced=5 * D),
                Maintenance(12 * D, 2 * H, "scheduled-maintenance", announced=0),
                Maintenance(20 * D, H, "scheduled-maintenance", announced=15 * D + 1),
            ),
        ),
        **minutes({43: "0", 44: "10", 432: "10", 433: "25"}, kept=43, of=ALL_APRIL, window=APRIL, facts=FAILED),
    },
    # Whole periods of five minutes: 8,640 of them; 0.05 % are 4.32. At 5 % of its requests one is still up.
    "firebase-2017": {
        "a period is judged as a whole": Case(
            Events(
                (
                    (D, M, (26, 100)),  # 26 of 500: 5.2 %
                    (2 * D, M, (25, 100)),  # 25 of 500: 5 %
                    (3 * D + 2 * M, 6 * M, (6, 100)),  # 18 of 500 twice: 3.6 %
                    (4 * D, 15 * M, (6, 100)),  # three periods
                )
            ),
            APRIL,
            "met",
            attainment=1 - Fraction(4, 8640),
            bad=Fraction(1200),
        ),
        "a fifth one": Case(
            Events(((D, 25 * M, (6, 100)),)), APRIL, "breached", attainment=1 - Fraction(5, 8640), bad=Fraction(1500)
        ),
    },
}
