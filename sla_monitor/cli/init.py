"""`sla-monitor init`: write a commented agreement to begin with."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sla_monitor.agreements import library
from sla_monitor.agreements.hints import did_you_mean
from sla_monitor.cli.output import Format, Output, show_rows
from sla_monitor.errors import ConfigError

FIRST = "web-api"


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: sla-monitor init aws-s3-standard --out agreements/s3.yaml")(init)


def init(
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="One of those that --list tells.")] = FIRST,
    listed: Annotated[bool, typer.Option("--list", help="Tell what the library holds.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write to this new file.", show_default="standard output")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Write a commented agreement from the library: a starter, or a contract a provider has published."""
    if listed:
        show_rows([asdict(entry) for entry in library.entries()], output)
        return
    text = _text(template)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(f"{out} is there already, and is left as it is: name a new file with --out") from error
    except OSError as error:
        raise ConfigError(f"cannot write {out}: {error.strerror}; is the folder there?") from error
    typer.echo(f"{out} is written: fill in your own names and metrics, then sla-monitor check {out}", err=True)


def _text(template: str) -> str:
    try:
        return library.text_of(template)
    except KeyError as error:
        guess = did_you_mean(template, (entry.name for entry in library.entries()))
        told = f"no template is called {template!r}: {guess} " if guess else f"no template is called {template!r}: "
        raise ConfigError(f"{told}sla-monitor init --list tells them all") from error
