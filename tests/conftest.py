"""The real servers of a test session, and how hard Hypothesis tries."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.rig.postgres import Postgres
from tests.rig.processes import Alertmanager, Prometheus, PrometheusSetup, VictoriaMetrics

settings.register_profile("dev", max_examples=30, deadline=None)
settings.register_profile(
    "ci", max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", max_examples=2000, deadline=None)
settings.load_profile("dev")

LONGEST = (
    "faults/test_postgres.py",
    "measuring/test_running.py",
    "faults/test_cluster.py",
    "demo/test_demo.py",
    "ledger/test_auditing.py",
    "faults/test_proxies.py",
    "ledger/test_machine.py",
    "faults/test_clocks.py",
    "measuring/test_remembering.py",
    "daemon/test_alerting.py",
    "faults/test_kills.py",
    "faults/test_outages.py",
    "ledger/test_power.py",
    "faults/test_disks.py",
    "sources/test_sheaves.py",
    "faults/test_slowness.py",
)
"""Those that wait beside those that reckon."""
PROMETHEUS3 = "SLA_MONITOR_TEST_PROMETHEUS3"
TRACED = Path(__file__).parent / "compliance"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the core every line is to be reached by its own tests; tracing the others took as long as running them.

    The files that take longest come first, that no worker is left with one at the end while the other has nothing.
    """
    for item in items:
        if TRACED not in item.path.parents:
            item.add_marker("no_cover")
    items.sort(key=lambda item: next((i for i, path in enumerate(LONGEST) if item.path.match(path)), len(LONGEST)))


def pytest_collection_finish() -> None:
    """Thousands of tests stay to the end: nothing of them need be looked at again for what could be freed."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """One server for all tests: each takes a job name of its own, and any stretch of time in any order."""
    folder = tmp_path_factory.mktemp("prometheus")
    with Prometheus(folder, PrometheusSetup(out_of_order="3650d")) as server:
        yield server


@pytest.fixture(scope="session")
def prometheus3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """The same of a newer kind, which `make unit` fetches where it can be had."""
    binary = os.environ.get(PROMETHEUS3)
    if not binary:
        pytest.skip(f"{PROMETHEUS3} names no Prometheus 3; deploy/demo/fetch-prometheus3.sh fetches one")
    folder = tmp_path_factory.mktemp("prometheus3")
    with Prometheus(folder, PrometheusSetup(out_of_order="3650d"), binary) as server:
        yield server


@pytest.fixture(scope="module", params=["installed", "3"])
def prometheus_server(request: pytest.FixtureRequest) -> Prometheus:
    """Of either kind."""
    found: Prometheus = request.getfixturevalue("prometheus" if request.param == "installed" else "prometheus3")
    return found


@pytest.fixture(scope="session")
def victoriametrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    with VictoriaMetrics(tmp_path_factory.mktemp("victoriametrics")) as server:
        yield server


@pytest.fixture(scope="session")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    with Alertmanager(tmp_path_factory.mktemp("alertmanager")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One server for all tests: each takes a database of its own."""
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server
