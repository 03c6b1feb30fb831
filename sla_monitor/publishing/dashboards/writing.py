"""Dashboards to JSON text."""

from __future__ import annotations

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from sla_monitor.publishing.dashboards.agreements import agreements


def written(monitor_url: str) -> dict[str, str]:
    return {"sla-agreements.json": encoded(agreements(monitor_url))}


def encoded(board: dashboard.Dashboard) -> str:
    return JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(board) + "\n"
