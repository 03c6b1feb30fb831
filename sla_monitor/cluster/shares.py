"""Which replica measures what: shards, and what one look at who holds them calls for. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """Who is there, and which shards each of them holds; `me` is one of them."""

    me: int
    holders: Mapping[int, frozenset[int]]

    @property
    def mine(self) -> frozenset[int]:
        return self.holders.get(self.me, frozenset())

    def free(self, shards: int) -> tuple[int, ...]:
        """In order."""
        return tuple(sorted(set(range(shards)).difference(*self.holders.values())))


@dataclass(frozen=True)
class Step:
    """`take`: of these the first `most` that can be had."""

    take: tuple[int, ...] = ()
    most: int = 0
    give: tuple[int, ...] = ()


def shard_of(text: str, shards: int) -> int:
    """The same for every replica, whatever its version of Python and of this program."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % shards


def share(shards: int, replicas: int) -> int:
    """The most that one of them keeps: together they can keep all."""
    return -(-shards // replicas)


def step(picture: Picture, shards: int, free_before: Collection[int]) -> Step:
    """A fair share, and beside it what nobody has taken in two looks; what is more than fair is given back.

    The last shards go first: whoever holds the first of all keeps it.
    """
    mine, free = picture.mine, picture.free(shards)
    room = share(shards, len(picture.holders)) - len(mine)
    if room < 0:
        return Step(give=tuple(sorted(mine)[room:]))
    left = tuple(shard for shard in free if shard in free_before)
    others = tuple(shard for shard in free if shard not in free_before)
    return Step(take=(*left, *others), most=min(len(free), max(room, len(left))))
