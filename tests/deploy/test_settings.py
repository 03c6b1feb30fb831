"""The shipped settings are those of the program, read under the environment that the image sets."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from sla_monitor.daemon import settings
from tests.deploy.rendering import COMPOSE, KUBERNETES, ROOT

FILES = {
    "base": KUBERNETES / "base" / "sla-monitor.yaml",
    "the example overlay": KUBERNETES / "overlays" / "example" / "sla-monitor.yaml",
    "compose": COMPOSE / "sla-monitor.yaml",
}
every_file = pytest.mark.parametrize("file", FILES.values(), ids=FILES)


@pytest.fixture
def image_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(settings.PREFIX)]:
        monkeypatch.delenv(name)
    dockerfile = (ROOT / "Dockerfile").read_text()
    block = re.search(r"^ENV (.*?[^\\])\n", dockerfile, re.MULTILINE | re.DOTALL)
    assert block
    variables = dict(pair.split("=", 1) for pair in block[1].replace("\\\n", " ").split())
    for name in set(variables) - {"PATH"}:
        monkeypatch.setenv(name, variables[name])


@every_file
@pytest.mark.usefixtures("image_environment")
def test_the_program_takes_them(file: Path) -> None:
    read = settings.load(file)
    assert read.web.listen == ":9797"
    assert read.ledger.url == "sqlite:////var/lib/sla-monitor/ledger.db"
    assert read.agreements.watch
    assert len(read.sources) == 1


@pytest.mark.usefixtures("image_environment")
def test_the_image_keeps_the_ledger_on_its_volume_when_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLA_MONITOR_WEB__UNAUTHENTICATED", "true")
    assert settings.load().ledger.url == "sqlite:////var/lib/sla-monitor/ledger.db"


def test_every_variable_on_the_pages_is_a_setting() -> None:
    pages = "".join((ROOT / "docs" / page).read_text() for page in ("container.md", "kubernetes.md"))
    named = set(re.findall(r"SLA_MONITOR_([A-Z_]+?)__([A-Z_]+)", pages)) - {("SECTION", "KEY")}
    assert named
    for section, key in named:
        fields = settings.Settings.model_fields[section.lower()].annotation.model_fields
        assert key.lower() in fields, f"{section}__{key}"
