"""Looks who is there: the customers of templates that do not list them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from sla_monitor.compliance.rolls import Roll, Search
from sla_monitor.compliance.terms import SourceName
from sla_monitor.errors import SlaMonitorError
from sla_monitor.ledger.book import Book
from sla_monitor.measuring import rollcalls
from sla_monitor.measuring.rollcalls import Caller
from sla_monitor.publishing.metrics import MonitorMetrics

log = structlog.get_logger(__name__)

There = tuple[str, int | None]
"""Who is there, and since when."""
NOBODY = Roll()
NAMED = 20
"""So many of those who came or went are named in the log."""


class Discovering:
    """Call `look` as often as it shall be seen who is there. `changed` is called when somebody came or went.

    One a source, so that none holds up another.
    """

    def __init__(
        self,
        callers: Mapping[SourceName, Caller],
        book: Book,
        *,
        searches: Callable[[], Sequence[Search]],
        changed: Callable[[], Awaitable[object]],
        metrics: MonitorMetrics,
        clock: Callable[[], int],
        leads: Callable[[], bool],
    ) -> None:
        self._callers, self._book, self._searches, self._changed = callers, book, searches, changed
        self._metrics, self._clock, self._leads = metrics, clock, leads
        self._rolls: dict[str, Roll] = {}
        self._away: set[str] = set()

    async def look(self) -> None:
        """Never raises for a failure: who was there is there until somebody can tell."""
        searches = self._searches()
        for template in self._rolls.keys() - {search.template for search in searches}:
            self._metrics.discovered_customers.remove(template)
            del self._rolls[template]
        found = await asyncio.gather(*map(self._followed, searches)) if self._leads() else await self._heard(searches)
        if any(found):
            await self._changed()

    async def _heard(self, searches: Sequence[Search]) -> list[bool]:
        """What another monitor has found; of several on one ledger one looks."""
        try:
            held = await asyncio.to_thread(self._book.rolls) if searches else {}
        except SlaMonitorError:  # told by everything else that needs the ledger
            return []
        return [self._taken_in(search.template, None, held.get(search.template, NOBODY)) for search in searches]

    async def _followed(self, search: Search) -> bool:
        """Whether somebody came or went."""
        try:
            caller = self._callers[search.source]
            before, after = await rollcalls.follow(caller, self._book, search, self._clock())
        except SlaMonitorError as error:
            if search.template not in self._away:
                kept = "those seen before are still there"
                log.warning("customers_unknown", template=search.template, error=str(error), kept=kept)
            self._away.add(search.template)
            return False
        if search.template in self._away:
            self._away.discard(search.template)
            log.info("customers_known_again", template=search.template)
        return self._taken_in(search.template, before, after)

    def _taken_in(self, template: str, before: Roll | None, after: Roll) -> bool:
        """`before` None: we do not know whom the agreements in force were made of."""
        known = self._rolls.get(template)
        if known is after:
            return False
        self._rolls[template] = after
        self._metrics.discovered_customers.labels(template).set(after.present)
        known = before if known is None else known
        return known is None or (known.times is not after.times and _tell(template, _there(known), _there(after)))


def _tell(template: str, before: set[There], after: set[There]) -> bool:
    for event, some in (("customers_gone", before - after), ("customers_appeared", after - before)):
        if some:
            log.info(event, template=template, count=len(some), customers=sorted(value for value, _ in some)[:NAMED])
    return before != after


def _there(roll: Roll) -> set[There]:
    return {(value, times[-1].since) for value, times in roll.times.items() if not times[-1].is_over}
