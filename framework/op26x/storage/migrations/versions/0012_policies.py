"""A call names the policy that it is held under, and so do the consents given in it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Adds the table and the columns; calls from before were held under none that is known."""
    op.create_table(
        "policy",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("organization_id", sa.String(26), sa.ForeignKey("organization.id"), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("organization_id", "hash"),
    )
    op.create_index("ix_policy_organization_id", "policy", ["organization_id"])
    with op.batch_alter_table("call") as call:
        call.add_column(sa.Column("policy", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("call") as call:
        call.alter_column("policy", server_default=None)
    op.add_column("consent", sa.Column("policy", sa.String(), nullable=True))  # a batch would lose its triggers


def downgrade() -> None:
    """Drops them."""
    op.drop_column("consent", "policy")
    with op.batch_alter_table("call") as call:
        call.drop_column("policy")
    op.drop_table("policy")
