"""Columns and indexes by which a page of calls is found among a million, and what has expired among what has not."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ROUNDED = "UPDATE call SET kept_days = round(julianday(expires_at) - julianday(created_at))"
UP = """
    UPDATE call SET kept_days = kept_days + 1
    WHERE expires_at > (date(created_at, kept_days || ' days') || substr(created_at, 11))
"""
"""SQLite reckons in milliseconds: the date moves, the time of day stays as it is written."""
NOT_ERASED = sa.text("erased_at IS NULL")
CALL = {
    "ix_call_provider_call_id": ("provider_call_id", "organization_id"),
    "ix_call_caller_index": ("caller_index", "organization_id"),
    "ix_call_called_index": ("called_index", "organization_id"),
    "ix_call_newest": ("organization_id", "created_at", "id"),
    "ix_call_agent": ("organization_id", "agent", "created_at", "id", "state", "recorded"),
    "ix_call_state": ("organization_id", "state", "created_at", "id", "recorded"),
    "ix_call_recorded": ("organization_id", "recorded", "created_at", "id"),
}
KEPT = {
    "ix_call_kept": ("call", ("organization_id", "expires_at", "id")),
    "ix_call_kept_days": ("call", ("organization_id", "kept_days", "created_at", "id")),
    "ix_call_expires_at": ("call", ("expires_at",)),
    "ix_recording_kept": ("recording", ("organization_id", "expires_at", "call_id")),
}
BEFORE = {
    "ix_call_provider_call_id": ("call", "provider_call_id"),
    "ix_call_caller_index": ("call", "caller_index"),
    "ix_call_called_index": ("call", "called_index"),
    "ix_call_organization_id": ("call", "organization_id"),
    "ix_call_expires_at": ("call", "expires_at"),
    "ix_recording_organization_id": ("recording", "organization_id"),
    "ix_recording_expires_at": ("recording", "expires_at"),
}


def upgrade() -> None:
    """Adds columns and indexes, and drops those that they replace."""
    with op.batch_alter_table("call") as call:
        call.add_column(sa.Column("recorded", sa.Boolean(), nullable=False, server_default=sa.false()))
        call.add_column(sa.Column("kept_days", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("call") as call:
        call.alter_column("recorded", server_default=None)
        call.alter_column("kept_days", server_default=None)
    op.execute("UPDATE call SET recorded = true WHERE id IN (SELECT call_id FROM recording)")
    if op.get_bind().dialect.name == "sqlite":  # no other database has rows from before
        op.execute(ROUNDED)
        op.execute(UP)
    for name, (table, _) in BEFORE.items():
        op.drop_index(name, table)
    for name, columns in CALL.items():
        op.create_index(name, "call", columns)
    op.create_index("ix_recording_state", "recording", ("organization_id", "state"))
    for name, (table, columns) in KEPT.items():
        op.create_index(name, table, columns, sqlite_where=NOT_ERASED, postgresql_where=NOT_ERASED)


def downgrade() -> None:
    """Brings back the old ones."""
    for name, (table, _) in KEPT.items():
        op.drop_index(name, table)
    op.drop_index("ix_recording_state", "recording")
    for name in CALL:
        op.drop_index(name, "call")
    with op.batch_alter_table("call") as call:
        call.drop_column("recorded")
        call.drop_column("kept_days")
    for name, (table, column) in BEFORE.items():
        op.create_index(name, table, [column])
