"""The tables of the room: agents, and their versions, which are never changed."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from op26x.storage import UtcDateTime


class AgentRecord(SQLModel, table=True):
    """An agent of an organization.

    Attributes:
        name: As in its document; no other agent of the organization has it.
        published: Number of the version that takes calls; nothing if none does.
        directory: Whether it follows a directory of documents: what is changed there is published.
    """

    __tablename__ = "agent"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: str = Field(primary_key=True, max_length=26)
    organization_id: str = Field(foreign_key="organization.id", index=True, max_length=26)
    name: str
    published: int | None = None
    directory: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)


class AgentVersion(SQLModel, table=True):
    """One version of an agent: a document as it was written. A call names the version that it was held with.

    Attributes:
        number: Counts from 1 within the agent.
        document: YAML, as it was written.
        content: The agent that it describes, as JSON.
        created_by: Who wrote it, as in the audit log.
        published_at: When it was first published; nothing of a draft.
    """

    __tablename__ = "agent_version"
    __table_args__ = (UniqueConstraint("agent_id", "number"),)

    id: str = Field(primary_key=True, max_length=26)
    organization_id: str = Field(foreign_key="organization.id", index=True, max_length=26)
    agent_id: str = Field(foreign_key="agent.id", index=True, max_length=26)
    number: int
    document: str
    content: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
