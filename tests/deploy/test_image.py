"""The Dockerfile says what the page about containers says; what it builds is tried by deploy/image-test.sh."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.rendering import DEPLOY, ROOT, container, pod

DOCKERFILE = ROOT / "Dockerfile"


def _instructions() -> list[tuple[str, str]]:
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined.splitlines()) if name]


def _all(name: str) -> list[str]:
    return [rest for instruction, rest in _instructions() if instruction == name]


def _tool(name: str) -> str:
    found = shutil.which(name, path=Path(sys.executable).parent)
    assert found, f"{name} is missing: pip install --require-hashes -r requirements/dev.txt"
    return found


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run([_tool("hadolint"), DOCKERFILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", sorted(DEPLOY.rglob("*.sh")), ids=lambda path: path.name)
def test_shellcheck_finds_nothing(script: Path) -> None:
    done = subprocess.run([_tool("shellcheck"), script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert script.stat().st_mode & 0o111


def test_every_stage_stands_on_the_base_that_is_given() -> None:
    [declared] = [rest for rest in _all("ARG") if rest.startswith("BASE=")]
    assert re.fullmatch(r"BASE=python:3\.\d+-slim-\w+", declared)
    assert [stage.split()[0] for stage in _all("FROM")] == ["${BASE}", "${BASE}"]


def test_what_is_installed_from_outside_is_pinned_by_hash() -> None:
    installs = re.findall(r"pip .*?install (.*?)(?:&&|$)", " ".join(_all("RUN")))
    assert len(installs) == 3
    assert all("--require-hashes" in install or "--no-index" in install for install in installs)


def test_what_is_copied_is_sent_to_the_builder() -> None:
    sent = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"}
    copied = {word for rest in _all("COPY") if "--from" not in rest for word in rest.split()[:-1]}
    assert copied == sent
    assert all((ROOT / name).exists() for name in sent)


def test_the_user_is_the_one_the_cluster_runs_it_as() -> None:
    security = pod("base")["securityContext"]
    assert _all("USER") == [f"{security['runAsUser']}:{security['runAsGroup']}"]


def test_it_starts_as_in_the_cluster() -> None:
    assert _all("ENTRYPOINT") == ['["sla-monitor"]']
    assert re.findall(r'"([^"]+)"', _all("CMD")[-1]) == container("base")["args"]


def test_it_listens_where_the_cluster_asks() -> None:
    [port] = container("base")["ports"]
    assert _all("EXPOSE") == [str(port["containerPort"])]
    assert f"SLA_MONITOR_WEB__LISTEN=:{port['containerPort']}" in _all("ENV")[0]
    assert f"http://127.0.0.1:{port['containerPort']}/healthz" in _all("HEALTHCHECK")[0]


def test_other_verbs_find_the_settings_of_the_run() -> None:
    _, _, settings = container("base")["args"]
    assert f"SLA_MONITOR_CONFIG={settings}" in _all("ENV")[0].split()


def test_the_ledger_is_where_the_cluster_mounts_it() -> None:
    [mount] = [m for m in container("base")["volumeMounts"] if m["name"] == "ledger"]
    assert _all("VOLUME") == [mount["mountPath"]]


def test_it_says_what_it_is() -> None:
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', _all("LABEL")[0]))
    assert {"title", "description", "version", "revision"} <= set(labels)


def test_sigterm_ends_it() -> None:
    assert _all("STOPSIGNAL") == ["SIGTERM"]
