"""`sla-monitor exclude`: times that do not count, declared while agreements run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Annotated

import typer

from sla_monitor.cli import customers, excluded, options, output
from sla_monitor.compliance import declarations
from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.declarations import Asked, Declared, Revocation
from sla_monitor.compliance.exclusions import CATEGORIES
from sla_monitor.compliance.terms import Agreement
from sla_monitor.daemon import wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import assessment
from sla_monitor.publishing import exclusions

Author = Annotated[str, typer.Option("--author", help="Who says so.")]
WRITTEN = "RFC 3339 instant, or a date: its midnight in the agreement's zone."


def register(app: typer.Typer) -> None:
    verbs = typer.Typer(
        help="Declare times that do not count, show what was excluded, take declarations back.",
        epilog="Example: sla-monitor exclude list acme-payments",
        no_args_is_help=True,
    )
    verbs.command(
        epilog="Example: sla-monitor exclude add acme-payments --from 2026-10-04T02:00:00+02:00 "
        "--until 2026-10-04T04:00:00+02:00 --category maintenance --author ann --reason 'disk swap'"
    )(add)
    verbs.command(name="list", epilog="Example: sla-monitor exclude list acme-payments -o json")(every)
    verbs.command(epilog="Example: sla-monitor exclude revoke 12 --author ann --reason 'wrong day'")(revoke)
    app.add_typer(verbs, name="exclude")


def add(
    agreement: Annotated[str, typer.Argument(help="The agreement's name.")],
    *,
    start: Annotated[str, typer.Option("--from", help=WRITTEN)],
    until: Annotated[str, typer.Option("--until", help="As --from; the first instant that counts again.")],
    author: Author,
    reason: Annotated[str, typer.Option("--reason", help="Why; people will read it.")],
    category: Annotated[str, typer.Option("--category", help=", ".join(CATEGORIES))] = "other",
    effect: Annotated[str, typer.Option("--effect", help="drop: left out; good: counts as up.")] = "drop",
    objectives: Annotated[
        list[str] | None,
        typer.Option("--objective", help="For this one; may be given again.", show_default="all"),
    ] = None,
    announced: Annotated[
        str | None, typer.Option("--announced", help="When the other side was told.", show_default=False)
    ] = None,
    form: output.Output = output.Format.TABLE,
    files: options.FileOption = None,
    config: options.Config = None,
    ledger: options.Ledger = None,
) -> None:
    """Exclude a span of time, of the past or to come. It counts at once in windows that are open."""
    settings = options.load(config, files=files, ledger=ledger)
    only = tuple(objectives) if objectives else None
    asked, now = Asked(start, until, category, author, reason, effect, only, announced), wiring.clock()
    with _opened(settings) as book:
        (of,) = _agreements(settings, agreement)
        found = declarations.declare(of, asked, now)
        if isinstance(found, list):
            raise ConfigError("\n".join(("it cannot be declared:", *(f"  --{_flag(fault)}" for fault in found))))
        made = book.declare(found)
        _show(settings, book, (of,), made, form)
    typer.echo(exclusions.reaching_back(of, made, now) or _SOON, err=True)


_SOON = "A monitor that runs takes it in at its next tick."


def revoke(
    number: Annotated[int, typer.Argument(metavar="ID", help="Its number, as `exclude list` shows it.")],
    *,
    author: Author,
    reason: Annotated[str, typer.Option("--reason", help="Why it is taken back.")],
    form: output.Output = output.Format.TABLE,
    files: options.FileOption = None,
    config: options.Config = None,
    ledger: options.Ledger = None,
) -> None:
    """Take a declaration back: it excludes nothing any more, and stays to be seen."""
    settings = options.load(config, files=files, ledger=ledger)
    if faults := list(declarations.said_faults(author, reason)):
        raise ConfigError("\n".join(("it cannot be revoked:", *(f"  --{fault}" for fault in faults))))
    mine = Revocation(author.strip(), reason.strip(), wiring.clock())
    with _opened(settings) as book:
        found = book.revoke(number, mine)
        if found is None:
            raise ConfigError(f"no exclusion has the number {number}: `sla-monitor exclude list` shows those there are")
        if found.revoked != mine:
            raise ConfigError(exclusions.revoked_before(found))
        agreements = tuple(one for one in _agreements(settings, None) if one.name == found.said.agreement)
        _show(settings, book, agreements, found, form)
    told = exclusions.reaching_back(agreements[0], found, mine.at) if agreements else ""
    typer.echo(told or _SOON, err=True)


def every(
    agreement: Annotated[str | None, typer.Argument(help="One agreement only.", show_default=False)] = None,
    form: output.Output = output.Format.TABLE,
    files: options.FileOption = None,
    config: options.Config = None,
    ledger: options.Ledger = None,
) -> None:
    """All that was ever declared, and all that excludes time from the current windows and those before.

    With what each excluded, and why not more.
    """
    settings = options.load(config, files=files, ledger=ledger)
    with _opened(settings) as book:
        agreements = _agreements(settings, agreement)
        board = _board(settings, book, agreements)
    excluded.show(exclusions.as_records(board, agreement), agreements, form)


def _show(
    settings: Settings, book: Book, agreements: tuple[Agreement, ...], made: Declared, form: output.Format
) -> None:
    board = _board(settings, book, agreements)
    excluded.show([exclusions.as_record(made, board)], agreements, form)


@contextmanager
def _opened(settings: Settings) -> Iterator[Book]:
    with closing(wiring.open_store(settings)) as store:
        book = Book(store)
        book.declared()  # a mistyped ledger is told of, not made
        yield book


def _agreements(settings: Settings, name: str | None) -> tuple[Agreement, ...]:
    """Those that are sound; what is wrong with others does not matter here."""
    found = customers.kept(settings, options.read(settings)).agreements
    chosen = tuple(one for one in found if name in (None, one.name))
    if name is not None and not chosen:
        known = ", ".join(one.name for one in found) or "none"
        raise ConfigError(f"no sound agreement is called {name!r}; there are: {known}")
    return chosen


def _board(settings: Settings, book: Book, agreements: tuple[Agreement, ...]) -> Board:
    timetable = wiring.timetable(book)
    board = assessment.assess(agreements, book, wiring.clock(), wiring.settle_of(settings), timetable)
    return replace(board, declared=timetable.declared)


def _flag(fault: str) -> str:
    return fault.replace("objectives:", "objective:", 1)
