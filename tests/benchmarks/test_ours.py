"""The monitor of the benchmarks is the real one: it keeps current, and counts what it asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import machine
from benchmarks.ours import Ours
from benchmarks.shop import Shop
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push

HOUR = 3600


@pytest.mark.parametrize("many", [False, True], ids=["of one shape", "of many shapes"])
async def test_a_refresh_measures_the_newest_minutes_and_judges_them(many: bool, tmp_path: Path) -> None:
    shop, now = Shop(3, 15, many=many), machine.clock() // 60 * 60
    history = shop.history(now - 2 * HOUR, now)
    with Prometheus(tmp_path / "prometheus") as server:
        push(server.url, history.series())
        async with Ours(tmp_path, server.url, shop.agreements("{rolling: 1d}"), now - HOUR, 1) as monitor:
            await monitor.refresh()
            found = await monitor.refreshed(2, server)
    assert found.seconds > 0
    # Anew are a minute and three before it, of good and bad requests: tens of samples a service, not thousands.
    assert 0 < found.samples < 100 * shop.count
    for entry in found.board.entries:
        good, bad = history.counted[entry.current.agreement.customer]
        at = (entry.current.at - int(history.at[0])) // 15
        first = (now - 2 * HOUR - int(history.at[0])) // 15
        assert entry.current.total == pytest.approx((good + bad)[at] - (good + bad)[first], rel=0.02)
