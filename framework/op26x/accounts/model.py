"""The tables of the room."""

from datetime import datetime

from sqlmodel import SQLModel, UniqueConstraint

from op26x.accounts.permissions import Role, actions_of
from op26x.datamap import (
    PHONE_NUMBER,
    DataCategory,
    DataSubject,
    Erase,
    Kept,
    PersonalData,
    Purpose,
    identifier,
    indexed,
    masked,
    operational,
    organization,
    sealed,
)
from op26x.storage import UtcDateTime
from op26x.vault import KeyKind

LINE_NUMBER = PersonalData(
    PHONE_NUMBER,
    DataSubject.USER,
    DataCategory.ACCOUNT,
    purposes=(Purpose.CALL,),
    kept=Kept.CONTRACT,
    erase=Erase.SHRED,
    key=KeyKind.LINE,
)


class Organization(SQLModel, table=True):
    """A tenant: every other row belongs to one.

    Attributes:
        name: Lower-case letters, digits and hyphens; no other has it.
        retention_days: How long what is personal of a call is kept; an agent may shorten it.
        recording: ``off`` records nothing, whatever the agents say; empty leaves it to them.
        language: Of its agents whose document names none, as in BCP 47.
        second_factor: Whether whoever signs in with a password must have a second factor.
        closing_days: Days from its closing until everything of it is erased.
        closed_at: From then on it takes no calls and lets nobody in.
        erased_by: Its deadline, once it is closed.
        erased_at: When everything of it was erased; this row stays.
    """

    id: str = identifier()
    name: str = operational("what commands call it", unique=True)
    created_at: datetime = operational("when it was founded", sa_type=UtcDateTime)
    retention_days: int = operational("how long calls are kept", default=30)
    recording: str = operational("whether anything is recorded", default="")
    language: str = operational("of its agents", default="en")
    second_factor: bool = operational("whether it asks its people for a second factor", default=False)
    closing_days: int = operational("days from its closing until it is erased", default=30)
    closed_at: datetime | None = operational("when it was closed", default=None, sa_type=UtcDateTime)
    erased_by: datetime | None = operational("until when it is kept", default=None, sa_type=UtcDateTime)
    erased_at: datetime | None = operational("when it was erased", default=None, sa_type=UtcDateTime)


class PhoneLine(SQLModel, table=True):
    """A telephone number of an organization.

    Attributes:
        provider: Name of the telephony plugin.
        number_index: Blind index of the number, under a key of the installation: no two organizations have one number.
        last_two: Its last two digits.
        label: What people call it.
        agent: Who answers; empty leaves it to the hook ``op26x_route_call`` and the organization's first agent.
        number: The number, encrypted.
    """

    __tablename__ = "phone_line"
    __table_args__ = (UniqueConstraint("provider", "number_index"),)

    id: str = identifier()
    organization_id: str = organization()
    provider: str = operational("who carries it")
    number_index: str = indexed(LINE_NUMBER, index=False, default=...)
    last_two: str = masked(LINE_NUMBER, default=...)
    label: str = operational("what people call it")
    agent: str = operational("who answers", default="")
    created_at: datetime = operational("when it was added", sa_type=UtcDateTime)
    number: bytes | None = sealed(LINE_NUMBER)


class ApiKey(SQLModel, table=True):
    """A key of the API: its SHA-256, never the key itself.

    Attributes:
        role: What it may do, as in the permission table; empty if its actions are named one by one.
        actions: These, with commas between them.
        made_by: Who made it, as in the audit log: a key may never do more than its maker.
        expires_at: From then on it lets nobody in.
        last_used_at: To the minute.
    """

    __tablename__ = "api_key"

    id: str = identifier()
    organization_id: str = organization()
    name: str = operational("what people call it")
    digest: str = operational("knows the key again: its SHA-256", unique=True, max_length=64)
    role: str = operational("what it may do", default="")
    actions: str = operational("what it may do, one by one", default="")
    made_by: str = operational("who made it, as in the audit log", default="")
    created_at: datetime = operational("when it was made", sa_type=UtcDateTime)
    expires_at: datetime | None = operational("when it ends", default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = operational("when it was used last", default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = operational("when it was ended", default=None, sa_type=UtcDateTime)

    def stands(self, now: datetime) -> bool:
        """Whether it lets anybody in."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    @property
    def granted(self) -> frozenset[str]:
        """What it was made for."""
        return actions_of(Role(self.role)) if self.role else frozenset(self.actions.split(","))
