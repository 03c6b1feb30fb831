"""Every object that is rendered is one that Kubernetes, or the Prometheus operator, would take."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable

import jsonschema
import kubernetes_validate
import pytest

from tests.deploy.rendering import KUBERNETES, KUSTOMIZATIONS, Manifest, one, render
from tests.deploy.validation import validate

OLDEST = "1.27"
CORE = {
    "ConfigMap": 2,
    "Deployment": 1,
    "NetworkPolicy": 1,
    "PersistentVolumeClaim": 1,
    "Service": 1,
    "ServiceAccount": 1,
}
OPERATOR = {"ServiceMonitor": 1, "PrometheusRule": 1}
WITHOUT_VOLUME = {kind: n for kind, n in (CORE | OPERATOR).items() if kind != "PersistentVolumeClaim"}
KINDS = {
    "base": CORE | OPERATOR,
    "overlays/cluster": WITHOUT_VOLUME | {"PodDisruptionBudget": 1},
    "overlays/example": CORE | OPERATOR | {"Namespace": 1},
    "overlays/postgresql": WITHOUT_VOLUME,
    "overlays/without-operator": CORE,
}


@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_it_renders_the_objects_of_an_installation(kustomization: str) -> None:
    assert Counter(manifest["kind"] for manifest in render(kustomization)) == KINDS[kustomization]


def test_every_kustomization_is_tested() -> None:
    found = {str(path.parent.relative_to(KUBERNETES)) for path in KUBERNETES.rglob("kustomization.yaml")}
    assert found == set(KUSTOMIZATIONS)


@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_every_object_is_valid(kustomization: str, version: str) -> None:
    for manifest in render(kustomization):
        validate(manifest, version)


def _container_key(manifest: Manifest) -> None:
    manifest["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}


def _unknown_kind(manifest: Manifest) -> None:
    manifest["kind"] = "Deploymnet"


def _endpoint_key(manifest: Manifest) -> None:
    manifest["spec"]["endpoints"][0]["honourLabels"] = True


def _no_rules(manifest: Manifest) -> None:
    del manifest["spec"]["groups"][0]["rules"]


def _rule_without_a_name(manifest: Manifest) -> None:
    del manifest["spec"]["groups"][-1]["rules"][0]["alert"]


@pytest.mark.parametrize(
    ("kind", "spoil", "error"),
    [
        pytest.param(
            "Deployment", _container_key, kubernetes_validate.ValidationError, id="a misspelt key of a container"
        ),
        pytest.param("Deployment", _unknown_kind, kubernetes_validate.SchemaNotFoundError, id="an unknown kind"),
        pytest.param("ServiceMonitor", _endpoint_key, jsonschema.ValidationError, id="a misspelt key of an endpoint"),
        pytest.param("PrometheusRule", _no_rules, jsonschema.ValidationError, id="a group without rules"),
        pytest.param("PrometheusRule", _rule_without_a_name, jsonschema.ValidationError, id="a rule without a name"),
    ],
)
def test_a_fault_would_be_found(kind: str, spoil: Callable[[Manifest], None], error: type[Exception]) -> None:
    manifest = copy.deepcopy(one("base", kind))
    spoil(manifest)
    with pytest.raises(error):
        validate(manifest, kubernetes_validate.latest_version())
