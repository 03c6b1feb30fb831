"""What the contracts of network providers make of April 2026: 43,200 minutes."""

from __future__ import annotations

from fractions import Fraction

from tests.catalogue.ladders import Cases, down
from tests.catalogue.scenarios import APRIL, Case, D, Events, H, M, Values

ALL = 43_200
HALF = 15 * D
"""The second half of April."""


def _mean(
    first: str, second: str, value: str, *, credit: Fraction | None, status: str, lone: tuple[str, int] | None = None
) -> Case:
    """One value in the first half of the month, another in the second, and one of its own for some minutes."""
    odd = [(HALF, 16 * D, Fraction(second))]
    if lone is not None:
        odd.append((20 * D, lone[1] * M, Fraction(lone[0])))
    return Case(Values(tuple(odd), usual=Fraction(first)), APRIL, status, value=Fraction(value), credit=credit)


def _tickets(*values: str) -> Values:
    """Each shown for one scrape, days apart, and nothing between."""
    odd = ((number * 2 * D + H, M, Fraction(value)) for number, value in enumerate(values))
    return Values(tuple(odd))


def _shown(values: tuple[str, ...], value: str, status: str, credit: Fraction | None = None) -> Case:
    return Case(_tickets(*values), APRIL, status, value=Fraction(value), credit=credit)


def _jitter(value: str, credit: str, status: str = "breached") -> Case:
    return Case(Values(usual=Fraction(value)), APRIL, status, value=Fraction(value), credit=Fraction(credit))


GOLDENS: dict[str, Cases] = {
    # The mean of all samples: half a month at 40 ms, half at 50 ms. A day's fee of the thirty of April.
    "verizon-latency-us": {
        "45 ms exactly": _mean("0.040", "0.050", "0.045", status="met", credit=Fraction(0)),
        # One minute of 43,200 at 93.2 ms: 43.2 ms more make the mean a microsecond more.
        "one sample more": _mean(
            "0.040", "0.050", "0.045001", lone=("0.0932", 1), status="breached", credit=Fraction(1, 30)
        ),
    },
    "verizon-delivery-na": {
        "99.5 % exactly": _mean("1", "0.99", "0.995", status="met", credit=Fraction(0)),
        "a sample less": _mean("1", "0.99", "0.99499", lone=("0.558", 1), status="breached", credit=Fraction(1, 30)),
    },
    "verizon-pip-gold-availability": {
        # 0.1 % of the month are 43 min 12 s.
        "2592 s": Case(down((D, 600), (2 * D, 1992), step=12), APRIL, "met", Fraction(999, 1000), Fraction(2592)),
        "12 s more": Case(
            down((D, 600), (2 * D, 2004), step=12), APRIL, "breached", 1 - Fraction(2604, ALL * 60), Fraction(2604)
        ),
    },
    "verizon-pip-gold-ttr": {
        "four hours, and several shorter": Case(
            down((D, 4 * H), (3 * D, 2 * H), (4 * D, H)), APRIL, "met", value=Fraction(4 * H)
        ),
        "half a minute longer": Case(
            down((D, 4 * H + 30), (3 * D, 4 * H)), APRIL, "breached", value=Fraction(4 * H + 30)
        ),
    },
    "verizon-install": {
        "installed in 12, 40 and 31 business days": _shown(("12", "40", "31"), "40", "met", Fraction(0)),
        "one in 41": _shown(("12", "41", "31"), "41", "breached", Fraction(1, 2)),
    },
    "windstream-latency": {
        # Two days of 30 at 70 ms, the others at 38: the mean is (28·38 + 2·70)/30 = 40.133… ms; 1/30 for each of them.
        "two bad days": Case(
            Values(((3 * D, D, Fraction("0.07")), (9 * D, D, Fraction("0.07"))), usual=Fraction("0.038")),
            APRIL,
            "breached",
            value=Fraction("1.204") / 30,
            credit=Fraction(2, 30),
        ),
        # One at 41 ms and 29 at 39 keep the mean, and that day earns its 1/30 all the same.
        "one bad day, the mean kept": Case(
            Values(((3 * D, D, Fraction("0.041")),), usual=Fraction("0.039")),
            APRIL,
            "met",
            value=Fraction("1.172") / 30,
            credit=Fraction(1, 30),
        ),
    },
    # Below 2 ms is promised, so 2 ms exactly breaks it and exceeds it by nothing. Over 10 % is more than 2.2 ms.
    "packetfabric-jitter": {
        "1.999 ms": _jitter("0.001999", "0", "met"),
        "2 ms": _jitter("0.002", "0"),
        "2.2 ms": _jitter("0.0022", "0"),
        "2.201 ms": _jitter("0.002201", "0.1"),
        "2.5 ms": _jitter("0.0025", "0.1"),
        "2.501 ms": _jitter("0.002501", "0.2"),
        "3.1 ms": _jitter("0.0031", "0.3"),
        "3.6 ms": _jitter("0.0036", "0.4"),
        "4.1 ms": _jitter("0.0041", "0.5"),
    },
    "asa-delivery": {
        # 0.05 % of 43.2 million packets are 21,600.
        "21,600 packets lost": Case(
            Events(((D, 216 * M, (100, 1000)),), usual=(0, 1000)), APRIL, "met", Fraction("0.9995"), Fraction(21_600)
        ),
        "one more": Case(
            Events(((D, 216 * M, (100, 1000)), (3 * D, M, (1, 1000))), usual=(0, 1000)),
            APRIL,
            "breached",
            1 - Fraction(21_601, 43_200_000),
            Fraction(21_601),
        ),
    },
    "asa-latency": {
        # The mean of each ten minutes: five minutes of 30 and five of 40 ms make 35, which is not more than 35.
        "samples of exactly 35 ms": Case(
            Values(((D, 5 * M, Fraction("0.04")),), usual=Fraction("0.03")), APRIL, "met", Fraction(1), Fraction(0)
        ),
        # One of 4,320.
        "one of 36": Case(
            Values(((D, 6 * M, Fraction("0.04")),), usual=Fraction("0.03")),
            APRIL,
            "breached",
            1 - Fraction(1, 4_320),
            Fraction(600),
        ),
    },
    "asa-jitter": {
        "10 ms exactly": _mean("0.004", "0.016", "0.010", status="met", credit=None),
        "a sample more": _mean("0.004", "0.016", "0.010001", lone=("0.0592", 1), status="breached", credit=None),
    },
    # Repaired in 1, 4 and 7 hours: 4 on average.
    "telepacific-mttr": {
        "4 h on average": _shown(("3600", "14400", "25200"), "14400", "met"),
        "one of them took a minute more": _shown(("3600", "14400", "25260"), "14420", "breached"),
        "no ticket at all": Case(_tickets(), APRIL, "unknown"),
    },
    "singlesource-respond": {
        "30 min on average": _shown(("600", "3000"), "1800", "met"),
        "31 min": _shown(("600", "3120"), "1860", "breached"),
    },
    # In business hours, as the ticket system counts them.
    "singlesource-mttr": {
        "8 h on average": _shown(("7200", "28800", "50400"), "28800", "met"),
        "8 h 1 min": _shown(("7200", "28800", "50580"), "28860", "breached"),
    },
}
