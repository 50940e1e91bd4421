"""Which kinds of personal data a company was told in clear."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Adds the column; of calls from before it is not known."""
    op.add_column("disclosure", sa.Column("entities", sa.String(), nullable=True))


def downgrade() -> None:
    """Drops it."""
    op.drop_column("disclosure", "entities")
