"""A power cut at any moment: of slices the last may be gone, whole transactions of them; of what was declared, nothing.

SQLite: what a cut may leave of the files is made by hand. Its log is on the disk as far as the last sync; of what was
written since, each sector may be there or not. PostgreSQL: the server is ended without a word, with what it had not yet
written to its log.
"""

from __future__ import annotations

import itertools
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sla_monitor.compliance.declarations import Declaration
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.terms import AgreementName
from sla_monitor.errors import LedgerError
from sla_monitor.ledger.book import Book
from tests.ledger.places import Place
from tests.ledger.specimens import MINUTE, PROBE, REQUESTS, START, everything, opened, reading, rows, slices
from tests.rig.postgres import Postgres

LENGTH = 17
"""Slices a transaction: folding comes every few of them."""
EVERY = 5
"""After so many transactions something is declared."""
MEASURED = (REQUESTS, PROBE)
State = tuple[int, int]
"""How many transactions of slices there are, and how many declarations."""


def write(book: Book, number: int) -> None:
    start = START + number * LENGTH * MINUTE
    book.write([reading(m, slices(m, start, LENGTH, seed=number)) for m in MEASURED])


def declare(book: Book, number: int) -> None:
    book.declare(Declaration(AgreementName("acme"), Span(START, START + 60), "other", "Ann", f"{number}", START))


def state(book: Book) -> State:
    """What is measured is measured whole, with its slices, and nothing else is there."""
    measured = book.measured([m.key for m in MEASURED])
    done = sum(part.seconds for part in measured[REQUESTS.key]) // (LENGTH * MINUTE)
    whole = Spans((Span(START, START + done * LENGTH * MINUTE),)) if done else Spans()
    assert measured == {m.key: whole for m in MEASURED}
    for m in MEASURED:
        parts = (slices(m, START + n * LENGTH * MINUTE, LENGTH, seed=n) for n in range(done))
        assert rows(everything(book, m)) == {start: row for part in parts for start, row in rows(part).items()}
    declared = [one.said.reason for one in book.declared()]
    assert declared == [str(n) for n in range(len(declared))]
    return done, len(declared)


def catch_up(book: Book, until: int) -> None:
    """And the ledger is that of one which nothing happened to."""
    for number in range(state(book)[0], until):
        write(book, number)
    assert state(book)[0] == until
    assert book.flaws({}) == []


class Files:
    """A ledger's files, and what of them is on the disk for certain: the log as far as `synced`."""

    def __init__(self, path: Path) -> None:
        self.path, self.synced = path, 0
        self.db, self.log = b"", b""
        self.before: tuple[bytes, bytes] = b"", b""

    def look(self, *, lasting: bool) -> bool:
        """After a transaction; whether all before it is on the disk by now."""
        self.before = self.db, self.log
        self.db, self.log = self.path.read_bytes(), Path(f"{self.path}-wal").read_bytes()
        begun_anew = self.log[:32] != self.before[1][:32]
        if begun_anew:  # its head is synced when it is, after all of it was brought into the database
            self.synced = 32
        if lasting:
            self.synced = self.end
        return begun_anew

    @property
    def end(self) -> int:
        """Where the frames of this log end: older ones may follow."""
        size, salt, at = int.from_bytes(self.log[8:12]) + 24, self.log[16:24], 32
        while self.log[at + 8 : at + 16] == salt:
            at += size
        return at

    def cut(self, dice: random.Random) -> tuple[bytes, bytes]:
        """The database and the log as a power cut may leave them."""
        kind = dice.choice(("cut off", "in sectors", "zeroed"))
        at = dice.randint(self.synced, self.end)
        if kind == "cut off":
            return self.db, self.log[:at]
        older = self.before[1].ljust(len(self.log), b"\0") if kind == "in sectors" else bytes(len(self.log))
        log = bytearray(self.log)
        for sector in range(-(-self.synced // 512) * 512, self.end, 512):
            if dice.random() < 0.3:
                log[sector : sector + 512] = older[sector : sector + 512]
        return self.db, bytes(log)

    def in_the_middle_of_bringing_in(self, dice: random.Random) -> tuple[bytes, bytes]:
        """The log is synced before, the database after: until then any page of it may be the one before."""
        db, before = bytearray(self.db), self.before[0]
        for page in range(0, len(db), 4096):
            if dice.random() < 0.5:
                db[page : page + 4096] = before[page : page + 4096].ljust(4096, b"\0")
        return bytes(db), self.log


def found_after(folder: Path, files: tuple[bytes, bytes], until: int) -> State:
    folder.mkdir()
    path = folder / "ledger.db"
    path.write_bytes(files[0])
    Path(f"{path}-wal").write_bytes(files[1])
    book = opened(path)
    found = state(book)
    catch_up(book, until)
    book.store.close()
    return found


def test_sqlite_keeps_whole_transactions_and_all_that_was_declared(tmp_path: Path) -> None:
    dice, book = random.Random(3), opened(tmp_path / "ledger.db")
    files, states, sure, lost = Files(tmp_path / "ledger.db"), [(0, 0)], 0, 0
    for number in range(36):
        write(book, number)
        states.append((number + 1, states[-1][1]))
        sure = len(states) - 2 if files.look(lasting=False) else sure
        if number % EVERY == EVERY - 1:
            declare(book, number // EVERY)
            states.append((number + 1, states[-1][1] + 1))
            files.look(lasting=True)
            sure = len(states) - 1
        found = found_after(tmp_path / f"cut{number}", files.cut(dice), number + 1)
        assert found in states[sure:], "no more is gone than was written since the last sync"
        lost += found != states[-1]
        if number % 12 == 11:
            with closing(sqlite3.connect(tmp_path / "ledger.db")) as other:
                assert other.execute("PRAGMA wal_checkpoint(FULL)").fetchone()[0] == 0
            files.look(lasting=True)
            sure = len(states) - 1
            middle = files.in_the_middle_of_bringing_in(dice)
            assert found_after(tmp_path / f"middle{number}", middle, number + 1) == states[-1]
    book.store.close()
    assert lost > 10, "the cuts take something away"


WRITING = """
import sys
from tests.ledger.places import Place
from tests.ledger.test_power import EVERY, declare, write
book = Place(sys.argv[1]).opened()
number, declared = map(int, sys.argv[2:])
while True:
    write(book, number)
    number += 1
    print(number, declared, flush=True)
    if number % EVERY == 0:
        declare(book, declared)
        declared += 1
        print(number, declared, flush=True)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    """As Debian sets it up, where the tests' own forgoes what only a power cut would show."""
    with Postgres(tmp_path / "postgres", fsync="on", full_page_writes="on") as made:
        yield made


def ended_while_it_is_written_to(server: Postgres, url: str, begin: State, seconds: float) -> list[State]:
    """Each state that a child told of before the server was gone."""
    argv = [sys.executable, "-c", WRITING, url, *map(str, begin)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline()]
        end = threading.Timer(seconds, server.stop, (signal.SIGQUIT,))
        end.start()
        told += process.stdout.read().splitlines()
        end.join()
        assert process.stderr is not None
        assert LedgerError.__name__ in process.stderr.read()
    return [begin, *((int(done), int(declared)) for done, declared in map(str.split, told))]


def test_postgresql_keeps_whole_transactions_and_all_that_was_declared(server: Postgres) -> None:
    dice, place = random.Random(5), Place(server.url_of(server.database()))
    begin = state(place.opened())
    for _ in range(4):
        place.close()
        told = ended_while_it_is_written_to(server, place.url, begin, dice.uniform(0.1, 0.4))
        server.start()
        begin = state(place.opened())
        declared = [(done, count) for (_, before), (done, count) in itertools.pairwise(told) if count > before]
        assert begin >= max(declared, default=told[0])
        assert begin[1] >= told[-1][1]
    catch_up(place.opened(), begin[0] + 20)
    place.close()
