"""`sla-monitor ledger`: how large it is, into another, into a file and out of one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from sla_monitor.cli import asked, customers, facts, options, output
from sla_monitor.compliance import conditions, periods
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.daemon import retaining, wiring
from sla_monitor.daemon.sections import Retention
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError
from sla_monitor.ledger import moving, parquet, statistics
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.statistics import TableSize

SHOWN_KEY = 12


def register(app: typer.Typer) -> None:
    verbs = typer.Typer(
        help="Look after the ledger: its size, into another database, into files and out of them.",
        epilog="Example: sla-monitor ledger stats",
        no_args_is_help=True,
    )
    verbs.command(epilog="Example: sla-monitor ledger stats --config sla-monitor.yaml -o json")(stats)
    verbs.command(
        epilog="Example: sla-monitor ledger move postgresql://sla_monitor@db/sla_monitor --config sla-monitor.yaml"
    )(move)
    verbs.command(epilog="Example: sla-monitor ledger export 2026.parquet --from 2026-01-01 --until 2027-01-01")(export)
    verbs.command(name="import", epilog="Example: sla-monitor ledger import 2026.parquet --config sla-monitor.yaml")(
        import_
    )
    verbs.command(epilog="Example: sla-monitor ledger vacuum --config sla-monitor.yaml")(vacuum)
    app.add_typer(verbs, name="ledger")


def stats(
    form: output.Output = output.Format.TABLE,
    files: options.FileOption = None,
    config: options.Config = None,
    ledger: options.Ledger = None,
) -> None:
    """Rows, bytes, and first and last instant of each table, bytes a slice, and measurements in no agreement."""
    settings = options.load(config, files=files, ledger=ledger)
    with closing(wiring.open_store(settings)) as store:
        found = statistics.statistics(store)
        unneeded = _unneeded(settings, Book(store))
    output.show_rows([_row(one) for one in found], form)
    for told in unneeded:
        typer.echo(told, err=True)


def _row(one: TableSize) -> dict[str, Any]:
    ends = {name: getattr(one, name) for name in ("oldest", "newest")}
    return {
        "table": one.name,
        "rows": one.rows,
        "bytes": one.bytes,
        "slices": one.slices,
        "bytes_a_slice": None if one.bytes_a_slice is None else round(one.bytes_a_slice, 1),
        **{name: None if end is None else periods.rfc3339(end) for name, end in ends.items()},
    }


def _unneeded(settings: Settings, book: Book) -> list[str]:
    """Where no agreement files are named nobody can say."""
    if not settings.agreements.paths:
        return []
    needed = {
        m.key
        for a in customers.kept(settings, options.read(settings)).agreements
        for _, m in conditions.measurements(a)
    }
    return [
        f"in no agreement now: measurement {key[:SHOWN_KEY]} ({told})"
        for key, told in sorted(book.measurements().items())
        if key not in needed
    ]


def vacuum(
    files: options.FileOption = None,
    config: options.Config = None,
    ledger: options.Ledger = None,
) -> None:
    """Take out what is past ledger.retention and needed by no window, and give back the room.

    A monitor does the first by itself every six hours, and may run meanwhile.
    """
    settings = options.load(config, files=files, ledger=ledger)
    wanted = settings.ledger.retention
    with closing(wiring.open_store(settings)) as store:
        with store.reading():
            pass  # what is not there is told of, not made
        before = store.size_bytes()
        if wanted != Retention():
            agreements = asked.served(settings, options.read(settings), facts.Origin.LEDGER, 0)
            gone = retaining.trim(Book(store), wanted, agreements, wiring.clock(), wiring.settle_of(settings))
            typer.echo(
                f"days that lost their slices and keep their sums: {gone.slices}; days gone: {gone.days}", err=True
            )
        store.compact()
        typer.echo(f"{before} bytes before, {store.size_bytes()} after", err=True)


def move(
    target: Annotated[str, typer.Argument(metavar="URL", help="An empty ledger, or one that is not there yet.")],
    config: options.Config = None,
    ledger: options.Ledger = None,
) -> int:
    """Copy the ledger into another database, either way, and hold every row against the first.

    No monitor may run on either. The first stays as it is: name the other in ledger.url from then on.
    """
    settings = options.load(config, ledger=ledger)
    to = options.load(config, ledger=target)
    with closing(wiring.open_store(settings)) as source, closing(wiring.open_store(to)) as into:
        with output.progress() as bar:
            task = bar.add_task("moving rows", total=None)
            moved = moving.move(source, into, lambda done, whole: bar.update(task, completed=done, total=whole))
        typer.echo(_told(moved, into.name))
    for flaw in moved.flaws:
        typer.echo(f"was so before: {flaw}", err=True)
    return int(bool(moved.flaws))


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file, as 2026.parquet.")],
    since: Annotated[
        str | None, typer.Option("--from", help="RFC 3339 instant, or a date (UTC).", show_default="the first slice")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="As --from.", show_default="the last slice")] = None,
    config: options.Config = None,
    ledger: options.Ledger = None,
) -> None:
    """Write the slices of every measurement into a Parquet file, for other programs and as a copy.

    Needs the extra `parquet`.
    """
    settings = options.load(config, ledger=ledger)
    ends = (_instant("--from", since, 0), _instant("--until", until, FOREVER))
    if ends[1] <= ends[0]:
        raise ConfigError("--until is not after --from")
    with closing(wiring.open_store(settings)) as store, output.progress() as bar:
        task = bar.add_task("writing slices", total=None)
        told = parquet.write(
            Book(store), file, Span(*ends), lambda done, whole: bar.update(task, completed=done, total=whole)
        )
    typer.echo(f"{told} slices are in {file}", err=True)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `ledger export` writes it.")],
    config: options.Config = None,
    ledger: options.Ledger = None,
) -> None:
    """Take slices in from a Parquet file where nothing is measured yet. What is there stays.

    A monitor may run meanwhile. Needs the extra `parquet`.
    """
    settings = options.load(config, ledger=ledger)
    with closing(wiring.open_book(settings).store) as store, output.progress() as bar:
        task = bar.add_task("reading slices", total=None)
        found = parquet.read(Book(store), file, lambda done, whole: bar.update(task, completed=done, total=whole))
    typer.echo(f"{found.fresh} slices taken in; {found.there} were measured already, and stay", err=True)


def _instant(flag: str, text: str | None, otherwise: int) -> int:
    try:
        return otherwise if text is None else periods.parse_instant(text, periods.zone_of("UTC"))
    except ValueError as error:
        raise ConfigError(f"{flag}: {error}") from error


def _told(moved: moving.Moved, name: str) -> str:
    rows, flaws = moved.contents.rows, len(moved.flaws)
    checked = f"{flaws} flaws came along" if flaws else "every seal and the chain of statements hold"
    return (
        f"{sum(rows.values())} rows are in {name}: each of {len(rows)} tables, and the slices of each of "
        f"{len(moved.contents.measurements)} measurements, have the same digest as before; {checked}"
    )
