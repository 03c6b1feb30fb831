"""`sla-monitor ledger`: how large it is, and into another."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated, Any

import typer

from sla_monitor.cli import options, output
from sla_monitor.compliance import conditions, periods
from sla_monitor.daemon import wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.ledger import moving, statistics
from sla_monitor.ledger.book import Book
from sla_monitor.ledger.statistics import TableSize

SHOWN_KEY = 12


def register(app: typer.Typer) -> None:
    verbs = typer.Typer(
        help="Look after the ledger: its size, and into another database.",
        epilog="Example: sla-monitor ledger stats",
        no_args_is_help=True,
    )
    verbs.command(epilog="Example: sla-monitor ledger stats --config sla-monitor.yaml -o json")(stats)
    verbs.command(
        epilog="Example: sla-monitor ledger move postgresql://sla_monitor@db/sla_monitor --config sla-monitor.yaml"
    )(move)
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
    needed = {m.key for a in options.read(settings).agreements for _, m in conditions.measurements(a)}
    return [
        f"in no agreement now: measurement {key[:SHOWN_KEY]} ({told})"
        for key, told in sorted(book.measurements().items())
        if key not in needed
    ]


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


def _told(moved: moving.Moved, name: str) -> str:
    rows, flaws = moved.contents.rows, len(moved.flaws)
    checked = f"{flaws} flaws came along" if flaws else "every seal and the chain of statements hold"
    return (
        f"{sum(rows.values())} rows are in {name}: each of {len(rows)} tables, and the slices of each of "
        f"{len(moved.contents.measurements)} measurements, have the same digest as before; {checked}"
    )
