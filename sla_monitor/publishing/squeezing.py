"""Bodies whose first, long part is kept: what is added at each request costs no second compression of it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

LEVEL = 1
HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
"""Of gzip (RFC 1952): deflated, of no time, quickly, by an unknown system."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a body, which may be the same as the last time. Deflated it refers to no other part.

    size: before it was.
    """

    deflated: bytes
    crc: int
    size: int

    @classmethod
    def of(cls, blocks: Iterable[bytes]) -> Piece:
        deflate, parts, crc, size = _deflate(), list[bytes](), 0, 0
        for block in blocks:
            parts.append(deflate.compress(block))
            crc, size = zlib.crc32(block, crc), size + len(block)
        parts.append(deflate.flush(zlib.Z_FULL_FLUSH))
        return cls(b"".join(parts), crc, size)


@dataclass(frozen=True, slots=True)
class Plain:
    start: bytes

    def ended(self, rest: bytes) -> bytes:
        return self.start + rest


@dataclass(frozen=True, slots=True)
class Squeezed:
    """The start of one gzip stream, cut at a whole byte, with checksum and length of what went in.

    A stream of its own for the rest would be gzip too, but not everybody reads on after the first.
    """

    start: bytes
    crc: int
    size: int

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> Squeezed:
        squeezed, crc, size = [HEADER], 0, 0
        for piece in pieces:
            squeezed.append(piece.deflated)
            crc, size = _both(crc, piece.crc, piece.size), size + piece.size
        return cls(b"".join(squeezed), crc, size)

    def ended(self, rest: bytes) -> bytes:
        deflate = _deflate()
        checked = zlib.crc32(rest, self.crc).to_bytes(4, "little")
        length = ((self.size + len(rest)) & 0xFFFF_FFFF).to_bytes(4, "little")
        return b"".join([self.start, deflate.compress(rest), deflate.flush(), checked, length])


def _deflate() -> zlib._Compress:
    """Without a frame of its own."""
    return zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)


def _both(first: int, second: int, size: int) -> int:
    """The checksum of two texts, of the second of which `size` bytes are; what is as before is not read again."""
    return _times(_power(8 * size), first) ^ second


POLYNOMIAL, ONE = 0xEDB8_8320, 1 << 31
"""Of CRC-32 (RFC 1952), the highest power in the lowest bit: a checksum is a remainder by it."""


def _times(one: int, other: int) -> int:
    product = 0
    while one:
        if one & ONE:
            product ^= other
        one = (one << 1) & 0xFFFF_FFFF
        other = other >> 1 ^ (POLYNOMIAL if other & 1 else 0)
    return product


@lru_cache(maxsize=1024)
def _power(bits: int) -> int:
    """Of so many bits that follow."""
    if bits <= 1:
        return ONE >> bits
    half = _power(bits // 2)
    return _times(_times(half, half), ONE >> bits % 2)
