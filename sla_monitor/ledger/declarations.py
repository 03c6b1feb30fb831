"""Rows of what was declared, revoked, and seen of silences. No statement here changes or deletes one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.compliance.declarations import Declaration, Declared, Revocation
from sla_monitor.compliance.exclusions import Effect
from sla_monitor.compliance.silences import Matcher, Operator, Silence
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import AgreementName, ObjectiveName
from sla_monitor.ledger import numbers, seals, tables, upserts
from sla_monitor.ledger.folding import LATE

_exclusion, _revocation, _silence = tables.exclusion, tables.revocation, tables.silence


def add(connection: Connection, said: Declaration) -> Declared:
    number = numbers.following(connection, _exclusion)
    row = {
        "id": number,
        "agreement": said.agreement,
        "objectives": None if said.objectives is None else json.dumps(said.objectives),
        "start": said.span.start,
        "end": said.span.end,
        "category": said.category,
        "effect": said.effect.value,
        "author": said.author,
        "reason": said.reason,
        "announced": said.announced,
        "declared_at": said.declared_at,
    }
    connection.execute(sa.insert(_exclusion), seals.sealed(_exclusion, row))
    return Declared(number, said)


def revoke(connection: Connection, number: int, revocation: Revocation) -> None:
    """The first revocation counts."""
    row = {
        "exclusion_id": number,
        "author": revocation.author,
        "reason": revocation.reason,
        "revoked_at": revocation.at,
    }
    upserts.add(connection, _revocation, [seals.sealed(_revocation, row)])


def every(connection: Connection) -> list[Declared]:
    """In the order in which they were declared."""
    taken_back = (_revocation.c.author, _revocation.c.reason, _revocation.c.revoked_at)
    query = sa.select(_exclusion, *(column.label(f"no_{column.name}") for column in taken_back))
    found = connection.execute(query.outerjoin_from(_exclusion, _revocation).order_by(_exclusion.c.id))
    return [_declared(row) for row in found]


def keep(connection: Connection, states: Iterable[Silence]) -> None:
    """What is known already is passed over."""
    rows = [
        {
            "id": one.id,
            "updated_ms": one.updated_ms,
            "alertmanager": one.alertmanager,
            "matchers": json.dumps([(m.label, m.operator.value, m.value) for m in one.matchers]),
            "start": one.span.start,
            "end": one.span.end,
            "author": one.author,
            "comment": one.comment,
            "seen_at": one.seen_at,
        }
        for one in states
    ]
    upserts.add(connection, _silence, [seals.sealed(_silence, row) for row in rows])


def silences(connection: Connection) -> list[Silence]:
    """Every state of every silence that was seen."""
    return [_silenced(row) for row in connection.execute(sa.select(_silence))]


def changes(connection: Connection) -> int:
    """All rows there are, and how often something late was written. It only gets more, with any news."""
    counts = [sa.select(sa.func.count()).select_from(one).scalar_subquery() for one in _KEPT]
    return sum(connection.execute(sa.select(*counts)).one()) + numbers.counted(connection, LATE)


_KEPT = (_exclusion, _revocation, _silence)


def _declared(row: Any) -> Declared:
    objectives = None if row.objectives is None else tuple(map(ObjectiveName, json.loads(row.objectives)))
    said = Declaration(
        agreement=AgreementName(row.agreement),
        span=Span(row.start, row.end),
        category=row.category,
        author=row.author,
        reason=row.reason,
        declared_at=row.declared_at,
        effect=Effect(row.effect),
        objectives=objectives,
        announced=row.announced,
    )
    revoked = None if row.no_author is None else Revocation(row.no_author, row.no_reason, row.no_revoked_at)
    return Declared(row.id, said, revoked)


def _silenced(row: Any) -> Silence:
    matchers = tuple(Matcher(label, Operator(sign), value) for label, sign, value in json.loads(row.matchers))
    return Silence(
        id=row.id,
        updated_ms=row.updated_ms,
        alertmanager=row.alertmanager,
        matchers=matchers,
        span=Span(row.start, row.end),
        author=row.author,
        comment=row.comment,
        announced=row.updated_ms // 1000,
        seen_at=row.seen_at,
    )
