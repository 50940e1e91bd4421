"""The tables of the key database.

Wrapped keys lie in slots: rows of one size that are only ever appended and overwritten where they are. SQLite moves
rows about when others shrink or go, and ``secure_delete`` does not reach the copies that this leaves in its pages;
a slot never moves, so overwriting it leaves none.
"""

from datetime import datetime

from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel

from op26x.storage import UtcDateTime


class _KeyTables(SQLModel, registry=registry()):
    """Tables of the key database; they share nothing with those of the data."""


class KeySlot(_KeyTables, table=True):
    """A key, wrapped by the one above it; zeros once it was destroyed. It keeps its length and is never deleted."""

    __tablename__ = "key_slot"

    id: int | None = Field(default=None, primary_key=True)
    wrapped: bytes


class KeyEntry(_KeyTables, table=True):
    """What is known of a key.

    Attributes:
        owner: Whose it is: the call's ULID, the subject's blind index.
        slot: Where it is; empty once it was destroyed.
        expires_at: From then on it is not given out, swept or not.
    """

    __tablename__ = "key_entry"

    organization_id: str = Field(primary_key=True, max_length=26)
    kind: str = Field(primary_key=True)
    owner: str = Field(primary_key=True, max_length=64)
    slot: int | None = Field(default=None, foreign_key="key_slot.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    destroyed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


def put(session: Session, entry: KeyEntry, wrapped: bytes) -> None:
    """Adds an entry and its wrapped key."""
    slot = KeySlot(wrapped=wrapped)
    session.add(slot)
    session.flush()
    entry.slot = slot.id
    session.add(entry)


def wrapped_key(session: Session, entry: KeyEntry | None) -> bytes | None:
    """The wrapped key of an entry; ``None`` if there is no entry, or the key was destroyed."""
    slot = None if entry is None or entry.slot is None else session.get(KeySlot, entry.slot)
    return None if slot is None else slot.wrapped


def overwrite(session: Session, entry: KeyEntry) -> bool:
    """Destroys the wrapped key of an entry; ``False`` if it was destroyed before."""
    slot = None if entry.slot is None else session.get(KeySlot, entry.slot)
    if slot is None:
        return False
    slot.wrapped = bytes(len(slot.wrapped))
    entry.slot = None
    session.add_all([slot, entry])
    session.flush()
    return True
