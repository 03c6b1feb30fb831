"""What `kubectl apply -k` would send, read for the tests."""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
COMPOSE = DEPLOY / "compose"
KUSTOMIZATIONS = ("base", "overlays/cluster", "overlays/example", "overlays/postgresql", "overlays/without-operator")

Manifest = dict[str, Any]


class NoKustomizeError(Exception):
    def __init__(self) -> None:
        super().__init__("no kustomize: run deploy/kubernetes/fetch-kustomize.sh")


def _command() -> list[str]:
    # In the order of fetch-kustomize.sh, which makes the first one where the others are missing or too old.
    fetched = shutil.which("kustomize", path=ROOT / ".cache" / "bin")
    if found := fetched or shutil.which("kustomize"):
        return [found, "build"]
    if found := shutil.which("kubectl"):
        return [found, "kustomize"]
    raise NoKustomizeError


@functools.cache
def render(kustomization: str) -> tuple[Manifest, ...]:
    command = [*_command(), str(KUBERNETES / kustomization)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    # kustomize tells of deprecated fields and of patches without a target here, and goes on.
    assert not done.stderr, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def one(kustomization: str, kind: str) -> Manifest:
    [found] = [manifest for manifest in render(kustomization) if manifest["kind"] == kind]
    return found


def pod(kustomization: str) -> Manifest:
    return one(kustomization, "Deployment")["spec"]["template"]["spec"]


def container(kustomization: str) -> Manifest:
    [found] = pod(kustomization)["containers"]
    return found


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())
