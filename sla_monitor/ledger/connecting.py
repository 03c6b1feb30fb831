"""Connections to PostgreSQL: few, bounded in time, and what their errors mean."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from sla_monitor.errors import ConfigError
from sla_monitor.ledger.store import BUSY_SECONDS

CONNECT_SECONDS = 10
POOL_SIZE = 4
"""Kept open; as many again are opened while they are needed."""

CALLED = "sla-monitor: "
"""How the sessions of monitors begin their names."""


def address(text: str) -> URL:
    """Raises ConfigError, without the text: it may hold a password."""
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError):
        raise ConfigError("ledger.url: not a URL such as postgresql://USER@HOST:5432/DATABASE") from None
    if not url.database:
        raise ConfigError(f"ledger.url: {shown(url)} names no database: postgresql://USER@HOST:5432/DATABASE")
    return url.set(drivername="postgresql+psycopg")


def shown(url: URL) -> str:
    """Where it is, and nothing of who asks."""
    hosts = url.query.get("host", ())
    listed = ",".join([hosts] if isinstance(hosts, str) else hosts)
    host = f"{url.host or listed}{f':{url.port}' if url.port else ''}"
    return f"postgresql://{host}/{url.database or ''}"


def engine(url: URL, password_file: Path | None, timeout: int | None, *, pooled: bool) -> Engine:
    """`timeout`: seconds for one statement; None for as long as it takes."""
    pool: dict[str, Any] = (
        {"pool_size": POOL_SIZE, "max_overflow": POOL_SIZE, "pool_timeout": CONNECT_SECONDS, "pool_pre_ping": True}
        if pooled
        else {"poolclass": NullPool}
    )
    made = sa.create_engine(
        url, connect_args=_arguments(timeout), hide_parameters=True, use_native_hstore=False, **pool
    )
    if password_file is not None:

        @sa.event.listens_for(made, "do_connect")
        def login(_: Any, __: Any, ___: Any, arguments: dict[str, Any]) -> None:
            arguments["password"] = password_file.read_text(encoding="utf-8").rstrip("\r\n")

    if timeout is not None:

        @sa.event.listens_for(made, "connect")
        def bound(connection: Any, _: Any) -> None:
            silent = made.dialect.loaded_dbapi.OperationalError
            _bound(connection, timeout + BUSY_SECONDS, silent)

    return made


def _arguments(timeout: int | None) -> dict[str, Any]:
    """What may go on for ever otherwise: connecting, a statement, waiting for a lock, and a peer that vanished."""
    settings = {
        "statement_timeout": f"{timeout or 0}s",
        # Before the statement's own time is over, or it would not be told what was waited for.
        "lock_timeout": f"{_locked_for(timeout)}ms",
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
    }
    return {
        "connect_timeout": CONNECT_SECONDS if timeout is None else max(2, min(CONNECT_SECONDS, timeout)),
        "client_encoding": "utf8",
        "application_name": f"{CALLED}process {os.getpid()} on {socket.gethostname()}",
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }


def _locked_for(timeout: int | None) -> int:
    """Milliseconds: longer where statements are known to take long, as of several monitors with a million promises."""
    return 900 * min(timeout or BUSY_SECONDS, max(BUSY_SECONDS, (timeout or 0) // 4))


class _SilentError(Exception):
    pass


def _bound(connection: Any, seconds: float, error: Callable[[str], Exception]) -> None:
    """A server that hangs keeps its connections and heeds no timeout of its own: then we give up."""
    plain = connection.wait

    def wait(steps: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return plain(_until(steps, time.monotonic() + seconds), *args, **kwargs)
        except _SilentError:
            connection.pgconn.finish()
            raise error(f"the server did not answer within {seconds:.0f} s") from None

    connection.wait = wait


def _until(steps: Generator[Any, Any, Any], deadline: float) -> Generator[Any, Any, Any]:
    try:
        wanted = next(steps)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > deadline:
                raise _SilentError
            wanted = steps.send(ready)
    except StopIteration as done:
        return done.value


def meaning(error: BaseException) -> str:
    """What it says on one line, and what to do."""
    told = " ".join(str(error).replace(_GUESS, "").split())
    state = getattr(error, "sqlstate", None) or ""
    for begins, says, way_out in _WAYS_OUT:
        if (begins and state.startswith(begins)) or (not (begins and state) and says in told):
            return f"{told}: {way_out}"
    return told


_GUESS = "Is the server running on that host and accepting TCP/IP connections?"
_READ_ONLY = (
    "take back default_transaction_read_only (of the server, the database or the user); where this is no primary "
    "name it, or add ?target_session_attrs=read-write to ledger.url; it is tried again"
)

# (how the SQLSTATE begins, '' where it tells little; what is said where there is none: while connecting; what to do)
_WAYS_OUT = (
    ("53300", "too many clients", "close other connections, or raise max_connections; it is tried again"),
    ("53300", "remaining connection slots", "close other connections, or raise max_connections; it is tried again"),
    ("53", "No space left", "give the server room; it is tried again"),
    ("28", "authentication failed", "see user and password (ledger.url, ledger.password_file)"),
    ("28", "role ", "see the user (ledger.url)"),
    ("28", "no password supplied", "give one by ledger.password_file, or in ledger.url"),
    ("3D", "does not exist", "create the database (createdb --encoding=UTF8), or name another in ledger.url"),
    ("42501", "permission denied", "the user must own the schema, or be granted CREATE on it"),
    ("25006", "read-only transaction", _READ_ONLY),
    ("", "session is read-only", _READ_ONLY),
    ("", "during recovery", "name the primary, or add ?target_session_attrs=read-write to ledger.url"),
    ("57014", "statement timeout", "see what keeps the server busy, or raise ledger.timeout; it is tried again"),
    ("55P03", "lock timeout", "another process writes to the ledger; it is tried again"),
    ("57P", "server closed the connection", "it is tried again"),
    ("08", "connection failed", "see that the server runs, and that ledger.url names it; it is tried again"),
    ("08", "connection timeout", "see that the server answers, and that ledger.url names it; it is tried again"),
    ("08", "did not answer", "see what keeps the server busy, or raise ledger.timeout; it is tried again"),
)
