"""Settings: the layers, and what is told of faults."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from sla_monitor.daemon import sections, settings
from sla_monitor.daemon.settings import Settings, load, masked
from sla_monitor.errors import ConfigError

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config" / "sla-monitor.yaml"
SECRET = "hunter2"  # noqa: S105 - nobody's


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(settings.PREFIX)]:
        monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sla-monitor.yaml"


def source(**more: Any) -> dict[str, Any]:
    return {"name": "default", "url": "http://127.0.0.1:9090", **more}


def test_the_shipped_file_shows_the_defaults() -> None:
    shipped = load(SHIPPED)
    assert shipped.model_copy(update={"sources": ()}) == load()
    assert shipped.sources == (sections.Source(url="http://127.0.0.1:9090"),)


def test_the_shipped_file_shows_every_setting() -> None:
    shown = yaml.safe_load(SHIPPED.read_text())
    shown["ledger"] = {"url": "", **shown["ledger"]}  # its default depends on who runs it: a comment
    assert set(shown) == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        section = sections.Source if name == "sources" else field.annotation
        there = shown[name][0] if name == "sources" else shown[name]
        assert isinstance(section, type)
        assert issubclass(section, BaseModel)
        assert list(there) == list(section.model_fields), name


def test_flags_go_before_the_environment_and_that_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("schedule: {tick: 1, jitter: 1, catch_up_limit: 1d}\n")
    monkeypatch.setenv("SLA_MONITOR_SCHEDULE__TICK", "2m")
    monkeypatch.setenv("SLA_MONITOR_SCHEDULE__JITTER", "2")
    schedule = load(file, {"schedule": {"tick": 3}}).schedule
    assert (schedule.tick, schedule.jitter, schedule.catch_up_limit) == (3, 2, 86_400)


@pytest.mark.parametrize(
    ("name", "value", "path", "expected"),
    [
        ("LOG__LEVEL", "debug", "log.level", "debug"),
        ("AGREEMENTS__WATCH", "false", "agreements.watch", False),
        ("AGREEMENTS__PATHS", "/etc/a:/etc/b", "agreements.paths", (Path("/etc/a"), Path("/etc/b"))),
        ("AGREEMENTS__PATHS", '["/etc/a"]', "agreements.paths", (Path("/etc/a"),)),
        ("ALERTING__ALERTMANAGERS", "http://a:9093, http://b:9093", "alerting.alertmanagers",
         ("http://a:9093", "http://b:9093")),
        ("ALERTING__LABELS__TEAM", "web", "alerting.labels", {"team": "web"}),
        ("ALERTING", '{"labels": {"team": "web"}}', "alerting.labels", {"team": "web"}),
        ("WEB__LISTEN", ":9000", "web.listen", ":9000"),
    ],
)  # fmt: skip
def test_the_environment(monkeypatch: pytest.MonkeyPatch, name: str, value: str, path: str, expected: object) -> None:
    monkeypatch.setenv("SLA_MONITOR_" + name, value)
    found: Any = load()
    for part in path.split("."):
        found = getattr(found, part)
    assert found == expected


def test_the_environment_reaches_into_the_list_of_sources(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a password need not be in a file with all the rest."""
    file.write_text(yaml.safe_dump({"sources": [source(basic_auth={"username": "u"})]}))
    monkeypatch.setenv("SLA_MONITOR_SOURCES__0__BASIC_AUTH__PASSWORD", SECRET)
    monkeypatch.setenv("SLA_MONITOR_SOURCES__1__NAME", "edge")
    monkeypatch.setenv("SLA_MONITOR_SOURCES__1__URL", "http://127.0.0.1:9091")
    first, second = load(file).sources
    assert first.basic_auth is not None
    assert first.basic_auth.password is not None
    assert (first.name, first.basic_auth.password.get_secret_value()) == ("default", SECRET)
    assert (second.name, second.url) == ("edge", "http://127.0.0.1:9091")


def test_variables_that_kubernetes_makes_for_a_service_are_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVICE_HOST", "PORT", "PORT_9797_TCP", "SERVICE_PORT_HTTP", "CONFIG"):
        monkeypatch.setenv("SLA_MONITOR_" + name, "tcp://10.0.0.1:9797")
    assert load() == Settings()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"schedul": {}}, "schedul: no such setting; config/sla-monitor.yaml shows them all"),
        ({"schedule": {"tock": 1}}, "schedule.tock: no such setting; config/sla-monitor.yaml shows them all"),
        ({"schedule": {"tick": 0}}, "schedule.tick: must be greater than or equal to 1"),
        ({"schedule": {"tick": "soon"}}, "schedule.tick: not a duration such as 90s, 5m or 1h30m: 'soon'"),
        ({"sources": [{"name": "a"}]}, "sources.0.url: is missing"),
        ({"sources": [source(url="prometheus:9090")]},
         "sources.0.url: not an http(s) URL such as http://127.0.0.1:9090"),
        ({"sources": [source(), source()]}, "sources: several are called 'default': give each a name of its own"),
        ({"sources": [source(basic_auth={"username": "u"})]},
         "sources.0.basic_auth: give password or password_file, one of them"),
        ({"sources": [source() | {"basic_auth": {"username": "u", "password": "p"}, "bearer_token_file": "t"}]},
         "sources.0: give basic_auth or bearer_token_file, one of them"),
        ({"sources": [source(headers={"X-Scope": SECRET + "\n"})]},
         "sources.0.headers.X-Scope: the header's value is not one line of ASCII text"),
        ({"sources": [source(flavour="cortex")]},
         "sources.0.flavour: must be 'auto', 'prometheus', 'thanos', 'mimir' or 'victoriametrics'"),
        ({"sources": [source(tenant="a\nb")]}, "sources.0.tenant: the tenant's name is not one line of ASCII text"),
        ({"sources": [source(tenant="a", headers={"x-scope-orgid": "b"})]},
         "sources.0: give tenant or the header X-Scope-OrgID, one of them"),
        ({"sources": [source(max_samples=5)]}, "sources.0.max_samples: must be greater than or equal to 1000"),
        ({"web": {"listen": "9797"}}, "web.listen: not HOST:PORT: '9797'"),
        ({"web": {"web_config": "web.yaml"}}, f"web.web_config: {settings.LATER['web.web_config']}"),
        ({"reports": {}}, "reports: reports are not sent by this version"),
        ({"cluster": {"shards": 0}}, "cluster.shards: must be greater than or equal to 1"),
        ({"ledger": {"retention": "1y"}}, "ledger.retention: must be a valid dictionary or instance of Retention"),
        ({"ledger": {"retention": {"slices": "40d"}}},
         "ledger.retention: is shorter than what is measured unasked (schedule.catch_up_limit): 41d at least"),
        (
            {"ledger": {"retention": {"slices": "90d", "days": "60d"}}},
            "ledger.retention: days go before their slices: keep days as long, or longer",
        ),
        ({"log": {"level": "loud"}}, "log.level: must be 'debug', 'info', 'warning' or 'error'"),
    ],
)  # fmt: skip
def test_a_fault_names_the_file_and_the_key(file: Path, content: dict[str, Any], told: str) -> None:
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value) == f"{file}: {told}"


def test_every_fault_at_once(file: Path) -> None:
    file.write_text("schedule: {tick: 0}\nlog: {level: loud}\nweb: {listen: here}\n")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("log: {level: [", ":1:15: is not YAML: expected the node content, but found '<stream end>'"),
        ("- a\n", ": holds no settings; config/sla-monitor.yaml shows them all"),
        (None, ": cannot be read: No such file or directory; name another with --config"),
    ],
)
def test_a_file_that_holds_no_settings(file: Path, text: str | None, told: str) -> None:
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value) == f"{file}{told}"


def test_an_empty_file_and_empty_sections_are_the_defaults(file: Path) -> None:
    file.write_text("log:\nweb:\n")
    assert load(file) == load()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("WEB__LISTEN", "here", "SLA_MONITOR_WEB__LISTEN: not HOST:PORT: 'here'"),
        ("WEBB__LISTEN", "here", "SLA_MONITOR_WEBB__LISTEN: no such setting; config/sla-monitor.yaml shows them all"),
        ("WEB__LISTN", "here", "SLA_MONITOR_WEB__LISTN: no such setting; config/sla-monitor.yaml shows them all"),
        ("LOG__LEVEL__DEEP", "1", "SLA_MONITOR_LOG__LEVEL__DEEP: must be 'debug', 'info', 'warning' or 'error'"),
        ("SOURCES", '[{"url": "http://u:hunter2@h"', "SLA_MONITOR_SOURCES: is not JSON (line 1, column 30)"),
        ("SOURCES__5__URL", "http://h", "SLA_MONITOR_SOURCES__5__URL: the list has 0 entries, counted from 0"),
        ("SOURCES__0__URL", "h:9090", "SLA_MONITOR_SOURCES__0__URL: not an http(s) URL such as http://127.0.0.1:9090"),
        ("SOURCES__0__NAME", "a", "settings: sources.0.url: is missing"),
    ],
)
def test_a_fault_names_the_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv("SLA_MONITOR_" + name, value)
    with pytest.raises(ConfigError) as caught:
        load()
    assert str(caught.value) == told


def test_a_fault_names_the_flag() -> None:
    with pytest.raises(ConfigError, match=r"^--prometheus: not an http"):
        load(flags={"sources": [{"name": "default", "url": "nowhere", "resolution": None}]})


def test_secrets_are_masked() -> None:
    secret = load(
        flags={
            "sources": [
                source(
                    url=f"http://u:{SECRET}@127.0.0.1/prefix",
                    headers={"X": SECRET},
                    basic_auth={"username": "u", "password": SECRET},
                )
            ],
            "alerting": {"alertmanagers": [f"https://u:{SECRET}@h:9093/am"]},
            "ledger": {"url": f"postgresql://u:{SECRET}/#{SECRET}@h/db"},
        }
    )
    shown = yaml.safe_dump(masked(secret))
    assert SECRET not in shown
    assert SECRET not in repr(secret.sources[0].headers)
    assert "http://127.0.0.1/prefix" in shown
    assert "https://h:9093/am" in shown
    assert "postgresql://h/db" in shown


def test_a_password_in_the_query_of_a_ledger_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        load(flags={"ledger": {"url": f"postgresql://u@h/db?sslmode=require&password={SECRET}"}})
    assert str(caught.value) == (
        "--ledger: give password as postgresql://USER:PASSWORD@HOST, or by ledger.password_file"
    )


def test_what_is_shown_can_be_read_again(file: Path) -> None:
    file.write_text(yaml.safe_dump(masked(load(SHIPPED))))
    assert load(file) == load(SHIPPED)


def test_the_ledger_is_under_the_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert load().ledger.url == "sqlite:////state/sla-monitor/ledger.db"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/ann")
    assert load().ledger.url == "sqlite:////ann/.local/state/sla-monitor/ledger.db"


@pytest.mark.parametrize(
    ("listen", "open_"),
    [
        ("127.0.0.1:9797", False),
        ("127.8.8.8:1", False),
        ("[::1]:9797", False),
        ("localhost:9797", False),
        (":9797", True),
        ("0.0.0.0:9797", True),
        ("[::]:9797", True),
        ("192.0.2.1:9797", True),
        ("example.com:9797", True),
    ],
)
def test_only_loopback_needs_no_leave(listen: str, open_: bool) -> None:
    web = load(flags={"web": {"listen": listen}}).web
    if open_:
        with pytest.raises(ConfigError, match=r"web\.unauthenticated: true"):
            web.refuse_openness()
        load(flags={"web": {"listen": listen, "unauthenticated": True}}).web.refuse_openness()
    else:
        web.refuse_openness()
