"""The tables of the log: entries, the tiles of its tree, and checkpoints."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger
from sqlmodel import Index, SQLModel, UniqueConstraint, text

from op26x.datamap import identifier, operational, organization
from op26x.storage import UtcDateTime

_PLACE = ("position", "organization_id")
_WAITING, _UNTOLD = text("position IS NULL"), text("told_at IS NULL")
STAYS = "What was done stays on record, the erasure of its organization included."


class AuditEntry(SQLModel, table=True):
    """An act. It holds identifiers and words of lists, and nothing of anybody.

    Attributes:
        position: Its number in the tree, from 0; nothing until it was taken in, within a second or two.
        who: Who did it: ``user:ID``, ``api-key:ID``, ``command-line``, ``caller``, ``sweep``, ``tool:NAME``.
        what: What was done: one of ``op26x.audit.acts``.
        record_id: What it was done to.
        why: The reason given; no personal data.
        came_from: The class of the address that it came from: ``loopback``, ``private``, ``public``; empty of none.
        purpose: What it served; nothing of an entry from before there were purposes.
        policy: Hash of the policy of the call that it is about; nothing of an act that is about none.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("organization_id", "position"),
        Index(
            "ix_audit_entry_waiting", "position", "organization_id", sqlite_where=_WAITING, postgresql_where=_WAITING
        ),
    )

    id: str = identifier()
    organization_id: str = organization(stays=STAYS)
    position: int | None = operational("where it stands in the tree", default=None, sa_type=BigInteger)
    at: datetime = operational("when it was done", sa_type=UtcDateTime)
    who: str = operational("who did it: an identifier, or a word of a list")
    what: str = operational("what was done: a word of a list")
    record_id: str = operational("what it was done to: an identifier", index=True)
    why: str = operational("the reason that was given")
    came_from: str = operational("the class of the address that it came from", default="")
    purpose: str | None = operational("what it served: a purpose of the data map", default=None)
    policy: str | None = operational("which policy the call was held under", default=None)

    @property
    def leaf(self) -> bytes:
        """What the tree hashes of it."""
        return leaf_of(self)


def leaf_of(entry: Any) -> bytes:
    """What the tree hashes of an entry: a JSON object with these keys in this order, times in UTC to the microsecond.

    Purpose and policy are only in the leaf of an entry that has one.

    Args:
        entry: An ``AuditEntry``, or a row with its columns.
    """
    more = {"purpose": entry.purpose, "policy": entry.policy}
    return msgspec.json.encode(
        {
            "id": entry.id,
            "organization": entry.organization_id,
            "at": entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "who": entry.who,
            "what": entry.what,
            "record": entry.record_id,
            "why": entry.why,
            "from": entry.came_from,
            **{key: value for key, value in more.items() if value},
        }
    )


class AuditTree(SQLModel, table=True):
    """How many entries of an organization are in its tree."""

    __tablename__ = "audit_tree"

    organization_id: str = organization(stays=STAYS, primary_key=True, index=False)
    size: int = operational("how many entries it has", default=0, sa_type=BigInteger)


class AuditTile(SQLModel, table=True):
    """Up to 256 hashes of the tree: see ``op26x.audit.tiles``."""

    __tablename__ = "audit_tile"

    organization_id: str = organization(stays=STAYS, primary_key=True, index=False)
    level: int = operational("on which level of tiles", primary_key=True)
    number: int = operational("which tile of the level", primary_key=True, sa_type=BigInteger)
    hashes: bytes = operational("hashes of entries")


class AuditCheckpoint(SQLModel, table=True):
    """How far the log had grown at a moment, signed.

    Attributes:
        note: As in ``op26x.audit.notes``.
        told_at: When everybody was told of it who wants to keep it elsewhere.
    """

    __tablename__ = "audit_checkpoint"
    __table_args__ = (
        UniqueConstraint("organization_id", "size"),
        Index("ix_audit_checkpoint_untold", "id", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
    )

    id: str = identifier()
    organization_id: str = organization(stays=STAYS)
    size: int = operational("how many entries there were", sa_type=BigInteger)
    at: datetime = operational("when", sa_type=UtcDateTime)
    note: str = operational("what was signed, with the signature")
    told_at: datetime | None = operational("when it went elsewhere", default=None, sa_type=UtcDateTime)
