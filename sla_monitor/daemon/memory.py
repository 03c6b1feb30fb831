"""A daemon gives back the memory that it no longer needs, and does not look for it all the time."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

# From glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_KIB = 1024

SELDOM = (500_000, 10, 10)
"""What thousands of promises are judged by is much, is made anew each minute, and refers to nothing in circles.

Left alone, the interpreter looks through all of it in each cycle: measured, a third of it, and half of measuring.
"""


def spare() -> None:
    """Before the first thread. A day of answers is read into large arrays in several threads.

    Left alone, glibc keeps them all in an arena for each thread: measured, 15 of 160 MB. Other libraries
    of C have no such knob, and no such need.
    """
    gc.set_threshold(*SELDOM)
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for knob, value in ((_TRIM_THRESHOLD, 128 * _KIB), (_MMAP_THRESHOLD, 128 * _KIB), (_ARENA_MAX, 1)):
            mallopt(knob, value)
