"""Direct pushes against the real Alertmanager, and side by side with the rules of a real Prometheus."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.lifetimes import Lifetime
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import AgreementName
from sla_monitor.errors import ConfigError
from sla_monitor.publishing.alertmanagers import BATCH, Alertmanager, DirectAlerts
from sla_monitor.publishing.alerts import HOLD, Delivered
from sla_monitor.publishing.metrics import MonitorMetrics
from sla_monitor.publishing.rules import as_yaml, rules
from sla_monitor.publishing.rules.identities import Links
from sla_monitor.sources.rests import told_at
from tests.publishing import boards, exporter
from tests.publishing.boards import Contract, Story, Trouble
from tests.rig import processes
from tests.rig.children import HOST, free_port
from tests.rig.processes import Prometheus, PrometheusSetup

LINKS = Links("https://sla.example.com", "https://docs.example.com/runbooks.md")
RESEND, DAY = 60, 86_400
OUTAGE = (Story(troubles=(Trouble("3d", "2h"),)),)


class Book:
    """Deliveries in memory, as JSON so that nothing but plain data survives."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}

    def load(self, receiver: str) -> dict[str, Delivered]:
        kept = json.loads(self.pages.get(receiver, "{}"))
        return {key: Delivered.of(record) for key, record in kept.items()}

    def save(self, receiver: str, state: Mapping[str, Delivered]) -> None:
        self.pages[receiver] = json.dumps({key: told.record() for key, told in state.items()})


def clock() -> int:
    return int(time.time())  # noqa: TID251 - Alertmanager ends alerts by the real clock


def breached(name: str) -> Board:
    return boards.board(Contract(name=name, stories=OUTAGE))


def met(name: str) -> Board:
    return boards.board(Contract(name=name))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as opened:
        yield opened


class Rig:
    """Direct alerts with a book and figures of their own; a fresh one is what a restart leaves.

    by_its_clock: as the daemon does. Elsewhere minutes pass at once, which no clock does.
    """

    def __init__(
        self, client: httpx.AsyncClient, *urls: str, book: Book | None = None, by_its_clock: bool = False
    ) -> None:
        self.book = book or Book()
        self.registry = CollectorRegistry()
        self.direct = DirectAlerts(
            [Alertmanager.of(url) for url in urls],
            client,
            self.book,
            MonitorMetrics(self.registry, "1").alerts_sent,
            links=LINKS,
            labels={},
            told_at=told_at if by_its_clock else lambda _: None,
            resend=RESEND,
        )
        self.push: Callable[[Board, int], Awaitable[None]] = self.direct.push

    def sent(self, result: str) -> float:
        return self.registry.get_sample_value("sla_monitor_alerts_sent_total", {"result": result}) or 0


def held(server: processes.Alertmanager, agreement: str) -> list[dict[str, Any]]:
    return [alert for alert in server.alerts() if alert["labels"].get("agreement") == agreement]


def instant(text: str) -> float:
    return datetime.fromisoformat(text).astimezone(UTC).timestamp()


async def test_a_breach_fires_once(client: httpx.AsyncClient, alertmanager: processes.Alertmanager) -> None:
    rig, now = Rig(client, alertmanager.url), clock()
    for seconds in (0, 1, RESEND, 2 * RESEND):
        await rig.push(breached("fires"), now + seconds)
    (alert,) = held(alertmanager, "fires")
    assert alert["labels"] == {
        "alertname": "SLABreached",
        "severity": "page",
        "agreement": "fires",
        "objective": "availability",
        "service": "payments-api",
        "customer": "Acme GmbH",
    }
    assert instant(alert["startsAt"]) == now
    assert instant(alert["endsAt"]) == now + 6 * RESEND, "the last resend keeps it"
    assert alert["generatorURL"] == "https://sla.example.com/agreements/fires"
    assert rig.sent("success") == 3
    assert rig.sent("failed") == 0


async def test_back_to_met_resolves_it(client: httpx.AsyncClient, alertmanager: processes.Alertmanager) -> None:
    rig, now = Rig(client, alertmanager.url), clock() - HOLD * RESEND - 1
    await rig.push(breached("resolved"), now)
    await rig.push(met("resolved"), now + 1)
    assert len(held(alertmanager, "resolved")) == 1, "held until the rules had time to see it"
    await rig.push(met("resolved"), now + 1 + HOLD * RESEND)
    assert held(alertmanager, "resolved") == []
    await rig.push(met("resolved"), now + 2 + HOLD * RESEND)
    assert rig.sent("success") == 2
    assert json.loads(rig.book.pages[alertmanager.url]) == {}


HOUR = 3600


@pytest.mark.parametrize("off", [-HOUR, HOUR], ids=["behind", "ahead"])
async def test_a_clock_that_is_an_hour_off(
    client: httpx.AsyncClient, alertmanager: processes.Alertmanager, off: int
) -> None:
    """It fires from now on by the clock of Alertmanager, and is over when it is over."""
    rig, now, name = Rig(client, alertmanager.url, by_its_clock=True), clock() + off, f"off-{off}"
    with capture_logs() as logs:
        await rig.push(breached(name), now)
    ((event, seconds),) = [(line["event"], line["seconds"]) for line in logs]
    assert event == "clock_apart_from_alertmanager"
    assert abs(seconds - off) <= 5
    (alert,) = held(alertmanager, name)
    assert abs(instant(alert["startsAt"]) - (now - off)) <= 5
    assert abs(instant(alert["endsAt"]) - (now - off + 4 * RESEND)) <= 5
    await rig.push(met(name), now + 1)
    await rig.push(met(name), now + 1 + HOLD * RESEND)
    assert held(alertmanager, name) == []


@pytest.mark.parametrize("steps", [(0, -HOUR, 0), (-HOUR, 0, HOUR)])
async def test_a_clock_that_steps_ends_no_alert(
    client: httpx.AsyncClient, alertmanager: processes.Alertmanager, steps: tuple[int, ...]
) -> None:
    rig, name = Rig(client, alertmanager.url, by_its_clock=True), f"steps{steps[0]}"
    for off in steps:
        await rig.push(breached(name), clock() + off)
        (alert,) = held(alertmanager, name)
        assert instant(alert["endsAt"]) > clock() + RESEND
    assert rig.sent("failed") == 0


async def test_a_restart_in_between_changes_nothing(
    client: httpx.AsyncClient, alertmanager: processes.Alertmanager
) -> None:
    before, now = Rig(client, alertmanager.url), clock() - HOLD * RESEND - 1
    await before.push(breached("restart"), now)
    after = Rig(client, alertmanager.url, book=before.book)
    await after.push(Board(), now + 1)
    await after.push(breached("restart"), now + 2)
    assert after.sent("success") == 0, "told already"
    await after.push(met("restart"), now + 1)
    await after.push(met("restart"), now + 1 + HOLD * RESEND)
    assert held(alertmanager, "restart") == []


async def test_one_that_is_down_holds_up_no_other_and_is_told_later(
    client: httpx.AsyncClient, alertmanager: processes.Alertmanager, tmp_path: Path
) -> None:
    late = processes.Alertmanager(tmp_path)
    rig, now = Rig(client, late.url, alertmanager.url), clock()
    await rig.push(breached("one-down"), now)
    assert len(held(alertmanager, "one-down")) == 1
    assert (rig.sent("failed"), rig.sent("success")) == (1, 1)
    with late:
        await rig.push(breached("one-down"), now + 15)
        assert len(held(late, "one-down")) == 1
    assert (rig.sent("failed"), rig.sent("success")) == (1, 2)


async def test_one_that_stays_down_is_given_up_when_the_alert_has_run_out(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    now = clock()
    with processes.Alertmanager(tmp_path) as server:
        rig = Rig(client, server.url)
        await rig.push(breached("lost"), now)
    for seconds in (1, 1 + HOLD * RESEND, 2 + HOLD * RESEND):
        await rig.push(met("lost"), now + seconds)
    assert len(rig.book.load(server.url)) == 1
    await rig.push(met("lost"), now + 4 * RESEND)
    assert rig.book.load(server.url) == {}


async def test_many_alerts_go_in_several_requests(
    client: httpx.AsyncClient, alertmanager: processes.Alertmanager
) -> None:
    many = tuple(Story(name=f"o{number}", troubles=OUTAGE[0].troubles) for number in range(BATCH + 6))
    rig = Rig(client, alertmanager.url)
    await rig.push(boards.board(Contract(name="many", stories=many)), clock())
    assert len(held(alertmanager, "many")) == BATCH + 6


class Door:
    """Answers every request with one status, and keeps the requests."""

    def __init__(self, status: str) -> None:
        self.status = status
        self.port = free_port()
        self.heads: list[bytes] = []
        self.bodies: list[Any] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        body = await reader.readexactly(int(head.split(b"content-length: ")[1].split()[0]))
        self.heads.append(head)
        self.bodies.append(json.loads(body))
        writer.write(f"HTTP/1.1 {self.status}\r\ncontent-length: 4\r\nconnection: close\r\n\r\nwell".encode())
        await writer.drain()
        writer.close()

    def notified(self, alertname: str) -> list[str]:
        """What Alertmanager said of the alert to its webhook, in order."""
        alerts = (alert for body in self.bodies for alert in body["alerts"])
        return [alert["status"] for alert in alerts if alert["labels"]["alertname"] == alertname]

    async def meet(self, rig_of: Callable[[str], Rig]) -> Rig:
        rig = rig_of(f"http://monitor:hunter2@{HOST}:{self.port}/am/")
        async with await asyncio.start_server(self.answer, HOST, self.port):
            await rig.push(breached("door"), clock())
        return rig


async def test_a_refusal_is_counted_and_told_without_secrets(client: httpx.AsyncClient) -> None:
    door = Door("401 Unauthorized")
    with capture_logs() as logs:
        rig = await door.meet(lambda url: Rig(client, url))
    assert rig.sent("failed") == 1
    (line,) = logs
    assert (line["event"], line["url"]) == ("alertmanager_refused", f"http://{HOST}:{door.port}/am")
    assert (line["status"], line["answer"]) == (401, "well")
    assert "hunter2" not in str(logs)
    assert "hunter2" not in str(rig.book.pages)


async def test_the_credentials_of_the_address_are_used_and_not_logged(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    door = Door("200 OK")
    with caplog.at_level("DEBUG"):
        rig = await door.meet(lambda url: Rig(client, url))
    assert rig.sent("success") == 1
    assert door.heads[0].startswith(b"post /am/api/v2/alerts ")
    assert b"authorization: basic bw9uaxrvcjpodw50zxiy" in door.heads[0]
    assert "hunter2" not in caplog.text
    assert "/api/v2/alerts" in caplog.text, "httpx logs its requests"


@pytest.mark.parametrize("url", ["localhost:9093", "ftp://h", "http://", "http://h:port", "http://u:hunter2@"])
def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match="http://host:9093") as refused:
        Alertmanager.of(url)
    assert "hunter2" not in str(refused.value)


async def until(check: Callable[[], bool], what: str = "", seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"waited in vain {what}"
        await asyncio.sleep(0.2)


def watching(address: str, rule_file: Path, server: processes.Alertmanager) -> PrometheusSetup:
    """A Prometheus that scrapes the metrics at the address and tells the Alertmanager of its rules."""
    rule_file.write_text(as_yaml(rules(external_url=LINKS.external_url, runbook_base=LINKS.runbook_base)))
    return PrometheusSetup(
        scrape_interval="1s",
        evaluation_interval="1s",
        scrape_configs=[{"job_name": "sla-monitor", "static_configs": [{"targets": [address]}]}],
        rule_files=[rule_file],
        alertmanagers=[server.address],
    )


async def test_rule_and_push_are_one_alert(
    client: httpx.AsyncClient, alertmanager: processes.Alertmanager, tmp_path: Path
) -> None:
    """The same fingerprint, a breach as a risk, a notice as a review, whoever comes first."""
    today = clock()
    dates = Lifetime(None, None, Span(0, today), renewal=today + 40 * DAY, notice=today + DAY, review=today + DAY)
    board = replace(boards.board(boards.CONTRACTS[0]), at=today, lifetimes={AgreementName("acme-payments"): dates})
    every = {"SLABreached", "SLAAtRisk", "SLANoticeDue", "SLAReviewDue"}
    with exporter.serving(exporter.registry_of(lambda: board)) as address:
        setup = watching(address, tmp_path / "rules.yaml", alertmanager)
        with Prometheus(tmp_path / "prometheus", setup):
            await until(lambda: every <= set(_prints(alertmanager)))
    by_rule = _prints(alertmanager)
    await Rig(client, alertmanager.url).push(board, clock())
    pushed = [alert for alert in held(alertmanager, "acme-payments")
              if alert["generatorURL"].startswith(LINKS.external_url)]  # fmt: skip
    assert {alert["labels"]["alertname"] for alert in pushed} == every, "the push arrived"
    assert _prints(alertmanager) == by_rule


def _prints(server: processes.Alertmanager) -> dict[str, set[str]]:
    """Alert name → fingerprints."""
    named: dict[str, set[str]] = {}
    for alert in held(server, "acme-payments"):
        named.setdefault(alert["labels"]["alertname"], set()).add(alert["fingerprint"])
    return named


async def test_people_are_told_once_that_it_broke_and_once_that_it_is_back(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Rules and pushes together, from the breach to its end, as a pager sees them."""
    showing = [breached("paged")]
    pager = Door("200 OK")
    # The past tense leaves the hold behind us without waiting: Alertmanager ends alerts by the real clock.
    began = clock() - (HOLD + 1) * RESEND - 10
    with (
        exporter.serving(exporter.registry_of(lambda: showing[0])) as address,
        processes.Alertmanager(tmp_path / "am", webhook=f"http://{HOST}:{pager.port}/") as server,
        Prometheus(tmp_path / "prometheus", watching(address, tmp_path / "rules.yaml", server)),
    ):
        rig = Rig(client, server.url)
        async with await asyncio.start_server(pager.answer, HOST, pager.port):
            await rig.push(showing[0], began)
            await until(lambda: pager.notified("SLABreached") == ["firing"])
            await until(lambda: _told_by_rule(server, "paged"), "for the rule to fire")
            await rig.push(showing[0], began + RESEND)
            showing[0] = met("paged")
            await rig.push(showing[0], began + RESEND + 1)
            await until(lambda: not held(server, "paged"), "for the rules to see the end")
            await rig.push(showing[0], clock())
            await until(lambda: pager.notified("SLABreached")[1:] == ["resolved"])
            await asyncio.sleep(3)
    assert rig.book.load(server.url) == {}
    assert pager.notified("SLABreached") == ["firing", "resolved"]


def _told_by_rule(server: processes.Alertmanager, agreement: str) -> bool:
    return any(
        alert["labels"]["alertname"] == "SLABreached" and not alert["generatorURL"].startswith(LINKS.external_url)
        for alert in held(server, agreement)
    )
