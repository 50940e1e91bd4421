"""The tables of people. Names and addresses are encrypted with a key of each person's own."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import SQLModel, UniqueConstraint

from op26x.datamap import (
    ACTIVITY,
    BROWSER,
    CREDENTIAL,
    EMAIL_ADDRESS,
    IDENTIFIER,
    NAME,
    NETWORK,
    DataCategory,
    DataSubject,
    Erase,
    Kept,
    PersonalData,
    Purpose,
    hashed,
    identifier,
    indexed,
    operational,
    organization,
    personal,
    reference,
    sealed,
)
from op26x.storage import UtcDateTime
from op26x.vault import KeyKind

EMAIL = PersonalData(
    EMAIL_ADDRESS,
    DataSubject.USER,
    DataCategory.ACCOUNT,
    purposes=(Purpose.SIGN_IN, Purpose.ACCOUNT),
    kept=Kept.ACCOUNT,
    erase=Erase.SHRED,
    key=KeyKind.USER,
    exported="e-mail address",
)
NAME_OF_USER = replace(EMAIL, kind=NAME, purposes=(Purpose.ACCOUNT,), exported="name")
PROOF = replace(EMAIL, kind=CREDENTIAL, purposes=(Purpose.SIGN_IN,), exported="")
PASSWORD = replace(PROOF, erase=Erase.CLEAR, key=None)
RECOVERY = replace(PASSWORD, erase=Erase.DELETE)
ELSEWHERE = replace(PASSWORD, kind=IDENTIFIER)
TOKEN = replace(PROOF, kept=Kept.SESSION, erase=Erase.DELETE, key=None)
INVITED = replace(TOKEN, kind=EMAIL_ADDRESS, purposes=(Purpose.ACCOUNT,))
FROM_NETWORK = PersonalData(
    NETWORK,
    DataSubject.USER,
    DataCategory.USAGE,
    purposes=(Purpose.SECURITY,),
    kept=Kept.SESSION,
    erase=Erase.DELETE,
    exported="sessions",
    ground="It is a network, without the part of the address that is one machine's.",
)
WITH_BROWSER = replace(FROM_NETWORK, kind=BROWSER, ground="It is the browser's family alone.")
ADDRESS = replace(
    FROM_NETWORK, kept=Kept.USAGE, erase=Erase.SHRED, key=KeyKind.USER, exported="what was done", ground=""
)
USED_BROWSER = replace(WITH_BROWSER, kept=Kept.USAGE, exported="what was done")
DONE = replace(USED_BROWSER, kind=ACTIVITY, ground="It is a word of the permission table.")


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

    id: str = identifier()
    email_index: str | None = indexed(EMAIL, default=None, index=False, unique=True)
    email: bytes | None = sealed(EMAIL)
    name: bytes | None = sealed(NAME_OF_USER)
    password_hash: str = hashed(PASSWORD, default="")
    totp_secret: bytes | None = sealed(PROOF)
    totp_pending: bytes | None = sealed(PROOF)
    totp_step: int = operational("the last time step whose code was taken", default=0)
    totp_since: datetime | None = operational("when codes were asked for first", default=None, sa_type=UtcDateTime)
    issuer: str = operational("which provider vouches for them", default="")
    subject_index: str = indexed(ELSEWHERE)
    created_at: datetime = operational("when they came", sa_type=UtcDateTime)
    erased_at: datetime | None = operational("when they were erased", default=None, sa_type=UtcDateTime)


class Membership(SQLModel, table=True):
    """What a person is in an organization."""

    __table_args__ = (UniqueConstraint("organization_id", "user_id"),)

    id: str = identifier()
    organization_id: str = organization()
    user_id: str = reference("user")
    role: str = operational("what they may do")
    created_at: datetime = operational("since when", sa_type=UtcDateTime)


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

    id: str = identifier()
    user_id: str = reference("user")
    digest: str = hashed(TOKEN, unique=True, max_length=64)
    organization_id: str = reference("organization", bound=False, default="")
    proved: bool = operational("whether all was shown that is asked for")
    network: str = personal(FROM_NETWORK)
    browser: str = personal(WITH_BROWSER)
    created_at: datetime = operational("when it began", sa_type=UtcDateTime)
    last_seen_at: datetime = operational("when it was used last", sa_type=UtcDateTime)
    expires_at: datetime = operational("when it ends", sa_type=UtcDateTime)
    ended_at: datetime | None = operational("when it was ended", default=None, sa_type=UtcDateTime)


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

    id: str = identifier()
    kind: str = operational("what it is for")
    digest: str = hashed(TOKEN, unique=True, max_length=64)
    organization_id: str = organization(bound=False, default="", index=True)
    role: str = operational("what whoever uses it becomes", default="")
    user_id: str = reference("user", bound=False, default="", index=True)
    email_index: str = indexed(INVITED, index=False)
    made_by: str = operational("who made it, as in the audit log")
    created_at: datetime = operational("when it was made", sa_type=UtcDateTime)
    expires_at: datetime = operational("when it ends", sa_type=UtcDateTime)
    ended_at: datetime | None = operational("when it was used", default=None, sa_type=UtcDateTime)


class RecoveryCode(SQLModel, table=True):
    """A code that stands in once for one of the authenticator's.

    Attributes:
        digest: SHA-256 of it with the user's identifier: it has 112 random bits.
    """

    __tablename__ = "recovery_code"

    id: str = identifier()
    user_id: str = reference("user")
    digest: str = hashed(RECOVERY, unique=True, max_length=64)
    used_at: datetime | None = operational("when it was used", default=None, sa_type=UtcDateTime)


class UsageEvent(SQLModel, table=True):
    """Something that a person did.

    Attributes:
        action: As in the permission table.
        address: Where from, encrypted with the person's key; after a week only its network is left.
        browser: Family of the browser.
        shortened: Whether the address is its network alone.
    """

    __tablename__ = "usage_event"

    id: str = identifier()
    user_id: str = reference("user")
    organization_id: str = organization(bound=False)
    at: datetime = operational("when it was done", sa_type=UtcDateTime, index=True)
    action: str = personal(DONE)
    address: bytes | None = sealed(ADDRESS)
    browser: str = personal(USED_BROWSER)
    shortened: bool = operational("whether the address is its network alone", default=False)
