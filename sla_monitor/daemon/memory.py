"""A daemon gives back the memory that it no longer needs."""

from __future__ import annotations

import ctypes
from contextlib import suppress

# From glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_KIB = 1024


def spare() -> None:
    """Before the first thread. A day of answers is read into large arrays in several threads.

    Left alone, glibc keeps them all in an arena for each thread: measured, 15 of 160 MB. Other libraries
    of C have no such knob, and no such need.
    """
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for knob, value in ((_TRIM_THRESHOLD, 128 * _KIB), (_MMAP_THRESHOLD, 128 * _KIB), (_ARENA_MAX, 1)):
            mallopt(knob, value)
