from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.monitors import Monitor

Make = Callable[..., Monitor]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes monitors; those that still run at the end are stopped."""
    made: list[Monitor] = []

    def monitor(url: str, folder: str = "monitor", **sections: Any) -> Monitor:
        made.append(Monitor(tmp_path / folder, {"default": url}, **sections))
        return made[-1]

    yield monitor
    for one in made:
        one.stop()
