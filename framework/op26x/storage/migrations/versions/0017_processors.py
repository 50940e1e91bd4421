"""Whose terms an organization has accepted."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Adds the table; nobody's terms are accepted by an organization from before."""
    op.create_table(
        "processor_acceptance",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("organization_id", sa.String(26), sa.ForeignKey("organization.id"), nullable=False),
        sa.Column("processor", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("agreement", sa.String(), nullable=False),
        sa.Column("accepted_by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_processor_acceptance_organization_id", "processor_acceptance", ["organization_id", "ended_at"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("processor_acceptance")
