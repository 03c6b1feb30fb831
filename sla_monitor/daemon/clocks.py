"""The clock on the wall beside the one that only counts, which nobody sets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

LOOK_EVERY = 1.0
"""Seconds."""
APART = 5
"""Seconds that it may be set back by without it meaning anything."""


async def set_back(clock: Callable[[], int], every: float = LOOK_EVERY) -> AsyncIterator[int]:
    """Each time the clock is set back while we look: by how many seconds."""
    loop = asyncio.get_running_loop()
    before = clock() - loop.time()
    while True:
        await asyncio.sleep(every)
        now = clock() - loop.time()
        if before - now > APART:
            yield round(before - now)
        before = now
