"""A check value in each row, over its other columns: a changed byte is found, and the row it is in named.

It tells of damage. Whoever changes a row on purpose can reckon it anew; of what was stated the hash chain tells then.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, Table

Value = int | float | str | bytes | None


def column() -> Column[int]:
    """CRC-32: every change inside four bytes is found, of any other all but one in four billion."""
    return Column("seal", BigInteger, nullable=False)


def seal(values: Sequence[Value]) -> int:
    """Over the columns of a row in the table's order."""
    return zlib.crc32(told(values))


def told(values: Sequence[Value]) -> bytes:
    return b"".join(map(_bytes, values))


def sealed(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its seal."""
    return {**row, "seal": seal([row[one.name] for one in table.columns if one.name != "seal"])}


def _bytes(value: Value) -> bytes:
    """No two rows come to the same bytes: each value says its kind and its length."""
    if isinstance(value, float):
        return b"f" + struct.pack("<d", value)
    if isinstance(value, int):
        return b"i" + struct.pack("<q", value)
    if value is None:
        return b"n"
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    return (b"s" if isinstance(value, str) else b"b") + struct.pack("<q", len(data)) + data
