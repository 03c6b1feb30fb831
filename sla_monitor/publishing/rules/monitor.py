"""Alerts about the monitor itself: can the others be trusted?"""

from __future__ import annotations

from sla_monitor.publishing.rules.identities import PAGE, TICKET, Identity
from sla_monitor.publishing.rules.promises import AlertRule

LATE_SECONDS = 900


def alerts(late_seconds: int = LATE_SECONDS) -> tuple[AlertRule, ...]:
    return (_down(), _late(late_seconds), _source_failing(), _faulty(), _reload_failed(), _not_delivered())


def _down() -> AlertRule:
    # Gone with a failed scrape as with an absent target, whatever the job is called.
    return AlertRule(
        Identity("SLAMonitorDown", PAGE, "No SLA monitor can be scraped"),
        "absent(sla_monitor_build_info)",
        "No sla-monitor has answered a scrape for five minutes: no other alert about an agreement can fire from these"
        " metrics. Facts are not lost: they are caught up on when the monitor is back.",
        wait="5m",
    )


def _late(seconds: int) -> AlertRule:
    return AlertRule(
        Identity("SLAMonitorMeasuringLate", TICKET, "The SLA monitor measures late"),
        f"time() - min by (source) (sla_monitor_measured_until_timestamp_seconds) > {seconds}",
        "The newest facts from {{ $labels.source }} are {{ $value | humanizeDuration }} old, and so are the standings.",
        wait="5m",
    )


def _source_failing() -> AlertRule:
    queries = "sum by (source) (rate(sla_monitor_queries_total{}[15m]))"
    failed, asked = queries.replace("{}", '{result!="success"}'), queries.replace("{}", "")
    return AlertRule(
        Identity("SLAMonitorSourceFailing", TICKET, "A Prometheus does not answer the SLA monitor"),
        f"{failed}\n/\n{asked}\n> 0.5",
        "{{ $value | humanizePercentage }} of the queries to {{ $labels.source }} failed in the last 15 minutes.",
        wait="10m",
    )


def _faulty() -> AlertRule:
    return AlertRule(
        Identity("SLAMonitorAgreementFaulty", TICKET, "An agreement file has faults"),
        "max(sla_monitor_agreement_faults) > 0",
        "{{ $value }} faults; the last good version of the agreement stays in force. `sla-monitor check` tells each.",
        wait="5m",
    )


def _reload_failed() -> AlertRule:
    return AlertRule(
        Identity("SLAMonitorReloadFailed", TICKET, "The SLA monitor could not read its configuration"),
        "min(sla_monitor_config_last_reload_successful) == 0",
        "The last reload failed; settings and agreements from before it stay in force.",
        wait="5m",
    )


def _not_delivered() -> AlertRule:
    return AlertRule(
        Identity("SLAMonitorAlertsNotDelivered", TICKET, "The SLA monitor cannot reach an Alertmanager"),
        'sum(increase(sla_monitor_alerts_sent_total{result="failed"}[15m])) > 0',
        "{{ $value | humanize }} alerts could not be handed over in the last 15 minutes; they are sent again.",
        wait="10m",
    )
