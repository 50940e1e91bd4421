"""Consent, suppression, recordings, transcripts, audit entries; numbers encrypted; deadlines."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEEP = timedelta(days=30)
APPEND_ONLY = ("consent", "audit_entry")


def upgrade() -> None:
    """Makes the tables and columns. Calls from before get the default period, counted from when they were made."""
    with op.batch_alter_table("organization") as organization:
        organization.add_column(sa.Column("retention_days", sa.Integer(), nullable=False, server_default="30"))
    with op.batch_alter_table("organization") as organization:
        organization.alter_column("retention_days", server_default=None)
    with op.batch_alter_table("call") as call:
        call.add_column(sa.Column("caller_number", sa.LargeBinary()))
        call.add_column(sa.Column("called_number", sa.LargeBinary()))
        call.add_column(sa.Column("recording_mode", sa.String(), nullable=False, server_default="off"))
        call.add_column(sa.Column("recording_outcome", sa.String(), nullable=False, server_default=""))
        call.add_column(sa.Column("expires_at", sa.DateTime(timezone=True)))
        call.add_column(sa.Column("erased_at", sa.DateTime(timezone=True)))
    _set_deadlines()
    with op.batch_alter_table("call") as call:
        call.alter_column("recording_mode", server_default=None)
        call.alter_column("recording_outcome", server_default=None)
        call.alter_column("expires_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        call.create_index("ix_call_expires_at", ["expires_at"])
    _make_tables()
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    """Drops them."""
    for table in ("audit_entry", "transcript_line", "recording", "suppression", "consent"):
        op.drop_table(table)
    with op.batch_alter_table("call") as call:
        call.drop_index("ix_call_expires_at")
        for column in (
            *("caller_number", "called_number", "recording_mode"),
            *("recording_outcome", "expires_at", "erased_at"),
        ):
            call.drop_column(column)
    with op.batch_alter_table("organization") as organization:
        organization.drop_column("retention_days")


def _set_deadlines() -> None:
    time = sa.DateTime(timezone=True)
    call = sa.table("call", sa.column("id"), sa.column("created_at", time), sa.column("expires_at", time))
    connection = op.get_bind()
    for row in connection.execute(sa.select(call.c.id, call.c.created_at)).all():
        connection.execute(call.update().where(call.c.id == row.id).values(expires_at=row.created_at + KEEP))


def _make_tables() -> None:
    op.create_table(
        "consent",
        *_identity(),
        sa.Column("subject_index", sa.String(64), nullable=False, index=True),
        sa.Column("call_id", sa.String(26), nullable=False, index=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("announcement", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "suppression",
        *_identity(),
        sa.Column("subject_index", sa.String(64), nullable=False, index=True),
        sa.Column("call_id", sa.String(26), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "recording",
        *_identity(),
        sa.Column("call_id", sa.String(26), sa.ForeignKey("call.id"), nullable=False, unique=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("announcement", sa.String(), nullable=False),
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("started_ms", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("gaps", sa.String(), nullable=False),
        sa.Column("end_reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("erased_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "transcript_line",
        *_identity(),
        sa.Column("call_id", sa.String(26), sa.ForeignKey("call.id"), nullable=False, index=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.String(), nullable=False),
        sa.Column("started_ms", sa.Integer(), nullable=False),
        sa.Column("ended_ms", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary()),
    )
    op.create_table(
        "audit_entry",
        *_identity(),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False, index=True),
        sa.Column("why", sa.String(), nullable=False),
    )


def _identity() -> tuple[sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("organization_id", sa.String(26), sa.ForeignKey("organization.id"), nullable=False, index=True),
    )
