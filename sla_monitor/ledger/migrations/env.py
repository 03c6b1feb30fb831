"""Alembic's entry: runs on the connection the ledger hands in, inside its transaction."""

from alembic import context

from sla_monitor.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
