"""Calls wait until they may be placed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "scheduled_call",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("organization_id", sa.String(26), sa.ForeignKey("organization.id"), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("called_index", sa.String(64), nullable=False),
        sa.Column("called_last_two", sa.String(), nullable=False),
        sa.Column("called_number", sa.LargeBinary(), nullable=True),
        sa.Column("places", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(26), nullable=False),
    )
    op.create_index("ix_scheduled_call_due", "scheduled_call", ["state", "not_before", "organization_id"])
    op.create_index("ix_scheduled_call_newest", "scheduled_call", ["organization_id", "created_at", "id"])
    op.create_index("ix_scheduled_call_called_index", "scheduled_call", ["called_index", "organization_id"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("scheduled_call")
