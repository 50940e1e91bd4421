"""The tables of the room."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from op26x.storage import UtcDateTime


class Organization(SQLModel, table=True):
    """A tenant: every other row belongs to one.

    Attributes:
        retention_days: How long what is personal of a call is kept; an agent may shorten it.
    """

    id: str = Field(primary_key=True, max_length=26)
    name: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    retention_days: int = 30


class ApiKey(SQLModel, table=True):
    """A key of the API: its SHA-256, never the key itself."""

    __tablename__ = "api_key"

    id: str = Field(primary_key=True, max_length=26)
    organization_id: str = Field(foreign_key="organization.id", index=True, max_length=26)
    name: str
    digest: str = Field(unique=True, max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
