"""A server that is away, slow, full or another: told with a way out, and healed by itself at the next try."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from sla_monitor.errors import ConfigError, LedgerBusyError, LedgerError
from sla_monitor.ledger import connecting, partitions, tables, upserts
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at
from tests.faults.monitors import until
from tests.ledger.places import Place
from tests.ledger.specimens import DAY, REQUESTS, START, everything, rows, slices, write
from tests.rig.children import free_port
from tests.rig.postgres import Postgres

AGAIN = "it is tried again"
SESSIONS = "SELECT pid FROM pg_stat_activity WHERE starts_with(datname, 'ledger')"
KEPT = slices(REQUESTS, START, 100)
MORE = slices(REQUESTS, START + 100 * 60, 100, seed=1)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server to be stopped, with few connections."""
    with Postgres(tmp_path_factory.mktemp("own"), max_connections="12", superuser_reserved_connections="1") as server:
        yield server


@pytest.fixture
def place(own: Postgres) -> Iterator[Place]:
    name = own.database()
    place = Place(own.url_of(name), timeout=2)
    yield place
    place.close()
    own.drop(name)


@pytest.fixture
def book(place: Place) -> Book:
    book = place.opened()
    write(book, REQUESTS, KEPT)
    return book


def refused(book: Book) -> str:
    with pytest.raises(LedgerError) as caught:
        write(book, REQUESTS, MORE)
    return str(caught.value)


def assert_healed(book: Book) -> None:
    write(book, REQUESTS, MORE)
    assert rows(everything(book, REQUESTS)) == rows(KEPT) | rows(MORE)


@pytest.mark.parametrize("holding", [True, False])
def test_a_server_that_was_stopped(own: Postgres, book: Book, holding: bool) -> None:
    if holding:
        book.store.hold()
    own.stop()
    try:
        told = refused(book)
    finally:
        own.start()
    assert f"the ledger {book.store.name}: " in told
    assert told.endswith(
        "Connection refused: see that the server runs, and that ledger.url names it; it is tried again"
    )
    assert_healed(book)


def test_a_server_that_hangs_is_given_up(own: Postgres, book: Book) -> None:
    own.pause()
    began = time.monotonic()
    try:
        told = refused(book)
    finally:
        own.resume()
    assert time.monotonic() - began < 20
    assert "it is tried again" in told
    assert_healed(book)


def test_a_server_out_of_connections(own: Postgres, place: Place, book: Book) -> None:
    book.store.close()
    with contextlib.ExitStack() as stack:
        engine = sa.create_engine(place.url.replace(":", "+psycopg:", 1), poolclass=sa.NullPool)
        with contextlib.suppress(sa.exc.OperationalError):
            while True:
                stack.enter_context(engine.connect())
        told = refused(book)
    assert told.endswith("close other connections, or raise max_connections; it is tried again")
    until("the connections are closed", lambda: not own.execute(SESSIONS))
    assert_healed(book)


FORBIDDING = {
    "server": "ALTER SYSTEM SET default_transaction_read_only = {}",
    "database": "ALTER DATABASE {1} SET default_transaction_read_only = {0}",
    "user": "ALTER ROLE sla IN DATABASE {1} SET default_transaction_read_only = {0}",
}


@pytest.mark.parametrize("read_before", [True, False])
@pytest.mark.parametrize("where", FORBIDDING)
def test_writing_that_is_forbidden_by_default(
    own: Postgres, place: Place, book: Book, where: str, read_before: bool
) -> None:
    """Also to a connection that was used for reading, of which SQLAlchemy says READ WRITE when it begins anew."""
    name = place.url.rpartition("/")[2]
    strict = f"{place.url}?target_session_attrs=read-write"
    own.execute(FORBIDDING[where].format("on", name))
    own.execute("SELECT pg_reload_conf()")
    try:
        book.store.close()
        until("it is told", lambda: own.execute("SHOW default_transaction_read_only", name)[0][0] == "on")
        if read_before:
            assert rows(everything(book, REQUESTS)) == rows(KEPT)
        told = refused(book)
        with pytest.raises(LedgerError, match="session is read-only: take back default_transaction_read_only"):
            store_at(strict).size_bytes()
    finally:
        own.execute(FORBIDDING[where].format("off", name))
        own.execute("SELECT pg_reload_conf()")
    assert f"cannot write the ledger {book.store.name}: " in told
    assert "in a read-only transaction: take back default_transaction_read_only (of the server, the data" in told
    book.store.close()
    until("it is taken back", lambda: own.execute("SHOW default_transaction_read_only", name)[0][0] == "off")
    assert_healed(book)


def test_one_that_writes_for_too_long(place: Place, book: Book) -> None:
    other = place.store()
    with other.writing():
        told = refused(book)
    assert told.endswith("it is tried again")
    assert "lock timeout" in told
    assert_healed(book)


def test_a_statement_that_takes_too_long(book: Book) -> None:
    with (
        pytest.raises(LedgerError, match=r"statement timeout: .* raise ledger\.timeout"),
        book.store.reading() as connection,
    ):
        connection.exec_driver_sql("SELECT pg_sleep(10)")
    assert_healed(book)


def test_a_lock_that_was_lost_is_taken_again_or_told_of(own: Postgres, place: Place, book: Book) -> None:
    book.store.hold()
    end = SESSIONS.replace("pid", "pg_terminate_backend(pid)", 1)
    own.execute(end)
    write(book, REQUESTS, KEPT)
    with pytest.raises(LedgerBusyError):
        place.store().hold()
    own.execute(end)
    other = place.store()
    until("the other has it", lambda: held(other), 10)
    with pytest.raises(LedgerBusyError, match="another monitor"):
        write(book, REQUESTS, MORE)
    other.close()
    until("the lock is free", lambda: not own.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"))
    assert_healed(book)


def held(store: object) -> bool:
    try:
        store.hold()  # type: ignore[attr-defined]
    except LedgerBusyError:
        return False
    return True


def test_another_host_is_asked_where_the_first_refuses(own: Postgres, place: Place, book: Book) -> None:
    name = place.url.rpartition("/")[2]
    two = f"postgresql://sla@/{name}?host=127.0.0.1:1&host={own.address}&target_session_attrs=read-write"
    moved = store_at(two)
    assert moved.name == f"postgresql://127.0.0.1:1,{own.address}/{name}"
    assert rows(everything(Book(moved), REQUESTS)) == rows(KEPT)
    moved.close()


def test_a_failover_to_another_port(own: Postgres, place: Place, book: Book) -> None:
    """The first refuses from then on; who holds the ledger holds it there."""
    name, first, second = place.url.rpartition("/")[2], own.port, free_port()
    both = store_at(f"postgresql://sla@/{name}?host=127.0.0.1:{first}&host=127.0.0.1:{second}", timeout=2)
    moving = Book(both)
    both.hold()
    write(moving, REQUESTS, KEPT)
    own.stop()
    refused(moving)
    own.port = second
    own.start()
    try:
        assert_healed(moving)
        assert not held(store_at(own.url_of(name)))
    finally:
        both.close()
        own.stop()
        own.port = first
        own.start()
    assert rows(everything(book, REQUESTS)) == rows(KEPT) | rows(MORE)


def test_a_password_from_a_file_is_read_for_each_connection(own: Postgres, place: Place, tmp_path: Path) -> None:
    place.opened()
    hba = own.data / "pg_hba.conf"
    trusting = hba.read_text()
    secret = tmp_path / "secret"
    name = place.url.rpartition("/")[2]
    own.execute("CREATE ROLE guarded LOGIN PASSWORD 'hunter2' SUPERUSER")
    hba.write_text("host all guarded 127.0.0.1/32 scram-sha-256\n" + trusting)
    own.execute("SELECT pg_reload_conf()")
    url = f"postgresql://guarded@{own.address}/{name}"
    try:
        store = store_at(url, secret)
        for content, told in ((None, f"{secret}: No such file"), ("wrong\n", "authentication failed")):
            if content is not None:
                secret.write_text(content)
            with pytest.raises(LedgerError, match=told) as caught:
                Book(store).measured([])
            assert "wrong" not in str(caught.value)
        secret.write_text("hunter2\n")
        assert Book(store).measured([]) == {}
        store.close()
    finally:
        hba.write_text(trusting)
        own.execute("SELECT pg_reload_conf()")
        own.execute("DROP ROLE guarded")


REFUSED = {
    "postgresql://x:hunter2@127.0.0.1:PORT/nowhere": (LedgerError, r'role "x" does not exist: see the user'),
    "postgresql://sla@127.0.0.1:PORT/nowhere": (LedgerError, r'"nowhere" does not exist: create the database'),
    "postgresql://x:hunter2@127.0.0.1:PORT": (ConfigError, "names no database"),
    "postgresql://x:hunter2@127.0.0.1:many/db": (ConfigError, "not a URL such as"),
    "postgresql://x:hunter2@127.0.0.1:1/db": (LedgerError, "Connection refused"),
}


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_wrong_with_a_url_is_told_without_its_secret(own: Postgres, url: str) -> None:
    error, told = REFUSED[url]
    with pytest.raises(error, match=told) as caught:
        store_at(url.replace("PORT", str(own.port))).prepare()
    assert "hunter2" not in str(caught.value)


def test_a_database_that_is_not_unicode_is_refused(own: Postgres) -> None:
    own.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0")
    store = store_at(own.url_of("ascii"))
    with pytest.raises(ConfigError, match="of encoding SQL_ASCII: create one with --encoding=UTF8"):
        store.prepare()
    store.close()
    own.drop("ascii")


def test_who_only_reads_makes_nothing(place: Place) -> None:
    with pytest.raises(ConfigError, match="is no ledger yet: `sla-monitor run` or `backfill` brings it up to date"):
        Book(place.store()).measured([])
    assert place.asked("SELECT 1 FROM pg_class WHERE relname = 'measurement'") == []


def test_what_can_be_measured_again_waits_for_no_disk(book: Book) -> None:
    for lasting in (True, False):
        with book.store.writing(lasting=lasting) as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == ("on" if lasting else "off")


def test_days_lie_in_the_table_of_their_month_and_the_next_is_ready(place: Place, book: Book) -> None:
    write(book, REQUESTS, slices(REQUESTS, START - 40 * DAY, 1440))  # 22 April
    write(book, REQUESTS, slices(REQUESTS, START + 205 * DAY, 1440))  # 23 December
    with book.store.reading() as connection:
        assert partitions.existing(connection) == {
            f"day_{month}" for month in ("2026_04", "2026_05", "2026_06", "2026_07", "2026_12", "2027_01")
        }
    assert [row["days"] for row in place.asked("SELECT count(*) AS days FROM day_2026_12")] == [1]


def test_many_rows_at_once_are_streamed_and_say_the_same(place: Place) -> None:
    store = place.opened().store
    keys = [f"k{number}" for number in range(upserts.BULK)]
    for record in ("one", "two"):
        with store.writing() as connection:
            upserts.put(connection, tables.delivery, [{"key": key, "record": record} for key in keys])
    with store.writing() as connection:
        upserts.put(connection, tables.delivery, [{"key": key, "record": "three"} for key in (*keys[:2], *keys)])
        upserts.add(connection, tables.delivery, [{"key": key, "record": "four"} for key in (*keys, "new\t\\N")])
    found = place.asked("SELECT record, count(*) AS n FROM delivery GROUP BY record ORDER BY record")
    assert found == [{"record": "four", "n": 1}, {"record": "three", "n": upserts.BULK}]


@pytest.mark.parametrize(("timeout", "told"), [(2, "1800ms"), (20, "4500ms"), (120, "27s")])
def test_a_lock_is_waited_for_a_part_of_the_time(place: Place, timeout: int, told: str) -> None:
    made = connecting.engine(connecting.address(place.url), None, timeout, pooled=False)
    with made.connect() as connection:
        assert connection.execute(sa.text("SHOW lock_timeout")).scalar() == told
