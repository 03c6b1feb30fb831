"""A clock of the monitor's own, that steps while it runs: Debian's libfaketime."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.rig.children import StartFailedError

LIBRARIES = Path("/usr/lib")


@dataclass(frozen=True)
class Clock:
    """file: how far it is off, which the library looks up each second."""

    file: Path

    def step(self, off: int) -> None:
        """So many seconds ahead of the real one, or behind it."""
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{off:+d}\n")
        beside.rename(self.file)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process live by it. What it waits for goes on as long as it says: that clock never steps."""
        found = sorted(LIBRARIES.glob("*/faketime/libfaketime.so.1"))
        if not found:
            raise StartFailedError("libfaketime is not installed: run deploy/demo/install-servers.sh faketime")
        return {
            "LD_PRELOAD": str(found[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
