"""What a replica holds, between a look that works and one that does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from sla_monitor.cluster.membership import Membership
from sla_monitor.errors import LedgerError


class Locks:
    """A database with one replica beside ours; `quicker` has taken them when we try."""

    def __init__(self, other: frozenset[int] = frozenset(), quicker: frozenset[int] = frozenset()) -> None:
        self.mine: frozenset[int] = frozenset()
        self.other, self.quicker, self.away = other, quicker, False

    def look(self) -> tuple[int, Mapping[int, frozenset[int]]]:
        if self.away:
            raise LedgerError("away")
        return 1, {1: self.mine, 2: self.other}

    def take(self, shards: Sequence[int], most: int) -> list[int]:
        taken = [shard for shard in shards if shard not in self.quicker][:most]
        self.mine |= frozenset(taken)
        return taken

    def give(self, shards: Sequence[int]) -> None:
        self.mine -= frozenset(shards)

    def leave(self) -> None:
        self.mine = frozenset()


def test_what_another_was_quicker_to_take_is_not_held() -> None:
    locks = Locks(quicker=frozenset({0, 1}))
    membership = Membership(locks, 4)
    membership.beat()
    assert (membership.held, membership.free, membership.replicas) == ({2, 3}, {0, 1}, 2)


def test_what_was_left_free_over_two_looks_is_taken() -> None:
    membership = Membership(Locks(), 4)
    held = []
    for _ in range(4):
        membership.beat()
        held.append(membership.held)
    assert held == [{0, 1}, {0, 1}, {0, 1, 2, 3}, {0, 1}], "and offered again to the one that lacks its share"


def test_nothing_is_held_while_the_database_is_away() -> None:
    locks = Locks()
    membership = Membership(locks, 4)
    membership.beat()
    locks.away = True
    with pytest.raises(LedgerError):
        membership.beat()
    assert (membership.held, locks.mine, membership.replicas) == (set(), set(), 0)
    locks.away = False
    membership.beat()
    assert membership.held == {0, 1}
