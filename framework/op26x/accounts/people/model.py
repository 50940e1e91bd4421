"""The tables of people. Names and addresses are encrypted with a key of each person's own."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from op26x.storage import UtcDateTime
from op26x.vault import encrypted


class User(SQLModel, table=True):
    """A person who signs in.

    Attributes:
        email_index: Blind index of the address, under a key of the installation.
        email: The address, encrypted.
        name: What they are called, encrypted.
        password_hash: Argon2id (RFC 9106); empty for whoever signs in elsewhere.
        totp_secret: Shared secret of the one-time codes (RFC 6238), encrypted.
        totp_pending: One that is not in force before a code of it was shown, encrypted.
        totp_step: The last time step whose code was taken: none is taken twice.
        totp_since: From when on a code is asked for; nothing while none is.
        issuer: The OpenID provider that vouches for them; empty for those with a password.
        subject_index: Blind index of what that provider calls them.
        erased_at: When they were erased; this row stays, so that what they did is somebody's.
    """

    __tablename__ = "user"

    id: str = Field(primary_key=True, max_length=26)
    email_index: str | None = Field(default=None, unique=True, max_length=64)
    email: bytes | None = encrypted()
    name: bytes | None = encrypted()
    password_hash: str = ""
    totp_secret: bytes | None = encrypted()
    totp_pending: bytes | None = encrypted()
    totp_step: int = 0
    totp_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    issuer: str = ""
    subject_index: str = Field(default="", index=True, max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Membership(SQLModel, table=True):
    """What a person is in an organization."""

    __table_args__ = (UniqueConstraint("organization_id", "user_id"),)

    id: str = Field(primary_key=True, max_length=26)
    organization_id: str = Field(foreign_key="organization.id", index=True, max_length=26)
    user_id: str = Field(foreign_key="user.id", index=True, max_length=26)
    role: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class SignIn(SQLModel, table=True):
    """A session: from signing in to signing out.

    Attributes:
        digest: SHA-256 of its token, never the token itself.
        organization_id: For which organization they act; they may name another one of theirs.
        proved: Whether all that is asked for was shown; else only the one-time code may follow.
        network: Where it began: an IPv4 address without its last number, an IPv6 one without its last 80 bits.
        browser: Family of the browser, ``Firefox``.
        last_seen_at: To the minute.
        expires_at: When it ends, whatever happens.
        ended_at: When it was ended before.
    """

    __tablename__ = "sign_in"

    id: str = Field(primary_key=True, max_length=26)
    user_id: str = Field(foreign_key="user.id", index=True, max_length=26)
    digest: str = Field(unique=True, max_length=64)
    organization_id: str = Field(default="", max_length=26)
    proved: bool
    network: str
    browser: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OneTimeLink(SQLModel, table=True):
    """A link that works once: to become an owner, to accept an invitation, to choose a new password.

    Attributes:
        kind: As in ``LinkKind``.
        digest: SHA-256 of its token, never the token itself.
        organization_id: Which organization it leads into; empty for a new password.
        role: What whoever uses it becomes there.
        user_id: Whose new password.
        email_index: Blind index of the address that was invited.
        made_by: Who made it, as in the audit log.
        ended_at: When it was used, or taken back.
    """

    __tablename__ = "one_time_link"

    id: str = Field(primary_key=True, max_length=26)
    kind: str
    digest: str = Field(unique=True, max_length=64)
    organization_id: str = Field(default="", index=True, max_length=26)
    role: str = ""
    user_id: str = Field(default="", index=True, max_length=26)
    email_index: str = Field(default="", max_length=64)
    made_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RecoveryCode(SQLModel, table=True):
    """A code that stands in once for one of the authenticator's.

    Attributes:
        digest: SHA-256 of it with the user's identifier: it has 112 random bits.
    """

    __tablename__ = "recovery_code"

    id: str = Field(primary_key=True, max_length=26)
    user_id: str = Field(foreign_key="user.id", index=True, max_length=26)
    digest: str = Field(unique=True, max_length=64)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class UsageEvent(SQLModel, table=True):
    """Something that a person did.

    Attributes:
        action: As in the permission table.
        address: Where from, encrypted with the person's key; after a week only its network is left.
        browser: Family of the browser.
        shortened: Whether the address is its network alone.
    """

    __tablename__ = "usage_event"

    id: str = Field(primary_key=True, max_length=26)
    user_id: str = Field(foreign_key="user.id", index=True, max_length=26)
    organization_id: str = Field(max_length=26)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    action: str
    address: bytes | None = encrypted()
    browser: str
    shortened: bool = False
