"""The table of the room: policies that calls were held under."""

from datetime import datetime

from sqlmodel import Index, SQLModel, UniqueConstraint

from op26x.datamap import identifier, operational, organization
from op26x.storage import UtcDateTime


class HeldPolicy(SQLModel, table=True):
    """A policy that at least one call was held under; written once, named by its hash.

    Attributes:
        hash: SHA-256 of the content, 64 hexadecimal digits.
        content: Its canonical JSON.
        at: When a call was first held under it.
    """

    __tablename__ = "policy"
    __table_args__ = (UniqueConstraint("organization_id", "hash"),)

    id: str = identifier()
    organization_id: str = organization()
    hash: str = operational("names the policy")
    content: str = operational("what calls are held under")
    at: datetime = operational("when a call was first held under it", sa_type=UtcDateTime)


class PolicyRow(SQLModel, table=True):
    """What an organization adds to the law for its calls: a row of its own, or an override. Never changed but ended.

    Attributes:
        name: Names it for ever: of an override, its identifier.
        kind: ``row`` or ``override``.
        content: Its canonical JSON.
        added_by: Who added it, as in the audit log.
        ended_at: When it was taken away, UTC; nothing while it is there.
    """

    __tablename__ = "policy_row"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        Index("ix_policy_row_open", "organization_id", "ended_at"),
    )

    id: str = identifier()
    organization_id: str = organization(index=False)
    name: str = operational("names the row")
    kind: str = operational("whether it demands or lifts")
    content: str = operational("what it demands or lifts, why, and who answers for it")
    added_by: str = operational("who added it, as in the audit log")
    added_at: datetime = operational("when it was added", sa_type=UtcDateTime)
    ended_at: datetime | None = operational("when it was taken away", default=None, sa_type=UtcDateTime)
