"""What went to its days without lying on a page: who follows the pages read all anew, and now this alone."""

import sqlalchemy as sa
from alembic import op

from sla_monitor.ledger.tables import Whole

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "correction",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("start", Whole, nullable=False),
        sa.Column("end", Whole, nullable=False),
        sa.Column("members", sa.LargeBinary, nullable=False),
        sa.Column("mark", sa.BigInteger, nullable=False),
    )
