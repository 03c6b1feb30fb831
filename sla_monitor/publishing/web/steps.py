"""Slices over a stretch of time, added up to steps, within bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from zoneinfo import ZoneInfo

import numpy as np
from starlette.exceptions import HTTPException

from sla_monitor.compliance.periods import parse_instant, rfc3339
from sla_monitor.compliance.ratios import parse_duration
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.publishing.records import Record

MAX_STEPS = 11_000
"""As many points as Prometheus gives of a series."""
MAX_SLICES = 550_000
"""A leap year of minutes: more than that is read from the ledger for one request in no case."""
DEFAULT_LENGTH = 86400


@dataclass(frozen=True, slots=True)
class Grid:
    """Whole steps, counted from the epoch; `step` in seconds."""

    span: Span
    step: int


def grid_of(asked: Mapping[str, str | None], cell: int, zone: ZoneInfo, now: int) -> Grid:
    """The grid that `from`, `until` and `step` ask for; a 400 that says what is wrong with them."""
    step = _step(asked["step"], cell)
    end = now if (text := asked["until"]) is None else _instant("until", text, zone)
    start = end - DEFAULT_LENGTH if (text := asked["from"]) is None else _instant("from", text, zone)
    if start >= end:
        raise _bad_request(f"from ({rfc3339(start)}) must be before until ({rfc3339(end)}).")
    span = Span(start // step * step, -(-end // step) * step)
    return _bounded(Grid(span, step), cell)


def added_up(held: Slices, grid: Grid) -> list[Record]:
    """One record a step that holds slices; no sum depends on the order or the number of its slices."""
    if not len(held):
        return []
    steps = held.starts // grid.step * grid.step
    first = np.flatnonzero(np.diff(steps, prepend=steps[0] - 1))
    good, total = ([math.fsum(part) for part in np.split(values, first[1:])] for values in (held.good, held.total))
    known = np.add.reduceat(held.known, first)
    columns = (steps[first].tolist(), good, total, known.tolist())
    return [
        {"start": rfc3339(start), "good": good, "total": total, "known_seconds": known}
        for start, good, total, known in zip(*columns, strict=True)
    ]


def _step(text: str | None, cell: int) -> int:
    if text is None:
        return cell
    try:
        step = parse_duration(f"{text}s" if text.isdecimal() else text)
    except ValueError as error:
        raise _bad_request(f"step: {error}") from error
    if step <= 0 or step % cell:
        raise _bad_request(f"step must be a multiple of the objective's slice, {cell}s.")
    return int(step)


def _instant(name: str, text: str, zone: ZoneInfo) -> int:
    try:
        # A plus sign that was not escaped arrives as a space.
        return parse_instant(text.replace(" ", "+"), zone)
    except (ValueError, OverflowError) as error:
        raise _bad_request(f"{name}: {error}") from error


def _bounded(grid: Grid, cell: int) -> Grid:
    steps, cells = grid.span.seconds // grid.step, grid.span.seconds // cell
    if cells > MAX_SLICES:
        raise _bad_request(f"{cells:,} slices lie between from and until; at most {MAX_SLICES:,} are read at once.")
    if steps > MAX_STEPS:
        wanted = -(-grid.span.seconds // MAX_STEPS // cell) * cell
        raise _bad_request(f"{steps:,} steps are more than {MAX_STEPS:,}: ask for a step of {wanted}s or longer.")
    return grid


def _bad_request(detail: str) -> HTTPException:
    return HTTPException(HTTPStatus.BAD_REQUEST, detail)
