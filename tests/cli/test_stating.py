"""A quarter through the real stack: closed, excluded from afterwards, stated again, and checked byte by byte."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from sla_monitor.compliance import notations
from sla_monitor.compliance.periods import Calendar, Unit, Window, previous_window, rfc3339, window_at, zone_of
from sla_monitor.ledger.folding import KEEP_OPEN
from tests.cli.commands import clock, standing_at
from tests.faults import monitors
from tests.faults.facts import Traffic
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push

HOUR, DAY = 3600, 86_400
UTC_ZONE = zone_of("UTC")
TRAFFIC = Traffic("stating", broken=HOUR, cycle=10 * DAY)
AGREEMENT = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {{name: shop}}
spec:
  title: Shop for Acme
  provider: Shop team
  customer: Acme
  objectives:
    - name: availability
      target: 99%
      window: month
      indicator: {{ratio: {{bad: 'http_requests_total{{job="stating",code="500"}}', total: 'http_requests_total{{job="stating"}}'}}}}
    - name: reachable
      target: 99%
      window: month
      indicator: {{probe: {{series: 'probe_success{{job="stating"}}'}}}}
  credits: {{schedule: [{{below: 99.5%, credit: 10%}}], of: fee, claimWithin: 30 days}}
  amendments:
    - {{effective: {effective}, reason: First review, objectives: [{{name: reachable, target: 99.6%}}]}}
{exclusions}"""  # noqa: E501 - as people write them


def months(count: int) -> list[Window]:
    """The last months that ended, the oldest first."""
    found = [window_at(Calendar(Unit.MONTH), UTC_ZONE, clock() - 2 * DAY)]
    for _ in range(count):
        found.insert(0, previous_window(Calendar(Unit.MONTH), UTC_ZONE, found[0]))
    return found[:-1]


@dataclass
class Shop:
    """A ledger, the file of its agreement, and the Prometheus it was measured from."""

    url: str
    ledger: Path
    file: Path
    months: list[Window]

    def agree(self, exclusions: str = "") -> None:
        middle = self.months[1].span.start + 14 * DAY
        self.file.write_text(AGREEMENT.format(effective=rfc3339(middle), exclusions=exclusions))

    def run(self, *arguments: str, code: int = 0) -> str:
        done = monitors.run(*arguments, "--ledger", f"sqlite:///{self.ledger}")
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    def stated(self, period: str, *more: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.run("statement", "shop", "--period", period, "--format", "json", *more))
        return told

    def explained(self, period: str) -> str:
        """What was stated of it, as `explain` tells."""
        told = self.run("explain", "shop", "reachable", "--period", period, "-f", str(self.file), "-o", "markdown")
        return told.partition("What was stated\n\n")[2].partition("\n\n")[0]

    def verified(self, *more: str) -> list[str]:
        """What verify tells; its exit code goes with it."""
        done = monitors.run("verify", "--ledger", f"sqlite:///{self.ledger}", *more)
        told = done.stdout.splitlines()
        assert done.returncode == int(bool(told)), done.stderr
        return told


@pytest.fixture(scope="module", autouse=True)
def now() -> Iterator[None]:
    with standing_at("2025-08-31T22:30:00Z"):
        yield


@pytest.fixture
def shop(measured: Shop, tmp_path: Path) -> Shop:
    """With nothing stated yet."""
    made = replace(measured, ledger=tmp_path / "ledger.db", file=tmp_path / "shop.yaml")
    made.ledger.write_bytes(measured.ledger.read_bytes())
    made.agree()
    return made


@pytest.fixture(scope="module")
def measured(prometheus: Prometheus, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("stating")
    made = Shop(prometheus.url, folder / "ledger.db", folder / "shop.yaml", months(3))
    begin, end = made.months[0].span.start, made.months[-1].span.end
    for start in range(begin - DAY, end + DAY, 20 * DAY):
        push(prometheus.url, TRAFFIC.series(start, min(start + 20 * DAY, end + DAY) - 60, 60))
    made.agree()
    made.run(
        "backfill", str(made.file), "--from", rfc3339(begin), "--until", rfc3339(end),
        "--prometheus", made.url, "--resolution", "60s",
    )  # fmt: skip
    return made


@contextmanager
def changed(shop: Shop, query: str, *values: Any) -> Iterator[None]:
    """For as long as it lasts."""
    before = shop.ledger.read_bytes()
    with closing(sqlite3.connect(shop.ledger)) as connection:
        assert connection.execute(query, values).rowcount == 1
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    yield
    shop.ledger.write_bytes(before)


def is_down(at: int) -> bool:
    return at % TRAFFIC.cycle < TRAFFIC.broken


def down(window: Window) -> int:
    return sum(60 for at in range(window.span.start, window.span.end, 60) if is_down(at))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_whole_story(shop: Shop) -> None:
    first, second, third = (one.label for one in shop.months)
    assert json.loads(shop.run("statements", "-o", "json")) == []
    # Closing: the verb closes what is due, oldest first, once.
    assert shop.explained(first) == ""
    told = shop.stated(first, "-f", str(shop.file))
    assert shop.stated(first, "-f", str(shop.file)) == told
    assert re.fullmatch(
        r"- Statement 1, version 1, of .+ UTC: [0-9.…]+ %, met\.\n- The numbers here are the same\.",
        shop.explained(first),
    )
    listed = json.loads(shop.run("statements", "shop", "-o", "json"))
    assert [(one["number"], one["version"], one["window"]["label"]) for one in listed] == [
        (1, 1, first), (2, 1, second), (3, 1, third),
    ]  # fmt: skip
    assert [one["previous"] for one in listed] == [None, listed[0]["sha256"], listed[1]["sha256"]]
    _check_as_a_counterparty(told, shop.months[0])
    amended = shop.stated(second)["content"]["objectives"][1]
    assert amended["amendments"][0]["reason"] == "First review"
    assert Fraction("0.99") < Fraction(amended["terms"]["target"]) < Fraction("0.996")
    assert shop.verified() == []
    assert shop.verified("--against-prometheus", "--prometheus", shop.url, "--sample", "40", "--seed", "7") == []
    # Nothing to say anew.
    again = (
        "restate", "shop", "--period", first, "--reason", "It was announced", "--author", "Ann", "-f", str(shop.file),
    )  # fmt: skip
    assert "nothing differs from statement 1 of shop" in shop.run(*again, code=2)
    # A retroactive exclusion moves nothing that was stated, until it is stated again.
    begin = next(at for at in range(shop.months[0].span.start, shop.months[0].span.end, HOUR) if is_down(at))
    span = f"from: {rfc3339(begin)}, until: {rfc3339(begin + HOUR)}"
    shop.agree(f"  exclusions: [{{name: announced, during: {{{span}}}}}]\n")
    assert shop.stated(first, "-f", str(shop.file)) == told
    assert "- The numbers here differ from it:\n" in shop.explained(first)
    assert f"\n- bad: {down(shop.months[0]):,} s stated, {down(shop.months[0]) - HOUR:,} s here." in shop.explained(
        first
    )
    assert "\n- excluded: 0 s stated, 3,600 s here." in shop.explained(first)
    difference = shop.run(*again)
    assert re.search(r"(?m)^objectives\.reachable\.excluded_seconds: 0 → 3600$", difference)
    assert re.search(r"(?m)^evidence\.agreement\.sha256: [0-9a-f]{64} → [0-9a-f]{64}$", difference)
    restated = shop.stated(first)
    assert (restated["content"]["number"], restated["content"]["version"]) == (1, 2)
    assert restated["content"]["restatement"]["replaces"] == told["sha256"]
    assert Fraction(restated["content"]["objectives"][1]["bad"]) == down(shop.months[0]) - HOUR
    assert shop.stated(first, "--version", "1") == told
    assert shop.explained(first).startswith("- Statement 1, version 2, of ")
    assert shop.explained(first).endswith("- The numbers here are the same.")
    assert shop.verified() == []
    _check_that_a_byte_is_found(shop, begin)


def _check_as_a_counterparty(told: dict[str, Any], month: Window) -> None:
    """The hash, and the arithmetic, without the program."""
    content = told["content"]
    assert notations.digest(notations.canonical(content)) == told["sha256"]
    (availability, reachable) = content["objectives"]
    assert Fraction(availability["attainment"]) == 1 - Fraction(availability["bad"]) / Fraction(availability["total"])
    assert Fraction(reachable["bad"]) == down(month)
    assert reachable["status"] == "met"
    assert Fraction(reachable["attainment"]) == 1 - Fraction(down(month), month.span.seconds)
    assert {one["part"] for one in content["evidence"]["slices"][0]["queries"]} == {"total", "bad", "up", "raw"}


def _check_that_a_byte_is_found(shop: Shop, begin: int) -> None:
    day, name = begin // DAY, datetime.fromtimestamp(begin, UTC).strftime("%Y-%m-%d")
    with closing(sqlite3.connect(shop.ledger)) as connection:
        query = "SELECT frame FROM day WHERE day = ? AND measurement_id = 2"
        frame = bytearray(connection.execute(query, (day,)).fetchone()[0])
    frame[len(frame) // 2] ^= 1
    with changed(shop, "UPDATE day SET frame = ? WHERE day = ? AND measurement_id = 2", bytes(frame), day):
        assert any(line.startswith(f"the slices of {name} of shop/reachable: ") for line in shop.verified())
    with changed(shop, "UPDATE statement SET content = replace(content, ?, ?) WHERE id = 2", '"met"', '"mEt"'):
        assert [line.split(":")[0] for line in shop.verified()] == ["statement 2 of shop"]
    with changed(shop, "UPDATE document SET text = replace(text, '99%', '98%') WHERE text NOT LIKE '%announced%'"):
        assert shop.verified()[0].startswith("the text of the agreement shop (SHA-256 ")
    assert shop.verified() == []


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("statement", "nobody"), 2, "no statement of nobody is of 'previous': there is none of it yet"),
        (("restate", "nobody", "--reason", "r", "--author", "a"), 2, "no sound agreement is called 'nobody'"),
        (("restate", "shop", "--reason", " ", "--author", "a"), 2, "--reason and --author must say something"),
        (("verify", "--against-prometheus"), 2, "--against-prometheus: name one with --prometheus URL"),
    ],
)
def test_what_is_refused(shop: Shop, arguments: tuple[str, ...], code: int, told: str) -> None:
    assert told in shop.run(*arguments, code=code)


def test_a_window_that_is_not_closed_yet_says_why(shop: Shop) -> None:
    """The month that is running has not ended; a gap has to be filled first."""
    mine, last = ("-f", str(shop.file)), shop.months[-1]
    with changed(shop, 'UPDATE measured SET "end" = "end" - 86400 WHERE measurement_id = 1'):
        told = shop.run("statement", "shop", "--period", last.label, *mine, code=2)
        packed = last.span.end - 60 * KEEP_OPEN  # of what came after it, pages tell that it was measured
        gap = f"--from {rfc3339(packed - DAY)} --until {rfc3339(packed)}"
        assert f"month {last.label} is not measured whole: sla-monitor backfill {gap}" in told
    current = window_at(Calendar(Unit.MONTH), UTC_ZONE, clock()).label
    told = shop.run("statement", "shop", "--period", current, *mine, code=2)
    assert f"no statement of shop is of '{current}': there are {shop.months[0].label}, " in told
    assert "--period: not a period: 'soon'" in shop.run("statement", "shop", "--period", "soon", code=2)
    several = shop.run("statement", "shop", "--period", shop.months[0].label[:4], code=2)
    assert f"choose one with --number 1 (month {shop.months[0].label}), --number 2" in several
    assert f"**{datetime.fromtimestamp(last.span.start, UTC):1 – %-d %b}" not in several


def test_forms_and_files(shop: Shop, tmp_path: Path) -> None:
    shop.run("statement", "shop", "-f", str(shop.file))
    name = shop.months[-1].label
    for ending, start in (
        ("html", b"<!doctype html>"),
        ("md", b"# Shop for Acme"),
        ("csv", b"agreement,number"),
        ("json", b"{"),
    ):
        path = tmp_path / f"october.{ending}"
        assert shop.run("statement", "shop", "--period", name, "--out", str(path)) == ""
        assert path.read_bytes().startswith(start)
    row = next(csv.DictReader(io.StringIO((tmp_path / "october.csv").read_text())))
    assert (row["agreement"], row["period"], row["objective"]) == ("shop", name, "availability")
    refused = shop.run("statement", "shop", "--out", str(tmp_path / "none" / "x.html"), code=2)
    assert "cannot write" in refused
    assert "version 9" in shop.run("statement", "shop", "--version", "9", code=2)
