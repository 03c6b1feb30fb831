"""Our generator of Sloth's rules: as many of each kind as it publishes, and sound in the eyes of promtool."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchmarks import sloth
from benchmarks.shop import Shop
from tests.rig.children import command


@pytest.mark.parametrize("many", [False, True], ids=["of one shape", "of many shapes"])
def test_an_slo_has_eight_windows_seven_of_metadata_two_alerts(many: bool, tmp_path: Path) -> None:
    path = sloth.write(tmp_path / "rules.yml", Shop(3, 15, many=many), 2)
    checked = subprocess.run(
        [command("promtool"), "check", "rules", str(path)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert [len(group["rules"]) for group in sloth.rules(Shop(3, 15, many=many), 2)["groups"]] == [8, 7, 2, 8, 7, 2]


def test_what_would_have_been_recorded_is_the_share_of_bad_requests() -> None:
    history = Shop(1, 15).history(1_780_272_000, 1_780_272_000 + 3600)
    (recorded,) = sloth.recorded(history, 0)
    good, bad = history.counted["s0"]
    # The last evaluation is at the last sample that lies on its interval; five minutes are 20 samples.
    last = int(recorded.timestamps_ms[-1] // 1000 - history.at[0]) // 15
    failed, whole = bad[last] - bad[last - 20], (good + bad)[last] - (good + bad)[last - 20]
    assert recorded.values[-1] == failed / whole
    assert set(recorded.timestamps_ms[1:] - recorded.timestamps_ms[:-1]) == {30_000}
