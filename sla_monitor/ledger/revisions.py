"""Which version of the tables a ledger has, and the way up from there."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sla_monitor.errors import ConfigError
from sla_monitor.ledger import tables


def migrate(connection: Connection) -> None:
    """Inside the transaction, and beside no other: the caller holds the write lock."""
    found = revision(connection)
    if found == tables.HEAD:
        return
    from alembic import command  # noqa: PLC0415 - slow to import, and seldom needed
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "sla_monitor.ledger:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise _newer(found) from error


def revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def is_current(connection: Connection) -> bool:
    """Of a ledger that has been: it costs one question."""
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == tables.HEAD


def refuse_newer(connection: Connection) -> None:
    """Who writes what a newer version reads otherwise would damage it."""
    found = revision(connection)
    if found is not None and found > tables.HEAD:
        raise _newer(found)


def refuse_other(connection: Connection, name: str) -> None:
    """Who only reads migrates nothing, and must not read what it may misunderstand."""
    found = revision(connection)
    if found is None or found < tables.HEAD:
        raise ConfigError(
            f"{name} is {'no ledger yet' if found is None else 'a ledger of an older sla-monitor'}: "
            "`sla-monitor run` or `backfill` brings it up to date"
        )
    if found > tables.HEAD:
        raise _newer(found)


def _newer(found: str | None) -> ConfigError:
    return ConfigError(
        f"the ledger was written by a newer sla-monitor (revision {found!r}, this one knows {tables.HEAD!r}): "
        "run that version, or start with another ledger"
    )
