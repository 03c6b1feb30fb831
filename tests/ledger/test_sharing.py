"""Shards of a ledger in PostgreSQL: who is there, who holds what, and what becomes of it when a connection is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random

import pytest

from sla_monitor.cluster.membership import Membership
from sla_monitor.compliance.readings import Reach
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Measurement
from sla_monitor.errors import ConfigError, LedgerBusyError, LedgerError
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import shards_of, store_at
from sla_monitor.ledger.sharing import PostgresShards
from tests.faults.monitors import until
from tests.ledger.places import Place, PostgresPlaces
from tests.ledger.specimens import ALL, MINUTE, REQUESTS, START, everything, rows, slices, write
from tests.rig.postgres import Postgres

SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'"
NEWER = "the ledger was written by a newer sla-monitor (revision '9999'"


@pytest.fixture
def place(postgres: Postgres, template: str) -> Iterator[Place]:
    places = PostgresPlaces(postgres, template)
    yield places.make()
    places.close()


def sharing(place: Place, count: int = 8, patience: int = 60) -> PostgresShards:
    return shards_of(place.store(), count, patience)


@pytest.fixture
def three(place: Place) -> Iterator[list[Membership]]:
    made = [Membership(sharing(place), 8) for _ in range(3)]
    yield made
    for one in made:
        one.leave()


def beat(*replicas: Membership, times: int = 3) -> list[int]:
    """How many shards each holds, once they have had time to deal them out."""
    for _ in range(times):
        for one in replicas:
            one.beat()
    return [len(one.held) for one in replicas]


def test_three_share_and_take_over_from_who_left(three: list[Membership]) -> None:
    first, second, third = three
    assert beat(first) == [8]
    assert beat(first, second) == [4, 4]
    assert beat(*three) == [3, 3, 2]
    assert [one.replicas for one in three] == [3, 3, 3]
    assert frozenset.union(*(one.held for one in three)) == set(range(8))
    assert 0 in first.held, "whoever holds the first shard keeps it"
    first.leave()
    assert beat(second, third, times=1) == [4, 4], "at the next look"


def test_a_lost_connection_frees_its_shards(three: list[Membership], place: Place) -> None:
    first, second, _ = three
    beat(first, second)
    place.asked(SESSIONS)
    with pytest.raises(LedgerError, match=r"cannot share the ledger .*: it is tried again"):
        first.beat()
    assert first.held == set()
    with pytest.raises(LedgerError):
        second.beat()
    assert beat(second, first) == [4, 4]


def test_one_that_hangs_is_not_there(place: Place, three: list[Membership]) -> None:
    hanging = Membership(sharing(place, patience=1), 8)
    assert beat(hanging, three[0]) == [4, 4]
    until("the server has ended its session", lambda: beat(three[0], times=1) == [8])


def test_those_who_count_otherwise_share_among_themselves(place: Place) -> None:
    """While the setting is changed all is measured, by some twice."""
    ours, theirs = Membership(sharing(place, 8), 8), Membership(sharing(place, 5), 5)
    assert beat(ours, theirs) == [8, 5]
    ours.leave()
    theirs.leave()


def test_one_alone_and_several_keep_each_other_away(place: Place) -> None:
    alone, ours = place.store(), sharing(place)
    ours.join()
    with pytest.raises(LedgerBusyError, match=r"another monitor \(process \d+ on .*\) keeps the ledger"):
        alone.hold()
    ours.leave()
    alone.hold()
    with pytest.raises(LedgerBusyError, match=r"another monitor \(process \d+ on .*\) keeps the ledger"):
        ours.join()


def test_a_newer_revision_is_refused_while_at_work(place: Place) -> None:
    """The older replica gives its shards away and writes nothing more; it says why, and what it showed it shows on."""
    book = place.opened()
    old = Membership(shards_of(book.store, 8, 60), 8)
    write(book, REQUESTS, slices(REQUESTS, START, 10))
    old.beat()
    place.changed("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigError, match="written by a newer sla-monitor") as caught:
        write(book, REQUESTS, slices(REQUESTS, START + 600, 10))
    assert str(caught.value).startswith(NEWER)
    with pytest.raises(ConfigError, match="written by a newer"):
        book.changes()
    with pytest.raises(ConfigError, match="written by a newer"):
        old.beat()
    assert old.held == set()
    assert place.asked("SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory'") == [{"n": 0}]


def test_a_file_is_not_shared(tmp_path: object) -> None:
    with pytest.raises(ConfigError, match=r"cluster\.enabled: several monitors share a ledger in PostgreSQL alone"):
        shards_of(store_at(f"sqlite:///{tmp_path}/ledger.db"), 8, 60)


@pytest.mark.parametrize("seed", range(3))
def test_two_that_both_believe_in_a_shard_write_the_same_ledger(postgres: Postgres, template: str, seed: int) -> None:
    """Each out of its own memory of what was written, at once, in any order, again and again, over packed days too."""
    truth = {m: slices(m, START, 300 * MINUTE // m.slice_seconds, seed) for m in ALL}
    with closing(PostgresPlaces(postgres, template)) as places:
        split, whole = places.make(), places.make()
        with ThreadPoolExecutor(2) as both:
            list(both.map(lambda n: _writes(split.opened(), truth, Random(2 * seed + n)), range(2)))
        undisturbed, ours = whole.opened(), split.opened()
        for measurement, held in truth.items():
            assert write(undisturbed, measurement, held) == 0
        for measurement in ALL:
            reach = [Reach(measurement.key, Span(START, START + 300 * MINUTE), ())]
            assert rows(everything(ours, measurement)) == rows(everything(undisturbed, measurement))
            assert ours.measured([measurement.key]) == undisturbed.measured([measurement.key])
            (mine,), (theirs,) = ours.cells(reach), undisturbed.cells(reach)
            assert mine.known.sum() == theirs.known.sum()
        assert ours.flaws({}) == []


def _writes(book: Book, truth: Mapping[Measurement, Slices], random: Random) -> None:
    """In passes of some measurements each, the last ones from end to end."""
    passes = [(random.choice(ALL), random.randrange(280), random.randint(1, 40)) for _ in range(25)]
    for measurement, minute, minutes in [*passes, *((m, 0, 300) for m in random.sample(ALL, len(ALL)))]:
        part = truth[measurement].between(START + minute * MINUTE, START + (minute + minutes) * MINUTE)
        if len(part):
            assert write(book, measurement, part) == 0, "both say the same"
