"""A clock that is set back is noticed, by how much; one that is a little off, or set forward, is not."""

from __future__ import annotations

import asyncio

import pytest

from sla_monitor.daemon.clocks import set_back


@pytest.mark.parametrize(
    ("steps", "told"), [([-3600], [3600]), ([-3, -3, -3], []), ([3600, 0, -7200, -60], [7200, 60]), ([86_400], [])]
)
async def test_what_is_noticed(steps: list[int], told: list[int]) -> None:
    loop, off, noticed = asyncio.get_running_loop(), [0], list[int]()

    async def look() -> None:
        async for seconds in set_back(lambda: round(loop.time()) + off[0], every=0.01):
            noticed.append(seconds)

    looking = asyncio.create_task(look())
    for step in steps:
        await asyncio.sleep(0.1)
        off[0] += step
    await asyncio.sleep(0.1)
    looking.cancel()
    assert [round(one, -1) for one in noticed] == told
