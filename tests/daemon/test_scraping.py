"""A real Prometheus scrapes the real daemon, whole and by shards, squeezed as it asks."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.daemon.conftest import Make
from tests.faults import facts
from tests.faults.facts import Traffic, clock
from tests.faults.monitors import until
from tests.rig.processes import Prometheus, PrometheusSetup

NAMES = ("east", "north", "west")
OF = "sum by (job) (count_over_time({{{}}}[1m]) > bool 0)"


def test_what_is_told_whole_is_told_in_shards(make: Make, prometheus: Prometheus, tmp_path: Path) -> None:
    monitor = make(prometheus.url)
    for name in NAMES:
        monitor.agree(name, facts.agreement("scraped", name))
    with facts.fed(prometheus.url, Traffic("scraped", broken=6), clock() - 3700), monitor:
        until("standings", lambda: all(monitor.standing(name, "availability").get("attainment") for name in NAMES))
        answer = httpx.get(f"{monitor.url}/metrics", headers={"accept-encoding": "gzip"}, trust_env=False)
        assert answer.headers["content-encoding"] == "gzip"
        with Prometheus(tmp_path / "scraper", _scraping(monitor.url.removeprefix("http://"))) as scraper:
            until(
                "every target", lambda: len(scraper.ask("sum by (job) (up) > 0", clock())) == len(("whole", "1", "2"))
            )
            counted = {name: _counted(scraper, name) for name in ("sla_[a-ln-z].*|sla_m[^o].*", "sla_monitor_.*")}
    whole = counted["sla_[a-ln-z].*|sla_m[^o].*"]
    assert whole["whole"] == whole["1"] + whole["2"] > len(NAMES) * 60
    assert min(whole["1"], whole["2"]) > 0
    assert set(counted["sla_monitor_.*"]) == {"whole"}


def _scraping(address: str) -> PrometheusSetup:
    targets = [{"targets": [address]}]
    shards = [{"job_name": str(n), "params": {"shard": [f"{n}/2"]}, "static_configs": targets} for n in (1, 2)]
    return PrometheusSetup(
        scrape_interval="1s", scrape_configs=[{"job_name": "whole", "static_configs": targets}, *shards]
    )


def _counted(scraper: Prometheus, names: str) -> dict[str, float]:
    """Job → series."""
    found = scraper.ask(f'count by (job) ({{__name__=~"{names}"}})', clock())
    return {one["metric"]["job"]: float(one["value"][1]) for one in found}
