"""Several organizations: their phone lines, their agents as versions, and API keys that may do less than all."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

OWNER = "owner"


def upgrade() -> None:
    """Makes the tables; the API keys there are may go on doing what they could."""
    with op.batch_alter_table("organization") as organization:
        organization.add_column(sa.Column("recording", sa.String(), nullable=False, server_default=""))
        organization.add_column(sa.Column("closing_days", sa.Integer(), nullable=False, server_default="30"))
        for name in ("closed_at", "erased_by", "erased_at"):
            organization.add_column(_time(name, nullable=True))
    with op.batch_alter_table("organization") as organization:
        organization.alter_column("recording", server_default=None)
        organization.alter_column("closing_days", server_default=None)
        organization.create_unique_constraint("uq_organization_name", ["name"])
    with op.batch_alter_table("api_key") as api_key:
        for name, default in (("role", OWNER), ("actions", ""), ("made_by", "")):
            api_key.add_column(sa.Column(name, sa.String(), nullable=False, server_default=default))
        api_key.add_column(_time("expires_at", nullable=True))
        api_key.add_column(_time("last_used_at", nullable=True))
    with op.batch_alter_table("api_key") as api_key:
        for name in ("role", "actions", "made_by"):
            api_key.alter_column(name, server_default=None)
    op.add_column("call", sa.Column("agent_version", sa.Integer()))
    _make_phone_lines()
    _make_agents()


def downgrade() -> None:
    """Drops them."""
    for table in ("agent_version", "agent", "phone_line"):
        op.drop_table(table)
    op.drop_column("call", "agent_version")
    with op.batch_alter_table("api_key") as api_key:
        for name in ("role", "actions", "made_by", "expires_at", "last_used_at"):
            api_key.drop_column(name)
    with op.batch_alter_table("organization") as organization:
        organization.drop_constraint("uq_organization_name", type_="unique")
        for name in ("recording", "closing_days", "closed_at", "erased_by", "erased_at"):
            organization.drop_column(name)


def _make_phone_lines() -> None:
    op.create_table(
        "phone_line",
        *_identity(),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("number_index", sa.String(64), nullable=False),
        sa.Column("last_two", sa.String(2), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        _time("created_at"),
        sa.Column("number", sa.LargeBinary()),
        sa.UniqueConstraint("provider", "number_index"),
    )


def _make_agents() -> None:
    op.create_table(
        "agent",
        *_identity(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("published", sa.Integer()),
        sa.Column("directory", sa.Boolean(), nullable=False),
        _time("created_at"),
        sa.UniqueConstraint("organization_id", "name"),
    )
    op.create_table(
        "agent_version",
        *_identity(),
        sa.Column("agent_id", sa.String(26), sa.ForeignKey("agent.id"), nullable=False, index=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        _time("created_at"),
        sa.Column("created_by", sa.String(), nullable=False),
        _time("published_at", nullable=True),
        sa.UniqueConstraint("agent_id", "number"),
    )


def _identity() -> tuple[sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("organization_id", sa.String(26), sa.ForeignKey("organization.id"), nullable=False, index=True),
    )


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
