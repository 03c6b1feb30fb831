"""The file: made, migrated, held by one; and what is said where it cannot be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from sla_monitor.compliance import windows
from sla_monitor.compliance.readings import Reach
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.errors import ConfigError, LedgerBusyError, LedgerError, SlaMonitorError
from sla_monitor.ledger import frames, seals, tables, upserts
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at
from sla_monitor.ledger.store import Store
from tests.faults.monitors import until
from tests.ledger.places import Place
from tests.ledger.specimens import REQUESTS, START, everything, opened, rows, slices, write

FIRST = {"measurement", "measured", "slice", "day", "breach", "delivery"}
"""The tables of the first version."""


def store(path: Path) -> Store:
    return store_at(f"sqlite:///{path}")


def test_the_newest_script_is_the_head() -> None:
    config = Config()
    config.set_main_option("script_location", "sla_monitor.ledger:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [tables.HEAD]


def test_migrations_make_the_tables_that_the_program_uses(place: Place) -> None:
    made = place.opened().store
    with made.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
        keys = {
            name: sa.inspect(connection).get_pk_constraint(name)["constrained_columns"]
            for name in tables.metadata.tables
        }
    assert keys == {name: [c.name for c in table.primary_key] for name, table in tables.metadata.tables.items()}


def test_it_is_made_with_its_folders_and_survives_being_made_again(tmp_path: Path) -> None:
    path = tmp_path / "state" / "sla-monitor" / "ledger.db"
    for _ in range(2):
        book = opened(path)
        write(book, REQUESTS, slices(REQUESTS, START, 3))
        book.store.close()
    assert len(everything(Book(store(path)), REQUESTS)) == 3
    assert store(path).size_bytes() >= path.stat().st_size > 0


def test_a_ledger_of_the_first_version_is_added_up_anew(tmp_path: Path) -> None:
    """It kept parts of 2^-32, and none of the tables that came later."""
    path = tmp_path / "ledger.db"
    book = opened(path)
    write(book, REQUESTS, slices(REQUESTS, START, 2000))
    (before,) = book.cells([Reach(REQUESTS.key, Span(START, START + 2000 * 60), ())])
    newest = book.slices(REQUESTS.key, Span(START + 1985 * 60, START + 2000 * 60))
    with book.store.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE slice "
            "(start, measurement_id, good, total, known, states, PRIMARY KEY (start, measurement_id))"
        )
        for start, row in rows(newest).items():
            connection.exec_driver_sql("INSERT INTO slice VALUES (?, 1, ?, ?, ?, NULL)", (start, *row))
        for name in ("measurement_seals", "measured_seals"):
            connection.exec_driver_sql(f"DROP INDEX {name}")
        connection.exec_driver_sql("DROP TABLE page")
        connection.exec_driver_sql("UPDATE day SET good_parts = good_parts * 4, total_parts = 7")
        for table in reversed(tables.metadata.sorted_tables):
            if table.name not in {*FIRST, "page"}:
                connection.exec_driver_sql(f"DROP TABLE {table.name}")
        for name in ("measurement", "measured", "day"):
            connection.exec_driver_sql(f"ALTER TABLE {name} DROP COLUMN seal")
        for name in ("owner", "until"):
            connection.exec_driver_sql(f"ALTER TABLE delivery DROP COLUMN {name}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    book.store.close()
    everywhere = Spans.of([Span(START, START + 2000 * 60)])
    again = opened(path)
    (after,) = again.cells([Reach(REQUESTS.key, Span(START, START + 2000 * 60), ())])
    assert windows.gather(after, everywhere) == windows.gather(before, everywhere)
    again.store.close()


def test_a_ledger_in_which_each_measurement_had_its_own_row_of_open_time_goes_on(tmp_path: Path) -> None:
    path, whole = tmp_path / "ledger.db", {"measurement_id": 1, "start": START, "end": START + 2000 * 60}
    book = opened(path)
    write(book, REQUESTS, slices(REQUESTS, START, 2000))
    with book.store.writing() as connection:
        upserts.put(connection, tables.measured, [seals.sealed(tables.measured, whole)])
        for name in ("measurement_seals", "measured_seals"):
            connection.exec_driver_sql(f"DROP INDEX {name}")
        connection.exec_driver_sql("DROP TABLE correction")
        connection.exec_driver_sql("DROP TABLE spanned")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0008'")
    book.store.close()
    again = opened(path)
    assert again.measured([REQUESTS.key])[REQUESTS.key].parts == (Span(START, START + 2000 * 60),)
    write(again, REQUESTS, slices(REQUESTS, START + 1998 * 60, 10))
    assert again.measured([REQUESTS.key])[REQUESTS.key].parts == (Span(START, START + 2008 * 60),)
    assert again.flaws({}) == []
    again.store.close()


def damaged(path: Path) -> str:
    path.write_bytes(b"no database " * 400)
    return "file is not a database"


def of_a_newer_program(path: Path) -> str:
    made = opened(path).store
    with made.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    made.close()
    return f"written by a newer sla-monitor (revision '9999', this one knows {tables.HEAD!r}): run that version"


def a_folder(path: Path) -> str:
    path.mkdir()
    return "unable to open database file"


@pytest.mark.parametrize(
    "use", [lambda made: made.prepare(), lambda made: Book(made).measured([])], ids=["prepared", "read"]
)
@pytest.mark.parametrize("fault", [damaged, of_a_newer_program, a_folder])
def test_a_faulty_file_is_told(tmp_path: Path, fault: Callable[[Path], str], use: Callable[[Store], object]) -> None:
    path = tmp_path / "ledger.db"
    told = fault(path)
    with pytest.raises(SlaMonitorError) as caught:
        use(store(path))
    assert told in str(caught.value)


@pytest.mark.parametrize(("lasting", "mode"), [(True, 2), (False, 1)], ids=["FULL", "NORMAL"])
def test_what_cannot_be_measured_again_survives_a_power_cut(tmp_path: Path, lasting: bool, mode: int) -> None:
    made = opened(tmp_path / "ledger.db").store
    for before in (not lasting, lasting):  # the same connection, used for the other before
        with made.writing(lasting=before) as connection:
            found = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    assert found == mode
    made.close()


def test_reading_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no ledger at .*: start `sla-monitor run` or `backfill`"):
        Book(store(tmp_path / "ledger.db")).measured([])
    (tmp_path / "empty.db").touch()
    with pytest.raises(ConfigError, match="is no ledger yet"):
        Book(store(tmp_path / "empty.db")).measured([])
    assert [path.name for path in tmp_path.glob("ledger*")] == []


@pytest.mark.parametrize("url", ["mysql://me:hunter2@db/sla", "sqlite://", "ledger.db"])
def test_other_ledgers_are_refused_without_their_secrets(url: str) -> None:
    with pytest.raises(ConfigError, match=r"use sqlite:///FILE or postgresql://") as caught:
        store_at(url)
    assert "hunter2" not in str(caught.value)


def test_a_day_packed_by_a_newer_program_is_told() -> None:
    packed = bytearray(frames.pack(slices(REQUESTS, START, 3)))
    packed[0] += 1
    with pytest.raises(
        LedgerError, match=f"packed in form {frames.VERSION + 1}, this program reads form {frames.VERSION}"
    ):
        frames.unpack(bytes(packed), START // frames.DAY, 60)


HOLDING = """
import sys
from sla_monitor.ledger.opening import store_at
store = store_at(sys.argv[1]); store.prepare(); store.hold()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(place: Place) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the ledger until its input ends."""
    argv = [sys.executable, "-c", HOLDING, place.url]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_monitor_is_turned_away_until_the_first_has_ended(place: Place, holder: subprocess.Popen[str]) -> None:
    ours = place.store()
    with pytest.raises(LedgerBusyError, match=rf"another monitor \(process {holder.pid}( on .*)?\) keeps the ledger"):
        ours.hold()
    holder.kill()
    holder.wait()
    until("the lock is free", lambda: held(ours), 10)


def held(store: Store) -> bool:
    """A server may need a moment to see that a client is gone."""
    try:
        store.hold()
    except LedgerBusyError:
        return False
    return True


def test_others_read_and_backfill_beside_the_holder(place: Place, holder: subprocess.Popen[str]) -> None:
    book = place.opened()
    held = slices(REQUESTS, START, 200)
    write(book, REQUESTS, held)
    assert rows(everything(book, REQUESTS)) == rows(held)


def test_a_reader_sees_nothing_of_an_unfinished_transaction(place: Place) -> None:
    book = place.opened()
    with book.store.writing() as connection:
        connection.execute(sa.insert(tables.delivery), [{"key": "one", "record": "half"}])
        assert Book(place.store()).deliveries() == {}
    assert Book(place.store()).deliveries() == {"one": "half"}


def half_a_transaction(book: Book) -> None:
    with book.store.writing() as connection:
        connection.execute(sa.insert(tables.delivery), [{"key": "one", "record": "half"}])
        connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")


def test_a_failed_transaction_leaves_nothing(book: Book) -> None:
    with pytest.raises(LedgerError, match="cannot write the ledger"):
        half_a_transaction(book)
    assert book.deliveries() == {}
