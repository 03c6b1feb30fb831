"""What the ledger is asked and told: slices in, cells out."""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance import silences
from sla_monitor.compliance.bundles import Bundle, Measured, gathered
from sla_monitor.compliance.declarations import Declaration, Declared, Revocation
from sla_monitor.compliance.documents import Document
from sla_monitor.compliance.flaws import Flaw
from sla_monitor.compliance.readings import Asked, Reach, Reading, Written
from sla_monitor.compliance.rolls import Roll
from sla_monitor.compliance.silences import Silence
from sla_monitor.compliance.slices import Block, Cells, Ints, Slices
from sla_monitor.compliance.spans import NOWHEN, Span, Spans
from sla_monitor.compliance.statements import Draft, Statement
from sla_monitor.compliance.terms import AgreementName, MeasurementKey, ObjectiveKey
from sla_monitor.errors import ConfigError, LedgerError
from sla_monitor.ledger import (
    archive,
    auditing,
    declarations,
    deliveries,
    folding,
    numbers,
    opened,
    retention,
    rolls,
    rows,
    summing,
    tables,
    upserts,
)
from sla_monitor.ledger.archive import Stated
from sla_monitor.ledger.memory import Entered, Memory, Times
from sla_monitor.ledger.opened import Opened
from sla_monitor.ledger.pages import Batch
from sla_monitor.ledger.rows import Entry, Known
from sla_monitor.ledger.sheets import Sheets
from sla_monitor.ledger.store import Store

LONG_PASSED = 7200
"""Later slices than that are written again as a matter of course."""

STATEMENTS_AT_ONCE = 50


class Book:
    """Synchronous: call it in a thread where a loop runs."""

    def __init__(self, store: Store) -> None:
        self.store, self._memory = store, Memory()
        self.sheets = Sheets(store, self._memory)
        self._noted: dict[MeasurementKey, Hashable] = {}
        self._kept: set[str] = set()
        self._rolls, self._calling = dict[str, rolls.Held](), threading.Lock()

    def write(self, readings: Sequence[Reading]) -> Written:
        """Readings one by one, in their order."""
        return self.file(gathered(readings))

    def file(self, told: Sequence[Measured]) -> Written:
        """One transaction: the slices, and that their spans are measured now. Writing again changes nothing.

        What ended in an error is passed over: what was wanted stays unmeasured.
        """
        whole = [one for one in told if one.block is not None]
        fresh = [(one, row) for one in whole for row in self._unnoted(one)]
        overwritten = list[Ints]()
        # What is not noted a second time must not be lost with a database that outlived its last transactions.
        with self.store.writing(lasting=bool(fresh)) as connection:
            entered, before = self._memory.times(connection)
            entered = self._with_new(connection, entered, whole)
            batches = [
                Batch(self._memory.ids(entered, one.wanted.bundle), block)
                for one in whole
                if (block := one.block) is not None
            ]
            for written in _rounds(batches):
                placed = folding.place(connection, entered, written)
                overwritten.append(placed.overwritten)
                if placed.are_packed_further:
                    entered = self._memory.entered(connection)
            folding.sweep(connection, entered)
            if _are_late(before, zip(batches, whole, strict=True)):
                numbers.count(connection, folding.LATE)
            archive.note(connection, _queries(entered.known, fresh))
        for one in whole:
            one.wanted.bundle.memo[self] = one.asked
        self._noted |= {one.wanted.bundle.keys[row]: one.asked.kind(row) for one, row in fresh if one.asked}
        changed = np.concatenate(overwritten) if overwritten else np.zeros(0, np.int64)
        return Written(sum(one.size for one in whole), len(changed), int(changed.min()) if len(changed) else None)

    def _unnoted(self, one: Measured) -> list[int]:
        """The places of those whose queries are others than they were, or have not been told yet."""
        bundle, asked = one.wanted.bundle, one.asked
        if asked is None or bundle.memo.get(self) is asked:
            return []
        return [row for row, key in enumerate(bundle.keys) if self._noted.get(key) != asked.kind(row)]

    def _with_new(self, connection: Connection, entered: Entered, whole: Sequence[Measured]) -> Entered:
        unknown = [
            one.wanted.bundle.measurements[place]
            for one in whole
            for place in np.flatnonzero(self._memory.ids(entered, one.wanted.bundle) < 0).tolist()
        ]
        if not unknown:
            return entered
        rows.enter(connection, entered.known, unknown)
        return self._memory.entered(connection)

    def take_in(self, entry: Entry, slices: Slices) -> int:
        """Slices that were measured elsewhere, where nothing is measured yet: how many. What is there stays."""
        with self.store.writing(lasting=True) as connection:
            held = rows.find_all(connection)
            known = rows.entered(connection, held, [] if entry.key in held else [entry])[entry.key]
            if known.seconds != entry.seconds:
                raise ConfigError(
                    f"{entry.key} has slices of {known.seconds} s in the ledger, not of {entry.seconds} s"
                )
            entered, measured = self._memory.times(connection)
            fresh = slices.take(~_inside(slices.starts, measured.of(known.id)))
            if len(fresh):
                folding.place(connection, entered, [Batch(np.array([known.id]), Block.alone(fresh))])
        return len(fresh)

    def measured(self, keys: Iterable[MeasurementKey]) -> dict[MeasurementKey, Spans]:
        """The spans for which slices, known or unknown, are in the ledger."""
        with self.store.reading() as connection:
            entered, measured = self._memory.times(connection)
        known = entered.known
        return {key: measured.of(known[key].id) if key in known else NOWHEN for key in keys}

    def alike(self, bundle: Bundle) -> tuple[Ints, Sequence[Spans]]:
        """The same of very many: of each, (n,), the number of its spans among those that follow."""
        with self.store.reading() as connection:
            entered, measured = self._memory.times(connection)
        ids = self._memory.ids(entered, bundle)
        return np.where(ids < 0, -1, measured.kinds[ids] if len(measured.kinds) else -1), measured.spans

    def slices(self, key: MeasurementKey, span: Span) -> Slices:
        with self.store.reading() as connection:
            return opened.whole(connection, rows.find(connection, key), span)

    def opened(self, keys: Iterable[MeasurementKey], since: int) -> Opened:
        """The same of many, for whom what starts at `since` or later is read once."""
        with self.store.reading() as connection:
            known = self._memory.known(connection)
            return opened.opened(self.store, connection, {key: known[key] for key in keys if key in known}, since)

    def cells(self, wants: Sequence[Reach]) -> list[Cells]:
        """The cells inside each span; whole days as one where no cut falls inside them."""
        with self.store.reading() as connection:
            return summing.cells(connection, wants)

    def measurements(self) -> dict[MeasurementKey, str]:
        """All that are in the ledger, each as it describes itself."""
        query = sa.select(tables.measurement.c.key, tables.measurement.c.description)
        with self.store.reading() as connection:
            return dict(map(tuple, connection.execute(query)))

    def forgotten(self) -> dict[MeasurementKey, set[int]]:
        """Days past retention, of which the sums alone are kept."""
        with self.store.reading() as connection:
            return retention.forgotten(connection)

    def record_breaches(self, breaches: Sequence[tuple[ObjectiveKey, int, int]]) -> None:
        """(objective, window start, instant): kept once a window."""
        there = self._recorded({start for _, start, _ in breaches}) if breaches else set()
        values = [
            {"agreement": key[0], "objective": key[1], "window_start": start, "first_at": at}
            for key, start, at in breaches
            if (*key, start) not in there
        ]
        if values:  # mostly all are there, and to look takes no turn of those who write
            with self.store.writing() as connection:
                upserts.add(connection, tables.breach, values)

    def _recorded(self, starts: Collection[int]) -> set[tuple[str, str, int]]:
        """(agreement, objective, window start) of the breached windows that began then."""
        breach = tables.breach.c
        query = sa.select(breach.agreement, breach.objective, breach.window_start)
        with self.store.reading() as connection:
            found = connection.execute(query.where(breach.window_start.in_(starts)))
            return {(agreement, objective, start) for agreement, objective, start in found}

    def breaches(self) -> dict[ObjectiveKey, int]:
        """Windows breached so far, of each objective."""
        query = sa.select(tables.breach.c.agreement, tables.breach.c.objective, sa.func.count()).group_by(
            tables.breach.c.agreement, tables.breach.c.objective
        )
        with self.store.reading() as connection:
            return {(agreement, objective): count for agreement, objective, count in connection.execute(query)}

    def declare(self, said: Declaration) -> Declared:
        with self.store.writing(lasting=True) as connection:
            return declarations.add(connection, said)

    def revoke(self, number: int, revocation: Revocation) -> Declared | None:
        """As it stands then: what was revoked before stays so as it was; None where nothing has that number."""
        with self.store.writing(lasting=True) as connection:
            if all(one.id != number for one in declarations.every(connection)):
                return None
            declarations.revoke(connection, number, revocation)
            return next(one for one in declarations.every(connection) if one.id == number)

    def declared(self) -> tuple[Declared, ...]:
        """All that was ever declared, also what was revoked."""
        with self.store.reading() as connection:
            return tuple(declarations.every(connection))

    def keep_silences(self, seen: Sequence[Silence]) -> None:
        """Keeps those that are new, and those that have changed."""
        with self.store.writing() as connection:
            declarations.keep(connection, seen)

    def silences(self, until: int | None = None) -> tuple[Silence, ...]:
        """All that were ever seen, as they were last."""
        with self.store.reading() as connection:
            states = declarations.silences(connection)
        return silences.newest(one for one in states if until is None or one.seen_at <= until)

    def interventions(self) -> tuple[int, tuple[Declared, ...], tuple[Silence, ...]]:
        """`changes`, and what `declared` and `silences` tell, as of one moment."""
        with self.store.reading() as connection:
            declared, states = tuple(declarations.every(connection)), declarations.silences(connection)
            return declarations.changes(connection), declared, silences.newest(states)

    def changes(self) -> int:
        """How often something was declared, revoked, or seen of a silence, or written of a time long passed.

        More than before, and judging is due, also of windows that have ended.
        """
        with self.store.reading() as connection:
            return declarations.changes(connection)

    def rolls(self) -> dict[str, Roll]:
        """The customers that were discovered, by the templates' names; the same records while nobody has looked."""
        with self._calling, self.store.reading() as connection:  # all templates are looked for at once
            self._rolls = rolls.every(connection, self._rolls)
            return {template: held.roll for template, held in self._rolls.items()}

    def keep_roll(self, template: str, before: Roll, after: Roll) -> None:
        """Keeps what changed since `before`, which is held already."""
        with self.store.writing() as connection:
            kept = rolls.keep(connection, template, before, after)
        with self._calling:
            self._rolls.pop(template, None)
            if kept:
                self._rolls[template] = rolls.Held(after)

    def asked(self, key: MeasurementKey) -> tuple[Asked, ...]:
        """Every query that was sent for a measurement so far."""
        with self.store.reading() as connection:
            known = rows.find(connection, key)
            return () if known is None else tuple(archive.asked(connection, known.id))

    def keep(self, documents: Iterable[Document], at: int) -> None:
        """Texts in force; those that are held already stay as they are."""
        fresh = [one for one in documents if one.sha256 not in self._kept]
        if fresh:
            with self.store.writing(lasting=True) as connection:
                archive.keep(connection, fresh, at)
            self._kept |= {one.sha256 for one in fresh}

    def document(self, sha256: str) -> Document | None:
        with self.store.reading() as connection:
            return archive.document(connection, sha256)

    def first_used(self) -> dict[AgreementName, int]:
        """When each agreement was first in force here."""
        with self.store.reading() as connection:
            return archive.first_used(connection)

    def issue(self, draft: Draft, replaces: str | None = None) -> Statement | None:
        """The statement, numbered and chained; None where there is one already, or another replaced it meanwhile."""
        with self.store.writing(lasting=True) as connection:
            return archive.issue(connection, draft, replaces)

    def statements(self, agreement: str | None = None, after: int = 0, most: int | None = None) -> list[Statement]:
        """In order of issue, from behind the place `after` on, and no more than `most`."""
        with self.store.reading() as connection:
            return archive.statements(connection, agreement, after, most)

    def statements_at(self, places: Sequence[int]) -> Iterator[Statement]:
        """Read some at a time: all of them may be gigabytes."""
        for begin in range(0, len(places), STATEMENTS_AT_ONCE):
            with self.store.reading() as connection:
                some = archive.statements_at(connection, places[begin : begin + STATEMENTS_AT_ONCE])
            yield from some

    def places(self, agreement: str | None = None, *, last: bool = False) -> list[int]:
        """Of all statements, in order of issue; `last`: of each number in its last version."""
        with self.store.reading() as connection:
            return archive.places(connection, agreement, last=last)

    def each(self, agreement: str | None = None, *, last: bool = False) -> Iterator[Statement]:
        """The same statements, read some at a time."""
        return self.statements_at(self.places(agreement, last=last))

    def newest(self) -> tuple[list[int], int]:
        """Places of all statements that may be the last of a promise, and the last place there is."""
        with self.store.reading() as connection:
            return archive.newest(connection)

    def latest(self, agreement: str | None = None) -> list[Statement]:
        """Each number in its last version, in order of issue."""
        return list(self.each(agreement, last=True))

    def stated(self, since: int) -> set[Stated]:
        """What there are statements of, of windows that ended then or later."""
        with self.store.reading() as connection:
            return archive.stated(connection, since)

    def counted(self) -> dict[AgreementName, int]:
        """How many statements were issued of each agreement, restatements with them."""
        with self.store.reading() as connection:
            return archive.counts(connection)

    def flaws(self, names: Mapping[MeasurementKey, str]) -> list[Flaw]:
        """What was changed in the ledger since it was written; `names`: what people call the measurements."""
        found: list[Flaw] = []
        try:
            with self.store.reading() as connection:
                found.extend(auditing.flaws(self.store, connection, names))
        except LedgerError:
            if not found:  # of a file that is torn what was found so far is told
                raise
        return found

    def deliveries(self) -> dict[str, str]:
        """What was last delivered to each receiver, as the deliverer wrote it."""
        with self.store.reading() as connection:
            return deliveries.every(connection)

    def record_delivery(self, receiver: str, record: str, owner: str | None = None) -> None:
        """Of an owner only as long as the receiver is claimed by it; None: of a monitor that is alone."""
        with self.store.writing() as connection:
            deliveries.keep(connection, receiver, record, owner)

    def claim_delivery(self, receiver: str, owner: str, now: int, lease: int) -> str | None:
        """What was last delivered, and for so many seconds nobody else delivers; None where another does."""
        with self.store.writing() as connection:
            return deliveries.claim(connection, receiver, owner, now, lease)

    def release_deliveries(self, owner: str) -> None:
        """Another need not wait until its claims are over."""
        with self.store.writing() as connection:
            deliveries.release(connection, owner)


def _inside(starts: Ints, spans: Spans) -> npt.NDArray[np.bool_]:
    if not spans:
        return np.zeros(len(starts), dtype=bool)
    begins, ends = spans.borders
    last = np.searchsorted(begins, starts, side="right") - 1
    return np.asarray((last >= 0) & (starts < ends[last]))


def _queries(
    known: Mapping[MeasurementKey, Known], fresh: Iterable[tuple[Measured, int]]
) -> Iterator[tuple[int, Asked]]:
    """(measurement, query) of each, made as they are wanted."""
    for one, row in fresh:
        for query in one.asked.of(row) if one.asked else ():
            yield known[one.wanted.bundle.keys[row]].id, query


def _are_late(before: Times, filed: Iterable[tuple[Batch, Measured]]) -> bool:
    """Some are of a time long passed, of which others may have drawn conclusions."""
    for batch, one in filed:
        for kind in np.unique(before.kinds[batch.ids[batch.ids < len(before.kinds)]]).tolist():
            held = before.spans[kind]
            if held and one.wanted.span.start < held.parts[-1].end - LONG_PASSED:
                return True
    return False


def _rounds(batches: Sequence[Batch]) -> list[list[Batch]]:
    """Rounds in which a measurement occurs once: where its slices go hangs on those before."""
    rounds: list[list[Batch]] = []
    next_of = np.zeros(max((int(batch.ids.max(initial=-1)) for batch in batches), default=-1) + 1, np.int64)
    for batch in batches:
        if batch.block.known.size:
            number = int(next_of[batch.ids].max())
            next_of[batch.ids] = number + 1
            if number == len(rounds):
                rounds.append([])
            rounds[number].append(batch)
    return rounds
