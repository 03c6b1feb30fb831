"""`exclude add`, `list` and `revoke`: what people type, what they are told, and what stays in the ledger."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at
from tests.cli.commands import file, printed, records
from tests.faults import monitors

AGREEMENT = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {name: shop}
spec:
  customer: Acme
  timezone: Europe/Berlin
  term: {from: 2026-01-01}
  objectives:
    - {name: reachable, target: 99%, indicator: {probe: {series: up}}}
    - {name: lately, target: 99%, window: {rolling: 7d}, indicator: {probe: {series: up}}}
  exclusions:
    - {name: nights, during: {rrule: FREQ=DAILY, length: 2h}, allowance: {upTo: 1h, per: day}, objectives: [reachable]}
"""
SPAN = ("--from", "2026-03-01T22:00:00+01:00", "--until", "2026-03-02")
SAID = ("--author", "ann", "--reason", "disk swap")


@pytest.fixture
def shared(tmp_path: Path) -> tuple[str, ...]:
    """A ledger that a monitor made, and the agreement."""
    store = store_at(f"sqlite:///{tmp_path / 'ledger.db'}")
    store.prepare()
    store.close()
    return "-f", file(tmp_path, AGREEMENT), "--ledger", f"sqlite:///{tmp_path / 'ledger.db'}"


def add(shared: tuple[str, ...], *more: str) -> str:
    return printed("exclude", "add", "shop", *SPAN, *SAID, *more, *shared)


def kept(shared: tuple[str, ...]) -> Book:
    return Book(store_at(shared[-1]))


def test_what_is_added_is_told_and_kept(shared: tuple[str, ...]) -> None:
    done = monitors.run("exclude", "add", "shop", *SPAN, *SAID, "--category", "force-majeure", *shared)
    assert done.returncode == 0, done.stderr
    head, said = done.stdout.splitlines()
    assert head == "1  shop/declared-1  1 Mar 2026 22:00 CET – 2 Mar 2026 00:00 CET  force majeure, left out"
    assert said.startswith("    ann: disk swap (declared ")
    assert done.stderr.startswith("It reaches into windows that have ended: reachable 2026-03, lately 2026-03. ")
    (declared,) = kept(shared).declared()
    assert (declared.said.author, declared.said.span.seconds, declared.said.objectives) == ("ann", 7200, None)


def test_what_is_to_come_needs_no_restatement(shared: tuple[str, ...]) -> None:
    span = ("--from", "2199-03-01", "--until", "2199-03-02")
    done = monitors.run("exclude", "add", "shop", *span, *SAID, *shared)
    assert done.stderr == "A monitor that runs takes it in at its next tick.\n"


def test_every_option(shared: tuple[str, ...]) -> None:
    more = ("--effect", "good", "--objective", "reachable", "--objective", "lately", "--announced", "2026-02-01")
    head, said = add(shared, *more).splitlines()
    assert head.endswith("other, counts as up, for reachable, lately only")
    assert said.endswith(", announced 1 Feb 2026 00:00 CET)")


def test_every_fault_at_once_and_nothing_kept(shared: tuple[str, ...]) -> None:
    wrong = ("--from", "soon", "--until", "2026-03-02", "--author", "", "--reason", "x", "--objective", "latency")
    done = monitors.run("exclude", "add", "shop", *wrong, "--category", "weather", *shared)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "sla-monitor: it cannot be declared:",
        "  --from: not a date or an RFC 3339 instant: 'soon'",
        "  --category: 'weather' is not one of: maintenance, force-majeure, customer-caused, third-party, other",
        "  --objective: shop has no objective called 'latency'; it has reachable, lately",
        "  --author: must not be blank",
    ]
    assert kept(shared).declared() == ()


def test_revoked_it_stays_to_be_seen(shared: tuple[str, ...]) -> None:
    add(shared)
    told = printed("exclude", "revoke", "1", "--author", "bert", "--reason", "wrong day", *shared)
    assert "    revoked " in told
    assert " by bert: wrong day" in told
    again = monitors.run("exclude", "revoke", "1", "--author", "eve", "--reason", "me too", *shared)
    assert again.returncode == 2
    assert again.stderr.startswith("sla-monitor: Exclusion 1 was revoked before by bert at ")
    (declared,) = kept(shared).declared()
    assert declared.revoked is not None
    assert (declared.said.reason, declared.revoked.reason) == ("disk swap", "wrong day")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "nobody", *SPAN, *SAID), "no sound agreement is called 'nobody'; there are: shop"),
        (("revoke", "7", *SAID), "no exclusion has the number 7: `sla-monitor exclude list` shows those there are"),
        (("revoke", "1", "--author", "ann", "--reason", " "), "it cannot be revoked:\n  --reason: must not be blank"),
        (("list", "nobody"), "no sound agreement is called 'nobody'; there are: shop"),
    ],
)
def test_what_cannot_be_done(shared: tuple[str, ...], arguments: tuple[str, ...], told: str) -> None:
    done = monitors.run("exclude", *arguments, *shared)
    assert (done.returncode, done.stderr) == (2, f"sla-monitor: {told}\n")


def test_who_measures_without_the_ledger_says_what_is_left_out(shared: tuple[str, ...]) -> None:
    def said() -> str:
        asked = ("evaluate", shared[1], "--prometheus", "http://127.0.0.1:9")
        return monitors.run(*asked, SLA_MONITOR_LEDGER__URL=shared[-1]).stderr.splitlines()[0]

    assert "left out" not in said()
    add(shared)
    add(shared)
    assert said() == "left out, for only the ledger keeps them: 2 exclusions declared at runtime"
    printed("exclude", "revoke", "1", *SAID, *shared)
    assert said() == "left out, for only the ledger keeps them: 1 exclusion declared at runtime"


@pytest.mark.parametrize("verb", [("add", "shop", *SPAN, *SAID), ("list",), ("revoke", "1", *SAID)])
def test_a_mistyped_ledger_is_told_and_not_made(tmp_path: Path, verb: tuple[str, ...]) -> None:
    wrong = tmp_path / "other.db"
    done = monitors.run("exclude", *verb, "-f", file(tmp_path, AGREEMENT), "--ledger", f"sqlite:///{wrong}")
    assert done.returncode == 2
    assert f"there is no ledger at {wrong}" in done.stderr
    assert not wrong.exists()


def test_the_list_tells_what_was_declared_and_what_was_agreed_with_why_not_more(shared: tuple[str, ...]) -> None:
    add(shared, "--objective", "lately")
    found = records("exclude", "list", "shop", *shared)
    assert (found[0]["id"], found[0]["excluded"], found[0]["author"]) == (1, [], "ann")
    nights = [one for one in found if one["name"] == "nights"]
    assert len(nights) >= 28
    assert {one["objective"] for night in nights for one in night["excluded"]} == {"reachable"}
    whole = next(night for night in nights if night["excluded"][0]["counted_seconds"] == 3600)
    assert [one["reason"] for one in whole["excluded"][0]["refused"]] == ["the allowance of 1 h a day is used up"]
    told = printed("exclude", "list", *shared)
    assert "    reachable 20" in told
    assert "        1h refused: the allowance of 1 h a day is used up" in told
    rows = list(csv.DictReader(io.StringIO(printed("exclude", "list", "-o", "csv", *shared))))
    assert len(rows) == len(found)
    assert rows[0] == {
        "id": "1", "agreement": "shop", "name": "declared-1", "category": "other", "effect": "drop",
        "from": "2026-03-01T21:00:00Z", "until": "2026-03-01T23:00:00Z", "announced": "", "author": "ann",
        "reason": "disk swap", "declared_at": rows[0]["declared_at"], "revoked_author": "", "revoked_reason": "",
        "revoked_at": "", "objective": "", "window": "", "counted_seconds": "", "refused_seconds": "0", "refused": "",
    }  # fmt: skip


def test_where_nothing_is_excluded_it_is_said(tmp_path: Path, shared: tuple[str, ...]) -> None:
    plain = file(tmp_path, AGREEMENT[: AGREEMENT.index("  exclusions:")])
    done = monitors.run("exclude", "list", "-f", plain, *shared[2:])
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "nothing was declared, and nothing is excluded\n"
