"""The tables of the room. A person is a blind index; what they said is at most a word of a fixed list."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel, UniqueConstraint

from op26x.storage import UtcDateTime


class Purpose(StrEnum):
    """What a consent is for."""

    RECORDING = "recording"


class ConsentState(StrEnum):
    """Where a consent stands."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Consent(SQLModel, table=True):
    """An entry of the ledger: appended, never changed; the newest of a person and purpose counts.

    Attributes:
        id: ULID.
        organization_id: The organization whose ledger it is.
        subject_index: Blind index of the person's number; empty if withheld.
        call_id: In which call.
        purpose: ``recording``.
        state: ``granted``, ``refused``, ``withdrawn`` or ``expired``.
        evidence: ``mark``, ``digit``, ``words``, ``operator``, or why there was no answer: ``silence``, ``unclear``.
        value: The mark's name, the key, or the recognised word of the fixed list.
        announcement: Version of what was announced.
        at: When, UTC.
        expires_at: When the entry itself may go.
    """

    __tablename__ = "consent"

    id: str = Field(primary_key=True, max_length=26)
    organization_id: str = Field(foreign_key="organization.id", index=True, max_length=26)
    subject_index: str = Field(index=True, max_length=64)
    call_id: str = Field(index=True, max_length=26)
    purpose: str
    state: str
    evidence: str
    value: str
    announcement: str
    at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class OwnAnnouncement(SQLModel, table=True):
    """A notice in an organization's own words.

    Attributes:
        notice: Which.
        language: Of the agents that say it, as in BCP 47.
        text: In words: what every caller hears, and nothing of any caller.
        changed_at: When it was last written.
    """

    __tablename__ = "announcement"
    __table_args__ = (UniqueConstraint("organization_id", "notice", "language"),)

    id: str = Field(primary_key=True, max_length=26)
    organization_id: str = Field(foreign_key="organization.id", index=True, max_length=26)
    notice: str
    language: str
    text: str = ""
    changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Suppression(SQLModel, table=True):
    """A person who is not to be called again.

    Attributes:
        subject_index: Blind index of the number.
        call_id: The call in which they said so.
    """

    __tablename__ = "suppression"

    id: str = Field(primary_key=True, max_length=26)
    organization_id: str = Field(foreign_key="organization.id", index=True, max_length=26)
    subject_index: str = Field(index=True, max_length=64)
    call_id: str = Field(max_length=26)
    at: datetime = Field(sa_type=UtcDateTime)
