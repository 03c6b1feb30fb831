"""Generated traffic with known truth: aligned (exact to the last event), realistic (as a cluster lives)."""

from tests.rig.aligned import Aligned, AlignedGauge, Traffic, latencies, probes, requests
from tests.rig.realistic import Happened, Incidents, Story, happen

__all__ = [
    "Aligned",
    "AlignedGauge",
    "Happened",
    "Incidents",
    "Story",
    "Traffic",
    "happen",
    "latencies",
    "probes",
    "requests",
]
