"""Durations measured by a clock that can't be set; what is known of the clock."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes the column and the table. The duration of calls from before is computed from when they began and ended."""
    with op.batch_alter_table("call") as call:
        call.add_column(sa.Column("measured_s", sa.Float()))
    op.create_table(
        "clock_watch",
        sa.Column("boot", sa.String(64), primary_key=True),
        sa.Column("wall", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uptime_s", sa.Float(), nullable=False),
        sa.Column("trusted", sa.DateTime(timezone=True), nullable=False),
        sa.Column("doubted_wall", sa.DateTime(timezone=True)),
        sa.Column("doubted_uptime_s", sa.Float()),
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_table("clock_watch")
    with op.batch_alter_table("call") as call:
        call.drop_column("measured_s")
