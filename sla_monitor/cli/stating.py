"""What the verbs about statements share: closing what is due, and finding what is meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from sla_monitor.cli import customers, options
from sla_monitor.compliance import amendments, filings, periods
from sla_monitor.compliance.filings import PREVIOUS
from sla_monitor.compliance.statements import Statement
from sla_monitor.compliance.terms import Agreement
from sla_monitor.daemon import wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import overdue
from sla_monitor.measuring.outstanding import Outstanding
from sla_monitor.measuring.overdue import Closable

Period = Annotated[
    str,
    typer.Option(help="The window's label, or the period it begins in: 2026-10, 2026-W41, 2026-Q3, 2026, previous."),
]
Number = Annotated[int | None, typer.Option(help="The statement's number, where a period has several.")]


@contextmanager
def opened(settings: Settings, *, writing: bool) -> Iterator[Book]:
    """Who writes brings the ledger up to date first."""
    book = wiring.open_book(settings) if writing else Book(wiring.open_store(settings))
    try:
        yield book
    finally:
        book.store.close()


def agreement_of(settings: Settings, name: str) -> Agreement | None:
    """The agreement as it is written now; None where no files are named, or none of them holds it."""
    if not settings.agreements.paths:
        return None
    reading = customers.kept(settings, options.read(settings))
    return next((one for one in reading.agreements if one.name == name), None)


def close_due(settings: Settings, book: Book, agreement: Agreement) -> None:
    """Closes the windows that are due and wholly measured, as the monitor would."""
    now, closing = wiring.clock(), wiring.closing(settings, book)
    found = Outstanding().unstated([agreement], book, now)
    for one in overdue.due(found, book, now, closing.grace, lambda *_: False):
        if (made := closing.close(one, now)) is not None:
            typer.echo(f"closed {one.window.kind} {one.window.label}: {made.name}", err=True)


def chosen(
    settings: Settings, book: Book, name: str, period: str, number: int | None, agreement: Agreement | None
) -> Statement:
    """The one statement that is meant, in its last version."""
    held = book.latest(name)
    found = [one for one in held if one.number == number] if number is not None else _of_period(held, period)
    if len(found) == 1:
        return found[0]
    if not found:
        raise ConfigError(
            _none(settings, book, name, held, period if number is None else f"number {number}", agreement)
        )
    told = ", ".join(f"--number {one.number} ({one.window.kind} {one.window.label})" for one in found)
    raise ConfigError(f"{name} has several statements of {period!r}: choose one with {told}")


def _of_period(held: Sequence[Statement], period: str) -> list[Statement]:
    try:
        return filings.of_period(held, period)
    except ValueError as error:
        raise ConfigError(f"--period: {error} or previous") from error


def _none(
    settings: Settings,
    book: Book,
    name: str,
    held: Sequence[Statement],
    asked: str,
    agreement: Agreement | None,
) -> str:
    there = ", ".join(one.window.label for one in held[-5:])
    known = f"there are {'… ' if len(held) > 5 else ''}{there}" if held else "there is none of it yet"  # noqa: PLR2004
    if agreement is None:
        return f"no statement of {name} is of {asked!r}: {known}; name its file with --file to close what is due"
    measured = book.measured({o.measurement.key for o in amendments.all_versions(agreement)})
    over = [one for one in overdue.ended(agreement, measured, wiring.clock()) if asked in (one.window.label, PREVIOUS)]
    why = f"; {_why_open(settings, measured, over[-1])}" if over else ""
    return f"no statement of {name} is of {asked!r}: {known}{why}"


def _why_open(settings: Settings, measured: overdue.Measured, one: Closable) -> str:
    at, zone = overdue.closes_at(one, settings.schedule.grace_seconds), one.agreement.zone
    what = f"{one.window.kind} {one.window.label}"
    if wiring.clock() < at:
        return f"{what} closes {periods.local_text(at, zone)} (schedule.grace)"
    lacking = overdue.lacking(one, measured)
    since, until = (periods.rfc3339(instant) for instant in (lacking.parts[0].start, lacking.parts[-1].end))
    return f"{what} is not measured whole: sla-monitor backfill --from {since} --until {until}"
