"""Who tells a receiver, and until when nobody else does."""

import sqlalchemy as sa
from alembic import op

from sla_monitor.ledger.tables import Whole

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("owner", sa.String))
    op.add_column("delivery", sa.Column("until", Whole))
