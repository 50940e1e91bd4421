"""An organization may ask its people for a second factor."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Adds the column."""
    with op.batch_alter_table("organization") as organization:
        organization.add_column(sa.Column("second_factor", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("organization") as organization:
        organization.alter_column("second_factor", server_default=None)


def downgrade() -> None:
    """Drops it."""
    with op.batch_alter_table("organization") as organization:
        organization.drop_column("second_factor")
