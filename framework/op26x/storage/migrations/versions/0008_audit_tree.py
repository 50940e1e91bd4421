"""The audit log as a tree: where each entry stands, the tiles of hashes, and checkpoints."""

import sqlalchemy as sa
from alembic import op

from op26x.storage.append_only import forbid, permit

revision = "0008"
down_revision = "0007"

TRIGGERS = {
    "BEFORE UPDATE": "audit_entry_is_append_only",
    "BEFORE DELETE": "audit_entry_is_kept",
}
SAME = " AND ".join(
    f"OLD.{column} IS NOT DISTINCT FROM NEW.{column}"
    for column in ("id", "organization_id", "at", "who", "what", "record_id", "why", "came_from")
)


def upgrade() -> None:
    """Adds columns and tables. Entries from before are taken into the tree at the next start."""
    with op.batch_alter_table("audit_entry") as entry:
        entry.add_column(sa.Column("position", sa.BigInteger(), nullable=True))
        entry.add_column(sa.Column("came_from", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("audit_entry") as entry:
        entry.alter_column("came_from", server_default=None)
        entry.create_unique_constraint("uq_audit_entry_position", ["organization_id", "position"])
    waiting = sa.text("position IS NULL")
    op.create_index(
        "ix_audit_entry_waiting",
        "audit_entry",
        ["position", "organization_id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    if op.get_bind().dialect.name != "sqlite":
        permit(op.get_bind(), TRIGGERS["BEFORE UPDATE"], "audit_entry")
    _guard("BEFORE UPDATE", f"NOT (OLD.position IS NULL AND NEW.position IS NOT NULL AND {SAME})")
    _guard("BEFORE DELETE", "")
    op.create_table("audit_tree", _organization(primary_key=True), sa.Column("size", sa.BigInteger(), nullable=False))
    op.create_table(
        "audit_tile",
        _organization(primary_key=True),
        sa.Column("level", sa.Integer(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("id", sa.String(26), primary_key=True),
        _organization(index=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("organization_id", "size"),
    )
    untold = sa.text("told_at IS NULL")
    op.create_index(
        "ix_audit_checkpoint_untold", "audit_checkpoint", ["id"], sqlite_where=untold, postgresql_where=untold
    )


def downgrade() -> None:
    """Drops them."""
    for table in ("audit_checkpoint", "audit_tile", "audit_tree"):
        op.drop_table(table)
    for name in TRIGGERS.values():
        permit(op.get_bind(), name, "audit_entry")
    op.drop_index("ix_audit_entry_waiting", "audit_entry")
    with op.batch_alter_table("audit_entry") as entry:
        entry.drop_constraint("uq_audit_entry_position", type_="unique")
        entry.drop_column("came_from")
        entry.drop_column("position")
    _guard("BEFORE UPDATE", "")


def _guard(moment: str, when: str) -> None:
    """Entries are appended, are given their place once, and are never changed. SQLite drops it with the old table."""
    forbid(op.get_bind(), TRIGGERS[moment], moment, "audit_entry", when=when)


def _organization(*, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey("organization.id")
    return sa.Column("organization_id", sa.String(26), key, primary_key=primary_key, nullable=False, index=index)
