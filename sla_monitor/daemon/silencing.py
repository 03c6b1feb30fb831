"""Keeps the silences that agreements mean, from when they were seen: Alertmanagers forget them after some days."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from sla_monitor.compliance import amendments
from sla_monitor.compliance.exclusions import Silenced
from sla_monitor.compliance.silences import Silence, meant, newest
from sla_monitor.compliance.terms import Agreement
from sla_monitor.errors import SlaMonitorError, SourceError
from sla_monitor.ledger.book import Book
from sla_monitor.sources.silences import SilenceReader

log = structlog.get_logger(__name__)


class Silencing:
    """Call `look` as often as it shall be seen what was silenced."""

    def __init__(
        self,
        readers: Sequence[SilenceReader],
        book: Book,
        agreements: Callable[[], Sequence[Agreement]],
        clock: Callable[[], int],
        leads: Callable[[], bool],
    ) -> None:
        self._readers, self._book, self._agreements, self._clock = readers, book, agreements, clock
        self._leads = leads
        self._rules: tuple[Sequence[Agreement], list[Silenced]] | None = None
        self._away: set[str] = set()
        self._warned = False

    async def look(self) -> None:
        """Never raises for a failure; what was kept stays. Of several monitors one looks."""
        if not self._leads():
            return
        agreed = self._agreements()
        if self._rules is None or self._rules[0] is not agreed:
            self._rules = agreed, await asyncio.to_thread(_silenced, agreed)
        rules = self._rules[1]
        if not rules:
            return
        if not self._readers and not self._warned:
            self._warned = True
            log.warning(
                "silences_not_seen", why="agreements exclude silenced time, but alerting.alertmanagers is empty"
            )
        told = await asyncio.gather(*(self._seen(reader) for reader in self._readers))
        found = [one for seen in told for one in seen if any(meant(rule.matchers, one) for rule in rules)]
        try:
            await asyncio.to_thread(self._keep, found)
        except SlaMonitorError as error:
            log.error("silences_not_kept", error=str(error))  # noqa: TRY400 - the text says it all

    async def _seen(self, reader: SilenceReader) -> Sequence[Silence]:
        try:
            seen = await reader.seen(self._clock())
        except SourceError as error:
            if reader.url not in self._away:
                log.warning("silences_unknown", url=reader.url, error=str(error), kept="those seen before still count")
            self._away.add(reader.url)
            return ()
        if reader.url in self._away:
            self._away.discard(reader.url)
            log.info("silences_seen_again", url=reader.url)
        return seen

    def _keep(self, found: Sequence[Silence]) -> None:
        """Only what is new is written: most looks see what the last one saw."""
        known = {one.id: one.updated_ms for one in self._book.silences()}
        fresh = {one.id: one for one in newest(found) if one.updated_ms > known.get(one.id, -1)}
        if fresh:
            self._book.keep_silences(list(fresh.values()))
        for one in fresh.values():
            log.info("silence_kept", id=one.id, matchers=[str(matcher) for matcher in one.matchers], author=one.author)


def _silenced(agreements: Sequence[Agreement]) -> list[Silenced]:
    wanted = (rule.during for one in agreements for rule in amendments.all_exclusions(one))
    return [during for during in wanted if isinstance(during, Silenced)]
