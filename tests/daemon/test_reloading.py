"""Agreements are read anew on SIGHUP, on POST /-/reload, and when a file changes; slips of the pen harm nobody."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.daemon.conftest import Make
from tests.faults import facts
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import Monitor, until
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push

FAULTY = facts.agreement("reloading").replace("target: 99%", "target: 990%")


@pytest.fixture(scope="module")
def past(prometheus: Prometheus) -> None:
    now = clock()
    push(prometheus.url, Traffic("reloading").series(now - 600, now))


@pytest.fixture(scope="module")
def running(prometheus: Prometheus, past: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitor]:
    made = Monitor(tmp_path_factory.mktemp("reloading"), {"default": prometheus.url})
    with made:
        yield made


@pytest.fixture
def monitor(running: Monitor) -> Monitor:
    """One for all tests, each begins with one sound agreement."""
    for path in running.agreements.rglob("*.yaml"):
        path.unlink()
    running.agree("shop", facts.agreement("reloading"))
    until("one sound agreement", lambda: targets(running) == {0.99} and running.ready())
    running.log.write_text("")
    return running


def targets(monitor: Monitor) -> set[float]:
    return {standing["target"] for standing in monitor.standings()}


def hang_up(monitor: Monitor) -> None:
    monitor.running.signal(signal.SIGHUP)


@pytest.mark.parametrize("tell", [hang_up, Monitor.reload])
def test_told_to(make: Make, prometheus: Prometheus, past: None, tell: Callable[[Monitor], object]) -> None:
    monitor = make(prometheus.url)
    monitor.sections = {"agreements": {"paths": [str(monitor.agreements)], "watch": False}}
    monitor.agree("shop", facts.agreement("reloading"))
    monitor.start()
    monitor.agree("shop", facts.agreement("reloading", target="98%"))
    assert targets(monitor) == {0.99}
    tell(monitor)
    until("the new target", lambda: targets(monitor) == {0.98})


def test_a_changed_file(monitor: Monitor) -> None:
    monitor.agree("shop", facts.agreement("reloading", target="98%"))
    until("the new target", lambda: targets(monitor) == {0.98})


def test_a_file_more_and_one_less(monitor: Monitor) -> None:
    path = monitor.agree("store", facts.agreement("reloading", "store"))
    until("both", lambda: {s["agreement"] for s in monitor.standings()} == {"shop", "store"})
    path.unlink()
    until("one", lambda: {s["agreement"] for s in monitor.standings()} == {"shop"})
    assert monitor.metric("sla_target_ratio", agreement="store") is None


def test_a_file_in_a_new_folder(monitor: Monitor) -> None:
    folder = monitor.agreements / "acme"
    folder.mkdir()
    (folder / "store.yaml").write_text(facts.agreement("reloading", "store"))
    until("both", lambda: {s["agreement"] for s in monitor.standings()} == {"shop", "store"})


def test_many_hang_ups_and_changes_at_once(monitor: Monitor) -> None:
    for number in range(20):
        monitor.agree("shop", facts.agreement("reloading", target=f"{70 + number}%"))
        hang_up(monitor)
    until("the last target", lambda: targets(monitor) == {0.89})
    assert monitor.metric("sla_monitor_config_last_reload_successful") == 1
    assert "Traceback" not in monitor.log.read_text()


def test_a_mounted_config_map(make: Make, prometheus: Prometheus, past: None) -> None:
    """As the kubelet does it: a new folder, and the link `..data` swapped to it in one step."""
    monitor = make(prometheus.url)
    version(monitor.agreements, "..1", "99%")
    (monitor.agreements / "shop.yaml").symlink_to(Path("..data", "shop.yaml"))
    monitor.start()
    until("the first target", lambda: targets(monitor) == {0.99})
    version(monitor.agreements, "..2", "98%")
    until("the new target", lambda: targets(monitor) == {0.98})
    version(monitor.agreements, "..3", "97%")
    until("the newest target", lambda: targets(monitor) == {0.97})


def version(folder: Path, name: str, target: str) -> None:
    (folder / name).mkdir()
    (folder / name / "shop.yaml").write_text(facts.agreement("reloading", target=target))
    link = folder / "..data_tmp"
    link.symlink_to(name)
    link.rename(folder / "..data")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(FAULTY, "target: 990% is not between 0% and 100%", id="faulty"),
        pytest.param("{", "", id="not YAML"),
    ],
)
def test_the_last_good_version_stays_in_force(monitor: Monitor, text: str, told: str) -> None:
    at = monitor.standing("shop", "reachable")["at"]
    monitor.agree("shop", text)
    until("the fault in the metrics", lambda: monitor.metric("sla_monitor_agreement_faults"))
    assert monitor.metric("sla_monitor_config_last_reload_successful") == 0
    assert targets(monitor) == {0.99}
    (event, *_) = monitor.events("agreement_faulty")
    assert f"{monitor.agreements}/shop.yaml:" in event["fault"]
    assert told in event["fault"]
    answer = monitor.reload()
    assert answer.status_code == 500
    assert "last good version" in answer.json()["detail"]
    until("it is still measured", lambda: monitor.standing("shop", "reachable")["at"] > at)
    until("it is ready", monitor.ready)
    monitor.agree("shop", facts.agreement("reloading", target="98%"))
    until("the new target", lambda: targets(monitor) == {0.98})
    assert monitor.metric("sla_monitor_agreement_faults") == 0
    assert monitor.metric("sla_monitor_config_last_reload_successful") == 1


def test_a_sound_file_beside_a_faulty_one(monitor: Monitor) -> None:
    monitor.agree("other", FAULTY.replace("name: shop", "name: other"))
    until("the fault", lambda: monitor.metric("sla_monitor_agreement_faults") == 2)
    monitor.agree("shop", facts.agreement("reloading", target="98%"))
    until("the new target of the other", lambda: targets(monitor) == {0.98})


def test_all_files_faulty_from_the_start(make: Make, prometheus: Prometheus) -> None:
    monitor = make(prometheus.url)
    monitor.agree("shop", FAULTY)
    monitor.start()
    answer = monitor.get("/readyz")
    assert answer.status_code == 503
    assert answer.text.startswith("no agreement is in force: ")
    monitor.agree("shop", facts.agreement("reloading"))
    until("it is ready", monitor.ready)


def test_reloading_while_a_pass_is_under_way(make: Make, prometheus: Prometheus) -> None:
    now = clock()
    push(prometheus.url, Traffic("long").series(now - 20 * 86_400, now, 15))
    monitor = make(prometheus.url)
    monitor.resolution = 15
    monitor.agree("shop", facts.agreement("long", every="1m", window="{rolling: 20d}"))
    monitor.start()
    for number in range(10):
        monitor.agree("shop", facts.agreement("long", every="1m", window="{rolling: 20d}", target=f"{80 + number}%"))
        assert monitor.reload().status_code == 200
    until("all of it", lambda: monitor.standing("shop", "reachable").get("coverage", 0) > 0.999)
    assert targets(monitor) == {0.89}
    assert monitor.events("job_failed") == []
