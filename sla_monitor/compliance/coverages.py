"""What is known of a stretch of time, and why the rest is not (measurement.md 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.slices import Ints, Slices
from sla_monitor.compliance.spans import NOWHEN, Span, Spans


@dataclass(frozen=True)
class Coverage:
    """The population, told apart.

    known: the service was seen at work. quiet: it was seen, and had nothing to do. unseen: the source was asked and
    had no sample of it. unasked: nobody asked: the monitor was away, and has not caught up.
    """

    known: Spans = NOWHEN
    quiet: Spans = NOWHEN
    unseen: Spans = NOWHEN
    unasked: Spans = NOWHEN

    @property
    def seconds(self) -> int:
        """Known or not."""
        return sum(one.seconds for one in (self.known, self.quiet, self.unseen, self.unasked))


def coverage_of(slices: Slices, measured: Spans, population: Spans) -> Coverage:
    """`measured`: when the slices were asked for, whatever was answered."""
    starts, step, known, quiet = _steps(slices)
    asked = population.intersect(measured)
    seen = _where(starts, step, known & ~quiet).intersect(asked)
    idle = _where(starts, step, known & quiet).intersect(asked)
    return Coverage(seen, idle, asked.minus(seen.union(idle)), population.minus(measured))


def together(parts: Iterable[Coverage]) -> Coverage:
    """Of stretches that do not overlap, each with a measurement of its own."""
    held = list(parts)
    known, quiet, unseen, unasked = (
        Spans.of(span for part in held for span in getattr(part, name))
        for name in ("known", "quiet", "unseen", "unasked")
    )
    return Coverage(known, quiet, unseen, unasked)


def _steps(slices: Slices) -> tuple[Ints, int, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Starts of the steps, their length, which are known, and which of these saw nothing to do.

    A slice that was sampled is known step by step, a counted one as a whole.
    """
    if slices.states is None:
        return slices.starts, slices.seconds, slices.known > 0, slices.total == 0
    count = slices.states.shape[1]
    step = slices.seconds // count
    starts = (slices.starts[:, None] + np.arange(count, dtype=np.int64) * step).ravel()
    known = ~np.isnan(slices.states).ravel()
    return starts, step, known, np.zeros(len(starts), np.bool_)


def _where(starts: Ints, step: int, marked: npt.NDArray[np.bool_]) -> Spans:
    """Runs of marked steps."""
    begins = starts[marked]
    if not len(begins):
        return NOWHEN
    breaks = np.flatnonzero(np.diff(begins) != step)
    firsts, lasts = np.append(0, breaks + 1), np.append(breaks, len(begins) - 1)
    pairs = zip(begins[firsts].tolist(), (begins[lasts] + step).tolist(), strict=True)
    return Spans(tuple(Span(start, end) for start, end in pairs))
