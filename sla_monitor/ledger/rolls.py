"""Rows of customers that were discovered: each time during which one was there, and until when was looked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.rolls import Presence, Roll
from sla_monitor.ledger import seals, tables, upserts

_discovery, _customer = tables.discovery, tables.customer
Key = tuple[str, int]
"""A value, and which of its times it is."""


def every(connection: Connection, known: Mapping[str, Roll]) -> dict[str, Roll]:
    """By the templates' names. known: as they were; who has not looked since has written nothing since."""
    looked = connection.execute(sa.select(_discovery.c.template, _discovery.c.looked))
    return {template: _latest(connection, template, until, known.get(template)) for template, until in looked.all()}


def _latest(connection: Connection, template: str, looked: int, known: Roll | None) -> Roll:
    if known is not None and known.looked == looked:
        return known
    times: dict[str, tuple[Presence, ...]] = {}
    query = sa.select(_customer).where(_customer.c.template == template)
    for row in connection.execute(query.order_by(_customer.c.value, _customer.c.number)):
        times[row.value] = (*times.get(row.value, ()), Presence(row.since, row.until, row.gone))
    return Roll(looked, times)


def keep(connection: Connection, template: str, before: Roll, after: Roll) -> bool:
    """Writes what is new in the roll, and what has changed; False: another has looked meanwhile, and nothing is."""
    held = connection.execute(sa.select(_discovery.c.looked).where(_discovery.c.template == template)).scalar()
    if held != before.looked:
        return False
    old, new = _rows(template, before), _rows(template, after)
    changed = [row for key, row in new.items() if old.get(key) != row]
    upserts.put(connection, _customer, [seals.sealed(_customer, row) for row in changed])
    looked = {"template": template, "looked": after.looked}
    upserts.put(connection, _discovery, [seals.sealed(_discovery, looked)])
    return True


def _rows(template: str, roll: Roll) -> Mapping[Key, dict[str, Any]]:
    return dict(_numbered(template, roll))


def _numbered(template: str, roll: Roll) -> Iterator[tuple[Key, dict[str, Any]]]:
    for value, times in roll.times.items():
        for number, one in enumerate(times, 1):
            row = {"template": template, "value": value, "number": number}
            yield (value, number), {**row, "since": one.since, "until": one.until, "gone": one.gone}
