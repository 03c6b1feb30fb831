"""An explanation as text, as Markdown, as a record and as rows."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby

from sla_monitor.compliance.explanations import Explanation
from sla_monitor.publishing import records
from sla_monitor.publishing.explanations import numbers, steps
from sla_monitor.publishing.explanations.lines import Line, Step
from sla_monitor.publishing.records import Record

WIDEST = 110
"""Longer lines are hard to read."""
INDENT = "   "
FIXED = "\u00a0"


def title(explanation: Explanation) -> str:
    standing = explanation.standing
    return f"{standing.agreement.title or standing.agreement.name}: {standing.objective.name}, {standing.window.label}"


def outcome(explanation: Explanation) -> str:
    standing = explanation.standing
    return f"{numbers.WORDS[standing.status].capitalize()}: {standing.reason}."


def text(explanation: Explanation, width: int) -> str:
    head = title(explanation)
    blocks = [f"{head}\n{'=' * len(head)}", _wrapped(outcome(explanation), width)]
    blocks += ["\n".join(_text(number, step, width)) for number, step in enumerate(steps(explanation), 1)]
    return "\n\n".join(blocks)


def _text(number: int, step: Step, width: int) -> Iterator[str]:
    yield f"{number}. {step.title}"
    figures = max((len(line.figure) for line in step.lines), default=0)
    for line in step.lines:
        if line.verbatim:
            yield f"{INDENT}  {line.text}"
        elif line.figure:
            begin = f"{INDENT}{line.sign or ' '} {line.figure:>{figures}}  "
            yield _wrapped(line.text, width, begin)
        else:
            yield _wrapped(line.text, width, INDENT)


def _wrapped(words: str, width: int, begin: str = "") -> str:
    """A number stays beside its sign."""
    lines = textwrap.wrap(
        words.replace(" %", f"{FIXED}%"),
        width,
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace(FIXED, " ")


def markdown(explanation: Explanation) -> str:
    blocks = [f"# {_escaped(title(explanation))}", f"**{_escaped(outcome(explanation))}**"]
    for number, step in enumerate(steps(explanation), 1):
        blocks += [f"## {number}. {step.title}", *_markdown(step)]
    return "\n\n".join(blocks)


def _markdown(step: Step) -> Iterator[str]:
    """Amounts that follow each other are a table, sentences a list."""
    for kind, lines in groupby(step.lines, _kind):
        if kind == "query":
            yield from (f"```promql\n{line.text}\n```" for line in lines)
        elif kind == "sum":
            rows = (f"| {line.sign} | {line.figure} | {_escaped(line.text)} |" for line in lines)
            yield "\n".join(("| | | |", "|---|--:|---|", *rows))
        else:
            yield "\n".join(f"- {_escaped(line.text)}" for line in lines)


def _kind(line: Line) -> str:
    return "query" if line.verbatim else "sum" if line.figure else "sentence"


def _escaped(words: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_|<[" else sign for sign in words)


def record(explanation: Explanation) -> Record:
    standing = explanation.standing
    return {
        "agreement": standing.agreement.name,
        "objective": standing.objective.name,
        "title": title(explanation),
        "standing": records.as_record(standing),
        "steps": [
            {"name": step.name, "title": step.title, "lines": [_line(line) for line in step.lines]}
            for step in steps(explanation)
        ],
    }


def _line(line: Line) -> Record:
    amount = None if line.amount is None else float(line.amount)
    return {"text": line.text, "sign": line.sign, "amount": amount, "unit": line.unit}


def rows(explanation: Explanation) -> list[Record]:
    """One a line, for CSV."""
    standing = explanation.standing
    named = {
        "agreement": standing.agreement.name,
        "objective": standing.objective.name,
        "window": standing.window.label,
    }
    return [{**named, "step": step.name, **_line(line)} for step in steps(explanation) for line in step.lines]
