"""The compose file starts the four servers, lets only this machine reach them, and mounts what they read."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.rendering import COMPOSE, ROOT, Manifest, load

COMPOSE_FILE: Manifest = load(COMPOSE / "compose.yaml")
SERVICES: dict[str, Manifest] = COMPOSE_FILE["services"]
KNOWN_KEYS = {
    *("build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "ports"),
    *("read_only", "restart", "security_opt", "stop_grace_period", "tmpfs", "volumes"),
}
every_service = pytest.mark.parametrize("service", SERVICES)


def _binds() -> Iterator[tuple[str, Path, str]]:
    for name, service in SERVICES.items():
        for volume in service["volumes"]:
            source, target, *mode = volume.split(":")
            if source.startswith("."):
                assert mode == ["ro"], volume
                yield name, (COMPOSE / source).resolve(), target


def _host_path(service: str, inside: str) -> Path:
    for name, source, target in _binds():
        if name == service and inside == target:
            return source
    pytest.fail(f"nothing is mounted at {inside} of {service}")


def test_the_four_servers_are_there() -> None:
    assert set(SERVICES) == {"monitor", "prometheus", "alertmanager", "grafana"}


@every_service
def test_no_key_is_misspelt(service: str) -> None:
    assert set(SERVICES[service]) <= KNOWN_KEYS


@every_service
def test_its_image_is_pinned(service: str) -> None:
    assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+", SERVICES[service]["image"])


@every_service
def test_only_this_machine_reaches_it(service: str) -> None:
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in SERVICES[service]["ports"])


@every_service
def test_what_it_keeps_is_a_declared_volume(service: str) -> None:
    named = {v.split(":")[0] for v in SERVICES[service]["volumes"] if not v.startswith(".")}
    assert named
    assert named <= set(COMPOSE_FILE["volumes"])


def test_what_is_mounted_exists() -> None:
    missing = [source for _, source, _ in _binds() if not source.exists()]
    assert not missing


def test_the_monitor_is_confined_as_in_the_cluster() -> None:
    monitor = SERVICES["monitor"]
    assert monitor["read_only"] is True
    assert monitor["cap_drop"] == ["ALL"]
    assert monitor["security_opt"] == ["no-new-privileges:true"]
    assert (COMPOSE / monitor["build"]["context"]).resolve() == ROOT


@pytest.mark.parametrize("service", ["prometheus", "alertmanager"])
def test_the_config_it_is_started_with_is_mounted(service: str) -> None:
    flags = dict(flag.split("=", 1) for flag in SERVICES[service]["command"])
    assert _host_path(service, flags["--config.file"]).is_file()


def test_prometheus_takes_its_config_and_finds_the_rules() -> None:
    done = subprocess.run(
        ["promtool", "check", "config", COMPOSE / "prometheus.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 rule files found" in done.stdout


def test_alertmanager_takes_its_config() -> None:
    done = subprocess.run(
        ["amtool", "check-config", COMPOSE / "alertmanager.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_asks_and_tells_services_that_exist() -> None:
    config = load(COMPOSE / "prometheus.yml")
    jobs = {job["job_name"]: job["static_configs"][0]["targets"] for job in config["scrape_configs"]}
    assert jobs["sla-monitor"] == [f"monitor:{_inside_port('monitor')}"]
    managers = config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    assert managers == [f"alertmanager:{_inside_port('alertmanager')}"]


def _inside_port(service: str) -> str:
    [port] = SERVICES[service]["ports"]
    return port.rsplit(":", 1)[1]


def test_the_monitor_asks_this_prometheus_as_often_as_it_scrapes() -> None:
    [source] = load(COMPOSE / "sla-monitor.yaml")["sources"]
    assert source["url"] == f"http://prometheus:{_inside_port('prometheus')}"
    assert source["resolution"] == load(COMPOSE / "prometheus.yml")["global"]["scrape_interval"]


def test_grafana_is_given_the_datasource_and_the_dashboards() -> None:
    provisioning = _host_path("grafana", "/etc/grafana/provisioning")
    [datasource] = load(provisioning / "datasources" / "prometheus.yaml")["datasources"]
    assert datasource["url"] == f"http://prometheus:{_inside_port('prometheus')}"
    [provider] = load(provisioning / "dashboards" / "sla-monitor.yaml")["providers"]
    dashboards = list(_host_path("grafana", provider["options"]["path"]).glob("*.json"))
    assert dashboards
    assert all(json.loads(path.read_text())["panels"] for path in dashboards)
