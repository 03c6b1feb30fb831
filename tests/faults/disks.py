"""Small disks, which can be full."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KIB = 1024


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[str]:
    """A disk of this size at the folder; why not, where there can be none."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={size}", "tmpfs"]
    done = subprocess.run(["mount", *options, folder], capture_output=True, text=True, check=False)
    if os.geteuid() != 0 or done.returncode:
        yield f"a small disk cannot be mounted here: {done.stderr.strip()}"
        return
    yield ""
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """To the last byte."""
    path = folder / "something-large"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * KIB)
        except OSError:
            return path
