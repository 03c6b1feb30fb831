"""What the contracts of Microsoft make of April 2026: 43,200 minutes, 720 hours."""

from __future__ import annotations

from fractions import Fraction

from tests.catalogue.ladders import Cases, down, ladder, minutes, rates
from tests.catalogue.scenarios import APRIL, Case, D, Events, Facts, H, M, Values

ALL, HOURS = 43_200, 720
MID_APRIL = 15 * D


def _minutes(rungs: dict[int, str | None], kept: int) -> Cases:
    return minutes(rungs, kept=kept, of=ALL, window=APRIL)


def _hourly(rungs: dict[str, str | None], kept: str) -> Cases:
    return rates(rungs, kept=kept, of=HOURS, window=APRIL, every=H)


def _pooled(many: int, rungs: dict[int, str | None], kept: int) -> Cases:
    """Minutes of `many` resources; of those that are bad at most one resource is down at once."""

    def facts(amount: Fraction) -> Facts:
        return Events(((D, int(amount) * M, (1, many)),), usual=(0, many))

    named = {str(bad): credit for bad, credit in rungs.items()}
    return ladder(facts, named, kept=str(kept), of=many * ALL, window=APRIL, noun="minutes of resources")


GOLDENS: dict[str, Cases] = {
    "azure-vm-zones": {
        # Deployed from the 16th on: 21,600 min, of which 0.01 % are 2.16.
        f"{bad} of the 21,600 minutes deployed": Case(
            down((MID_APRIL + 10 * H - 20, bad * M + 50), step=10),
            APRIL,
            "met" if bad <= 2 else "breached",
            attainment=1 - Fraction(bad, 21_600),
            bad=Fraction(bad * 60),
            credit=Fraction(credit, 100),
            term=(MID_APRIL, 60 * D),
        )
        for bad, credit in ((2, 0), (3, 10), (30, 10), (216, 10), (217, 25), (1081, 100))
    },
    # 0.05 %: 21.6 min.
    "azure-vm-avset": {
        # Half a minute before 10:00 and half a one after 10:21: 21 whole minutes.
        "partial minutes at both ends": Case(
            down((D + 10 * H - 30, 22 * M)),
            APRIL,
            "met",
            attainment=1 - Fraction(21, ALL),
            bad=Fraction(21 * 60),
            credit=Fraction(0),
        ),
        **_minutes({22: "10", 432: "10", 433: "25", 2160: "25", 2161: "100"}, 21),
    },
    "azure-vm-single-premium": _minutes({43: "0", 44: "10", 432: "10", 433: "25", 2161: "100"}, 43),
    "azure-vm-single-ssd": _minutes({216: "0", 217: "10", 2160: "10", 2161: "25", 4320: "25", 4321: "100"}, 216),
    "azure-vm-single-hdd": _minutes({2160: "0", 2161: "10", 3456: "10", 3457: "25", 4320: "25", 4321: "100"}, 2160),
    # 0.1 % of 720 h are 0.72, 0.01 % 0.072, 1 % 7.2.
    "azure-storage-hot-write": {
        # Silent hours are good; a quiet one that fails 3 of 4 weighs 0.75 however many requests the others have.
        "a quiet hour and a silent one": Case(
            Events(((D, H, (0, 0)), (D + 60, M, (3, 4)), (2 * D, H, (0, 0)))),
            APRIL,
            "breached",
            attainment=1 - Fraction("0.75") / HOURS,
            bad=Fraction("0.75"),
            credit=Fraction(1, 10),
        ),
        **_hourly({"0.72": "0", "0.7201": "10", "7.2": "10", "7.2001": "25"}, "0.72"),
    },
    "azure-storage-ragrs-read": _hourly({"0.072": "0", "0.0721": "10", "7.2": "10", "7.2001": "25"}, "0.072"),
    "azure-storage-cool-write": _hourly({"7.2": "0", "7.2001": "10", "14.4": "10", "14.4001": "25"}, "7.2"),
    "azure-sql-zr": {
        # Three databases, and a fourth from the 16th on: 151,200 minutes of databases; 0.005 % are 7.56.
        f"{bad} minutes of four databases": Case(
            Events(((MID_APRIL, 15 * D, (0, 4)), (D, bad * M, (1, 3))), usual=(0, 3)),
            APRIL,
            "met" if bad <= 7 else "breached",
            attainment=1 - Fraction(bad, 151_200),
            bad=Fraction(bad),
            credit=Fraction(credit, 100),
        )
        for bad, credit in ((7, 0), (8, 10), (1512, 10), (1513, 25))
    },
    # 0.01 % of two: 8.64. 1 %: 864. 5 %: 4320.
    "azure-sql": _pooled(2, {8: "0", 9: "10", 864: "10", 865: "25", 4320: "25", 4321: "100"}, 8),
    # 100 %. Of ten zones 0.01 % are 43.2 minutes, 0.5 % 2160.
    "azure-dns": _pooled(10, {0: "0", 1: "10", 43: "10", 44: "25", 2160: "25", 2161: "100"}, 0),
    "azure-functions-consumption": {
        # 1 of 2000 are 0.05 %: kept, and with an execution less not.
        f"{bad} of {total} executions": Case(
            Events(((D, (total - bad) * M, (0, 1)), (20 * D, bad * M, (1, 1))), usual=(0, 0)),
            APRIL,
            status,
            attainment=1 - Fraction(bad, total),
            bad=Fraction(bad),
            credit=Fraction(credit, 100),
        )
        for bad, total, status, credit in (
            (1, 2000, "met", 0),
            (1, 1999, "breached", 10),
            (20, 2000, "breached", 10),
            (21, 2000, "breached", 25),
            (100, 2000, "breached", 25),
            (101, 2000, "breached", 100),
        )
    },
    "azure-functions-dedicated": _minutes({21: "0", 22: "10", 433: "25", 2161: "100"}, 21),
    # 0.01 %: 4.32 min. 0.1 %: 43.2 min.
    "azure-lb": _minutes({4: "0", 5: "10", 43: "10", 44: "25"}, 4),
    # 0.1 % of two relays: 86.4 minutes. 1 %: 864.
    "azure-servicebus-relay": _pooled(2, {86: "0", 87: "10", 864: "10", 865: "25"}, 86),
    "azure-cosmos-availability": _hourly({"0.072": "0", "0.0721": "10", "7.2": "10", "7.2001": "25"}, "0.072"),
    "azure-cosmos-multiwrite": _hourly({"0.0072": "0", "0.0073": "10", "7.2001": "25"}, "0.0072"),
    "azure-cosmos-throughput": _hourly({"0.072": "0", "0.08": "10", "7.3": "25"}, "0.072"),
    "azure-cosmos-consistency": _hourly({"0.072": "0", "0.0722": "10", "8": "25"}, "0.072"),
    "azure-cosmos-latency": {
        # An hour at 10 ms is excessive, one just below is not, nor one without a request. 7 of 720: 99.03 %; 8: 98.9 %.
        f"{bad} hours of 10 ms, others of 9.999": Case(
            Values(
                ((D, bad * H, Fraction("0.01")), (3 * D, 2 * H, Fraction("0.009999")), (4 * D, H, None)),
                usual=Fraction("0.004"),
            ),
            APRIL,
            "met" if not bad else "breached",
            attainment=1 - Fraction(bad, HOURS),
            bad=Fraction(bad * H),
            credit=Fraction(credit, 100),
        )
        for bad, credit in ((0, 0), (1, 10), (7, 10), (8, 25))
    },
    # 0.05 % of two apps: 43.2 minutes. 1 %: 864.
    "azure-app-service": _pooled(2, {43: "0", 44: "10", 864: "10", 865: "25"}, 43),
    "azure-aks-zones": _minutes({21: "0", 22: "10", 432: "10", 433: "25", 2161: "100"}, 21),
    "microsoft-365": {
        # User minutes: half of the users for 86 min 24 s are 43.2 min, which are 0.1 %.
        name: Case(
            down(*spells, step=12),
            APRIL,
            status,
            attainment=1 - Fraction(bad, ALL * 60),
            bad=Fraction(bad),
            credit=Fraction(credit, 100),
        )
        for name, spells, status, bad, credit in (
            ("half of the users for 5184 s", ((D, 5184, "1/2"),), "met", 2592, 0),
            ("and a quarter of them for 12 s", ((D, 5184, "1/2"), (2 * D, 12, "1/4")), "breached", 2595, 25),
            ("all of them for 432 min", ((D, 432 * M),), "breached", 25_920, 25),
            ("and an eighth for 24 s", ((D, 432 * M), (2 * D, 24, "1/8")), "breached", 25_923, 50),
            ("three quarters for two days", ((D, 2 * D, "3/4"),), "breached", 129_600, 50),
            ("and all for 12 s", ((D, 2 * D, "3/4"), (4 * D, 12)), "breached", 129_612, 100),
        )
    },
}
