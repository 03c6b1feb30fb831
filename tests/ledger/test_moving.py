"""A ledger in another database is the same to the last bit, or nothing is there; and how large each is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sla_monitor.errors import ConfigError, LedgerBusyError, LedgerError
from sla_monitor.ledger import moving, rows, statistics, tables
from sla_monitor.ledger.book import Book
from tests.ledger.places import Place, Places, PostgresPlaces, SqlitePlaces
from tests.ledger.specimens import ALL, DAY, REQUESTS, START, everything, reading, slices, write
from tests.ledger.specimens import rows as told
from tests.ledger.test_archive import TOTAL
from tests.ledger.test_auditing import fill


@pytest.fixture
def others(request: pytest.FixtureRequest, places: Places) -> Places:
    """Of the other kind."""
    if isinstance(places, PostgresPlaces):
        return SqlitePlaces(request.getfixturevalue("tmp_path"))
    return PostgresPlaces(request.getfixturevalue("postgres"), request.getfixturevalue("template"))


@pytest.fixture
def other(others: Places) -> Place:
    return others.make()


@pytest.fixture(autouse=True)
def _closed(others: Places) -> object:
    yield
    others.close()


def moved(place: Place, other: Place) -> moving.Moved:
    steps: list[tuple[int, int]] = []
    try:
        done = moving.move(place.store(), other.store(), lambda *step: steps.append(step))
    finally:
        place.close()
        other.close()
    assert steps[-1][0] == steps[-1][1] == 2 * sum(done.contents.rows.values())
    return done


def test_all_of_it_is_there_and_says_the_same(book: Book, place: Place, other: Place) -> None:
    fill(book)
    for number, measurement in enumerate(ALL):
        held = slices(measurement, START - 40 * DAY, 3000, seed=number)
        book.write([replace(reading(measurement, held), asked=(TOTAL,))])
    book.record_breaches([(("acme", "availability"), START, START + 5)])  # type: ignore[list-item]
    book.record_delivery("http://am", "{}")
    before = {m: everything(book, m) for m in ALL}
    done = moved(place, other)
    assert done.flaws == ()
    assert set(done.contents.rows) == {name for name in tables.metadata.tables if done.contents.rows[name]}
    assert len(done.contents.measurements) == len(ALL)
    there, here = other.opened(), place.opened()
    assert there.flaws({}) == []
    for measurement, held in before.items():
        assert told(everything(there, measurement)) == told(held)
        assert there.asked(measurement.key) == here.asked(measurement.key)
    assert there.statements() == here.statements()
    assert there.declared() == here.declared()
    assert (there.breaches(), there.deliveries()) == (here.breaches(), here.deliveries())
    assert there.measurements() == here.measurements()


def test_it_goes_on_there(book: Book, place: Place, other: Place) -> None:
    """Numbers that were given go on where they were."""
    fill(book)
    moved(place, other)
    there = other.opened()
    write(there, REQUESTS, slices(REQUESTS, START + 2000 * 60, 100))
    said = there.declared()[0].said
    assert there.declare(said).id == 4
    assert there.flaws({}) == []


def test_a_target_that_holds_something_is_left_alone(book: Book, place: Place, other: Place) -> None:
    write(book, REQUESTS, slices(REQUESTS, START, 3))
    there = other.opened()
    there.record_delivery("one", "kept")
    there.store.close()
    with pytest.raises(ConfigError, match=r"is not empty \(1 rows\): name a ledger that is not there yet"):
        moved(place, other)
    assert other.opened().deliveries() == {"one": "kept"}
    with pytest.raises(ConfigError, match="is the ledger itself"):
        moved(place, place)


def test_a_ledger_that_a_monitor_keeps_is_not_moved(book: Book, place: Place, other: Place) -> None:
    book.store.hold()
    with pytest.raises(LedgerBusyError):
        moving.move(place.store(), other.store(), lambda *_: None)


def test_what_arrives_otherwise_is_not_kept(
    book: Book, place: Place, other: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a database had rounded, or lost, what it was given."""
    write(book, REQUESTS, slices(REQUESTS, START, 100))
    write_rows = moving.upserts.add

    def rounded(connection: object, table: object, given: list[dict[str, object]]) -> None:
        lossy = [{**row, "written": row["written"] + 1} for row in given] if table is tables.page else given  # type: ignore[operator]
        write_rows(connection, table, lossy[:-1] if table is tables.measured else lossy)  # type: ignore[arg-type]

    monkeypatch.setattr(moving.upserts, "add", rounded)
    with pytest.raises(LedgerError) as caught:
        moved(place, other)
    monkeypatch.undo()
    assert str(caught.value).splitlines()[1:] == [
        "  measured: 1 rows here, 0 there",
        "  the slices of measurement 1 are others",
        "  page: other rows here than there",
    ]
    assert other.opened().measured([REQUESTS.key])[REQUESTS.key].parts == ()


def test_flaws_come_along_and_are_named(book: Book, place: Place, other: Place) -> None:
    write(book, REQUESTS, slices(REQUESTS, START, 3))
    book.store.close()
    place.changed("UPDATE page SET written = written + 1 WHERE start = :start", start=START)
    assert [flaw.told for flaw in moved(place, other).flaws] == ["was changed since it was written"]


def test_the_size_of_each_table_is_told(book: Book) -> None:
    write(book, REQUESTS, slices(REQUESTS, START, 2000))
    found = {one.name: one for one in statistics.statistics(book.store)}
    assert set(found) == {*tables.metadata.tables, "all"}
    with book.store.reading() as connection:
        (known,) = rows.find_all(connection).values()
    open_ = (START + 2000 * 60 - known.folded_until) // 60
    assert (found["page"].rows, found["page"].slices) == (open_, open_)
    assert (found["day"].rows, found["day"].slices) == (2, 2000 - open_)
    assert (found["day"].oldest, found["day"].newest) == (START, START + DAY)
    assert (found["measured"].oldest, found["measured"].newest) == (START, known.folded_until)
    assert (found["spanned"].oldest, found["spanned"].newest) == (known.folded_until, START + 2000 * 60)
    assert found["all"].slices == 2000
    sizes = [one.bytes for one in found.values()]
    assert all(size is not None and size > 0 for size in sizes)
    assert found["day"].bytes_a_slice == (found["day"].bytes or 0) / (2000 - open_)
    assert (found["statement"].oldest, found["statement"].slices, found["statement"].bytes_a_slice) == (
        None,
        None,
        None,
    )
