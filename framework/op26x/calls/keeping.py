"""What is kept of calls as one thing: row, recording and key have the same deadline."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from op26x.calls.model import Call
from op26x.calls.records import Records
from op26x.recording.model import Recording
from op26x.retention import Preview
from op26x.storage import Database
from op26x.vault import KeyKind, Keyring

BATCH = 500
"""Calls whose deadline is moved in one transaction; who writes to the database meanwhile waits for as many."""
DAY = timedelta(days=1)


class KeptCalls:
    """Deadlines of calls, an ``op26x.retention.Deadlines``.

    Args:
        database: Where their rows are kept.
        organization_id: Whose they are.
        records: Rows that plugins have of them.
        keys: Has the keys of calls.
    """

    def __init__(self, database: Database, organization_id: str, records: Records, keys: Keyring) -> None:
        self._database = database
        self._organization_id = organization_id
        self._records = records
        self._keys = keys

    def preview(self, session: Session, days: int, now: datetime) -> Preview:
        """What it would do to keep no call longer than so many days from its beginning."""
        longer = col(Call.kept_days) > days
        everything = self._count(session)
        sooner = self._count(session, longer)
        gone = self._count(session, longer, col(Call.created_at) <= now - days * DAY)
        return Preview(days, gone, sooner, everything - sooner)

    async def shorten(self, days: int) -> int:
        """Keeps no call longer than that, some at a time; returns how many deadlines it moved.

        Raises:
            VaultError: The end of a key can't be written; what the keys protect is over by its row all the same.
        """
        return await self._move(col(Call.kept_days) > days, lambda created_at: created_at + days * DAY)

    async def cap(self, after: datetime, latest: datetime) -> int:
        """Moves deadlines that lie after a moment to ``latest``; returns how many. Errors as of ``shorten``."""
        return await self._move(col(Call.expires_at) > after, lambda _: latest)

    async def _move(self, which: Any, deadline: Callable[[datetime], datetime]) -> int:
        """Moves the deadlines of calls, their recordings and their keys; those of keys lie in another database."""
        moved = 0
        query = select(Call.id, Call.created_at).where(*self._kept(), which).limit(BATCH)

        def write(session: Session) -> dict[str, datetime]:
            found = session.exec(query).all()
            ends: list[dict[str, Any]] = [
                {"b_call": call_id, "b_end": (end := deadline(begun)), "b_days": days_between(begun, end)}
                for call_id, begun in found
            ]
            for statement in (_CALLS, _RECORDINGS) if ends else ():
                session.connection().execute(statement, ends)
            return {one["b_call"]: one["b_end"] for one in ends}

        while ends := await self._database.run(write, alone=True):
            await self._keys.bring_forward(KeyKind.CALL, ends)
            await self._records.bring_forward(ends)
            moved += len(ends)
        return moved

    def _count(self, session: Session, *which: Any) -> int:
        return session.exec(select(func.count()).select_from(Call).where(*self._kept(), *which)).one()

    def _kept(self) -> tuple[Any, ...]:
        return col(Call.organization_id) == self._organization_id, col(Call.erased_at).is_(None)


def days_between(begun: datetime, end: datetime) -> int:
    """The days from one moment to another, rounded up."""
    return -((begun - end) // DAY)


_CALL: Any = sa.inspect(Call).local_table
_RECORDING: Any = sa.inspect(Recording).local_table
_END: Any = sa.bindparam("b_end", type_=_CALL.c.expires_at.type)
_SOONER = sa.case((_CALL.c.expires_at > _END, _END), else_=_CALL.c.expires_at)
_CALLS = (
    sa.update(_CALL)
    .where(_CALL.c.id == sa.bindparam("b_call"))
    .values(expires_at=_SOONER, kept_days=sa.bindparam("b_days"))
)
_RECORDINGS = (
    sa.update(_RECORDING)
    .where(
        _RECORDING.c.call_id == sa.bindparam("b_call"),
        _RECORDING.c.erased_at.is_(None),
        _RECORDING.c.expires_at > _END,
    )
    .values(expires_at=_END)
)
