"""The tables of the room: agents, and their versions, which are never changed."""

from datetime import datetime

from sqlmodel import SQLModel, UniqueConstraint

from op26x.datamap import identifier, operational, organization, reference
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

    id: str = identifier()
    organization_id: str = organization()
    name: str = operational("what people call it")
    published: int | None = operational("which version takes calls", default=None)
    directory: bool = operational("whether it follows a directory", default=False)
    created_at: datetime = operational("when it came", sa_type=UtcDateTime)


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

    id: str = identifier()
    organization_id: str = organization()
    agent_id: str = reference("agent")
    number: int = operational("which version it is")
    document: str = operational("what it says and does, as it was written")
    content: str = operational("what it says and does")
    created_at: datetime = operational("when it was written", sa_type=UtcDateTime)
    created_by: str = operational("who wrote it, as in the audit log")
    published_at: datetime | None = operational("when it was published first", default=None, sa_type=UtcDateTime)
