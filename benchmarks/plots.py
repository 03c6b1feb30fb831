"""The plots: what it costs to be current, beside the peers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

from benchmarks.results import Outcome

mpl.use("svg")
from matplotlib import pyplot as plt

PEERS = {"slo-generator": ("#b5482a", "s"), "sloth": ("#8a6d1f", "^"), "ours": ("#1f6f8a", "o")}
SHOWN = {"slo-generator": "slo-generator", "sloth": "Sloth's rules", "ours": "sla-monitor"}
PANELS = {"seconds": "seconds", "samples": "samples read from Prometheus"}
Points = Sequence[Mapping[str, Any]]


def draw(outcomes: Iterable[Outcome], folder: Path) -> list[Path]:
    """Of what was measured; where it was not there is no plot."""
    figures = {one.run.name: one.figures for one in outcomes if one.figures is not None}
    if "peers" not in figures:
        return []
    peers, folder_ = figures["peers"], folder
    folder_.mkdir(parents=True, exist_ok=True)
    count = f"a window of {peers['days']} days and four lookbacks; one refresh"
    days = f"{peers['by days'][0]['slos']} objectives; one refresh"
    return [
        _drawn(folder_ / "objectives.svg", peers["by count"], ("slos", "objectives"), count),
        _drawn(folder_ / "windows.svg", peers["by days"], ("days", "days of the window"), days),
    ]


def _drawn(path: Path, points: Points, axis: tuple[str, str], title: str) -> Path:
    # Words stay words, and the same figures give the same file.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "sla-monitor", "font.size": 9})
    figure, panels = plt.subplots(1, len(PANELS), figsize=(9, 3.6), layout="constrained")
    key, label = axis
    for panel, (what, unit) in zip(panels, PANELS.items(), strict=True):
        for peer, (colour, marker) in PEERS.items():
            at, cost = [one[key] for one in points], [one[f"{peer} {what}"] for one in points]
            panel.plot(at, cost, color=colour, marker=marker, label=SHOWN[peer])
        panel.set(xscale="log", yscale="log", xlabel=label, ylabel=unit)
        panel.set_xticks(at, [f"{one:,}" for one in at], minor=False)
        panel.set_xticks([], minor=True)
        panel.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].legend(frameon=False)
    figure.suptitle(title, fontsize=10)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return path
