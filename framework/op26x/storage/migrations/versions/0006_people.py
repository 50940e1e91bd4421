"""People: who they are, what they are in organizations, their sessions and the links by which they come."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = ("usage_event", "recovery_code", "one_time_link", "sign_in", "membership", "user")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "user",
        _id(),
        sa.Column("email_index", sa.String(64), unique=True),
        sa.Column("email", sa.LargeBinary()),
        sa.Column("name", sa.LargeBinary()),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary()),
        sa.Column("totp_pending", sa.LargeBinary()),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        _time("totp_since", nullable=True),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject_index", sa.String(64), nullable=False, index=True),
        _time("created_at"),
        _time("erased_at", nullable=True),
    )
    op.create_table(
        "membership",
        _id(),
        sa.Column("organization_id", sa.String(26), sa.ForeignKey("organization.id"), nullable=False, index=True),
        _user(),
        sa.Column("role", sa.String(), nullable=False),
        _time("created_at"),
        sa.UniqueConstraint("organization_id", "user_id"),
    )
    op.create_table(
        "sign_in",
        _id(),
        _user(),
        _digest(),
        sa.Column("organization_id", sa.String(26), nullable=False),
        sa.Column("proved", sa.Boolean(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        _time("created_at"),
        _time("last_seen_at"),
        _time("expires_at"),
        _time("ended_at", nullable=True),
    )
    op.create_table(
        "one_time_link",
        _id(),
        sa.Column("kind", sa.String(), nullable=False),
        _digest(),
        sa.Column("organization_id", sa.String(26), nullable=False, index=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False, index=True),
        sa.Column("email_index", sa.String(64), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        _time("created_at"),
        _time("expires_at"),
        _time("ended_at", nullable=True),
    )
    op.create_table("recovery_code", _id(), _user(), _digest(), _time("used_at", nullable=True))
    op.create_table(
        "usage_event",
        _id(),
        _user(),
        sa.Column("organization_id", sa.String(26), nullable=False),
        _time("at", index=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("address", sa.LargeBinary()),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("shortened", sa.Boolean(), nullable=False),
    )


def downgrade() -> None:
    """Drops them."""
    for table in TABLES:
        op.drop_table(table)


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(26), primary_key=True)


def _user() -> sa.Column[str]:
    return sa.Column("user_id", sa.String(26), sa.ForeignKey("user.id"), nullable=False, index=True)


def _digest() -> sa.Column[str]:
    return sa.Column("digest", sa.String(64), nullable=False, unique=True)


def _time(name: str, *, nullable: bool = False, index: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, index=index)
