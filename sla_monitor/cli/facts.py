"""Where a verb takes its facts from: straight from Prometheus, or from what the ledger holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Protocol

import typer
from rich.progress import Progress, TaskID

from sla_monitor.cli import output
from sla_monitor.compliance import amendments
from sla_monitor.compliance.exclusions import Silenced
from sla_monitor.compliance.explanations import Known
from sla_monitor.compliance.readings import Asked, Reading
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.statements import Statement
from sla_monitor.compliance.terms import (
    Agreement,
    AgreementName,
    MeasurementKey,
    Objective,
    SourceName,
)
from sla_monitor.daemon import connections, wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import SlaMonitorError
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.frames import DAY
from sla_monitor.measuring import assessment, evaluation
from sla_monitor.measuring.evaluation import Question
from sla_monitor.measuring.ports import Timetable
from sla_monitor.sources.reader import Reader


class Origin(Enum):
    PROMETHEUS = "prometheus"
    LEDGER = "ledger"


Option = Annotated[
    Origin | None,
    typer.Option(
        "--facts", help="Where the facts come from; --ledger and --prometheus alone say it too.", show_default=False
    ),
]


def origin(said: Origin | None, prometheus: str | None, ledger: str | None, usual: Origin) -> Origin:
    """As it was said; else where the only flag leads."""
    if said is not None or bool(prometheus) == bool(ledger):
        return said or usual
    return Origin.PROMETHEUS if prometheus else Origin.LEDGER


class Facts(Protocol):
    """Slices, and how they came about."""

    async def as_of(self, agreement: Agreement, objective: Objective, wanted: int | None = None) -> int:
        """The newest instant that can be judged, or the wanted one before it."""

    async def slices(self, wanted: Sequence[Question]) -> Mapping[MeasurementKey, Slices]:
        """All that the questions need."""

    async def known(self, wanted: Sequence[Question]) -> Known:
        """The same, with when and how each measurement was asked for, whatever was seen."""

    def timetable(self) -> Timetable:
        """When promises hold; what was declared, and silences, only the ledger knows."""

    def issued(self, agreement: Agreement) -> Sequence[Statement]:
        """The statements of closed windows that there are, in their last versions; only the ledger holds any."""


@asynccontextmanager
async def opened(settings: Settings, where: Origin) -> AsyncIterator[Facts]:
    async with AsyncExitStack() as stack:
        if where is Origin.LEDGER:
            store = wiring.open_store(settings)
            stack.callback(store.close)
            yield _Kept(Book(store), wiring.settle_of(settings), wiring.clock())
            return
        readers = await connections.open_readers(settings, stack)
        bar = stack.enter_context(output.progress())
        yield _Live(readers, bar, bar.add_task("measuring days", total=None), wiring.clock())


@dataclass(frozen=True)
class _Live:
    """Measured now, for this once."""

    readers: Mapping[SourceName, Reader]
    bar: Progress
    task: TaskID
    now: int

    async def as_of(self, agreement: Agreement, objective: Objective, wanted: int | None = None) -> int:
        reader = self.readers[objective.measurement.source]
        await reader.learn([version.measurement for version, _ in amendments.needed(agreement, objective)], self.now)
        current = amendments.in_force(agreement, objective, self.now)
        return evaluation.instant(wanted, self.now, reader, current)

    async def slices(self, wanted: Sequence[Question]) -> Mapping[MeasurementKey, Slices]:
        return await evaluation.measured(wanted, self.readers, self._progress)

    async def known(self, wanted: Sequence[Question]) -> Known:
        heard: dict[MeasurementKey, dict[Asked, None]] = {}

        def hear(reading: Reading) -> None:
            heard.setdefault(reading.want.measurement.key, {}).update(dict.fromkeys(reading.asked))

        slices = await evaluation.measured(wanted, self.readers, self._progress, hear)
        return Known(slices, evaluation.needs(wanted)[1], {key: tuple(asked) for key, asked in heard.items()})

    def timetable(self) -> Timetable:
        return wiring.timetable()

    def issued(self, agreement: Agreement) -> Sequence[Statement]:  # noqa: ARG002 - as the ledger is asked
        return ()

    def _progress(self, done: int, total: int) -> None:
        self.bar.update(self.task, completed=done, total=total)


@dataclass(frozen=True)
class _Kept:
    """Measured when it happened, or since."""

    book: Book
    settle: assessment.Settle
    now: int

    async def as_of(self, agreement: Agreement, objective: Objective, wanted: int | None = None) -> int:
        versions = [version.measurement.key for version, _ in amendments.needed(agreement, objective)]
        newest = assessment.as_of(agreement, objective, self.book.measured(versions), self.now, self.settle)
        return newest if wanted is None else min(wanted, newest)

    async def slices(self, wanted: Sequence[Question]) -> Mapping[MeasurementKey, Slices]:
        self._gone(wanted)
        return evaluation.recalled(wanted, self.book)

    async def known(self, wanted: Sequence[Question]) -> Known:
        """Nobody knows any more how the slices came about that are past retention: as if they had not been measured."""
        slices, gone = evaluation.recalled(wanted, self.book), self._gone(wanted)
        measured = {key: spans.minus(gone[key]) for key, spans in self.book.measured(slices).items()}
        return Known(slices, measured, {key: self.book.asked(key) for key in slices})

    def _gone(self, wanted: Sequence[Question]) -> Mapping[MeasurementKey, Spans]:
        """What of that time is past retention; it is told of."""
        forgotten, needed = self.book.forgotten(), evaluation.needs(wanted)[1]
        found = {
            key: Spans.of(Span(day * DAY, (day + 1) * DAY) for day in forgotten.get(key, ())).intersect(spans)
            for key, spans in needed.items()
        }
        if days := sum(-(-spans.seconds // DAY) for spans in found.values()):
            typer.echo(f"days of slices past ledger.retention, which count as unknown here: {days}", err=True)
        return found

    def timetable(self) -> Timetable:
        return wiring.timetable(self.book)

    def issued(self, agreement: Agreement) -> Sequence[Statement]:
        return self.book.latest(agreement.name)


def tell_left_out(settings: Settings, agreements: Sequence[Agreement], where: Origin) -> None:
    """Nothing is passed over in silence."""
    if where is Origin.PROMETHEUS and (found := [*_left_out(settings, agreements)]):
        typer.echo(f"left out, for only the ledger keeps them: {' and '.join(found)}", err=True)


def _left_out(settings: Settings, agreements: Sequence[Agreement]) -> Iterator[str]:
    rules = (rule for agreement in agreements for rule in amendments.all_exclusions(agreement))
    if any(isinstance(rule.during, Silenced) for rule in rules):
        yield "exclusions by silences"
    if declared := _declared(settings, {agreement.name for agreement in agreements}):
        yield "1 exclusion declared at runtime" if declared == 1 else f"{declared} exclusions declared at runtime"


def _declared(settings: Settings, names: set[AgreementName]) -> int:
    """How many stand in the ledger, if there is one: who has none, or none that can be read, has declared nothing."""
    try:
        store = wiring.open_store(settings)
        try:
            found = Book(store).declared()
        finally:
            store.close()
    except SlaMonitorError:
        return 0
    return sum(one.said.agreement in names and one.revoked is None for one in found)
