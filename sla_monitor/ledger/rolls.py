"""Rows of customers that were discovered: each time during which one was there, and until when was looked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.rolls import Presence, Roll
from sla_monitor.ledger import seals, tables, upserts

_discovery, _customer = tables.discovery, tables.customer
Key = tuple[str, int]
"""A value, and which of its times it is."""
Stamp = tuple[Any, ...]


@dataclass(frozen=True)
class Held:
    """A roll as it was read. stamp: of the rows it is of; None: nobody knows, as it was written here."""

    roll: Roll
    stamp: Stamp | None = None


def every(connection: Connection, known: Mapping[str, Held]) -> dict[str, Held]:
    """By the templates' names. known: as they were; who has not looked since has written nothing since."""
    looked = connection.execute(sa.select(_discovery.c.template, _discovery.c.looked))
    return {template: _latest(connection, template, until, known.get(template)) for template, until in looked.all()}


def _latest(connection: Connection, template: str, looked: int, known: Held | None) -> Held:
    if known is not None and known.roll.looked == looked:
        return known
    stamp = _stamp(connection, template)
    if known is not None and known.stamp == stamp:
        return Held(Roll(looked, known.roll.times), stamp)
    times: dict[str, tuple[Presence, ...]] = {}
    query = sa.select(_customer).where(_customer.c.template == template)
    for row in connection.execute(query.order_by(_customer.c.value, _customer.c.number)):
        times[row.value] = (*times.get(row.value, ()), Presence(row.since, row.until, row.gone))
    return Held(Roll(looked, times), stamp)


def _stamp(connection: Connection, template: str) -> Stamp:
    """Of rows that are otherwise it is otherwise."""
    query = sa.select(sa.func.count(), sa.func.sum(_customer.c.seal)).where(_customer.c.template == template)
    return tuple(connection.execute(query).one())


def keep(connection: Connection, template: str, before: Roll, after: Roll) -> bool:
    """Writes what is new in the roll, and what has changed; False: another has looked meanwhile, and nothing is."""
    held = connection.execute(sa.select(_discovery.c.looked).where(_discovery.c.template == template)).scalar()
    if held != before.looked:
        return False
    others = [value for value, times in after.times.items() if before.times.get(value) is not times]
    old, new = (dict(_numbered(template, roll, others)) for roll in (before, after))
    changed = [row for key, row in new.items() if old.get(key) != row]
    upserts.put(connection, _customer, [seals.sealed(_customer, row) for row in changed])
    looked = {"template": template, "looked": after.looked}
    upserts.put(connection, _discovery, [seals.sealed(_discovery, looked)])
    return True


def _numbered(template: str, roll: Roll, values: Iterable[str]) -> Iterator[tuple[Key, dict[str, Any]]]:
    for value in values:
        for number, one in enumerate(roll.times.get(value, ()), 1):
            row = {"template": template, "value": value, "number": number}
            yield (value, number), {**row, "since": one.since, "until": one.until, "gone": one.gone}
