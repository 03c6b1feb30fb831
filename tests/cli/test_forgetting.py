"""What verbs say of windows whose slices are past retention."""

from __future__ import annotations

from pathlib import Path

import pytest

from sla_monitor.agreements.timetables import Timetable
from sla_monitor.compliance.documents import documents_of
from sla_monitor.compliance.readings import Reading, Want
from sla_monitor.compliance.spans import Span
from sla_monitor.ledger import retention
from sla_monitor.ledger.retention import Limits
from sla_monitor.measuring.closing import Closing
from sla_monitor.measuring.outstanding import Outstanding
from tests.cli.commands import file
from tests.faults import monitors
from tests.measuring.invented import DAY, START, opened, truth
from tests.measuring.test_verification import AVAILABILITY, PLAN, REACHABLE, TEXT, agreed

GONE = [f"statement {number} of acme" for number in (1, 2, 3)]
NOW = START + 5 * DAY


@pytest.fixture
def options(tmp_path: Path) -> tuple[str, ...]:
    """Four days are stated; of the first two only the sums are left."""
    book = opened(tmp_path)
    for m in (AVAILABILITY, REACHABLE):
        span = Span(START - 7200, NOW)
        book.write([Reading(Want(m, span), truth(m, span))])
    book.keep(documents_of(agreed()), START)
    for one in Outstanding().unstated([agreed()], book, NOW):
        Closing(book, Timetable, DAY, "1").close(one, NOW)
    retention.trim(book.store, Limits(START + 2 * DAY, None), {})
    book.store.close()
    (tmp_path / "plan.ics").write_text(PLAN)
    return "--ledger", f"sqlite:///{tmp_path / 'ledger.db'}", "-f", file(tmp_path, TEXT)


def test_verify_says_what_is_held_against_hashes_alone(options: tuple[str, ...]) -> None:
    done = monitors.run("verify", *options[:2])
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines()[1:] == [
        "days of slices past retention, of which only the sums are kept: 6",
        f"held against their hashes alone, for their slices are gone: {', '.join(GONE)}",
    ]


def test_restate_refuses_what_cannot_be_reckoned_again(options: tuple[str, ...]) -> None:
    said = ("--reason", "why", "--author", "Ann")
    done = monitors.run("restate", "acme", "--period", "2026-06-02", *said, *options)
    assert done.returncode == 2
    assert done.stderr == (
        "sla-monitor: statement 2 of acme cannot be stated again: slices of it are past ledger.retention\n"
    )
    late = monitors.run("restate", "acme", "--period", "2026-06-04", *said, *options)
    assert "nothing differs from statement 4 of acme" in late.stderr


def test_evidence_that_is_not_whole_is_not_handed_over(options: tuple[str, ...], tmp_path: Path) -> None:
    out = tmp_path / "evidence"
    done = monitors.run("statement", "acme", "--period", "2026-06-02", "--evidence", str(out), *options[:2])
    assert done.returncode == 2
    assert done.stderr == (
        "sla-monitor: the evidence of statement 2 of acme is not whole: slices of it are past ledger.retention\n"
    )
    assert not out.exists()
    whole = monitors.run("statement", "acme", "--period", "2026-06-04", "--evidence", str(out), *options[:2])
    assert whole.returncode == 0, whole.stderr


def test_explain_says_that_slices_are_gone(options: tuple[str, ...]) -> None:
    done = monitors.run("explain", "acme", "availability", "--period", "2026-06-02", *options)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("days of slices past ledger.retention, which count as unknown here: ")
