"""The agreements a verb is about, with those of customers that templates find: in the ledger, or by asking now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack

from sla_monitor.agreements.reading import Reading
from sla_monitor.cli import customers, options
from sla_monitor.cli.facts import Origin
from sla_monitor.compliance import periods
from sla_monitor.compliance.rolls import Roll
from sla_monitor.compliance.terms import Agreement
from sla_monitor.daemon import connections, wiring
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError
from sla_monitor.measuring import evaluation, rollcalls
from sla_monitor.sources.rollcalls import RollCaller


def served(settings: Settings, reading: Reading, where: Origin, since: int) -> tuple[Agreement, ...]:
    """All agreements, or every fault of the files. `since`: from when on is asked who was there, where it is asked."""
    listed = options.sound(reading)
    if not reading.discoveries:
        return listed
    if where is Origin.LEDGER:
        return customers.taken_on(customers.kept(settings, reading))
    rolls = asyncio.run(_asked(settings, reading, since))
    return customers.taken_on(reading.with_customers(rolls, settings.agreements.max_discovered))


async def _asked(settings: Settings, reading: Reading, since: int) -> Mapping[str, Roll]:
    async with AsyncExitStack() as stack:
        readers = await connections.open_readers(settings, stack)
        searches = [discovery.search for discovery in reading.discoveries]
        callers = [RollCaller(readers[search.source].client) for search in searches]
        return {
            search.template: await rollcalls.asked(caller, search, wiring.clock(), since)
            for search, caller in zip(searches, callers, strict=True)
        }


def begin(reading: Reading, at: str | None, period: str) -> int:
    """From when on it matters who was there, for windows that are asked for."""
    now = wiring.clock()
    starts = [
        span.start
        for discovery in reading.discoveries
        for agreement in customers.of_anybody(discovery)
        for question in evaluation.questions(
            agreement, [(one, instant_of(agreement, at) or now) for one in agreement.objectives], period
        )
        for _, span in question.needed
    ]
    return min(starts, default=now)


def instant_of(agreement: Agreement, at: str | None) -> int | None:
    """`--at`, by the agreement's calendar where it names a day; None: now."""
    try:
        return None if at is None else periods.parse_instant(at, agreement.zone)
    except ValueError as error:
        raise ConfigError(f"--at: {error}") from error
