"""Organizations add rows to the law and lift rows; calls have campaigns; consents end; the record names policies."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Adds the table and the columns."""
    op.create_table(
        "policy_row",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("organization_id", sa.String(26), sa.ForeignKey("organization.id"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("organization_id", "name"),
    )
    op.create_index("ix_policy_row_open", "policy_row", ["organization_id", "ended_at"])
    for name in ("call", "scheduled_call", "suppression"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("campaign", sa.String(), nullable=False, server_default=""))
        with op.batch_alter_table(name) as table:
            table.alter_column("campaign", server_default=None)
    op.create_table(
        "registry",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("organization_id", sa.String(26), sa.ForeignKey("organization.id"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("numbers", sa.Integer(), nullable=False),
        sa.Column("covers", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("organization_id", "name"),
    )
    op.create_table(
        "registry_part",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("organization_id", sa.String(26), sa.ForeignKey("organization.id"), nullable=False),
        sa.Column("registry_id", sa.String(26), sa.ForeignKey("registry.id"), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("registry_id", "part"),
    )
    op.create_index("ix_registry_part_organization_id", "registry_part", ["organization_id"])
    op.create_table(
        "installation_suppression",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("number_index", sa.String(64), nullable=False, unique=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("suppression", sa.Column("until", sa.DateTime(timezone=True), nullable=True))
    for name in ("recording", "audit_entry"):
        op.add_column(name, sa.Column("policy", sa.String(), nullable=True))
    op.add_column("consent", sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Drops them."""
    op.drop_column("consent", "valid_until")
    for name in ("recording", "audit_entry"):
        op.drop_column(name, "policy")
    op.drop_column("suppression", "until")
    for name in ("call", "scheduled_call", "suppression"):
        op.drop_column(name, "campaign")
    for name in ("installation_suppression", "registry_part", "registry", "policy_row"):
        op.drop_table(name)
