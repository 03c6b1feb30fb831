"""`init`, as people type it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sla_monitor.agreements.library import entries, text_of
from tests.cli.commands import printed, records
from tests.faults import monitors


@pytest.mark.parametrize(("arguments", "name"), [((), "web-api"), (("slack",), "slack")])
def test_a_template_is_printed(arguments: tuple[str, ...], name: str) -> None:
    assert printed("init", *arguments) == text_of(name)


def test_a_template_is_written_and_check_accepts_it(tmp_path: Path) -> None:
    file = tmp_path / "s3.yaml"
    done = monitors.run("init", "aws-s3-standard", "--out", str(file))

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"{file} is written: fill in your own names and metrics, then sla-monitor check {file}\n"
    assert file.read_text() == text_of("aws-s3-standard")
    printed("check", str(file))


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine")
    done = monitors.run("init", "--out", str(file))

    assert (done.returncode, file.read_text()) == (2, "mine")
    assert done.stderr == f"sla-monitor: {file} is there already, and is left as it is: name a new file with --out\n"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    done = monitors.run("init", "--out", str(tmp_path / "none" / "mine.yaml"))

    told = f"cannot write {tmp_path}/none/mine.yaml: No such file or directory; is the folder there?"
    assert (done.returncode, done.stderr) == (2, f"sla-monitor: {told}\n")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("aws-s3-standad", "did you mean aws-s3-standard? sla-monitor init --list tells them all"),
        ("xyzzy", "sla-monitor init --list tells them all"),
    ],
)
def test_a_template_there_is_not(name: str, told: str) -> None:
    done = monitors.run("init", name)

    assert (done.returncode, done.stderr) == (2, f"sla-monitor: no template is called {name!r}: {told}\n")


def test_the_list_holds_every_template() -> None:
    listed = records("init", "--list")

    assert [one["name"] for one in listed] == [entry.name for entry in entries()]
    assert listed[-1].keys() == {"name", "what", "target", "verified"}
    assert "aws-s3-standard" in printed("init", "--list")
