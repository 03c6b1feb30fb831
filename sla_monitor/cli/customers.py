"""Agreements of customers that templates find: those that the ledger knows, and one of anybody."""

from __future__ import annotations

from contextlib import closing

import typer

from sla_monitor.agreements.discovered import Discovery
from sla_monitor.agreements.reading import Reading
from sla_monitor.compliance.rolls import Presence, Roll
from sla_monitor.compliance.terms import Agreement
from sla_monitor.daemon import wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError
from sla_monitor.ledger.book import Book

ANYBODY = Presence(None)


def kept(settings: Settings, reading: Reading) -> Reading:
    """With those that the ledger knows."""
    if not reading.discoveries:
        return reading
    with closing(wiring.open_store(settings)) as store:
        rolls = Book(store).rolls()
    for one in reading.discoveries:
        if one.search.template not in rolls:
            told = "nobody has looked for its customers yet: start sla-monitor run, or backfill"
            typer.echo(f"{one.search.template}: {told}", err=True)
    return reading.with_customers(rolls, settings.agreements.max_discovered)


def taken_on(reading: Reading) -> tuple[Agreement, ...]:
    """What could be made of those who were found; what could not is told."""
    for fault in reading.faults:
        typer.echo(str(fault), err=True)
    if not reading.agreements:
        raise ConfigError("no customer was found, and the files hold no other agreement")
    return reading.agreements


def of_anybody(discovery: Discovery) -> tuple[Agreement, ...]:
    """The agreements that two customers would have who were always there: for what is the same for all."""
    roll = Roll(0, {f"{which}-{discovery.search.label}": (ANYBODY,) for which in ("one", "another")})
    return tuple(discovery.agreements(roll, {}).agreements)
