"""`RESULTS.md`: the figures beside their bars, met or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bars import BARS, Bar, Figures, Run

HEAD = """\
# Results of the benchmarks

Written by `make bench`; not by hand. Each figure is a comparison within this run, on this machine.
[What they are](README.md).
"""
TITLES = {
    "objectives.svg": "Cost of being current, against the number of objectives",
    "windows.svg": "Cost of being current, against the length of the window",
}


@dataclass(frozen=True)
class Outcome:
    """A benchmark that ran: its figures, or why there are none."""

    run: Run
    seconds: float
    figures: Figures | None
    why: str = ""


def line(outcome: Outcome) -> str:
    """What is said when one is done."""
    took = f"{outcome.run.name}: {outcome.seconds:.0f} s"
    if outcome.figures is None:
        return f"{took}, FAILED: {outcome.why}"
    figures, bars = outcome.figures, [bar for bar in BARS if bar.run == outcome.run.name]
    told = (f"{bar.shown(figures)} ({bar.shown_bound}): {_verdict(bar, figures)}" for bar in bars)
    return "\n  ".join([took, *told])


def _verdict(bar: Bar, figures: Figures) -> str:
    if not bar.met(figures):
        return "**not met**"
    return "met" if bar.in_full(figures) else "**open**: measured with less"


def text(outcomes: Sequence[Outcome], machine: Mapping[str, str], drawn: Sequence[Path]) -> str:
    return "\n".join([HEAD, *_machine(outcomes, machine), *_table(outcomes), *_failures(outcomes), *_plots(drawn)])


def _machine(outcomes: Sequence[Outcome], machine: Mapping[str, str]) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    yield from (f"| {name} | {value} |" for name, value in machine.items())
    each = ", ".join(f"{one.run.name} {one.seconds:.0f}" for one in outcomes)
    yield f"| seconds | {sum(one.seconds for one in outcomes):.0f} in all: {each} |"
    yield ""


def _table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    found = {one.run.name: one.figures for one in outcomes if one.figures is not None}
    shown = [(bar, found[bar.run]) for bar in BARS if bar.run in found]
    met = sum(bar.met(figures) and bar.in_full(figures) for bar, figures in shown)
    yield f"{met} of {len(shown)} bars met."
    yield ""
    yield "| what | figure | bar | | made of |"
    yield "|---|---|---|---|---|"
    for bar, figures in shown:
        what, beside = bar.what.format_map(figures), bar.beside.format_map(figures)
        yield f"| {what} | {bar.shown(figures)} | {bar.shown_bound} | {_verdict(bar, figures)} | {beside} |"
    yield ""


def _failures(outcomes: Sequence[Outcome]) -> Iterator[str]:
    failed = [one for one in outcomes if one.figures is None]
    if failed:
        yield "These failed, and their bars are open:"
        yield ""
        yield from (f"- {one.run.name}: {one.why}" for one in failed)
        yield ""


def _plots(drawn: Sequence[Path]) -> Iterator[str]:
    for path in drawn:
        title = TITLES[path.name]
        yield f"## {title}"
        yield ""
        yield f"![{title}]({path.as_posix()})"
        yield ""
