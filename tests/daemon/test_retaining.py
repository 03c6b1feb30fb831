"""A monitor takes out of its ledger what is past keeping, and goes on."""

from __future__ import annotations

import sqlite3

from tests.daemon.conftest import Make
from tests.faults import facts
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import until
from tests.ledger.specimens import REQUESTS, START, opened, slices, write
from tests.rig.processes import Prometheus


def test_what_is_past_keeping_goes_while_it_measures(make: Make, prometheus: Prometheus) -> None:
    monitor = make(prometheus.url, schedule={"tick": 1})
    monitor.sections = {
        **monitor.sections,
        "ledger": {"url": f"sqlite:///{monitor.ledger}", "retention": {"slices": "41d"}},
    }
    monitor.ledger.parent.mkdir()
    book = opened(monitor.ledger)
    write(book, REQUESTS, slices(REQUESTS, START, 3000))
    book.store.close()
    traffic = Traffic("retained")
    broken = monitor.agree("broken", "kind: Agreement\n")
    monitor.agree("shop", facts.agreement("retained"))
    with facts.fed(prometheus.url, traffic, clock() - 120):
        monitor.start()
        until("it waits for the faulty file", lambda: monitor.events("retention_waits"))
        assert forgotten(monitor.ledger) == 0
        monitor.leave()
        broken.unlink()
        monitor.start()
        until("it takes out what is old", lambda: monitor.events("past_retention"))
        monitor.leave()
    (event,) = monitor.events("past_retention")
    assert (event["days_without_slices"], event["days_gone"]) == (2, 0)
    assert forgotten(monitor.ledger) == 2
    assert monitor.events("job_failed") == []


def forgotten(ledger: object) -> int:
    with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True) as connection:
        (count,) = connection.execute("SELECT count(*) FROM day WHERE length(frame) = 14").fetchone()
    connection.close()
    return int(count)
