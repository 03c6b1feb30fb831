"""What is wrong at the start is told in a sentence, with the exit code for it."""

from __future__ import annotations

import os
import socket
import sqlite3
from pathlib import Path
from tempfile import gettempdir

import pytest

from tests.daemon.conftest import Make
from tests.faults import facts, monitors
from tests.faults.facts import clock
from tests.faults.monitors import Monitor, until
from tests.rig.children import HOST
from tests.rig.processes import Prometheus


def ended(monitor: Monitor) -> tuple[int, str]:
    """A start that comes to nothing: the exit code and what was told."""
    monitor.prepare()
    done = monitors.run("run", "--config", str(monitor.config))
    return done.returncode, done.stderr


def test_a_second_monitor_on_the_ledger_is_refused(make: Make, prometheus: Prometheus) -> None:
    first, second = make(prometheus.url), make(prometheus.url, "second")
    second.ledger = first.ledger
    first.agree("shop", facts.agreement("nobody"))
    first.start()
    code, told = ended(second)
    assert code == 2
    assert told == (
        f"sla-monitor: another monitor (process {first.pid}) keeps the ledger {first.ledger}: stop it, or give this "
        "one a ledger of its own (--ledger sqlite:///other.db)\n"
    )
    first.kill()
    second.agree("shop", facts.agreement("nobody"))
    second.start()


def test_a_second_monitor_does_not_migrate_what_the_first_holds(make: Make, prometheus: Prometheus) -> None:
    first, second = make(prometheus.url), make(prometheus.url, "second")
    second.ledger = first.ledger
    first.start()
    connection = sqlite3.connect(first.ledger)
    connection.execute("UPDATE alembic_version SET version_num = 'from-the-future'")
    connection.commit()
    connection.close()
    assert "keeps the ledger" in ended(second)[1]


def test_a_port_in_use(make: Make, prometheus: Prometheus) -> None:
    monitor = make(prometheus.url)
    with socket.create_server((HOST, monitor.port)):
        code, told = ended(monitor)
    assert code == 2
    assert told == (
        f"sla-monitor: cannot listen on {monitor.address}: Address already in use; set web.listen "
        "(--listen) to a free address\n"
    )
    assert not monitor.ledger.exists()


def test_a_listener_open_to_others(make: Make, prometheus: Prometheus) -> None:
    monitor = make(prometheus.url)
    done = monitors.run("run", "--prometheus", prometheus.url, "--listen", ":9797", str(monitor.agreements))
    assert done.returncode == 2
    assert "this version knows no logins" in done.stderr


def test_a_listener_open_to_others_where_it_is_allowed(make: Make, prometheus: Prometheus) -> None:
    """Both families: in a cluster of IPv6 alone nobody would reach an IPv4 listener. The port stays on this machine."""
    monitor = make(prometheus.url)
    monitor.sections = {"web": {"listen": f":{monitor.port}", "unauthenticated": True}}
    monitor.start()
    if Path("/proc/net/if_inet6").exists() and Path("/proc/net/if_inet6").read_text():
        with socket.create_connection(("::1", monitor.port), timeout=5):
            pass
    assert monitor.get("/healthz").text == "ok\n"


def test_no_agreements_are_named(make: Make, prometheus: Prometheus) -> None:
    monitor = make(prometheus.url, agreements={"paths": []})
    code, told = ended(monitor)
    assert code == 2
    assert told.startswith("sla-monitor: no agreements are named: ")


def test_no_source_is_named(make: Make, prometheus: Prometheus) -> None:
    monitor = make(prometheus.url)
    monitor.sources = {}
    code, told = ended(monitor)
    assert code == 2
    assert told == "sla-monitor: no Prometheus is named: give --prometheus URL, or sources in the settings file\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become somebody who may not write")
def test_a_ledger_that_may_not_be_written(make: Make, prometheus: Prometheus, tmp_path: Path) -> None:
    monitor = make(prometheus.url)
    monitor.agree("shop", facts.agreement("nobody"))
    monitor.start()
    monitor.leave()
    monitor.wrapper = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")
    ours = [folder for folder in (tmp_path, *tmp_path.parents) if Path(gettempdir()) in folder.parents]
    for folder in ours:
        folder.chmod(folder.stat().st_mode | 0o055)
    done = monitors.subprocess.run(
        monitor.argv(), capture_output=True, text=True, check=False, timeout=60, env=monitors.environment()
    )
    assert done.returncode == 3
    assert "ledger.db" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_start_without_a_source_that_answers(make: Make) -> None:
    """The daemon comes up before Prometheus does, and says that it is not ready."""
    monitor = make("http://127.0.0.1:9")
    monitor.agree("shop", facts.agreement("nobody"))
    monitor.start()
    answer = until("not ready", lambda: monitor.get("/readyz"))
    assert answer.status_code == 503
    assert answer.text == "source 'default' has not answered lately\n"
    assert until("the log", lambda: monitor.events("pass_failed"))[0]["next_try_in_seconds"] == 1
    assert monitor.metric("sla_monitor_queries_total", source="default", result="failed")
    assert clock() - (monitor.metric("sla_monitor_measured_until_timestamp_seconds", source="default") or 0) > 3600
