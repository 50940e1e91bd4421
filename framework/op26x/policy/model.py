"""The table of the room: policies that calls were held under."""

from datetime import datetime

from sqlmodel import SQLModel, UniqueConstraint

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
