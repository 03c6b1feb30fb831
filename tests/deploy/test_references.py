"""What one object says of another is true: a selector that matches nothing is valid, and does nothing."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
import yaml

from tests.deploy.rendering import KUBERNETES, KUSTOMIZATIONS, Manifest, container, load, one, pod, render

PORT = 9797
SHUTDOWN_SECONDS = 5
every = pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
WITH_VOLUME = [one for one in KUSTOMIZATIONS if one not in ("overlays/cluster", "overlays/postgresql")]
with_operator = pytest.mark.parametrize("kustomization", ["base", "overlays/example"])


def _template(kustomization: str) -> Manifest:
    return one(kustomization, "Deployment")["spec"]["template"]


def _config_map(kustomization: str, volume: str) -> Manifest:
    [reference] = [v["configMap"]["name"] for v in pod(kustomization)["volumes"] if v["name"] == volume]
    maps = {m["metadata"]["name"]: m for m in render(kustomization) if m["kind"] == "ConfigMap"}
    return maps[reference]


def _mount(kustomization: str, volume: str) -> Manifest:
    [found] = [mount for mount in container(kustomization)["volumeMounts"] if mount["name"] == volume]
    return found


def _settings(kustomization: str) -> Manifest:
    return yaml.safe_load(_config_map(kustomization, "settings")["data"]["sla-monitor.yaml"])


@every
def test_service_policy_and_deployment_mean_the_pod(kustomization: str) -> None:
    labels = _template(kustomization)["metadata"]["labels"].items()
    selectors = [
        one(kustomization, "Deployment")["spec"]["selector"]["matchLabels"],
        one(kustomization, "Service")["spec"]["selector"],
        one(kustomization, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ]
    assert all(selector and selector.items() <= labels for selector in selectors)


@with_operator
def test_the_service_monitor_means_the_service(kustomization: str) -> None:
    service, monitor = one(kustomization, "Service"), one(kustomization, "ServiceMonitor")["spec"]
    labels = service["metadata"]["labels"]
    assert monitor["selector"]["matchLabels"].items() <= labels.items()
    assert {endpoint["port"] for endpoint in monitor["endpoints"]} == {
        port["name"] for port in service["spec"]["ports"]
    }
    # Rules and dashboards ask for this job.
    assert labels[monitor["jobLabel"]] == "sla-monitor"


@with_operator
def test_labels_of_an_agreement_survive_the_scrape(kustomization: str) -> None:
    # Without it the operator's own label service renames the agreement's to exported_service.
    assert all(endpoint["honorLabels"] for endpoint in one(kustomization, "ServiceMonitor")["spec"]["endpoints"])


@every
def test_the_port_is_one_everywhere_by_name(kustomization: str) -> None:
    box = container(kustomization)
    [port] = box["ports"]
    assert (port["name"], port["containerPort"]) == ("http-metrics", PORT)
    probes = [box[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
    policies = one(kustomization, "NetworkPolicy")["spec"]["ingress"]
    named = [probe["port"] for probe in probes]
    named += [p["targetPort"] for p in one(kustomization, "Service")["spec"]["ports"]]
    named += [p["port"] for rule in policies for p in rule["ports"]]
    assert set(named) == {"http-metrics"}


@every
def test_being_alive_does_not_depend_on_prometheus(kustomization: str) -> None:
    box = container(kustomization)
    asked = {probe: box[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert asked == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}


@pytest.mark.parametrize("kustomization", [one for one in KUSTOMIZATIONS if one != "overlays/cluster"])
def test_one_pod_writes_the_ledger(kustomization: str) -> None:
    deployment = one(kustomization, "Deployment")["spec"]
    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})


def test_a_ledger_in_postgresql_is_named_by_a_secret_and_needs_no_volume() -> None:
    [named] = container("overlays/postgresql")["env"]
    assert named == {
        "name": "SLA_MONITOR_LEDGER__URL", "valueFrom": {"secretKeyRef": {"name": "sla-monitor-ledger", "key": "url"}},
    }  # fmt: skip
    assert not any("persistentVolumeClaim" in volume for volume in pod("overlays/postgresql")["volumes"])


def test_several_pods_share_a_ledger_in_postgresql() -> None:
    deployment = one("overlays/cluster", "Deployment")["spec"]
    assert (deployment["replicas"], deployment["strategy"]["type"]) == (3, "RollingUpdate")
    named = {one["name"]: one.get("value") for one in container("overlays/cluster")["env"]}
    assert named == {"SLA_MONITOR_LEDGER__URL": None, "SLA_MONITOR_CLUSTER__ENABLED": "true"}


@pytest.mark.parametrize("kustomization", WITH_VOLUME)
def test_the_ledger_lies_on_the_volume_that_is_claimed(kustomization: str) -> None:
    [claim] = [v["persistentVolumeClaim"] for v in pod(kustomization)["volumes"] if v["name"] == "ledger"]
    assert claim["claimName"] == one(kustomization, "PersistentVolumeClaim")["metadata"]["name"]


@every
def test_the_transaction_is_given_time_to_finish(kustomization: str) -> None:
    assert pod(kustomization)["terminationGracePeriodSeconds"] > SHUTDOWN_SECONDS


@every
def test_the_settings_are_where_the_program_is_told(kustomization: str) -> None:
    mount = _mount(kustomization, "settings")
    assert container(kustomization)["args"] == ["run", "--config", mount["mountPath"]]
    assert mount["subPath"] in _config_map(kustomization, "settings")["data"]


@every
def test_the_ledger_lies_on_the_claim(kustomization: str) -> None:
    ledger = PurePosixPath(_settings(kustomization)["ledger"]["url"].removeprefix("sqlite:///"))
    assert ledger.parent == PurePosixPath(_mount(kustomization, "ledger")["mountPath"])


@every
def test_the_agreements_are_where_the_settings_say(kustomization: str) -> None:
    mount = _mount(kustomization, "agreements")
    assert _settings(kustomization)["agreements"]["paths"] == [mount["mountPath"]]
    # A subPath would never see an edit.
    assert "subPath" not in mount


@every
def test_edited_agreements_reload_and_changed_settings_restart(kustomization: str) -> None:
    assert _config_map(kustomization, "agreements")["metadata"]["name"] == "sla-monitor-agreements"
    assert _config_map(kustomization, "settings")["metadata"]["name"].startswith("sla-monitor-settings-")


@pytest.mark.parametrize("kustomization", ["base", "overlays/example"])
def test_every_agreement_file_beside_it_is_mounted(kustomization: str) -> None:
    files = {path.name for path in (KUBERNETES / kustomization / "agreements").iterdir()}
    assert files == set(_config_map(kustomization, "agreements")["data"])


def test_the_example_changes_what_an_installation_changes() -> None:
    base, example = one("base", "PersistentVolumeClaim"), one("overlays/example", "PersistentVolumeClaim")
    assert base["spec"]["resources"]["requests"]["storage"] != example["spec"]["resources"]["requests"]["storage"]
    assert container("overlays/example")["image"].startswith("registry.example.com/")
    assert {m["metadata"].get("namespace") for m in render("overlays/example")} == {"sla-monitor", None}


def test_without_an_operator_pods_say_how_they_are_scraped() -> None:
    annotations = _template("overlays/without-operator")["metadata"]["annotations"]
    assert annotations["prometheus.io/scrape"] == "true"
    assert annotations["prometheus.io/port"] == str(PORT)


def test_the_operator_overlay_label_is_on_what_the_operator_selects() -> None:
    chosen = {m["kind"] for m in render("overlays/example") if "release" in m["metadata"].get("labels", {})}
    assert chosen == {"ServiceMonitor", "PrometheusRule"}


def test_the_image_tag_is_the_version_of_the_program() -> None:
    version = next(
        line.split('"')[1]
        for line in (KUBERNETES.parents[1] / "pyproject.toml").read_text().splitlines()
        if line.startswith("version")
    )
    tags = {image["newTag"] for image in load(KUBERNETES / "base" / "kustomization.yaml")["images"]}
    assert tags == {version}
