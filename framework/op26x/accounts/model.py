"""The tables of the room."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from op26x.accounts.permissions import Role, actions_of
from op26x.storage import UtcDateTime
from op26x.vault import encrypted


class Organization(SQLModel, table=True):
    """A tenant: every other row belongs to one.

    Attributes:
        name: Lower-case letters, digits and hyphens; no other has it.
        retention_days: How long what is personal of a call is kept; an agent may shorten it.
        recording: ``off`` records nothing, whatever the agents say; empty leaves it to them.
        language: Of its agents whose document names none, as in BCP 47.
        closing_days: Days from its closing until everything of it is erased.
        closed_at: From then on it takes no calls and lets nobody in.
        erased_by: Its deadline, once it is closed.
        erased_at: When everything of it was erased; this row stays.
    """

    id: str = Field(primary_key=True, max_length=26)
    name: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    retention_days: int = 30
    recording: str = ""
    language: str = "en"
    closing_days: int = 30
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    erased_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


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

    id: str = Field(primary_key=True, max_length=26)
    organization_id: str = Field(foreign_key="organization.id", index=True, max_length=26)
    provider: str
    number_index: str = Field(max_length=64)
    last_two: str = Field(max_length=2)
    label: str
    agent: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    number: bytes | None = encrypted()


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

    id: str = Field(primary_key=True, max_length=26)
    organization_id: str = Field(foreign_key="organization.id", index=True, max_length=26)
    name: str
    digest: str = Field(unique=True, max_length=64)
    role: str = ""
    actions: str = ""
    made_by: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    def stands(self, now: datetime) -> bool:
        """Whether it lets anybody in."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    @property
    def granted(self) -> frozenset[str]:
        """What it was made for."""
        return actions_of(Role(self.role)) if self.role else frozenset(self.actions.split(","))
