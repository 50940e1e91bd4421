"""A call says which service takes it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Adds the column."""
    with op.batch_alter_table("call") as call:
        call.add_column(sa.Column("service", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("call") as call:
        call.alter_column("service", server_default=None)


def downgrade() -> None:
    """Drops it."""
    with op.batch_alter_table("call") as call:
        call.drop_column("service")
