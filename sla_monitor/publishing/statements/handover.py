"""What a statement rests on, as files for whoever wants to reckon it again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

import numpy as np

from sla_monitor.compliance import evidences
from sla_monitor.compliance.documents import Document
from sla_monitor.compliance.slices import Floats, Slices
from sla_monitor.compliance.statements import Statement
from sla_monitor.publishing.statements.formats import Format, rendered

COLUMNS = ("start", "good", "total", "known_seconds", "states")

Texts = Callable[[str], Document | None]
"""A text by its digest."""
Held = Callable[[str], Slices]
"""The slices of a measurement that the statement rests on."""


def files(statement: Statement, texts: Texts, held: Held) -> Iterator[tuple[str, bytes]]:
    """Name and content: the statement, the agreement, its calendars, and the slices of each measurement."""
    evidence = statement.content["evidence"]
    yield "statement.json", rendered(statement, Format.JSON)
    yield "agreement.yaml", evidence["agreement"]["text"].encode()
    for calendar in evidence["calendars"]:
        kept = texts(calendar["sha256"])
        if kept is not None:
            yield calendar["name"], kept.text.encode()
    for told in evidence["slices"]:
        yield f"slices-{told['measurement']}.csv", table(held(told["measurement"]))


def table(slices: Slices) -> bytes:
    """A line a slice: shortest decimals that give the same double again; states as `evidences.simplest` has them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    columns = (slices.starts.tolist(), slices.good.tolist(), slices.total.tolist(), slices.known.tolist())
    for index, row in enumerate(zip(*columns, strict=True)):
        writer.writerow([*map(repr, row), "" if slices.states is None else _states(slices.states[index])])
    return out.getvalue().encode()


def _states(states: Floats) -> str:
    return " ".join("?" if np.isnan(state) else repr(float(state)) for state in evidences.simplest(states))
