"""Wrapped keys."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "wrapped_key",
        sa.Column("organization_id", sa.String(26), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("wrapped", sa.LargeBinary()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("destroyed_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("wrapped_key")
