"""The kinds of servers that speak the API of Prometheus: how each wants to be asked, and how it is told from others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

AUTO = "auto"
SERVER = "x-server-hostname"
"""A header of every answer of VictoriaMetrics."""
COMPATIBLE = "2.24.0"
"""The version of Prometheus that VictoriaMetrics says it is."""


class Increase(Enum):
    """The function that counts between the samples at both borders of a slice.

    extrapolated: PromQL's, by at most a millisecond in s. exact: of VictoriaMetrics, where the plain function reckons
    from a sample before the range, as far back as the query happened to read: after a gap the same slice answers 0 or
    the whole counter, by where the query began (measured with 1.79).
    """

    EXTRAPOLATED = "increase"
    EXACT = "increase_prometheus"


@dataclass(frozen=True)
class Flavour:
    """One kind. title: its name among people. parameters, headers: sent with each question.

    max_samples: what a query may read by the server's own default. longest: characters of a query that it takes,
    None where any number. tenant: the header that names one.
    """

    name: str
    title: str
    increase: Increase = Increase.EXTRAPOLATED
    parameters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    max_samples: int = 50_000_000
    longest: int | None = None
    tenant: str = "X-Scope-OrgID"

    @property
    def form(self) -> str:
        """Which form counts events, and why."""
        if self.increase is Increase.EXACT:
            return (
                "increases by increase_prometheus between the samples at both borders of a slice, as what increase "
                "answers depends on where the query begins"
            )
        return "increases anchored at both borders of a slice, as increase alone loses what happens at them"


_UNCACHED = {"Cache-Control": "no-store"}
"""A slice is asked again for samples that came late: a kept answer would hide them."""

PROMETHEUS = Flavour("prometheus", "Prometheus")
THANOS = Flavour(
    "thanos",
    "Thanos",
    parameters={"dedup": "true", "partial_response": "false", "max_source_resolution": "0s"},
    headers=_UNCACHED,
    tenant="THANOS-TENANT",
)
MIMIR = Flavour("mimir", "Mimir or Cortex", headers=_UNCACHED)
VICTORIAMETRICS = Flavour(
    "victoriametrics",
    "VictoriaMetrics",
    Increase.EXACT,
    # Else its points are moved to a grid of its own, and the newest are made up from those before them.
    parameters={"nocache": "1", "latency_offset": "1ms"},
    max_samples=1_000_000_000,
    longest=16_384,
)

BY_NAME = {one.name: one for one in (PROMETHEUS, THANOS, MIMIR, VICTORIAMETRICS)}


@dataclass(frozen=True)
class Identity:
    """What a server is, its version where it tells one, and why we think so."""

    flavour: Flavour
    version: str
    why: str

    def __str__(self) -> str:
        return f"{f'{self.flavour.title} {self.version}'.strip()} ({self.why})"


def configured(name: str) -> Identity | None:
    """None where it is to be found out."""
    return None if name == AUTO else Identity(BY_NAME[name], "", "as the settings say")


def identified(build: Mapping[str, Any], headers: Mapping[str, str]) -> Identity:
    """By what it tells of its build. headers: of that answer, by names in small letters."""
    version, application = str(build.get("version", "")), str(build.get("application", ""))
    if application.startswith(("Grafana Mimir", "Grafana Enterprise Metrics", "Cortex")):
        return Identity(MIMIR, version, f"it calls itself {application}")
    if "goVersion" not in build and (SERVER in headers or version == COMPATIBLE):
        return Identity(VICTORIAMETRICS, "", "it tells no build of its own")
    if version.startswith("0."):
        return Identity(THANOS, version, "by its version")
    if version[:2] in ("2.", "3."):
        return Identity(PROMETHEUS, version, "by its version")
    return UNTOLD


UNTOLD = Identity(PROMETHEUS, "", "taken for one, as it does not tell what it is")
FLUENT = Identity(VICTORIAMETRICS, "", "it knows MetricsQL")
METRICSQL = "now()"
"""A query that Prometheus refuses to parse."""
