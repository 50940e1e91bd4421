"""What is over: rows of calls and of what is kept of them, by when their time was over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import SQLModel

BATCH = 100
"""Calls that are erased together. Whoever writes to the database meanwhile waits for as many."""


class Due(NamedTuple):
    """A call of which something is kept whose time is over.

    Attributes:
        expires_at: Since when.
        call_id: The call.
    """

    expires_at: datetime
    call_id: str


def due(table: type[SQLModel], call_id: Any, at: datetime, after: Due | None, limit: int) -> "sa.Select[Any]":
    """A query for ``Due`` rows of a table that has ``expires_at`` and ``erased_at``, the earliest first.

    Args:
        table: The table.
        call_id: Its column for the call.
        at: What was over then.
        after: Those behind this one.
        limit: At most so many.
    """
    columns: Any = sa.inspect(table).columns
    place = columns.expires_at, call_id
    query = sa.select(*place).where(columns.erased_at.is_(None), columns.expires_at <= at)
    if after is not None:
        behind = sa.literal(after.expires_at, columns.expires_at.type), after.call_id
        query = query.where(sa.tuple_(*place) > sa.tuple_(*behind))
    return query.order_by(*place).limit(limit)


def named(call_ids: Sequence[str]) -> dict[str, Any]:
    """Calls in a line of the log: one by its identifier, more by their number; the audit log has each."""
    return {"call": call_ids[0]} if len(call_ids) == 1 else {"calls": len(call_ids)}
