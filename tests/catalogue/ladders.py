"""Cases right at the bounds of a contract: the last number that still keeps one, and the first that does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from tests.catalogue.scenarios import Case, D, Events, Facts, M, States
from tests.catalogue.slow import Stretch

Cases = dict[str, Case]
PLENTY = 10_000
"""Events a slice: shares of an interval down to a ten-thousandth."""


def share(credit: str | None) -> Fraction | None:
    """`10` percent, or `3 days of 30`."""
    if credit is None:
        return None
    if "days" in credit:
        days, _, length = credit.partition(" days of ")
        return Fraction(days) / int(length)
    return Fraction(credit) / 100


def down(*spells: tuple[int, int] | tuple[int, int, str], step: int = 30) -> States:
    """Down from so many seconds after the window's start, for so many, wholly or by a share."""
    return States(tuple((at, long, Fraction(*(by or ("1",)))) for at, long, *by in spells), step=step)


def whole_minutes(count: int) -> States:
    return down((D, count * M), step=60)


def failing_minutes(bad: int, total: int) -> Callable[[int], Events]:
    """So many minutes in which `bad` of `total` requests fail, among others in which none does."""
    return lambda count: Events(((D, count * M, (bad, total)),), usual=(0, total))


def graded(every: int) -> Callable[[Fraction], Events]:
    """Wholly failed intervals, and one that failed by the rest of the number."""

    def facts(amount: Fraction) -> Events:
        whole, rest = divmod(amount, 1)
        odd = [(D, int(whole) * every, (PLENTY, PLENTY)), (3 * D, every, (int(rest * PLENTY), PLENTY))]
        assert odd[1][2][0] == rest * PLENTY
        assert int(whole) * every <= 2 * D
        return Events(tuple(odd), usual=(0, PLENTY))

    return facts


def ladder(
    facts: Callable[..., Facts],
    rungs: Mapping[str, str | None],
    *,
    kept: str,
    of: int,
    window: Stretch,
    unit: int = 1,
    noun: str = "minutes",
) -> Cases:
    """How much is bad → the credit. `kept`: the most that keeps the promise, `of`: all there is, `unit`: of one."""
    cases = {}
    for text, credit in rungs.items():
        amount = Fraction(text)
        cases[f"{text} of {of} {noun}"] = Case(
            facts(int(amount) if amount.denominator == 1 and noun == "minutes" else amount),
            window,
            "met" if amount <= Fraction(kept) else "breached",
            attainment=1 - amount / of,
            bad=amount * unit,
            credit=share(credit),
        )
    return cases


def minutes(
    rungs: Mapping[int, str | None],
    *,
    kept: int,
    of: int,
    window: Stretch,
    facts: Callable[[int], Facts] = whole_minutes,
) -> Cases:
    """Bad minutes, counted in seconds."""
    return ladder(facts, {str(n): credit for n, credit in rungs.items()}, kept=str(kept), of=of, window=window, unit=M)


def rates(rungs: Mapping[str, str | None], *, kept: str, of: int, window: Stretch, every: int) -> Cases:
    """Intervals by the share that failed of each."""
    return ladder(graded(every), rungs, kept=kept, of=of, window=window, noun="intervals")
