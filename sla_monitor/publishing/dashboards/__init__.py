"""Grafana dashboards as typed code: `rendered` gives file names and texts, ready to be written.

The SDK is a tool for writing, not for running: it is imported when a dashboard is asked for, so that
the daemon goes without it.
"""

from __future__ import annotations

from sla_monitor.errors import ConfigError

MONITOR_URL = "http://localhost:9797"
NEEDED = "grafana-foundation-sdk==1769699379!11.6.0"


def rendered(monitor_url: str = MONITOR_URL) -> dict[str, str]:
    """File name to JSON; the same on each call, so that a repository sees true changes only."""
    try:
        from sla_monitor.publishing.dashboards.writing import written  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("grafana_foundation_sdk"):
            raise
        raise ConfigError(
            "writing dashboards needs grafana-foundation-sdk, which is not installed; "
            f"install it with: pip install '{NEEDED}'"
        ) from error
    return written(monitor_url)
