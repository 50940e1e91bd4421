"""Wrapped keys in slots, and what is known of each."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "key_slot",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "key_entry",
        sa.Column("organization_id", sa.String(26), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("slot", sa.Integer(), sa.ForeignKey("key_slot.id")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("destroyed_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_table("key_entry")
    op.drop_table("key_slot")
