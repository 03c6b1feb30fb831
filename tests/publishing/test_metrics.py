"""The metrics picture the board, by the names and units that interfaces.md fixes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as text_families

from sla_monitor.compliance import methods
from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.spans import Span
from sla_monitor.publishing.exposition import Exposition, Narrowing
from sla_monitor.publishing.formats import Format
from sla_monitor.publishing.metrics import MonitorMetrics
from tests.publishing import boards, exporter, promtool
from tests.publishing.boards import AT, Contract, Story, Trouble
from tests.rig.processes import Prometheus, PrometheusSetup

BOARD = boards.board()
SCRAPE = ("job", "instance")
OPENMETRICS = "application/openmetrics-text;version=1.0.0"
ALL = Narrowing(shard=(1, 1))
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def now() -> float:
    return time.time()  # noqa: TID251 - a real Prometheus scrapes by the real clock


def told(board: Board) -> Samples:
    """By name and labels, each series once."""
    return samples_of(text_string_to_metric_families(written(lambda: board, OPENMETRICS)))


def written(board: Callable[[], Board], accept: str = "") -> str:
    """Without the monitor's own."""
    exposition = Exposition(board, MonitorMetrics(CollectorRegistry(), "1"), 500_000)
    return exposition.answer(Format.asked(accept), ALL, squeezed=False).decode()


def samples_of(families: Iterator[Metric]) -> Samples:
    found: Samples = {}
    for family in families:
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found, f"twice: {key}"
            found[key] = sample.value
    return found


def value(samples: Samples, name: str, **labels: str) -> float | None:
    """Of the one series with at least these labels; None where there is none."""
    found = [value for (of, has), value in samples.items() if of == name and set(labels.items()) <= has]
    assert len(found) <= 1, f"{name} {labels} names {len(found)} series"
    return found[0] if found else None


METRICS = told(BOARD)

SHOWN = {
    "the promised attainment": ("sla_target_ratio", ("acme-payments", "availability"), {}, 0.999),
    "the stricter internal goal": ("sla_warn_ratio", ("acme-payments", "availability"), {}, 0.9995),
    "no stricter goal, no series": ("sla_warn_ratio", ("acme-payments", "latency"), {}, None),
    "the attainment": ("sla_attainment_ratio", ("acme-payments", "availability"), {}, 0.9996),
    "no attainment before the term": ("sla_attainment_ratio", ("umbrella-cdn", "availability"), {}, None),
    "no attainment after it": ("sla_attainment_ratio", ("vandelay-import", "availability"), {}, None),
    "the worst that may be": ("sla_attainment_lower_bound_ratio", ("globex-search", "availability"), {}, 23 / 41),
    "the best that may be": ("sla_attainment_upper_bound_ratio", ("globex-search", "availability"), {}, 1),
    "all events": ("sla_total", ("acme-payments", "availability"), {"unit": "events"}, 29_640_000),
    "good events": ("sla_good", ("acme-payments", "availability"), {"unit": "events"}, 29_628_144),
    "all seconds": ("sla_total", ("acme-payments", "reachable"), {"unit": "seconds"}, 1_778_400),
    "the budget": ("sla_error_budget_allowed", ("acme-payments", "availability"), {"unit": "events"}, 29_640),
    "what is used of it": ("sla_error_budget_used", ("acme-payments", "availability"), {"unit": "events"}, 11_856),
    "what is left of it": ("sla_error_budget_remaining_ratio", ("acme-payments", "availability"), {}, 0.6),
    "an overdrawn budget": ("sla_error_budget_remaining_ratio", ("acme-payments", "reachable"), {}, -2139 / 1341),
    "no budget before the term": ("sla_error_budget_remaining_ratio", ("umbrella-cdn", "availability"), {}, None),
    "a burn rate": ("sla_burn_rate", ("acme-payments", "latency"), {"lookback": "1h"}, 60),
    "a burn rate after the term": ("sla_burn_rate", ("vandelay-import", "availability"), {"lookback": "1h"}, None),
    "downtime": ("sla_downtime_seconds", ("acme-payments", "reachable"), {}, 3480),
    "the downtime of an October of 31 days and an hour": (
        "sla_downtime_allowed_seconds", ("acme-payments", "reachable"), {}, 1341),
    "no downtime of events": ("sla_downtime_seconds", ("acme-payments", "latency"), {}, None),
    "the status that is": ("sla_status", ("acme-payments", "reachable"), {"status": "breached"}, 1),
    "a status that is not": ("sla_status", ("acme-payments", "reachable"), {"status": "met"}, 0),
    "the status after it": ("sla_status", ("vandelay-import", "availability"), {"status": "ended"}, 1),
    "the status before the term": ("sla_status", ("umbrella-cdn", "availability"), {"status": "pending"}, 1),
    "a certain breach": ("sla_breach_certain", ("acme-payments", "reachable"), {}, 1),
    "no certain breach": ("sla_breach_certain", ("acme-payments", "latency"), {}, 0),
    "the budget's end": ("sla_budget_exhaustion_timestamp_seconds", ("acme-payments", "latency"), {}, 1_792_685_600),
    "a budget without an end": ("sla_budget_exhaustion_timestamp_seconds", ("initech-batch", "weekly"), {}, None),
    "a credit": ("sla_credit_ratio", ("acme-payments", "reachable"), {}, 0.1),
    "no credit due": ("sla_credit_ratio", ("acme-payments", "availability"), {}, 0),
    "no credit agreed": ("sla_credit_ratio", ("acme-payments", "latency"), {}, None),
    "coverage": ("sla_coverage_ratio", ("globex-search", "availability"), {}, 23 / 41),
    "the coverage asked for": ("sla_coverage_min_ratio", ("globex-search", "availability"), {}, 0.9),
    "nothing excluded": ("sla_excluded_seconds", ("acme-payments", "latency"), {}, 0),
    "the window's start in Berlin": (
        "sla_window_start_timestamp_seconds", ("acme-payments", "latency"), {}, 1_790_805_600),
    "the window's end, after the clocks went back": (
        "sla_window_end_timestamp_seconds", ("acme-payments", "latency"), {}, 1_793_487_600),
    "the last closed window": ("sla_previous_attainment_ratio", ("acme-payments", "latency"), {}, 59 / 60),
    "its status": ("sla_previous_status", ("acme-payments", "latency"), {"status": "breached"}, 1),
    "a rolling window never closes": ("sla_previous_status", ("globex-search", "uptime"), {"status": "met"}, None),
    "breaches": ("sla_breaches_total", ("acme-payments", "latency"), {}, 1),
    "what an objective is": ("sla_objective_info", ("globex-search", "uptime"), {
        "service": "search", "customer": 'Globex "EU" & Söhne', "method": "time", "unit": "seconds",
        "window": "30d"}, 1),
}  # fmt: skip


@pytest.mark.parametrize("sentence", SHOWN)
def test_shown(sentence: str) -> None:
    name, (agreement, objective), labels, expected = SHOWN[sentence]
    found = value(METRICS, name, agreement=agreement, objective=objective, **labels)
    assert found == (None if expected is None else pytest.approx(expected, rel=1e-12))


DATES = ("start", "end", "renewal", "notice", "review")
DATED = {
    # From 1 January in Berlin, 60 days before the first of the next, and 1 January: the third review was on 1 October.
    "acme-payments": (1_767_222_000, None, 1_798_758_000, 1_793_574_000, 1_798_758_000),
    "initech-batch": (boards.BEGIN, None, None, None, None),
    "umbrella-cdn": (AT + 12 * 86400, None, None, None, None),
    "vandelay-import": (boards.BEGIN, AT - 4 * 86400, None, None, None),
}


@pytest.mark.parametrize("agreement", DATED)
def test_the_dates_of_an_agreement_are_shown_as_far_as_they_were_agreed(agreement: str) -> None:
    names = [f"sla_agreement_{date}_timestamp_seconds" for date in DATES]
    assert tuple(value(METRICS, name, agreement=agreement) for name in names) == DATED[agreement]


def test_an_agreement_describes_itself() -> None:
    labels = next(dict(has) for name, has in METRICS if name == "sla_agreement_info" and ("label_tier", "gold") in has)
    assert labels == {
        "agreement": "acme-payments",
        "title": "Payments API for Acme",
        "type": "customer",
        "service": "payments-api",
        "customer": "Acme GmbH",
        "provider": "Payments team",
        "timezone": "Europe/Berlin",
        "reference": "MSA-2026-014",
        "label_tier": "gold",
        "label_cost_center": "4711",
    }


def test_labels_that_become_the_same_are_both_kept() -> None:
    board = boards.board(Contract(name="a", labels=(("a-b", "1"), ("a.b", "2"), ("a_b", "3"), ("ä", "4"))))
    labels = next(dict(has) for name, has in told(board) if name == "sla_agreement_info")
    assert {name: text for name, text in labels.items() if name.startswith("label_")} == {
        "label_a_b": "1",
        "label_a_b_conflict1": "2",
        "label_a_b_conflict2": "3",
        "label__": "4",
    }


def test_of_all_statuses_one_is_1() -> None:
    for entry in BOARD.entries:
        agreement, objective = entry.current.key
        told_of = [
            number
            for (name, labels), number in METRICS.items()
            if name == "sla_status" and {("agreement", agreement), ("objective", objective)} <= labels
        ]
        assert sorted(told_of) == [0, 0, 0, 0, 0, 1]


UNKNOWN = Contract(name="a", stories=(Story(troubles=(Trouble("60d", "60d", None),), method=methods.TIME),))


def test_what_is_not_known_is_absent() -> None:
    names = {name for name, _ in told(boards.board(UNKNOWN))}
    assert names == {
        "sla_agreement_info",
        "sla_agreement_start_timestamp_seconds",
        "sla_objective_info",
        "sla_target_ratio",
        "sla_status",
        "sla_previous_status",
        "sla_attainment_lower_bound_ratio",
        "sla_attainment_upper_bound_ratio",
        "sla_coverage_ratio",
        "sla_coverage_min_ratio",
        "sla_excluded_seconds",
        "sla_window_start_timestamp_seconds",
        "sla_window_end_timestamp_seconds",
        "sla_breaches_total",
    }


def test_before_and_after_the_term_only_the_agreement_is_told() -> None:
    terms = (Span(AT + 1, AT + 2), Span(AT - 9 * 86400, AT - 8 * 86400))
    for term in terms:
        names = {name for name, _ in told(boards.board(Contract(name="a", term=term)))}
        assert names == {
            "sla_agreement_info",
            "sla_agreement_start_timestamp_seconds",
            "sla_agreement_end_timestamp_seconds",
            "sla_objective_info",
            "sla_target_ratio",
            "sla_status",
            "sla_window_start_timestamp_seconds",
            "sla_window_end_timestamp_seconds",
            "sla_breaches_total",
        }


def test_a_target_of_all_burns_infinitely() -> None:
    story = Story(target="100%", method=methods.TIME, troubles=(Trouble("10m", "1m"),))
    samples = told(boards.board(Contract(name="a", stories=(story,))))
    assert value(samples, "sla_burn_rate", lookback="1h") == float("inf")
    assert value(samples, "sla_error_budget_remaining_ratio") == 0


def test_a_series_that_no_longer_applies_disappears() -> None:
    showing = [boards.board(Contract(name="a"), Contract(name="b"))]
    exposition = Exposition(lambda: showing[0], MonitorMetrics(CollectorRegistry(), "1"), 500_000)
    assert b'agreement="b"' in exposition.answer(Format.asked(""), squeezed=False)
    showing[0] = boards.board(Contract(name="a"))
    assert b'agreement="b"' not in exposition.answer(Format.asked(""), squeezed=False)


def test_an_empty_board_tells_nothing() -> None:
    assert told(Board()) == {}


def test_both_formats_tell_the_same() -> None:
    assert samples_of(text_families(written(lambda: BOARD))) == METRICS


def test_fractions_become_the_nearest_float() -> None:
    exact = next(entry.current.attainment for entry in BOARD.entries if entry.current.key[1] == "reachable")
    assert isinstance(exact, Fraction)
    assert value(METRICS, "sla_attainment_ratio", agreement="acme-payments", objective="reachable") == float(exact)


def test_promtool_finds_nothing_to_mend() -> None:
    exposition = Exposition(lambda: BOARD, MonitorMetrics(CollectorRegistry(), "0.1.0"), 500_000)
    checked = promtool.run("check", "metrics", stdin=exposition.answer(Format.asked(""), squeezed=False).decode())
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_the_monitor_tells_of_itself() -> None:
    registry = CollectorRegistry()
    metrics = MonitorMetrics(registry, "1.2.3")
    metrics.queries.labels(source="eu", result="success").inc()
    metrics.query_duration_seconds.labels(source="eu").observe(0.2)
    metrics.alerts_sent.labels(result="failed").inc(2)
    assert registry.get_sample_value("sla_monitor_build_info", {"version": "1.2.3"}) == 1
    assert registry.get_sample_value("sla_monitor_queries_total", {"source": "eu", "result": "success"}) == 1
    assert registry.get_sample_value("sla_monitor_query_duration_seconds_count", {"source": "eu"}) == 1
    assert registry.get_sample_value("sla_monitor_alerts_sent_total", {"result": "failed"}) == 2
    assert registry.get_sample_value("sla_monitor_alerts_sent_total", {"result": "success"}) == 0


def test_what_no_source_has_measured_is_absent() -> None:
    registry = CollectorRegistry()
    MonitorMetrics(registry, "1")
    text = generate_latest(registry).decode()
    assert not re.search(r"^sla_monitor_(measured_until|queries|query_duration|cycle)\w* ", text, re.MULTILINE)


def test_a_real_prometheus_scrapes_them(tmp_path: Path) -> None:
    with exporter.serving(exporter.registry_of(lambda: BOARD)) as address:
        scrapes = [{"job_name": "sla-monitor", "static_configs": [{"targets": [address]}]}]
        with Prometheus(tmp_path, PrometheusSetup(scrape_interval="1s", scrape_configs=scrapes)) as server:
            deadline = time.monotonic() + 30
            while not (seen := server.ask('{__name__=~"sla_.+"}', now())) and time.monotonic() < deadline:
                time.sleep(0.2)
    scraped = {
        (one["metric"].pop("__name__"), frozenset(item for item in one["metric"].items() if item[0] not in SCRAPE)):
        float(one["value"][1])
        for one in seen
    }  # fmt: skip
    # Prometheus takes an empty label for none.
    assert scraped == {(name, frozenset(x for x in has if x[1])): number for (name, has), number in METRICS.items()}
