"""The tables of the key database.

Wrapped keys lie in slots: rows of one size that are only ever appended and overwritten where they are. SQLite moves
rows about when others shrink or go, and ``secure_delete`` does not reach the copies that this leaves in its pages;
a slot never moves, so overwriting it leaves none.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col, select

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


def destroy(
    session: Session,
    organization_id: str,
    kind: str,
    now: datetime,
    owners: Sequence[str] | None = None,
    *,
    forget: bool,
) -> set[str]:
    """Destroys the wrapped keys of entries of a kind; returns the owners of those that there were.

    Args:
        session: The transaction.
        organization_id: Whose.
        kind: Of what kind.
        now: When.
        owners: Their owners; all of them if left out.
        forget: Whether the entries go as well: their owners are people's blind indexes.
    """
    of_them = [_ENTRIES.c.organization_id == organization_id, _ENTRIES.c.kind == kind]
    if owners is not None:
        of_them.append(_ENTRIES.c.owner.in_(owners))
    query = (
        select(KeyEntry.owner, KeySlot.id, sa.func.length(KeySlot.wrapped))
        .join(KeySlot, col(KeySlot.id) == col(KeyEntry.slot))
        .where(*of_them)
    )
    found = session.exec(query).all()
    if not found:
        return set()
    destroyed = {owner for owner, _, _ in found}
    there = _ENTRIES.c.slot.is_not(None)
    entries = sa.delete(_ENTRIES) if forget else sa.update(_ENTRIES).values(slot=None, destroyed_at=now)
    connection = session.connection()
    connection.execute(entries.where(*of_them, there))
    connection.execute(_ZEROS, [{"b_id": slot, "b_zeros": bytes(length)} for _, slot, length in found])
    return destroyed


def bring_forward(session: Session, organization_id: str, kind: str, ends: Mapping[str, datetime]) -> None:
    """Moves the ends of many keys of a kind forward, by owner; none is ever moved back."""
    own = {"b_organization": organization_id, "b_kind": kind}
    if ends:
        session.connection().execute(_SOONER, [{**own, "b_owner": owner, "b_end": end} for owner, end in ends.items()])


_ENTRIES: Any = sa.inspect(KeyEntry).local_table
_SLOTS: Any = sa.inspect(KeySlot).local_table
_ZEROS = sa.update(_SLOTS).where(_SLOTS.c.id == sa.bindparam("b_id")).values(wrapped=sa.bindparam("b_zeros"))
_SOONER = (
    sa.update(_ENTRIES)
    .where(
        _ENTRIES.c.organization_id == sa.bindparam("b_organization"),
        _ENTRIES.c.kind == sa.bindparam("b_kind"),
        _ENTRIES.c.owner == sa.bindparam("b_owner"),
        _ENTRIES.c.expires_at.is_(None) | (_ENTRIES.c.expires_at > sa.bindparam("b_end")),
    )
    .values(expires_at=sa.bindparam("b_end"))
)
