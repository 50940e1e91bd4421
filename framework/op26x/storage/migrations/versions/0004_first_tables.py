"""All tables, as they stood before the first release; the revisions that led here were never released."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

from op26x.storage.append_only import forbid

revision = "0004"
down_revision = None

APPEND_ONLY = ("consent", "audit_entry")


def upgrade() -> None:
    """Makes the tables."""
    _make_organization()
    _make_calls()
    _make_recordings()
    _make_records()
    for table in APPEND_ONLY:
        forbid(op.get_bind(), f"{table}_is_append_only", "BEFORE UPDATE", table)


def downgrade() -> None:
    """Drops them."""
    for table in (
        *("clock_watch", "audit_entry", "suppression", "consent"),
        *("transcript_line", "recording", "turn", "call", "api_key", "organization"),
    ):
        op.drop_table(table)


def _make_organization() -> None:
    op.create_table(
        "organization",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        _time("created_at"),
        sa.Column("retention_days", sa.Integer(), nullable=False),
    )
    op.create_table(
        "api_key",
        *_identity(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        _time("created_at"),
        _time("revoked_at", nullable=True),
    )


def _make_calls() -> None:
    op.create_table(
        "call",
        *_identity(),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_call_id", sa.String(), index=True),
        sa.Column("caller_index", sa.String(64), nullable=False, index=True),
        sa.Column("caller_last_two", sa.String(2), nullable=False),
        sa.Column("called_index", sa.String(64), nullable=False, index=True),
        sa.Column("called_last_two", sa.String(2), nullable=False),
        sa.Column("caller_number", sa.LargeBinary()),
        sa.Column("called_number", sa.LargeBinary()),
        _time("created_at"),
        _time("answered_at", nullable=True),
        _time("ended_at", nullable=True),
        sa.Column("measured_s", sa.Float()),
        sa.Column("end_reason", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("vendor_errors", sa.Integer(), nullable=False),
        sa.Column("recording_mode", sa.String(), nullable=False),
        sa.Column("recording_outcome", sa.String(), nullable=False),
        _time("expires_at", index=True),
        _time("erased_at", nullable=True),
        sa.UniqueConstraint("provider", "provider_call_id"),
    )
    op.create_table(
        "turn",
        *_identity(),
        sa.Column("call_id", sa.String(26), sa.ForeignKey("call.id"), nullable=False, index=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.String(), nullable=False),
        sa.Column("started_ms", sa.Integer(), nullable=False),
        sa.Column("ended_ms", sa.Integer(), nullable=False),
        sa.Column("latency_ms", sa.Integer()),
        sa.Column("interrupted", sa.Boolean(), nullable=False),
    )


def _make_recordings() -> None:
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
        sa.Column("erasure_by", sa.String(), nullable=False),
        sa.Column("erasure_why", sa.String(), nullable=False),
        sa.Column("seal", sa.LargeBinary()),
        _time("created_at"),
        _time("expires_at", index=True),
        _time("erased_at", nullable=True),
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


def _make_records() -> None:
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
        _time("at"),
        _time("expires_at"),
    )
    op.create_table(
        "suppression",
        *_identity(),
        sa.Column("subject_index", sa.String(64), nullable=False, index=True),
        sa.Column("call_id", sa.String(26), nullable=False),
        _time("at"),
    )
    op.create_table(
        "audit_entry",
        *_identity(),
        _time("at"),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False, index=True),
        sa.Column("why", sa.String(), nullable=False),
    )
    op.create_table(
        "clock_watch",
        sa.Column("boot", sa.String(64), primary_key=True),
        _time("wall"),
        sa.Column("uptime_s", sa.Float(), nullable=False),
        _time("trusted"),
        _time("doubted_wall", nullable=True),
        sa.Column("doubted_uptime_s", sa.Float()),
    )


def _identity() -> tuple[sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("organization_id", sa.String(26), sa.ForeignKey("organization.id"), nullable=False, index=True),
    )


def _time(name: str, *, nullable: bool = False, index: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, index=index)
