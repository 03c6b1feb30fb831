"""What measuring needs of a source and of a ledger."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from sla_monitor.compliance.bundles import Bundle, Measured, Wanted
from sla_monitor.compliance.declarations import Declared
from sla_monitor.compliance.documents import Document
from sla_monitor.compliance.flaws import Flaw
from sla_monitor.compliance.readings import Asked, Reach, Reading, Seen, Want, Written
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.silences import Silence
from sla_monitor.compliance.slices import Cells, Ints, Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.statements import Draft, Statement
from sla_monitor.compliance.terms import (
    Agreement,
    AgreementName,
    Measurement,
    MeasurementKey,
    Objective,
    ObjectiveKey,
)


class Timetable(Protocol):
    """When promises hold: calendars are kept outside the core."""

    def __call__(
        self, agreement: Agreement, objective: Objective, span: Span, seen: Seen, /, windows: Iterable[Span] = ()
    ) -> Schedule:
        """Service hours and exclusions over the span at least, some of which hang on what was measured.

        `windows` in it are judged by them.
        """

    def own(self, agreement: Agreement, objective: Objective) -> Hashable:
        """What the schedule of the promise hangs on beside what was agreed, and what was measured."""

    @property
    def owners(self) -> Collection[AgreementName]:
        """Agreements with promises of which that may be anything."""


class Prober(Protocol):
    """One source."""

    async def answers(self, at: int) -> int:
        """What it is now: `at`, or earlier by the source's own clock. Raises SourceError unless the source is there."""

    async def measure(self, wants: Sequence[Want]) -> list[Reading]:
        """One reading a want, in order; a reading may carry an error."""

    async def gather(self, wanted: Sequence[Wanted]) -> list[Measured]:
        """The same of very many: all of them, once each, in whatever parts and order."""

    def settle(self, measurement: Measurement) -> int:
        """Seconds after which the samples of a slice are taken to have arrived."""

    def settles(self, bundle: Bundle) -> Ints:
        """The same of each, (n,)."""


class Opened(Protocol):
    """Slices of many measurements."""

    def slices(self, key: MeasurementKey, span: Span) -> Slices: ...


class Ledger(Protocol):
    """Synchronous; each call is one transaction. Raises LedgerError."""

    def file(self, told: Sequence[Measured]) -> Written: ...

    def measured(self, keys: Iterable[MeasurementKey]) -> dict[MeasurementKey, Spans]: ...

    def alike(self, bundle: Bundle) -> tuple[Ints, Sequence[Spans]]:
        """The same of very many: of each, (n,), the number of its spans among those that follow."""

    def slices(self, key: MeasurementKey, span: Span) -> Slices: ...

    def opened(self, keys: Iterable[MeasurementKey], since: int) -> Opened:
        """The same of many, for whom what starts at `since` or later is read once."""

    def cells(self, wants: Sequence[Reach]) -> list[Cells]: ...

    def record_breaches(self, breaches: Sequence[tuple[ObjectiveKey, int, int]]) -> None: ...

    def breaches(self) -> dict[ObjectiveKey, int]: ...

    def counted(self) -> dict[AgreementName, int]:
        """Statements issued of each agreement."""


class Sheet(Protocol):
    """One slice of several measurements, as the ledger tells it."""

    @property
    def start(self) -> int: ...
    @property
    def written(self) -> int: ...
    @property
    def ids(self) -> Ints: ...
    @property
    def amounts(self) -> Ints: ...


class Correction(Protocol):
    """What was written past the pages: slices of these measurements, all in the span."""

    @property
    def ids(self) -> Ints: ...
    @property
    def span(self) -> Span: ...


class News(Protocol):
    @property
    def token(self) -> tuple[int, int]: ...
    @property
    def sheets(self) -> Sequence[Sheet]: ...
    @property
    def corrections(self) -> Sequence[Correction] | None: ...


class Known(Protocol):
    """A measurement of the ledger. What starts before `folded_until` may be on a page, but no longer counts there."""

    @property
    def id(self) -> int: ...
    @property
    def seconds(self) -> int: ...
    @property
    def folded_until(self) -> int: ...


class Sheets(Protocol):
    """The ledger in tables: of each measurement good and total, whole and parts, and known seconds."""

    @property
    def beyond(self) -> Collection[MeasurementKey]:
        """Those of whom more was read so far than tables tell, and whose sums are none."""

    def news(self, written: int, known: tuple[int, int] | None = None) -> News:
        """What was written to pages since, and past them since the token that is known; None: who can tell."""

    def known(self) -> Mapping[MeasurementKey, Known]: ...

    def block(self, keys: Sequence[MeasurementKey], span: Span, seconds: int) -> Ints: ...

    def sums(self, keys: Sequence[MeasurementKey], wanted: Sequence[Spans]) -> Ints: ...


class Archive(Protocol):
    """The ledger as statements need it."""

    def measured(self, keys: Iterable[MeasurementKey]) -> dict[MeasurementKey, Spans]: ...

    def slices(self, key: MeasurementKey, span: Span) -> Slices: ...

    def asked(self, key: MeasurementKey) -> tuple[Asked, ...]:
        """Every query that was sent for a measurement so far."""

    def declared(self) -> tuple[Declared, ...]:
        """All that was ever declared at runtime."""

    def silences(self, until: int | None = None) -> tuple[Silence, ...]:
        """All that were ever seen, or had been until then, as they were last."""

    def keep(self, documents: Iterable[Document], at: int) -> None:
        """Texts in force; those that are held already stay as they are."""

    def document(self, sha256: str) -> Document | None: ...

    def first_used(self) -> dict[AgreementName, int]:
        """When each agreement was first in force here."""

    def alike(self, bundle: Bundle) -> tuple[Ints, Sequence[Spans]]: ...

    def stated(self, since: int) -> set[tuple[AgreementName, str, int, int]]:
        """Agreement, kind of window, its start and its end, of every window stated that ended then or later."""

    def issue(self, draft: Draft, replaces: str | None = None) -> Statement | None:
        """The statement, numbered and chained; None where another was quicker."""

    def statements(self, agreement: str | None = None, after: int = 0, most: int | None = None) -> list[Statement]:
        """In order of issue, from behind the place `after` on, and no more than `most`."""

    def statements_at(self, places: Sequence[int]) -> Iterator[Statement]:
        """Read some at a time."""

    def places(self, agreement: str | None = None, *, last: bool = False) -> Sequence[int]:
        """Of all statements, in order of issue; `last`: of each number in its last version."""

    def each(self, agreement: str | None = None, *, last: bool = False) -> Iterator[Statement]:
        """The same statements, read some at a time."""

    def newest(self) -> tuple[Sequence[int], int]:
        """Places of all statements that may be the last of a promise, and the last place there is."""

    def latest(self, agreement: str | None = None) -> list[Statement]:
        """Each number in its last version, in order of issue."""

    def forgotten(self) -> Mapping[MeasurementKey, Collection[int]]:
        """Of each measurement the days past retention: their slices are gone, their sums are kept."""

    def flaws(self, names: Mapping[MeasurementKey, str]) -> list[Flaw]:
        """What was changed since it was written; `names`: what people call the measurements."""
