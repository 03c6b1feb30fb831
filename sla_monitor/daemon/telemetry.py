"""Logs: structured, one line an event, on standard error."""

from __future__ import annotations

import logging
import sys

import stamina
import structlog

from sla_monitor.daemon.sections import Log

QUIET = {
    **dict.fromkeys(
        ("httpx", "httpcore", "apscheduler", "alembic", "uvicorn.error", "watchfiles", "stamina"), logging.WARNING
    ),
    # That a pass is still under way is no news, and what a job raised we tell ourselves.
    "apscheduler.scheduler": logging.ERROR,
    "apscheduler.executors": logging.CRITICAL,
}
"""Libraries that tell each step, some with whole URLs in it."""


def to_standard_error() -> None:
    """For verbs that print their results: what is logged all the same must not mix with them."""
    stamina.instrumentation.set_on_retry_hooks([])  # the error in the end says it all
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def configure(log: Log) -> None:
    """Everything that is logged, by us or by libraries, takes the same form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if log.format == "console":
        # The usual one shows local variables, passwords among them.
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[log.level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    tail: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        renderer,
    ]
    if log.format == "console":
        del tail[1]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=tail))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(log.level.upper())
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)
