"""Fractions of very many, as columns: exact, and in machine words as long as these are enough."""

from __future__ import annotations

from collections.abc import Iterable
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.slices import Ints

Wholes = npt.NDArray[Any]
"""Integers, Python's own where int64 is too small."""

_ROOM = np.iinfo(np.int64).max // 2
_SHORT = 9 * 10**11
"""A number below this has room for seven more digits."""
_STEPS = (10**6, 10**7)
"""Digits of a quotient that are reckoned at a time; together they make `FINEST`."""

FINEST = 10**13


def fitting(values: Wholes, times: int) -> Wholes:
    """The same numbers, as Python's own integers, which are slower, where so many times one could leave int64."""
    largest = max(int(values.max(initial=0)), -int(values.min(initial=0)))
    return values.astype(np.int64 if max(1, largest) * max(1, abs(times)) <= _ROOM else object)


def reduced(above: Wholes, below: Wholes) -> tuple[Wholes, Wholes]:
    """In lowest terms."""
    common = np.gcd(above, below)
    return above // common, below // common


def common(below: Iterable[Wholes], most: int) -> int | None:
    """The least common multiple of all of them; None where it is more than `most`."""
    found = 1
    for one in {int(one) for column in below for one in np.unique(column)}:
        found = lcm(found, one)
        if found > most:
            return None
    return found


def rounded(above: Wholes, below: Wholes, parts: int) -> Ints:
    """How many `parts` of one each fraction below one is; half to even, where it is not a whole number of them."""
    if not (parts % below).any():
        exactly: Ints = (above * (parts // below)).astype(np.int64)
        return exactly
    if parts == FINEST and below.max() < _SHORT:
        above, below = above.astype(np.int64), below.astype(np.int64)
        found, rest = np.zeros(len(above), np.int64), above
        for step in _STEPS:
            more, rest = np.divmod(rest * step, below)
            found = found * step + more
    else:
        scaled = above.astype(object) * parts
        found, rest = scaled // below, scaled % below
    up = (2 * rest > below) | ((2 * rest == below) & (found % 2 == 1))
    return np.asarray(found + up).astype(np.int64)
