"""Each question is put to the installed Prometheus, to VictoriaMetrics, and to a Prometheus 3 where one is named."""

from __future__ import annotations

import pytest

from tests.rig.processes import Prometheus, VictoriaMetrics


@pytest.fixture(params=["installed", "3", "victoriametrics"])
def server(request: pytest.FixtureRequest) -> Prometheus | VictoriaMetrics:
    """Of whatever flavour."""
    named = {"installed": "prometheus", "3": "prometheus3", "victoriametrics": "victoriametrics"}
    found: Prometheus | VictoriaMetrics = request.getfixturevalue(named[request.param])
    return found
