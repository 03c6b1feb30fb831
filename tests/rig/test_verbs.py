"""A forked verb is as good as one that was started: output, code, environment, and an end."""

from __future__ import annotations

import os
import select
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import facts
from tests.faults.monitors import environment, until
from tests.rig.verbs import Parent


@pytest.fixture(scope="module")
def parent() -> Iterator[Parent]:
    made = Parent(environment())
    yield made
    made.close()


def test_output_errors_and_codes_are_its_own(parent: Parent) -> None:
    fine = parent.run(["--version"], environment(), 60)
    wrong = parent.run(["check", "--onlin"], environment(), 60)
    assert (fine.returncode, fine.stdout.split()[0], fine.stderr) == (0, "sla-monitor", "")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "python -m sla_monitor check" in wrong.stderr
    assert "No such option" in wrong.stderr


def test_each_has_the_environment_it_was_given(parent: Parent) -> None:
    told = [
        parent.run(["config"], environment(**more), 60).stdout
        for more in ({"SLA_MONITOR_LOG__LEVEL": "debug"}, {}, {"SLA_MONITOR_LOG__LEVEL": "error"})
    ]
    assert [next(line for line in one.splitlines() if "level:" in line).split()[1] for one in told] == [
        "debug", "info", "error",
    ]  # fmt: skip


def test_one_that_goes_on_is_ended(parent: Parent, tmp_path: Path) -> None:
    agreement = tmp_path / "a.yaml"
    agreement.write_text(facts.agreement("verbs"))
    forever = ["run", str(agreement), "--prometheus", "http://127.0.0.1:9", "--listen", "127.0.0.1:0"]
    with pytest.raises(subprocess.TimeoutExpired):
        parent.run([*forever, "--ledger", f"sqlite:///{tmp_path}/ledger.db"], environment(), 3)
    assert parent.run(["--version"], environment(), 60).returncode == 0


def test_what_goes_on_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """As when pytest is killed: its end closes the pipe, which ends the one that forks."""
    made = Parent(environment())
    agreement = tmp_path / "a.yaml"
    agreement.write_text(facts.agreement("verbs"))
    forever = ["run", str(agreement), "--prometheus", "http://127.0.0.1:9", "--listen", "127.0.0.1:0"]
    out, err = tmp_path / "out", tmp_path / "err"
    forked = made.start([*forever, "--ledger", f"sqlite:///{tmp_path}/ledger.db"], environment(), out, err)
    until("it runs", lambda: err.exists() and "started" in err.read_text())
    handle = os.pidfd_open(forked.pid)
    made.close()
    assert select.select([handle], [], [], 30)[0], "it is gone"
    os.close(handle)
