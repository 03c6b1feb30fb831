"""Which database a URL means."""

from __future__ import annotations

from pathlib import Path

from sla_monitor.errors import ConfigError
from sla_monitor.ledger.postgres import KINDS, PostgresStore
from sla_monitor.ledger.sharing import PostgresShards
from sla_monitor.ledger.sqlite import SqliteStore
from sla_monitor.ledger.store import Store

SQLITE = "sqlite:///"
TIMEOUT = 30
NOT_SHARED = (
    "cluster.enabled: several monitors share a ledger in PostgreSQL alone, and {name} is a file: name a database by "
    "ledger.url (`sla-monitor ledger move` takes the ledger there), or set cluster.enabled: false"
)


def store_at(url: str, password_file: Path | None = None, timeout: int = TIMEOUT) -> Store:
    """`sqlite:///relative`, `sqlite:////absolute`, or `postgresql://user@host/database`.

    `password_file` and `timeout` (seconds for one statement) are for PostgreSQL. Nothing is opened yet.
    """
    if url.startswith(SQLITE):
        return SqliteStore(Path(url.removeprefix(SQLITE)).expanduser())
    if url.partition("://")[0] in KINDS:
        return PostgresStore(url, password_file, timeout)
    shown = url.partition("://")[0] if "://" in url else "no URL"
    raise ConfigError(
        f"a ledger of kind {shown!r} is not known: use sqlite:///FILE or postgresql://USER@HOST/DATABASE (ledger.url)"
    )


def shards_of(store: Store, count: int, patience: int) -> PostgresShards:
    """Of a ledger that several monitors share: the locks on its parts. Raises ConfigError where it cannot be shared."""
    if not isinstance(store, PostgresStore):
        raise ConfigError(NOT_SHARED.format(name=store.name))
    return store.shards(count, patience)
