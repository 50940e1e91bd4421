"""An organization's language, and what its callers are told in its own words."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds the column and the table."""
    with op.batch_alter_table("organization") as organization:
        organization.add_column(sa.Column("language", sa.String(), nullable=False, server_default="en"))
    with op.batch_alter_table("organization") as organization:
        organization.alter_column("language", server_default=None)
    op.create_table(
        "announcement",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("organization_id", sa.String(26), sa.ForeignKey("organization.id"), nullable=False, index=True),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("organization_id", "notice", "language"),
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_table("announcement")
    with op.batch_alter_table("organization") as organization:
        organization.drop_column("language")
