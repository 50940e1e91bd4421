"""What is erased of calls: the numbers, and the keys of people who are in no other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from op26x import logs
from op26x.audit import Access, AuditLog
from op26x.calls.model import OPEN_STATES, Call
from op26x.calls.records import Records
from op26x.clock import Clock
from op26x.datamap import clear
from op26x.retention import BATCH, Due, due, named
from op26x.storage import Database
from op26x.vault import KeyKind, Keyring

log = logs.get("calls")

_INDEXES = ("caller_index", "called_index")
_CALL: Any = sa.inspect(Call).local_table
_OTHER = _CALL.alias("other")


class CallErasure:
    """Erases calls of one organization; an ``op26x.retention.sweep.Keeper``.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        keys: Has the keys that numbers are encrypted with.
        records: Rows that plugins have of them.
        audit: Each erasure is an entry.
        clock: Tells when.
    """

    def __init__(
        self, database: Database, organization_id: str, keys: Keyring, records: Records, audit: AuditLog, clock: Clock
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._keys = keys
        self._records = records
        self._audit = audit
        self._clock = clock

    async def expired(self, at: datetime, after: Due | None = None, limit: int = BATCH) -> Sequence[Due]:
        """Calls whose time was over at that moment, that have ended and were not erased; see ``retention.Keeper``."""
        query = due(Call, col(Call.id), at, after, limit).where(
            col(Call.organization_id) == self._organization_id, col(Call.state).not_in(OPEN_STATES)
        )
        return await self._database.run(lambda session: [Due(*row) for row in session.execute(query)])

    async def erase_all(self, call_ids: Sequence[str], access: Access) -> None:
        """Clears what is personal of calls and destroys the keys that no other call needs; times and states stay.

        What is cleared and the entries that say so are written together, once. It may be repeated.
        """
        now = self._clock.now()
        alone = await self._database.run(lambda session: self._needed_only_by(session, call_ids))
        await self._keys.destroy_all(KeyKind.SUBJECT, alone)
        await self._records.destroy_keys(call_ids)

        def write(session: Session) -> list[str]:
            kept = select(Call).where(*self._among(call_ids), col(Call.erased_at).is_(None))
            erased = []
            for call in session.exec(kept).all():
                clear(call)
                call.erased_at = now
                erased.append(call.id)
            self._audit.write_all(session, "call.erased", erased, access)
            self._records.erase(session, erased)
            return erased

        if erased := await self._database.run(write, alone=True):
            log.info("erased", **named(erased), why=access.why)
        # Also if they were cleared before: whoever did that may have been killed before it came to this.
        await self._database.checkpoint()

    def _needed_only_by(self, session: Session, call_ids: Sequence[str]) -> Sequence[str]:
        """Indexes of the people who are in no other call."""
        alone = set[str]()
        for person in (_CALL.c[index] for index in _INDEXES):
            in_others = (
                sa.exists().where(
                    _OTHER.c.organization_id == self._organization_id,
                    _OTHER.c[index] == person,
                    _OTHER.c.id.not_in(call_ids),
                )
                for index in _INDEXES
            )
            query = sa.select(person).where(*self._among(call_ids), person != "", *(~one for one in in_others))
            alone.update(session.execute(query).scalars())
        return sorted(alone)

    def _among(self, call_ids: Sequence[str]) -> tuple[Any, ...]:
        return col(Call.organization_id) == self._organization_id, col(Call.id).in_(call_ids)
