"""Several monitors on one ledger: they share the work, one that dies is stood in for, and the ledger is that of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sla_monitor.compliance.spans import Span
from sla_monitor.ledger import tables
from tests.faults import facts, ledgers, monitors
from tests.faults.conftest import Make
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until
from tests.rig.postgres import Postgres
from tests.rig.processes import Alertmanager, Prometheus

TRAFFIC = Traffic("cluster", broken=20)
SLICES = ("2s", "4s", "6s", "12s")
"""As many shapes of each indicator; something is in each of six shards."""
STEP = 12
"""Seconds after which slices of all of them begin."""
RESEND = 5


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    name = postgres.database()
    yield postgres.url_of(name)
    postgres.drop(name)


@pytest.fixture
def agreements(tmp_path: Path) -> Path:
    folder = tmp_path / "agreed"
    folder.mkdir()
    for every in SLICES:
        text = facts.agreement("cluster", f"shop-{every}", every=every, target="99%")
        (folder / f"{every}.yaml").write_text(text)
    return folder


def replica(make: Make, source: str, name: str, url: str, agreements: Path, *, shards: int = 6) -> Monitor:
    return make(
        source,
        name,
        ledger={"url": url},
        cluster={"enabled": True, "shards": shards},
        agreements={"paths": [str(agreements)]},
    )


def held(one: Monitor) -> set[str]:
    return {s.labels["shard"] for s in one.samples() if s.name == "sla_monitor_shard_held" and s.value == 1}


def shared(replicas: Sequence[Monitor], *, each: int) -> bool:
    """Every shard is held once, and each replica has as many."""
    found = [held(one) for one in replicas]
    return {len(some) for some in found} == {each} and len(set.union(*found)) == each * len(found)


def sent(one: Monitor) -> float:
    return one.metric("sla_monitor_alerts_sent_total", result="success") or 0


def current(url: str, instant: int) -> bool:
    """All that was agreed is measured until then."""
    book = ledgers.opened(url)
    try:
        keys = ledgers.measurements(book)
        ends = [spans.parts[-1].end for spans in book.measured(keys).values() if spans]
    finally:
        book.store.close()
    return len(ends) == 2 * len(SLICES) and min(ends) > instant


def test_three_share_and_stand_in_for_one_that_is_killed(
    make: Make, prometheus: Prometheus, alertmanager: Alertmanager, url: str, agreements: Path
) -> None:
    since = clock() // STEP * STEP - 120
    three = [replica(make, prometheus.url, name, url, agreements) for name in ("one", "two", "three")]
    for one in three:
        one.sections = {**one.sections, "alerting": {"alertmanagers": [alertmanager.url], "resend": RESEND}}
    with facts.fed(prometheus.url, TRAFFIC, since):
        for one in three:
            one.start()
        until("each shard is held once", lambda: shared(three, each=2))
        until("all are ready", lambda: all(one.ready() for one in three))
        until("all is measured", lambda: current(url, clock() - 20))
        assert [one.metric("sla_monitor_leader") for one in three] == [1, 1, 1]
        rest = lambda: [one.metric("sla_monitor_shards", state="elsewhere") for one in three]  # noqa: E731 - as of each one's last look
        until("each knows that others hold the rest", lambda: rest() == [4, 4, 4])
        until("every page shows every standing", lambda: all(len(known(one)) == 2 * len(SLICES) for one in three))
        until("an alert is told again", lambda: max(map(sent, three)) >= 2 * 2 * len(SLICES))
        tellers = [one for one in three if sent(one)]
        assert len(tellers) == 1, "one tells the Alertmanager"
        (killed,) = tellers
        left = [one for one in three if one is not killed]
        killed.kill()
        at = clock()
        until("the others hold what it held", lambda: shared(left, each=3))
        until("and measure it", lambda: current(url, at + 2))
        until("one of them tells the Alertmanager", lambda: any(map(sent, left)))
        firing = {a["labels"]["agreement"] for a in alertmanager.alerts() if a["labels"]["alertname"] == "SLABreached"}
        assert firing >= {f"shop-{every}" for every in SLICES}, "no alert has run out meanwhile"
        assert sum(1 for one in left if sent(one)) == 1
        end = (at // STEP + 1) * STEP
        until("what nobody measured at first was caught up with", lambda: current(url, end + 8))
        for one in left:
            assert one.leave()[0] == 0
            assert one.events("job_failed") == one.events("pass_failed") == one.events("judging_failed") == []
    span = Span(since + 60, end)
    ledgers.assert_same(url, ledgers.undisturbed(left[0], prometheus.url, span), span)


def known(one: Monitor) -> list[object]:
    return [standing for standing in one.standings() if standing["attainment"] is not None]


def test_two_that_both_believe_to_hold_every_shard(
    make: Make, prometheus: Prometheus, postgres: Postgres, url: str, agreements: Path
) -> None:
    """Counting the shards otherwise, they know nothing of each other; then one of a newer version comes."""
    since = clock() // STEP * STEP - 120
    both = [replica(make, prometheus.url, str(count), url, agreements, shards=count) for count in (5, 6)]
    with facts.fed(prometheus.url, TRAFFIC, since):
        for one in both:
            one.start()
        until("both measure everything", lambda: [len(held(one)) for one in both] == [5, 6])
        began = clock()
        until("they have done so for a while", lambda: current(url, began + STEP))
        alone = monitors.run("run", "--config", str(both[0].config), "--listen", "127.0.0.1:0", SLA_MONITOR_CLUSTER__ENABLED="false")  # fmt: skip # noqa: E501
        assert (alone.returncode, "another monitor (process" in alone.stderr) == (2, True)
        database = url.rpartition("/")[2]
        postgres.execute("UPDATE alembic_version SET version_num = '9999'", database)
        end = clock() // STEP * STEP - STEP
        until("both say so", lambda: all("written by a newer sla-monitor" in one.get("/readyz").text for one in both))
        until("both have given up their shards", lambda: [held(one) for one in both] == [set(), set()])
        assert [one.get("/").status_code for one in both] == [200, 200]
        for one in both:
            assert one.leave()[0] == 0
            assert one.events("job_failed") == []
        refused = monitors.run("run", "--config", str(both[0].config))
        assert (refused.returncode, "written by a newer sla-monitor" in refused.stderr) == (2, True)
        postgres.execute(f"UPDATE alembic_version SET version_num = '{tables.HEAD}'", database)  # noqa: S608 - of ours
    span = Span(since + 60, end)
    ledgers.assert_same(url, ledgers.undisturbed(both[0], prometheus.url, span), span)
