"""The pod can do what it must and no more; the table is the restricted Pod Security Standard, and what we add to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.deploy.rendering import KUSTOMIZATIONS, Manifest, container, one, pod

Rule = Callable[[Manifest, Manifest], bool]
RULES: dict[str, Rule] = {
    "the pod may not run as root": lambda pod, _: pod["securityContext"]["runAsNonRoot"] is True,
    "its user and groups are numbers above the system's": lambda pod, _: all(
        pod["securityContext"][who] >= 1000 for who in ("runAsUser", "runAsGroup", "fsGroup")
    ),
    "system calls are filtered": lambda pod, _: pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"},
    "no token of the API server is mounted": lambda pod, _: pod["automountServiceAccountToken"] is False,
    "names of services do not become settings": lambda pod, _: pod["enableServiceLinks"] is False,
    "nothing of the node is shared": lambda pod, _: (
        not any(pod.get(share) for share in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"))
    ),
    "no folder of the node is mounted": lambda pod, _: not any("hostPath" in volume for volume in pod["volumes"]),
    "scratch space has an end": lambda pod, _: all(
        "sizeLimit" in volume["emptyDir"] for volume in pod["volumes"] if "emptyDir" in volume
    ),
    "its root file system is read-only": lambda _, box: box["securityContext"]["readOnlyRootFilesystem"] is True,
    "it has no capabilities": lambda _, box: box["securityContext"]["capabilities"] == {"drop": ["ALL"]},
    "it can gain no privilege": lambda _, box: box["securityContext"]["allowPrivilegeEscalation"] is False,
    "it is not privileged": lambda _, box: not box["securityContext"].get("privileged"),
    "its memory has an end": lambda _, box: "memory" in box["resources"]["limits"],
    "what it needs is reserved": lambda _, box: {"cpu", "memory"} <= set(box["resources"]["requests"]),
    "settings and agreements cannot be written": lambda _, box: all(
        mount.get("readOnly") for mount in box["volumeMounts"] if mount["mountPath"].startswith("/etc/")
    ),
    "its image has a tag of its own": lambda _, box: ":" in box["image"] and not box["image"].endswith(":latest"),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_the_pod_is_confined(kustomization: str, rule: Rule) -> None:
    assert rule(pod(kustomization), container(kustomization))


@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_the_account_gives_no_token(kustomization: str) -> None:
    account = one(kustomization, "ServiceAccount")
    assert account["automountServiceAccountToken"] is False
    assert account["metadata"]["name"] == pod(kustomization)["serviceAccountName"]


@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS)
def test_the_network_is_closed_but_for_named_neighbours(kustomization: str) -> None:
    policy = one(kustomization, "NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert all(rule["from"] and rule["ports"] for rule in policy["ingress"])
    assert all(rule["to"] and rule["ports"] for rule in policy["egress"])


def test_the_example_namespace_enforces_what_the_table_says() -> None:
    labels = one("overlays/example", "Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
