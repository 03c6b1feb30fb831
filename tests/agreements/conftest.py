from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sla_monitor.agreements.reading import Reading, read
from sla_monitor.sources import promql

Read = Callable[[str], Reading]

SHORTEST = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {name: acme-payments}
spec:
  customer: Acme
  objectives:
    - name: availability
      target: 99.9%
      indicator: {probe: {series: 'probe_success{job="payments"}'}}
"""


def template_of(text: str) -> str:
    """An agreement as a template for one customer."""
    head, spec = text.replace("kind: Agreement", "kind: AgreementTemplate").split("spec:\n")
    lines = [f"  {line}" for line in spec.splitlines() if not line.startswith("  customer:")]
    customers = "  customers: [{name: Acme, match: {tenant: acme}}]"
    return "\n".join([f"{head}spec:", customers, "  template:", *lines, ""])


def with_objective(*lines: str) -> str:
    """The shortest agreement, its objective with more lines."""
    return SHORTEST + "".join(f"      {line}\n" for line in lines)


def with_spec(*lines: str) -> str:
    """The shortest agreement, its spec with more lines."""
    return SHORTEST + "".join(f"  {line}\n" for line in lines)


@pytest.fixture
def read_text(tmp_path: Path) -> Read:
    """Reads a text as the file `agreement.yaml`."""

    def from_text(text: str) -> Reading:
        path = tmp_path / "agreement.yaml"
        path.write_text(text)
        return read([path], promql)

    return from_text
