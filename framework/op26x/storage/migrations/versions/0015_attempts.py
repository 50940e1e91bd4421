"""Whom calls went to is remembered for as long as a law counts them, though the calls are erased before."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "attempt",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("organization_id", sa.String(26), sa.ForeignKey("organization.id"), nullable=False),
        sa.Column("call_id", sa.String(26), sa.ForeignKey("call.id"), nullable=False),
        sa.Column("called_index", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_attempt_organization_id", "attempt", ["organization_id"])
    op.create_index("ix_attempt_called_index", "attempt", ["called_index", "organization_id"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("attempt")
