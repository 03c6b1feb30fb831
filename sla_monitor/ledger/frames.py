"""A day of slices of one measurement as one packed value, and single rows of states.

A column says itself how it is written: one value where all are the same, whole numbers in as few bytes as hold
them, else floats; each laid out byte plane by byte plane, which makes runs that zlib packs well.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.slices import Floats, Slices, empty
from sla_monitor.errors import LedgerError

Column = npt.NDArray[Any]

DAY = 86_400
VERSION = 2
_FIRST = 1
"""The form of the first version: slots and known as four bytes each, good and total as floats."""
_HEAD = struct.Struct("<BIIBI")
"""version, slices, steps in a slice (0: events), whether states are codes of one byte, bytes before the states."""

HEAD_BYTES = _HEAD.size

_UNKNOWN_CODE = 255
_BROKEN = (zlib.error, struct.error, ValueError, TypeError, LookupError, OverflowError, MemoryError)
"""What unpacking raises over bytes that nobody packed."""


def pack(slices: Slices) -> bytes:
    """Slices of one UTC day, sorted by start. The states lie behind the rest, packed on their own."""
    slots = (slices.starts % DAY) // slices.seconds
    # Of whole events the bad are packed instead of the good: most of them are 0.
    whole = _are_whole(slices.good) and _are_whole(slices.total)
    part = slices.total - slices.good if whole else slices.good
    columns = (np.diff(slots, prepend=-1), slices.known, slices.total, part)
    body = zlib.compress(bytes([whole]) + b"".join(_written(column) for column in columns), 1)
    steps, coded, tail = 0, False, b""
    if slices.states is not None:
        steps, coded = slices.states.shape[1], _codable(slices.states)
        tail = zlib.compress(
            _codes(slices.states).tobytes() if coded else _planes(slices.states.astype("<f8").ravel()), 1
        )
    return _HEAD.pack(VERSION, len(slices), steps, coded, len(body)) + body + tail


def bare(frame: bytes) -> bytes:
    """What is kept of a day that is past retention: how many slices it had."""
    return _HEAD.pack(VERSION, count(frame[:HEAD_BYTES]), 0, 0, 0)


def is_bare(frame: bytes) -> bool:
    """Other frames have a body."""
    return len(frame) == HEAD_BYTES


def unpack(frame: bytes, day: int, seconds: int, *, states: bool = True) -> Slices:
    """`states` False leaves them out, which is quicker where only sums are wanted. Of a bare day nothing is known."""
    if is_bare(frame):
        return empty(seconds)
    try:
        return _unpacked(frame, day, seconds, states=states)
    except _BROKEN as error:
        raise _damaged(day, error) from error


def _damaged(day: int, error: BaseException) -> LedgerError:
    which = rfc3339(day * DAY)[:10]
    return LedgerError(f"the slices of {which} in the ledger are damaged ({error}): run `sla-monitor verify`")


class Layout(NamedTuple):
    """How a day is written. Days with the same are read side by side.

    length: how many slices. slots: as they are written. kinds: of known, total, and the bad or the good. whole: these
    are whole events, and the last the bad.
    """

    length: int
    slots: bytes
    kinds: bytes
    whole: bool


def body_of(frame: bytes, day: int) -> tuple[Layout, bytes] | None:
    """The layout, and the columns behind the slots; None where the first version wrote it. Not of bare days."""
    try:
        version, count, _, _, packed = _HEAD.unpack_from(frame)
        if version != VERSION:
            return None
        body = zlib.decompress(memoryview(frame)[_HEAD.size : _HEAD.size + packed])
        begin = place = 1 + bytes_of(body[1], count)
        kinds = bytearray()
        for _ in range(3):
            kinds.append(body[place])
            place += bytes_of(body[place], count)
        if len(body) != place:
            raise ValueError("a column is cut off")
    except _BROKEN as error:
        raise _damaged(day, error) from error
    return Layout(count, body[1:begin], bytes(kinds), bool(body[0])), body[begin:]


def slots_of(layout: Layout) -> Column:
    return _slots(memoryview(layout.slots), layout.length)[0].astype(np.int64, copy=False)


def spread(kind: int, columns: npt.NDArray[np.uint8], count: int) -> Column:
    """A column of each of many days, a row each, without its kind.

    Whole numbers as their planes (rows, width, count); else floats, (rows, 1) where one value stands for all.
    """
    if kind == _SAME:
        return np.ascontiguousarray(columns).view("<f8")
    planes = columns.reshape(len(columns), -1, count)
    return planes if kind != _FLOATS else np.ascontiguousarray(planes.transpose(0, 2, 1)).view("<f8")[..., 0]


def bytes_of(kind: int, count: int) -> int:
    """Bytes of a column of that kind, which it begins with."""
    return 1 + _VALUE_BYTES[kind] * (1 if kind == _SAME else count)


def count(head: bytes) -> int:
    """How many slices a frame holds, of which the first HEAD_BYTES are given."""
    return int(_HEAD.unpack(head)[1]) if len(head) == HEAD_BYTES else 0


def _unpacked(frame: bytes, day: int, seconds: int, *, states: bool) -> Slices:
    version, count, steps, coded, length = _HEAD.unpack_from(frame)
    if version not in (VERSION, _FIRST):
        raise LedgerError(
            f"the ledger holds a day {day} packed in form {version}, this program reads form {VERSION}: "
            "run the version that wrote it"
        )
    body = zlib.decompress(memoryview(frame)[_HEAD.size : _HEAD.size + length])
    read = _columns if version == VERSION else _first_columns
    slots, known, good, total = read(body, count)
    starts = slots.astype(np.int64, copy=False) * seconds + day * DAY
    table = None
    if steps and states:
        tail = zlib.decompress(memoryview(frame)[_HEAD.size + length :])
        column = np.frombuffer(tail, "u1") if coded else _from_planes(tail, "<f8", count * steps, 1)
        table = _decoded(column, steps, coded=bool(coded))
    return Slices(seconds, starts, good, total, known.astype(np.int64), table)


def _columns(body: bytes, count: int) -> tuple[Column, Column, Column, Column]:
    """Slots, known, good and total."""
    slots, view = _slots(memoryview(body)[1:], count)
    known, view = _read(view, count)
    total, view = _read(view, count)
    part, _ = _read(view, count)
    return slots, known, total - part if body[0] else part, total


def _slots(view: memoryview, count: int) -> tuple[Column, memoryview]:
    """They are written as steps; most days have no gap."""
    if view[:9] == _NO_GAP:
        return np.arange(count), view[9:]
    steps, view = _read(view, count)
    return np.cumsum(steps) - 1, view


def _first_columns(body: bytes, count: int) -> tuple[Column, Column, Column, Column]:
    integers = _from_planes(body[: 8 * count], "<u4", 2 * count, 2)
    amounts = _from_planes(body[8 * count :], "<f8", 2 * count, 2)
    return integers[:count], integers[count:], amounts[:count], amounts[count:]


def _written(column: Column) -> bytes:
    """How it is written, and the column: `=` one value for all, a digit: so many bytes a whole number, `f`: floats."""
    if len(column) and (column == column[0]).all():
        return b"=" + column[:1].astype("<f8").tobytes()
    if _are_whole(column):
        width = next((n for n in _WIDTHS if column.max(initial=0) < 1 << 8 * n), None)
        if width is not None:
            return b"%d" % width + _planes(column.astype(f"<u{width}"))
    return b"f" + _planes(column.astype("<f8"))


def _read(view: memoryview, count: int) -> tuple[Column, memoryview]:
    kind = bytes(view[:1])
    if kind == b"=":
        return np.full(count, _FLOAT.unpack(view[1:9])[0]), view[9:]
    dtype, width = ("<f8", 8) if kind == b"f" else (f"<u{int(kind)}", int(kind))
    size = count * width
    column = _from_planes(view[1 : 1 + size], dtype, count, 1)
    return column.astype(np.float64, copy=False), view[1 + size :]


_WIDTHS = (1, 2, 4)
_SAME, _FLOATS = ord("="), ord("f")
_VALUE_BYTES = {_SAME: 8, _FLOATS: 8, **{ord(str(width)): width for width in _WIDTHS}}
_FLOAT = struct.Struct("<d")
_NO_GAP = b"=" + _FLOAT.pack(1.0)


def _are_whole(column: Column) -> bool:
    return bool((column >= 0).all() and (column == np.floor(column)).all())


def unpack_states(packed: bytes) -> Floats:
    """Of a row of one slice, as ledgers held them before there were pages."""
    coded = packed[:1] == b"c"
    column = np.frombuffer(packed, "u1" if coded else "<f8", offset=1)
    return _decoded(column, len(column), coded=coded).ravel()


def _codable(states: Floats) -> bool:
    return bool(np.isin(states[~np.isnan(states)], (0.0, 1.0)).all())


def _codes(states: Floats) -> npt.NDArray[np.uint8]:
    return np.where(np.isnan(states), _UNKNOWN_CODE, np.nan_to_num(states)).astype(np.uint8).ravel()


def _decoded(column: Column, steps: int, *, coded: bool) -> Floats:
    values = column.astype(np.float64).reshape(-1, steps)
    return np.where(values == _UNKNOWN_CODE, np.nan, values) if coded else values


def _planes(column: Column) -> bytes:
    return column.view(np.uint8).reshape(len(column), -1).T.tobytes() if len(column) else b""


def _from_planes(body: bytes | memoryview, kind: str, length: int, columns: int) -> Column:
    width = int(kind[-1])
    planes = np.frombuffer(body, np.uint8).reshape(columns, width, length // columns)
    if width == 1:
        return planes.ravel()
    values = np.empty((columns, length // columns, width), np.uint8)
    for place in range(width):  # in one copy it takes longer
        values[:, :, place] = planes[:, place]
    return values.view(kind).ravel()
