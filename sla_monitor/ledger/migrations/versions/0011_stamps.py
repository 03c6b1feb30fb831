"""What a monitor keeps in mind is held against the seals of these tables each minute, which reads no whole rows now."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_index("measurement_seals", "measurement", ["seal"])
    op.create_index("measured_seals", "measured", ["seal"])
