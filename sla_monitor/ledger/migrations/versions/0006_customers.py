"""Customers that templates discovered, and until when was looked for them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "discovery",
        sa.Column("template", sa.String, primary_key=True),
        sa.Column("looked", sa.BigInteger, nullable=False),
        sa.Column("seal", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "customer",
        sa.Column("template", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("since", sa.BigInteger),
        sa.Column("until", sa.BigInteger),
        sa.Column("gone", sa.BigInteger, nullable=False),
        sa.Column("seal", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("template", "value", "number"),
        sqlite_with_rowid=False,
    )
