"""Kill -9 at any moment, a full disk, a read-only one: what the ledger says afterwards is true."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.errors import LedgerError
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at
from tests.ledger.places import Place
from tests.ledger.specimens import MINUTE, PROBE, REQUESTS, START, everything, opened, reading, rows, slices, write

ROUNDS = {"sqlite": 20, "postgresql": 8}
"""Of a client of PostgreSQL nothing is left that could be torn."""
LENGTH = 17
"""Slices a transaction: folding comes every few of them."""

WRITING = f"""
import sys
from tests.ledger.places import Place
from tests.ledger.specimens import MINUTE, PROBE, REQUESTS, START, reading, slices
book = Place(sys.argv[1]).opened()
begin = int(sys.argv[2])
for number in range(begin, begin + 100_000):
    start = START + number * {LENGTH} * MINUTE
    book.write([reading(m, slices(m, start, {LENGTH}, seed=number)) for m in (REQUESTS, PROBE)])
    print(number, flush=True)
"""


def killed_while_writing(url: str, begin: int, seconds: float) -> int:
    """The last transaction that a child told of before it was killed, or the one before its first."""
    argv = [sys.executable, "-c", WRITING, url, str(begin)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline()]
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)
        told += process.stdout.read().splitlines()
    assert process.returncode == -signal.SIGKILL
    return max([begin - 1, *(int(line) for line in told if line.strip())])


def test_kill_9_loses_nothing_told_and_keeps_nothing_half(place: Place) -> None:
    chance, begin = random.Random(11), 0
    rounds = ROUNDS[place.url.partition(":")[0]]
    for _ in range(rounds):
        told = killed_while_writing(place.url, begin, chance.uniform(0, 0.15))
        book = place.opened()
        measured = book.measured([REQUESTS.key, PROBE.key])
        (whole,) = measured[REQUESTS.key].parts
        done = (whole.end - START) // (LENGTH * MINUTE)
        assert measured == {m.key: Spans((Span(START, START + done * LENGTH * MINUTE),)) for m in (REQUESTS, PROBE)}
        assert done > told
        for measurement in (REQUESTS, PROBE):
            expected: dict[int, tuple[float, float, int]] = {}
            for number in range(done):
                expected |= rows(slices(measurement, START + number * LENGTH * MINUTE, LENGTH, seed=number))
            assert rows(everything(book, measurement)) == expected
        place.close()
        begin = done
    assert begin > rounds


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
