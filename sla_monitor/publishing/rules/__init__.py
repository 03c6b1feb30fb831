"""Alerting rules for Prometheus, over the metrics that the monitor exports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from sla_monitor.compliance.terms import Agreement
from sla_monitor.publishing.rules import burning, monitor, promises, reminders
from sla_monitor.publishing.rules.burning import capped
from sla_monitor.publishing.rules.expressions import Scope
from sla_monitor.publishing.rules.identities import Identity, Links
from sla_monitor.publishing.rules.promises import AlertRule

__all__ = ["as_prometheus_rule", "as_yaml", "capped", "rules"]


def rules(
    agreements: Iterable[Agreement] = (),
    *,
    external_url: str = "",
    runbook_base: str = "",
    extra_labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A Prometheus rule file. No agreements: the rules are for all that the monitor measures.

    `extra_labels` go onto every alert; those of directly pushed ones must be the same.
    """
    scope = Scope.of(agreement.name for agreement in agreements)
    links, labels = Links(external_url, runbook_base), dict(extra_labels or {})
    told = [_promise(rule, links, labels) for rule in (*promises.alerts(scope), *reminders.alerts(scope))]
    own = [_alert(rule, links, labels, {}) for rule in monitor.alerts()]
    return {
        "groups": [
            {"name": "sla-agreements", "rules": [*burning.recordings(scope), *told]},
            {"name": "sla-monitor", "rules": own},
        ]
    }


def as_prometheus_rule(
    document: Mapping[str, Any], *, name: str = "sla-monitor", labels: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The same rules as an object of the Prometheus operator; `labels` are what it selects rules by."""
    metadata: dict[str, Any] = {"name": name}
    if labels:
        metadata["labels"] = dict(labels)
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": metadata,
        "spec": dict(document),
    }


def as_yaml(document: Mapping[str, Any]) -> str:
    return yaml.dump(dict(document), Dumper=_Readable, sort_keys=False, allow_unicode=True, width=110)


class _Readable(yaml.SafeDumper):
    """Expressions of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _text)


def _promise(rule: AlertRule, links: Links, extra: dict[str, str]) -> dict[str, Any]:
    page = links.page("") + "{{ $labels.agreement }}" if links.external_url else ""
    return _alert(rule, links, extra, {"page_url": page} if page else {})


def _alert(rule: AlertRule, links: Links, extra: dict[str, str], annotations: dict[str, str]) -> dict[str, Any]:
    identity = rule.identity
    runbook = {"runbook_url": links.runbook(identity.name)} if links.runbook_base else {}
    return {
        "alert": identity.name,
        "expr": rule.expr,
        **({} if rule.wait == "0s" else {"for": rule.wait}),
        "labels": {"severity": identity.severity, **extra},
        "annotations": {"summary": _summary(identity), "description": rule.description, **runbook, **annotations},
    }


def _summary(identity: Identity) -> str:
    names = ("agreement", "objective", "customer")
    return identity.summary.format(**{name: f"{{{{ $labels.{name} }}}}" for name in names})
