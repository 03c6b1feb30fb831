"""The daemon: APScheduler's jobs, signals, and the order of start and shutdown."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from functools import partial

import httpx
import structlog
import uvicorn
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from sla_monitor.agreements.folders import fingerprint
from sla_monitor.cluster.membership import Membership
from sla_monitor.daemon import connections, wiring
from sla_monitor.daemon.clocks import set_back
from sla_monitor.daemon.closings import Closings
from sla_monitor.daemon.declaring import Declarations
from sla_monitor.daemon.discovering import Discovering
from sla_monitor.daemon.listening import listening, server
from sla_monitor.daemon.monitor import Monitor
from sla_monitor.daemon.retaining import Retaining
from sla_monitor.daemon.sections import Retention
from sla_monitor.daemon.settings import Settings
from sla_monitor.daemon.sharing import Sharing
from sla_monitor.daemon.silencing import Silencing
from sla_monitor.daemon.watching import watch
from sla_monitor.ledger.book import Book
from sla_monitor.publishing.exposition import Exposition
from sla_monitor.publishing.web.app import create_app
from sla_monitor.sources.rollcalls import RollCaller

log = structlog.get_logger(__name__)

ANSWERS_END_WITHIN = 2.0
"""Seconds for requests that are being answered."""
THREADS = 8
"""For the ledger and files; beside them one for each question, as the name server of one source may hang."""
LEAVE_WITHIN = 4
"""Seconds after which what hangs is cut off (a locked ledger, a name server): a transaction is whole or was not."""
CLOSE_EVERY = 60
"""Seconds: how often is looked for windows that are due."""
RETAIN_EVERY = 6 * 3600
"""Seconds: what is past keeping goes in days."""
JUDGE_EVERY = 60
"""Seconds: time passes also where nothing is measured, and others measure too."""


Lookers = tuple[Silencing | Discovering, ...]


async def run(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT. Raises ConfigError for what is wrong at the start."""
    stop, again = asyncio.Event(), asyncio.Event()
    threads = THREADS + sum(source.concurrency for source in settings.sources)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads))
    with _signals(stop, again):
        async with AsyncExitStack() as stack:
            listener = stack.enter_context(listening(settings.web.listen))
            read = fingerprint(settings.agreements.paths)
            book, membership = wiring.taken_book(settings)
            stack.callback(book.store.close)
            if membership is not None:
                stack.callback(membership.leave)
            monitor, lookers, web = await built(settings, book, membership, stack)
            await monitor.share()
            await monitor.reload()
            tasks = {
                asyncio.create_task(_reload_when_told(monitor, again)),
                asyncio.create_task(_watch(settings, monitor, read)),
            }
            scheduler = _scheduler(settings, monitor, lookers)
            _retain(settings, book, monitor, scheduler)
            tasks.add(asyncio.create_task(_when_set_back(monitor, scheduler)))
            await _until_told(settings, scheduler, stop, web, listener)
            await _ended(tasks)


async def built(
    settings: Settings,
    book: Book,
    membership: Membership | None,
    stack: AsyncExitStack,
    clock: wiring.Clock = wiring.clock,
) -> tuple[Monitor, Lookers, uvicorn.Server]:
    """All that is at work in a daemon, at rest: what talks to others is closed with the stack."""
    # What was cancelled may still be committing: the ledger is let go after it.
    stack.push_async_callback(asyncio.get_running_loop().shutdown_default_executor)
    boards = connections.Boards()
    metrics = connections.own_metrics()
    readers = await connections.open_readers(settings, stack, connections.observer(metrics))
    http = await stack.enter_async_context(httpx.AsyncClient())
    alerts = connections.direct_alerts(settings, book, metrics, http)
    if alerts is not None:
        stack.callback(alerts.deliveries.release)
    sharing = Sharing(membership, metrics)
    closings = Closings(book, wiring.closing(settings, book), clock)
    monitor = Monitor(
        settings, readers, book, metrics, boards, clock=clock, alerts=alerts, closings=closings, sharing=sharing
    )
    callers = {name: RollCaller(reader.client) for name, reader in readers.items()}
    discovering = [
        Discovering(
            callers,
            book,
            searches=partial(monitor.searches_of, name),
            changed=monitor.take_on,
            metrics=metrics,
            clock=clock,
            leads=lambda: sharing.leads,
        )
        for name in readers
    ]
    readers_of_silences = connections.silence_readers(settings, http)
    silencing = Silencing(readers_of_silences, book, lambda: monitor.register.agreements, clock, lambda: sharing.leads)
    app = create_app(
        boards,
        exposition=Exposition(boards, metrics, settings.web.max_series),
        health=monitor,
        reload=monitor.reload,
        slices=monitor,
        declaring=Declarations(book, monitor.judge, settings.web.listen),
        statements=book,
        now=clock,
        version=wiring.version(),
    )
    return monitor, (silencing, *discovering), server(app)


async def _until_told(
    settings: Settings, scheduler: AsyncIOScheduler, stop: asyncio.Event, web: uvicorn.Server, listener: socket.socket
) -> None:
    serving = asyncio.create_task(web.serve(sockets=[listener]))
    serving.add_done_callback(lambda _: stop.set())
    scheduler.start()
    log.info("started", listen=settings.web.listen, sources=[source.name for source in settings.sources])
    await stop.wait()
    log.info("leaving")
    signal.alarm(LEAVE_WITHIN)
    scheduler.shutdown(wait=False)
    web.should_exit = True
    await asyncio.wait({serving}, timeout=ANSWERS_END_WITHIN)
    await _ended({serving})


async def _ended(tasks: set[asyncio.Task[None]]) -> None:
    """Cancels what still runs; what ended by an error of its own raises it."""
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


def _scheduler(settings: Settings, monitor: Monitor, lookers: Lookers) -> AsyncIOScheduler:
    """A job a source, so that none holds up another; a job that is late runs once, and never twice at a time."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_listener(_told, EVENT_JOB_ERROR)
    tick, jitter = settings.schedule.tick, settings.schedule.jitter or None
    for source in settings.sources:
        scheduler.add_job(
            monitor.pass_,
            "interval",
            [source.name],
            seconds=tick,
            jitter=jitter,
            id=f"pass {source.name}",
            next_run_time=wiring.instant(),
        )
    scheduler.add_job(monitor.share, "interval", seconds=tick, id="share")
    every = min(6 * tick, JUDGE_EVERY)
    scheduler.add_job(monitor.judge_if_due, "interval", [every], seconds=min(tick, JUDGE_EVERY), id="judge")
    seconds = min(tick, JUDGE_EVERY)
    for number, one in enumerate(lookers):
        name = f"{type(one).__name__.lower()} {number}"
        scheduler.add_job(one.look, "interval", seconds=seconds, id=name, next_run_time=wiring.instant())
    # What is due at the start is closed a tick later, when silences were looked at.
    soon = wiring.instant() + timedelta(seconds=seconds)
    scheduler.add_job(monitor.close, "interval", seconds=min(6 * tick, CLOSE_EVERY), id="close", next_run_time=soon)
    scheduler.add_job(monitor.tell, "interval", seconds=min(tick, settings.alerting.resend), id="tell")
    return scheduler


def _retain(settings: Settings, book: Book, monitor: Monitor, scheduler: AsyncIOScheduler) -> None:
    """Where all is kept for ever there is nothing to do."""
    wanted = settings.ledger.retention
    if wanted != Retention():
        retaining = Retaining(book, wanted, monitor.in_force, wiring.settle_of(settings), wiring.clock)
        # Not before what is due at the start is closed.
        soon = wiring.instant() + timedelta(seconds=2 * min(6 * settings.schedule.tick, CLOSE_EVERY))
        scheduler.add_job(retaining.run, "interval", seconds=RETAIN_EVERY, id="retain", next_run_time=soon)


async def _when_set_back(monitor: Monitor, scheduler: AsyncIOScheduler) -> None:
    """Jobs are due by the clock: where it is set back they would wait until it shows the same time again."""
    async for seconds in set_back(wiring.clock):
        log.warning("clock_set_back", seconds=seconds)
        monitor.clock_was_set_back()
        for job in scheduler.get_jobs():
            job.modify(next_run_time=wiring.instant())


def _told(event: JobExecutionEvent) -> None:
    if isinstance(event.exception, asyncio.CancelledError):
        return  # we are leaving
    log.error("job_failed", job=event.job_id, error=repr(event.exception), trace=event.traceback)


@contextmanager
def _signals(stop: asyncio.Event, again: asyncio.Event) -> Iterator[None]:
    """From the first moment: as the first process of a container, without them, we would not be stopped at all."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, again.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(number)


async def _reload_when_told(monitor: Monitor, again: asyncio.Event) -> None:
    while True:
        await again.wait()
        again.clear()
        try:
            await monitor.reload()
        except Exception as error:  # the next SIGHUP must be heard
            log.exception("reload_failed", error=repr(error))


async def _watch(settings: Settings, monitor: Monitor, read: frozenset[tuple[str, int, int, int]]) -> None:
    if settings.agreements.watch:
        await watch(settings.agreements.paths, read, monitor.reload)
