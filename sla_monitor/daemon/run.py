"""The daemon: APScheduler's jobs, signals, the watched files, the listener, and the order of shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

import httpx
import structlog
import uvicorn
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from watchfiles import awatch

from sla_monitor.agreements.folders import fingerprint
from sla_monitor.daemon import wiring
from sla_monitor.daemon.addresses import host_and_port
from sla_monitor.daemon.monitor import Monitor
from sla_monitor.daemon.settings import Settings
from sla_monitor.errors import ConfigError
from sla_monitor.publishing.web.app import create_app

log = structlog.get_logger(__name__)

LEAVE_WITHIN = 3.0
"""Seconds for what runs to end by itself; a transaction takes far less."""


async def run(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT. Raises ConfigError for what is wrong at the start."""
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(_listening(settings.web.listen))
        book = wiring.open_book(settings)
        stack.callback(book.store.close)
        book.store.hold()
        boards = wiring.Boards()
        registry, metrics = wiring.metrics_for(boards)
        readers = await wiring.open_readers(settings, stack, wiring.observer(metrics))
        http = await stack.enter_async_context(httpx.AsyncClient())
        alerts = wiring.direct_alerts(settings, book, metrics, http)
        monitor = Monitor(settings, readers, book, metrics, boards, clock=wiring.clock, alerts=alerts)
        await monitor.reload()
        app = create_app(
            boards,
            registry=registry,
            health=monitor,
            reload=monitor.reload,
            slices=monitor,
            now=wiring.clock,
            version=wiring.version(),
        )
        await _until_told(
            settings,
            monitor,
            _Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False)),
            listener,
        )


async def _until_told(settings: Settings, monitor: Monitor, server: uvicorn.Server, listener: socket.socket) -> None:
    stop = asyncio.Event()
    scheduler = _scheduler(settings, monitor)
    watching = asyncio.create_task(_watch(settings, monitor, stop))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    serving.add_done_callback(lambda _: stop.set())
    with _signals(monitor, stop):
        scheduler.start()
        log.info("started", listen=settings.web.listen, sources=[source.name for source in settings.sources])
        await stop.wait()
        log.info("leaving")
        scheduler.shutdown(wait=False)
        server.should_exit = True
        watching.cancel()
        await asyncio.wait({serving, watching}, timeout=LEAVE_WITHIN)


def _scheduler(settings: Settings, monitor: Monitor) -> AsyncIOScheduler:
    """A job a source, so that none holds up another; a job that is late runs once, and never twice at a time."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_listener(_told, EVENT_JOB_ERROR)
    tick, jitter = settings.schedule.tick, settings.schedule.jitter or None
    for source in settings.sources:
        scheduler.add_job(
            monitor.pass_, "interval", [source.name], seconds=tick, jitter=jitter, id=f"pass {source.name}"
        )
        scheduler.add_job(monitor.pass_, args=[source.name], id=f"first pass {source.name}")
    scheduler.add_job(monitor.judge, "interval", seconds=60, id="judge")
    scheduler.add_job(monitor.tell, "interval", seconds=min(tick, settings.alerting.resend), id="tell")
    return scheduler


def _told(event: JobExecutionEvent) -> None:
    log.error("job_failed", job=event.job_id, error=repr(event.exception), trace=event.traceback)


@contextmanager
def _signals(monitor: Monitor, stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[object]] = set()

    def reload() -> None:
        task: asyncio.Task[object] = asyncio.ensure_future(monitor.reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(number)


async def _watch(settings: Settings, monitor: Monitor, stop: asyncio.Event) -> None:
    """A mounted ConfigMap changes by a swapped link inside its folder, which shows as a change there."""
    folders = {path if path.is_dir() else path.parent for path in settings.agreements.paths if path.exists()}
    if not settings.agreements.watch or not folders:
        return
    seen = fingerprint(settings.agreements.paths)
    async for _ in awatch(*folders, stop_event=stop, recursive=True, step=200):
        if (now := fingerprint(settings.agreements.paths)) != seen:
            seen = now
            log.info("agreements_changed")
            await monitor.reload()


@contextmanager
def _listening(address: str) -> Iterator[socket.socket]:
    """The listener is taken first: an address in use ends the start before anything else is touched."""
    host, port = host_and_port(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot listen on {address}: {error.strerror}; set web.listen to a free address") from error
    with contextlib.closing(listener):
        yield listener


class _Server(uvicorn.Server):
    """Leaves the signals to the daemon."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
