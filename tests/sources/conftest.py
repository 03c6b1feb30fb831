"""Each question is put to the installed Prometheus, to VictoriaMetrics, and to a Prometheus 3 where one is named."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.rig.processes import Prometheus, PrometheusSetup, VictoriaMetrics

VARIABLE = "SLA_MONITOR_TEST_PROMETHEUS3"


@pytest.fixture(scope="session")
def prometheus3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    binary = os.environ.get(VARIABLE)
    if not binary:
        pytest.skip(f"{VARIABLE} names no Prometheus 3; deploy/demo/fetch-prometheus3.sh fetches one")
    folder = tmp_path_factory.mktemp("prometheus3")
    with Prometheus(folder, PrometheusSetup(out_of_order="3650d"), binary) as server:
        yield server


@pytest.fixture(params=["installed", "3"])
def prometheus_server(request: pytest.FixtureRequest, prometheus: Prometheus) -> Prometheus:
    return prometheus if request.param == "installed" else request.getfixturevalue("prometheus3")


@pytest.fixture(params=["installed", "3", "victoriametrics"])
def server(request: pytest.FixtureRequest) -> Prometheus | VictoriaMetrics:
    """Of whatever flavour."""
    named = {"installed": "prometheus", "3": "prometheus3", "victoriametrics": "victoriametrics"}
    found: Prometheus | VictoriaMetrics = request.getfixturevalue(named[request.param])
    return found
