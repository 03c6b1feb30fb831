"""Bodies whose first, long part is kept: what is added at each request costs no second compression of it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

LEVEL = 1
HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
"""Of gzip (RFC 1952): deflated, of no time, quickly, by an unknown system."""


@dataclass(frozen=True)
class Piece:
    """A part of a body, which may be the same as the last time. Deflated it refers to no other part."""

    text: bytes

    @cached_property
    def deflated(self) -> bytes:
        deflate = _deflate()
        return deflate.compress(self.text) + deflate.flush(zlib.Z_FULL_FLUSH)


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
            crc, size = zlib.crc32(piece.text, crc), size + len(piece.text)
        return cls(b"".join(squeezed), crc, size)

    def ended(self, rest: bytes) -> bytes:
        deflate = _deflate()
        checked = zlib.crc32(rest, self.crc).to_bytes(4, "little")
        length = ((self.size + len(rest)) & 0xFFFF_FFFF).to_bytes(4, "little")
        return b"".join([self.start, deflate.compress(rest), deflate.flush(), checked, length])


def _deflate() -> zlib._Compress:
    """Without a frame of its own."""
    return zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
