"""Fair shares: nobody keeps more, nothing stays free, and whoever was there keeps what it can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.cluster.shares import Picture, Step, shard_of, share, step

ALL = frozenset(range(6))


def held(*shards: int) -> frozenset[int]:
    return frozenset(shards)


CASES: dict[str, tuple[Mapping[int, frozenset[int]], frozenset[int], Step]] = {
    "alone, everything is free": ({1: held()}, held(), Step((0, 1, 2, 3, 4, 5), 6)),
    "alone, everything is held": ({1: ALL}, held(), Step()),
    "another came: half is given, the last first": ({1: ALL, 2: held()}, held(), Step(give=(3, 4, 5))),
    "another gave what is ours to take": ({1: held(), 2: held(0, 1, 2)}, held(), Step((3, 4, 5), 3)),
    "a free shard beyond the share is left to others": ({1: held(0, 1, 2), 2: held(3, 4)}, held(), Step((5,), 0)),
    "unless nobody took it in two looks": ({1: held(0, 1, 2), 2: held(3, 4)}, held(5), Step((5,), 1)),
    "a part of the share was free before": ({1: held(0), 2: held(1)}, held(5), Step((5, 2, 3, 4), 2)),
    "another died: the share grows": ({1: held(0, 1), 3: held(2, 3)}, held(), Step((4, 5), 1)),
    "seven on six shards": ({1: held(), **{n + 2: held(n) for n in range(6)}}, held(), Step()),
    "two may be more than fair for a while": ({1: held(0, 1, 2, 5), 2: held(3, 4)}, held(), Step(give=(5,))),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_look_calls_for(case: str) -> None:
    holders, before, called_for = CASES[case]
    assert step(Picture(1, holders), 6, before) == called_for


@pytest.mark.parametrize(
    ("shards", "replicas", "most"), [(16, 1, 16), (16, 2, 8), (16, 3, 6), (16, 16, 1), (16, 17, 1), (1, 3, 1)]
)
def test_a_fair_share(shards: int, replicas: int, most: int) -> None:
    assert share(shards, replicas) == most


def test_the_shard_of_a_text_is_the_same_for_ever() -> None:
    """It is what replicas of different versions agree on."""
    assert [shard_of(text, 16) for text in ("acme-payments", "shop", "", "Zürich")] == [12, 13, 4, 5]


def test_texts_are_spread() -> None:
    counts = Counter(shard_of(f"customer {number}", 16) for number in range(16_000))
    assert set(counts) == set(range(16))
    assert max(counts.values()) < 1200


class Town:
    """Locks of a database, and replicas that look in whatever order; each remembers what was free before."""

    def __init__(self, shards: int) -> None:
        self.shards = shards
        self.holders: dict[int, set[int]] = {}
        self.free: dict[int, list[set[int]]] = {}

    def look(self, me: int) -> None:
        self.holders.setdefault(me, set())
        picture = Picture(me, {one: frozenset(some) for one, some in self.holders.items()})
        seen = self.free.setdefault(me, [set(), set()])
        called_for = step(picture, self.shards, seen[-1] & seen[-2])
        self.holders[me] -= set(called_for.give)
        self.holders[me] |= set(called_for.take[: called_for.most])
        seen.append(set(picture.free(self.shards)) - self.holders[me])

    def leave(self, me: int) -> None:
        self.holders.pop(me, None)
        self.free.pop(me, None)


@given(st.integers(1, 40), st.lists(st.tuples(st.booleans(), st.integers(1, 6)), max_size=30), st.randoms())
def test_whatever_came_and_went_soon_all_is_shared_fairly_and_stays_so(
    shards: int, story: list[tuple[bool, int]], order: object
) -> None:
    town = Town(shards)
    for comes, who in [*story, (True, 1)]:
        town.look(who) if comes else town.leave(who)
    for _ in range(6):
        _everybody(town, order)
    settled = {one: set(some) for one, some in town.holders.items()}
    assert sorted(shard for some in settled.values() for shard in some) == list(range(shards)), "each held once"
    assert max(map(len, settled.values())) <= share(shards, len(settled))
    _everybody(town, order)
    assert town.holders == settled


def _everybody(town: Town, order: object) -> None:
    names = sorted(town.holders)
    order.shuffle(names)  # type: ignore[attr-defined]
    for one in names:
        town.look(one)
