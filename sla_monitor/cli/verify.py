"""`sla-monitor verify`: has anything of what was stated been changed since?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from sla_monitor.cli import options, output, stating
from sla_monitor.compliance.flaws import Flaw
from sla_monitor.compliance.statements import Statement
from sla_monitor.daemon import connections, wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError, SourceError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import resampling, verification
from sla_monitor.measuring.resampling import Compared

SAMPLE = 200


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: sla-monitor verify --config sla-monitor.yaml --against-prometheus --sample 500")(
        verify
    )


def verify(
    against_prometheus: Annotated[
        bool, typer.Option("--against-prometheus", help="Also measure a sample of the slices again.")
    ] = False,
    sample: Annotated[int, typer.Option(help="How many slices.", min=1)] = SAMPLE,
    seed: Annotated[
        int | None, typer.Option(help="To draw the same sample again.", show_default="by the clock")
    ] = None,
    form: output.Output = output.Format.TABLE,
    config: options.Config = None,
    prometheus: options.Prometheus = None,
    resolution: options.Resolution = None,
    ledger: options.Ledger = None,
) -> int:
    """Recompute the chain of statements and all they rest on, and tell what was changed: with exit code 1."""
    settings = options.load(config, prometheus=prometheus, resolution=resolution, ledger=ledger)
    if against_prometheus and not settings.sources:
        raise ConfigError("--against-prometheus: name one with --prometheus URL, or sources in the settings file")
    with stating.opened(settings, writing=False) as book:
        flaws = _checked(settings, book)
        if against_prometheus:
            seed = wiring.clock() if seed is None else seed
            flaws += asyncio.run(_compared(settings, book, sample, seed))
    _show(flaws, form)
    return int(bool(flaws))


def _checked(settings: Settings, book: Book) -> list[Flaw]:
    with output.progress() as bar:
        task = bar.add_task("checking statements", total=None)
        found = list(
            wiring.verification(settings, book).all(lambda done, total: bar.update(task, completed=done, total=total))
        )
    typer.echo(f"{len(book.places())} statements checked, {len(found)} flaws found", err=True)
    if forgotten := book.forgotten():
        days = sum(map(len, forgotten.values()))
        typer.echo(f"days of slices past retention, of which only the sums are kept: {days}", err=True)
        told = [one.name for one in book.each() if one.is_sound and verification.rests_on(one, forgotten)]
        if told:
            typer.echo(f"held against their hashes alone, for their slices are gone: {', '.join(told)}", err=True)
    return found


async def _compared(settings: Settings, book: Book, sample: int, seed: int) -> Sequence[Flaw]:
    forgotten = book.forgotten()

    def sound() -> Iterator[Statement]:
        return (one for one in book.each(last=True) if one.is_sound and not verification.rests_on(one, forgotten))

    wants = resampling.sample(resampling.slots(sound(), book, wiring.read_again), sample, seed)
    async with AsyncExitStack() as stack:
        readers = await connections.open_readers(settings, stack)
        for source in {want.measurement.source for want in wants}:
            if source not in readers:
                raise ConfigError(f"no source is called {source!r} in the settings")
            await readers[source].answers(wiring.clock())
        found = await resampling.compare(wants, book, readers, verification.names(sound()))
    _tell(found, len(wants), seed)
    if found.failed and not found.alike and not found.flaws:
        raise SourceError(f"none of the slices could be measured again: {found.failed[0]}")
    return found.flaws


def _tell(found: Compared, count: int, seed: int) -> None:
    told = f"{count} slices measured again (--seed {seed}): {found.alike} alike, {len(found.flaws)} different"
    gone = f", {found.gone} the source has forgotten" if found.gone else ""
    failed = f", {len(found.failed)} could not be measured: {found.failed[0]}" if found.failed else ""
    typer.echo(f"{told}{gone}{failed}", err=True)


def _show(flaws: Sequence[Flaw], form: output.Format) -> None:
    """As sentences, for people; as records, for programs."""
    if form is output.Format.TABLE:
        for flaw in flaws:
            typer.echo(str(flaw))
    else:
        rows = [{"subject": flaw.subject.value, "which": flaw.which, "told": flaw.told} for flaw in flaws]
        output.show_rows(rows, form)
