"""A real run with secrets wherever one may be: none is in any log, page, metric, or in what verbs print."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.daemon.conftest import Make
from tests.faults import facts, monitors
from tests.faults.monitors import Monitor, until
from tests.faults.proxies import Proxy, proxied
from tests.rig.processes import Prometheus

SECRETS = ("hunter-url", "hunter-header", "hunter-basic", "hunter-token", "hunter-pager", "hunter-next")
PAGES = ("/", "/agreements/shop", "/metrics", "/readyz", "/api/v1/standings", "/api/v1/agreements/shop")


@pytest.fixture
def proxy(prometheus: Prometheus) -> Iterator[Proxy]:
    with proxied(prometheus.url) as opened:
        yield opened


@pytest.fixture
def monitor(make: Make, proxy: Proxy, tmp_path: Path) -> Monitor:
    made = make("")
    token, password = tmp_path / "token", tmp_path / "password"
    token.write_text("hunter-token\n")
    password.write_text("hunter-basic\n")
    shared = {"resolution": 1, "settle": 1, "timeout": 2}
    sources: list[dict[str, Any]] = [
        {"name": "url", "url": proxy.url.replace("//", "//ann:hunter-url@")},
        {"name": "headers", "url": proxy.url, "headers": {"X-Scope": "hunter-header"}},
        {"name": "basic", "url": proxy.url, "basic_auth": {"username": "ann", "password_file": str(password)}},
        {"name": "bearer", "url": proxy.url, "bearer_token_file": str(token)},
        {"name": "nowhere", "url": "http://ann:hunter-url@127.0.0.1:9"},
    ]
    made.sections = {
        "sources": [{**shared, **source} for source in sources],
        "alerting": {"alertmanagers": ["http://ann:hunter-pager@127.0.0.1:9"], "resend": 1},
        "log": {"level": "debug", "format": "console"},
    }
    for source in sources:
        name = source["name"]
        made.agree(name, facts.agreement("secret", "shop" if name == "url" else name, source=name))
    return made


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def test_nothing_leaks(monitor: Monitor, proxy: Proxy, tmp_path: Path) -> None:
    monitor.start()
    until("a pass of the sound ones", lambda: b"slices_written_total" in monitor.get("/metrics").content)
    sent = until(
        "all ways to log in", lambda: len({h.get("Authorization") for h in proxy.headers}) == 4 and proxy.headers
    )
    assert {"Bearer hunter-token"} < {headers.get("Authorization") for headers in sent}
    assert "hunter-header" in {headers.get("X-Scope") for headers in sent}
    proxy.break_("html")
    monitor.reload()
    until("the source that is nowhere", lambda: "http://127.0.0.1:9/api" in monitor.log.read_text())
    until("answers that are none", lambda: "Please log in" in monitor.log.read_text())
    told = "".join(monitor.get(page).text for page in PAGES)
    monitor.running.signal(signal.SIGTERM)
    monitor.running.wait(10)
    log = monitor.log.read_text()
    assert "ann@" not in log
    assert leaks(told) == []
    assert leaks(log) == []


def test_a_token_that_is_replaced_is_used(monitor: Monitor, proxy: Proxy, tmp_path: Path) -> None:
    """Kubernetes replaces the tokens of service accounts every hour."""
    monitor.start()
    until("the first token", lambda: any(h.get("Authorization") == "Bearer hunter-token" for h in proxy.headers))
    (tmp_path / "token").write_text("hunter-next\n")
    until("the next token", lambda: any(h.get("Authorization") == "Bearer hunter-next" for h in proxy.headers))
    (tmp_path / "token").unlink()
    until("it is told of", lambda: "token: cannot be read: No such file or directory" in monitor.log.read_text())


def test_no_verb_tells_secrets(monitor: Monitor, proxy: Proxy, tmp_path: Path) -> None:
    proxy.break_("html")
    monitor.prepare()
    verbs = (["config"], ["check", "--online"], ["plan"], ["evaluate"], ["backfill"], ["rules"], ["status"])
    for verb in verbs:
        done = monitors.run(*verb, "--config", str(monitor.config))
        assert done.stdout + done.stderr
        assert leaks(done.stdout + done.stderr) == [], verb
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "broken",
    [
        {"headers": {"X-Scope": "hunter-header\r\nX-Other: 1"}},
        {"headers": {"X-Scope": "hünter-header"}},
        {"headers": {"X-Scope": ["hunter-header"]}},
        {"basic_auth": {"username": "ann", "password": ["hunter-basic"]}},
        {"basic_auth": "ann:hunter-basic"},
        {"bearer_token_file": "two-lines"},
        {"url": "ann:hunter-url@127.0.0.1:9090"},
        {"url": "http://ann:hunter-url@127.0.0.1:90900"},
        {"url": "http://ann:hunter-url@[::1"},
    ],
)
def test_no_fault_of_the_settings_tells_them(tmp_path: Path, broken: dict[str, Any]) -> None:
    (tmp_path / "two-lines").write_text("hunter-token\nhunter-token\n")
    if "bearer_token_file" in broken:
        broken = {"bearer_token_file": str(tmp_path / "two-lines")}
    config, agreement = tmp_path / "sla-monitor.yaml", tmp_path / "shop.yaml"
    agreement.write_text(facts.agreement("secret"))
    config.write_text(yaml.safe_dump({"sources": [{"name": "default", "url": "http://127.0.0.1:9", **broken}]}))
    done = monitors.run("evaluate", "--config", str(config), str(agreement))
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("sla-monitor: ")
    assert "Traceback" not in done.stderr
    assert leaks(done.stderr + done.stdout) == []
    assert "hünter" not in done.stderr
