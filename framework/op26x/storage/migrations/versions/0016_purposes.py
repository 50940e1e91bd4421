"""An entry of the audit log says what the act served."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Adds the column; entries from before have none, and stay as they were hashed."""
    op.add_column("audit_entry", sa.Column("purpose", sa.String(), nullable=True))  # a batch would lose its triggers


def downgrade() -> None:
    """Drops it."""
    op.drop_column("audit_entry", "purpose")
