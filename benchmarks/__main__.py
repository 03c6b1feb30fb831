"""`python -m benchmarks`, `make bench`: all benchmarks, one after the other, and `benchmarks/RESULTS.md` with plots.

Each runs in a process of its own with a limit; one that fails or takes too long is told, and the others go on.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine, plots, results
from benchmarks.bars import RUNS, Run
from benchmarks.results import Outcome

HERE = Path(__file__).parent
MINUTES = 15


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=[run.name for run in RUNS], help="one of them; repeatable")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of RESULTS.md and its plots (default: here)")
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, help=f"for all; limits grow with it (default {MINUTES})"
    )
    return parser.parse_args(argv)


def outcome(run: Run, seconds: float) -> Outcome:
    """Runs one; what it says goes where ours goes, and its last line is the reason where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        figures, said = Path(folder, "figures.json"), Path(folder, "said")
        argv = [sys.executable, "-m", "benchmarks.alone", run.module, str(figures), *run.arguments]
        began = time.monotonic()
        with said.open("wb") as output:
            child = subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
            try:
                code: int | None = child.wait(seconds)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                _end(child)
        took, lines = time.monotonic() - began, said.read_text(errors="replace").strip().splitlines()
        if code == 0:
            return Outcome(run, took, json.loads(figures.read_text(encoding="utf-8")))
    print("\n".join(lines[-30:]), file=sys.stderr)
    why = f"it was not done after {seconds:.0f} s" if code is None else (lines or [f"exit code {code}"])[-1]
    return Outcome(run, took, None, why)


def _end(child: subprocess.Popen[bytes]) -> None:
    """First by SIGINT: temporary folders go, and servers with them, which otherwise die with their parent."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if child.poll() is None:
            child.send_signal(number)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                continue


def main(argv: Sequence[str] | None = None) -> int:
    wanted = arguments(argv)
    os.chdir(HERE.parent)
    ends, outcomes = time.monotonic() + 60 * wanted.minutes, []
    for run in RUNS:
        if wanted.only and run.name not in wanted.only:
            continue
        print(f"{run.name} …", file=sys.stderr, flush=True)
        # On a slower machine `--minutes` gives each more; the whole keeps its time, whatever the others took.
        one = outcome(run, max(1.0, min(run.seconds * wanted.minutes / MINUTES, ends - time.monotonic())))
        print(results.line(one), file=sys.stderr, flush=True)
        outcomes.append(one)
    wanted.out.mkdir(parents=True, exist_ok=True)
    drawn = plots.draw(outcomes, wanted.out / "plots")
    text = results.text(outcomes, machine.facts(), [path.relative_to(wanted.out) for path in drawn])
    (wanted.out / "RESULTS.md").write_text(text, encoding="utf-8")
    print(text)
    return 0 if all(one.figures is not None for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
