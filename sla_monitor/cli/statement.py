"""`sla-monitor statement`: what was stated of a closed window."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sla_monitor.cli import options, stating
from sla_monitor.compliance import filings
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.statements import Statement
from sla_monitor.compliance.terms import MeasurementKey
from sla_monitor.errors import ConfigError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import verification
from sla_monitor.measuring.verification import span_of
from sla_monitor.publishing.statements.formats import Format, rendered
from sla_monitor.publishing.statements.handover import files


def register(app: typer.Typer) -> None:
    app.command(
        epilog="Example: sla-monitor statement acme --period 2026-10 --out october.pdf --config sla-monitor.yaml"
    )(statement)


def statement(
    agreement: Annotated[str, typer.Argument(help="Its name.", show_default=False)],
    period: stating.Period = filings.PREVIOUS,
    number: stating.Number = None,
    version: Annotated[int | None, typer.Option(help="An earlier version.", show_default="the last")] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="How it is laid out.", show_default="as --out ends, else md")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write.", show_default="standard output")] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also write what it rests on: texts, and slices as CSV.", show_default=False),
    ] = None,
    files: options.FileOption = None,
    config: options.Config = None,
    ledger: options.Ledger = None,
) -> None:
    """The statement of a closed window. With agreement files, windows that are due are closed first."""
    settings = options.load(config, files=files, ledger=ledger)
    wanted = form or _by_name(out)
    written = stating.agreement_of(settings, agreement)
    with stating.opened(settings, writing=written is not None) as book:
        if written is not None:
            stating.close_due(settings, book, written)
        found = stating.chosen(settings, book, agreement, period, number, written)
        if version is not None and version != found.version:
            every = {one.version: one for one in book.statements(agreement) if one.number == found.number}
            if version not in every:
                raise ConfigError(f"{found.name.split(',')[0]} has no version {version}: the last is {found.version}")
            found = every[version]
        if evidence is not None:
            _hand_over(found, book, evidence)
    if evidence is None or form is not None or out is not None:
        _write(rendered(found, wanted), wanted, out)


def _hand_over(statement: Statement, book: Book, folder: Path) -> None:
    if verification.rests_on(statement, book.forgotten()):
        raise ConfigError(f"the evidence of {statement.name} is not whole: slices of it are past ledger.retention")
    spans = {told["measurement"]: span_of(told) for told in statement.content["evidence"]["slices"]}

    def held(key: str) -> Slices:
        return book.slices(MeasurementKey(key), spans[key])

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files(statement, book.document, held):
            (folder / name).write_bytes(data)
            typer.echo(str(folder / name), err=True)
    except OSError as error:
        raise ConfigError(f"cannot write to {folder}: {error.strerror}; name another with --evidence") from error


def _by_name(out: Path | None) -> Format:
    endings = {f".{one.value}": one for one in Format}
    return endings.get(out.suffix.lower(), Format.MARKDOWN) if out is not None else Format.MARKDOWN


def _write(data: bytes, form: Format, out: Path | None) -> None:
    if out is not None:
        try:
            out.write_bytes(data)
        except OSError as error:
            raise ConfigError(f"cannot write {out}: {error.strerror}; name another file with --out") from error
    elif form is Format.PDF and sys.stdout.isatty():
        raise ConfigError("a PDF is not for a terminal: name a file with --out")
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
