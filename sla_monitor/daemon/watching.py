"""A changed agreement file is read at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from watchfiles import awatch

from sla_monitor.agreements.folders import agreement_files, fingerprint

log = structlog.get_logger(__name__)

STEP = 200
"""Milliseconds without a further change: a file is often written in several steps."""
LOOK_ANYWAY = 30
"""Seconds: some file systems (NFS, some mounts of containers) tell of no change."""

Fingerprint = frozenset[tuple[str, int, int, int]]


async def watch(paths: Sequence[Path], read: Fingerprint, changed: Callable[[], Awaitable[object]]) -> None:
    """Until cancelled. `read` is the fingerprint of what is in force.

    A mounted ConfigMap changes by a swapped link inside its folder, which shows as a change there.
    """
    seen = _Seen(read)
    while True:
        try:
            await _look(paths, seen, changed)
        except (OSError, RuntimeError) as error:  # no more watches to be had, a folder that went away
            log.warning("files_not_watched", error=str(error), looking_again_in_seconds=LOOK_ANYWAY)
            await asyncio.sleep(LOOK_ANYWAY)


@dataclass
class _Seen:
    fingerprint: Fingerprint


async def _look(paths: Sequence[Path], seen: _Seen, changed: Callable[[], Awaitable[object]]) -> None:
    """Until there are other folders to watch. Also where nothing is told of, it looks now and then."""
    folders = _folders(paths)
    async for _ in awatch(*folders, recursive=False, step=STEP, rust_timeout=LOOK_ANYWAY * 1000, yield_on_timeout=True):
        if (now := await asyncio.to_thread(fingerprint, paths)) != seen.fingerprint:
            seen.fingerprint = now
            await _tried(changed)
        if _folders(paths) != folders:
            return


async def _tried(changed: Callable[[], Awaitable[object]]) -> None:
    log.info("agreements_changed")
    try:
        await changed()
    except Exception as error:  # whatever it was, the next change must be seen
        log.exception("reload_failed", error=repr(error))


def _folders(paths: Sequence[Path]) -> set[Path]:
    """Not recursive: beside an agreement file there may be a whole home folder."""
    named = {path if path.is_dir() else path.parent for path in paths}
    return {folder for folder in named | {file.parent for file in agreement_files(paths)} if folder.is_dir()}
