"""What each company was given in a call."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Adds the table; of calls from before it is not known."""
    op.create_table(
        "disclosure",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("organization_id", sa.String(26), sa.ForeignKey("organization.id"), nullable=False),
        sa.Column("call_id", sa.String(26), sa.ForeignKey("call.id"), nullable=False),
        sa.Column("processor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("categories", sa.String(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("bytes_out", sa.BigInteger(), nullable=False),
        sa.Column("bytes_in", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_disclosure_call_id", "disclosure", ["call_id", "organization_id"])
    op.create_index("ix_disclosure_newest", "disclosure", ["organization_id", "begun_at"])
    op.create_index("ix_disclosure_day", "disclosure", ["organization_id", "day", "processor"])
    op.create_index("ix_disclosure_processor", "disclosure", ["organization_id", "processor", "begun_at"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("disclosure")
