"""Kill -9 at any moment, a full disk, a read-only one: what the ledger says afterwards is true."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.errors import LedgerError
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at
from tests.ledger.places import Place
from tests.ledger.specimens import MINUTE, PROBE, REQUESTS, START, everything, opened, reading, rows, slices, write

ROUNDS = {"sqlite": 200, "postgresql": 40}
"""Of a client of PostgreSQL nothing is left that could be torn."""
LENGTH = 17
"""Slices a transaction: folding comes every few of them."""
BOTH = (REQUESTS, PROBE)

WRITING = f"""
import os, sys
from tests.ledger.places import Place
from tests.ledger.specimens import MINUTE, PROBE, REQUESTS, START, reading, slices
for line in sys.stdin:  # a process of its own each, without the second that it takes to begin
    if pid := os.fork():
        print("begun", pid, flush=True)
        print("ended", os.WTERMSIG(os.waitpid(pid, 0)[1]), flush=True)
        continue
    book = Place(sys.argv[1]).opened()
    for number in range(int(line), int(line) + 100_000):
        start = START + number * {LENGTH} * MINUTE
        book.write([reading(m, slices(m, start, {LENGTH}, seed=number)) for m in (REQUESTS, PROBE)])
        print("wrote", number, flush=True)
"""


@contextmanager
def writers(url: str) -> Iterator[Callable[[int, float], int]]:
    """(from which transaction on, seconds until it is killed) → the last that it told of; none: the one before."""
    argv = [sys.executable, "-c", WRITING, url]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        lines = ((word, int(number)) for word, number in map(str.split, server.stdout))

        def killed(begin: int, seconds: float) -> int:
            server.stdin.write(f"{begin}\n")  # type: ignore[union-attr] # asserted above
            server.stdin.flush()  # type: ignore[union-attr]
            told, pid = [begin - 1], 0
            for word, number in lines:
                if word == "begun":
                    pid = number
                elif word == "wrote":
                    told.append(number)
                    if len(told) == 2:  # the first: now it is amid its work
                        time.sleep(seconds)
                        os.kill(pid, signal.SIGKILL)
                else:
                    assert number == signal.SIGKILL
                    break
            return max(told)

        yield killed
        server.stdin.close()


def test_kill_9_loses_nothing_told_and_keeps_nothing_half(place: Place) -> None:
    chance, begin = random.Random(11), 0
    with writers(place.url) as killed:
        for _ in range(ROUNDS[place.url.partition(":")[0]]):
            told = killed(begin, chance.uniform(0, 0.04))
            book = place.opened()
            measured = book.measured(m.key for m in BOTH)
            (whole,) = measured[REQUESTS.key].parts
            done = (whole.end - START) // (LENGTH * MINUTE)
            assert measured == {m.key: Spans((Span(START, at(done)),)) for m in BOTH}
            assert done > told
            assert_held(book, begin, done)
            place.close()
            begin = done
    book = place.opened()
    assert_held(book, 0, begin)
    assert book.flaws({}) == []


def at(number: int) -> int:
    return START + number * LENGTH * MINUTE


def assert_held(book: Book, first: int, last: int) -> None:
    """What these transactions wrote, and nothing else there."""
    for measurement in BOTH:
        expected: dict[int, tuple[float, float, int]] = {}
        for number in range(first, last):
            expected |= rows(slices(measurement, at(number), LENGTH, seed=number))
        assert rows(book.slices(measurement.key, Span(at(first), at(last)))) == expected


def mounted(folder: Path, *options: str) -> None:
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    done = subprocess.run([mount, *options, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted(folder, "-t", "tmpfs", "-o", "size=1m", "tmpfs")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_told_loses_nothing_and_heals(disk: Path) -> None:
    book = opened(disk / "ledger.db")
    kept = slices(REQUESTS, START, 100)
    write(book, REQUESTS, kept)
    ballast = disk / "ballast"
    ballast.write_bytes(b"\0" * (shutil.disk_usage(disk).free - 4096))
    late = slices(REQUESTS, START + 100 * MINUTE, 5000, seed=1)
    with pytest.raises(
        LedgerError, match=r"cannot write the ledger .*ledger\.db: (database or disk is full|disk I/O error)"
    ):
        write(book, REQUESTS, late)
    assert rows(everything(book, REQUESTS)) == rows(kept)
    assert book.measured([REQUESTS.key])[REQUESTS.key] == Spans((Span(START, START + 100 * MINUTE),))
    ballast.unlink()
    write(book, REQUESTS, late)
    assert rows(everything(book, REQUESTS)) == rows(kept) | rows(late)
    book.store.close()


def test_a_read_only_disk_is_told(disk: Path) -> None:
    book = opened(disk / "ledger.db")
    kept = slices(REQUESTS, START, 100)
    write(book, REQUESTS, kept)
    book.store.close()
    mounted(disk, "-o", "remount,ro")
    again = store_at(f"sqlite:///{disk / 'ledger.db'}")
    with pytest.raises(LedgerError, match="cannot write the ledger"):
        Book(again).write([reading(REQUESTS, kept)])
    with pytest.raises(LedgerError, match="cannot make the lock file"):
        again.hold()
    again.close()
    mounted(disk, "-o", "remount,rw")
    assert rows(everything(opened(disk / "ledger.db"), REQUESTS)) == rows(kept)
