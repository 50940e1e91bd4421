"""Erasures that were demanded and are under way; recordings whose rows are authenticated."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds the columns. Rows from before have no seal."""
    with op.batch_alter_table("recording") as recording:
        recording.add_column(sa.Column("erasure_by", sa.String(), nullable=False, server_default=""))
        recording.add_column(sa.Column("erasure_why", sa.String(), nullable=False, server_default=""))
        recording.add_column(sa.Column("seal", sa.LargeBinary()))
    with op.batch_alter_table("recording") as recording:
        recording.alter_column("erasure_by", server_default=None)
        recording.alter_column("erasure_why", server_default=None)


def downgrade() -> None:
    """Drops them."""
    with op.batch_alter_table("recording") as recording:
        for column in ("erasure_by", "erasure_why", "seal"):
            recording.drop_column(column)
