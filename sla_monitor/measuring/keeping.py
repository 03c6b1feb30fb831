"""From when on slices are needed, however old they are: by windows that are open, shown, or not stated yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from sla_monitor.compliance import conditions
from sla_monitor.compliance.terms import Agreement, AgreementName, MeasurementKey
from sla_monitor.measuring import assessment
from sla_monitor.measuring.assessment import Settle
from sla_monitor.measuring.outstanding import Outstanding
from sla_monitor.measuring.ports import Archive, Ledger, Timetable
from sla_monitor.measuring.stated import Stated

Key = TypeVar("Key", AgreementName, MeasurementKey)

MARGIN = 86_400
"""Conditions of exclusions, and spells over an edge, may look at what lies just before."""


class Kept(Ledger, Archive, Protocol):
    """A ledger in both of its parts."""


def needed_since(
    agreements: Sequence[Agreement], ledger: Kept, now: int, settle: Settle, timetable: Timetable
) -> dict[MeasurementKey, int]:
    """Of each measurement of the agreements, of which each keeps all that it asks for; of others nothing is needed."""
    begins: dict[AgreementName, int] = {}
    stated = Stated()
    stated.follow(ledger)
    for question in assessment.questions(agreements, ledger, now, settle, timetable, stated=stated):
        for reach in question.reaches:
            _earlier(begins, question.agreement.name, reach.span.start)
    for one in Outstanding().unstated(agreements, ledger, now):
        _earlier(begins, one.agreement.name, one.window.span.start)
        for _, span in one.needs:
            _earlier(begins, one.agreement.name, span.start)
    found: dict[MeasurementKey, int] = {}
    for agreement in agreements:
        for _, m in conditions.measurements(agreement):
            _earlier(found, m.key, begins.get(agreement.name, now) - MARGIN)
    return found


def _earlier(found: dict[Key, int], key: Key, at: int) -> None:
    found[key] = min(found.get(key, at), at)
