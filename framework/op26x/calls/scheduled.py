"""Scheduled calls of one organization: each waits until the person may be called, and is placed once or never."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from op26x import logs
from op26x.audit import Access, AuditLog
from op26x.calls.info import NewCall
from op26x.calls.model import TO_BE_CALLED, ScheduledCall
from op26x.calls.states import ScheduleState
from op26x.clock import Clock
from op26x.datamap import PersonalColumns, clear
from op26x.errors import IllegalTransition, NotFound, VaultError
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import PhoneNumber
from op26x.vault import BlindIndex, KeyKind, Keyring

log = logs.get("calls")

_TO = PersonalColumns(ScheduledCall, TO_BE_CALLED)
PLACING = timedelta(minutes=5)
"""No provider takes so long to place a call: whoever has been at it since then is gone."""
OPEN = (ScheduleState.WAITING, ScheduleState.PLACING)


class ScheduledCalls:
    """Reads and writes them; every query is scoped to the organization.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        index: Makes blind indexes of phone numbers.
        keys: Has the keys that numbers are encrypted with.
        audit: Each order and what became of it is an entry.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(
        self,
        database: Database,
        organization_id: str,
        index: BlindIndex,
        keys: Keyring,
        audit: AuditLog,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._index = index
        self._keys = keys
        self._audit = audit
        self._ids = ids
        self._clock = clock

    async def add(self, new: NewCall, access: Access, *, not_before: datetime, until: datetime) -> ScheduledCall:
        """Notes a call that is to be placed.

        Args:
            new: The call.
            access: Who orders it, and why.
            not_before: When it is tried first, UTC.
            until: When it is given up.

        Raises:
            VaultError: No key can be had, so that the number can't be kept.
        """
        row = ScheduledCall(
            id=self._ids.new(),
            organization_id=self._organization_id,
            agent=new.agent,
            provider=new.provider,
            places=",".join(new.places),
            campaign=new.campaign,
            created_at=self._clock.now(),
            not_before=not_before,
            until=until,
        )
        key = await self._keys.create(KeyKind.SCHEDULED_CALL, row.id, until)
        _TO.note(row, new.to, self._index)
        _TO.seal(row, new.to, key)
        try:
            entry = self._audit.entry("scheduled-call.created", row.id, access)
            await self._database.run(lambda session: session.add_all([row, entry]))
        except BaseException:
            await self._keys.destroy(KeyKind.SCHEDULED_CALL, row.id)
            raise
        return row

    async def get(self, scheduled_id: str) -> ScheduledCall:
        """One of them.

        Raises:
            NotFound: There is no such scheduled call in this organization.
        """
        return await self._database.run(lambda session: self._one(session, scheduled_id))

    async def list(self, *, state: str = "", before: str = "", limit: int = 100) -> Sequence[ScheduledCall]:
        """Scheduled calls, newest first.

        Args:
            state: Only those in this state, as in ``ScheduleState``.
            before: Ordered before the one with this identifier, for the next page.
            limit: At most so many.
        """
        query = select(ScheduledCall).where(ScheduledCall.organization_id == self._organization_id)
        if state:
            query = query.where(ScheduledCall.state == state)
        if before:
            query = query.where(col(ScheduledCall.id) < before)
        newest = query.order_by(col(ScheduledCall.created_at).desc(), col(ScheduledCall.id).desc()).limit(limit)
        return await self._database.run(lambda session: session.exec(newest).all())

    async def opened(self, scheduled: ScheduledCall) -> NewCall:
        """The call that is to be placed, with its number in clear.

        Raises:
            KeyGone: The time to place it is over.
        """
        key = await self._keys.get(KeyKind.SCHEDULED_CALL, scheduled.id)
        to = PhoneNumber(_TO.open(scheduled, key).reveal())
        places = tuple(filter(None, scheduled.places.split(",")))
        return NewCall(to, scheduled.agent, scheduled.provider, places, scheduled.campaign)

    async def claim(self, scheduled_id: str) -> ScheduledCall | None:
        """Takes one that waits, so that nobody else places it; ``None`` if it does not wait.

        Raises:
            NotFound: There is no such scheduled call in this organization.
        """
        now = self._clock.now()
        return await self._move(scheduled_id, ScheduleState.WAITING, ScheduleState.PLACING, not_before=now)

    async def renew(self, scheduled_id: str) -> bool:
        """Says right before the carrier is asked that one is still being placed; whether it is."""
        placing = ScheduleState.PLACING
        return await self._move(scheduled_id, placing, placing, not_before=self._clock.now()) is not None

    async def put_off(self, scheduled_id: str, not_before: datetime, reason: str) -> ScheduledCall | None:
        """Has one that was claimed wait again; ``None`` if it was not claimed.

        Args:
            scheduled_id: Which.
            not_before: When it is tried next.
            reason: Why it waits, in a word or two.
        """
        return await self._move(
            scheduled_id, ScheduleState.PLACING, ScheduleState.WAITING, not_before=not_before, reason=reason
        )

    async def settle(
        self, scheduled_id: str, state: ScheduleState, access: Access, *, reason: str = "", call_id: str = ""
    ) -> ScheduledCall:
        """Ends one: what is personal in its row goes, then its key, which ends by itself if it can't be destroyed now.

        Args:
            scheduled_id: Which.
            state: What it came to.
            access: Who ends it.
            reason: Why, in a word or two.
            call_id: The call that it is now.

        Raises:
            IllegalTransition: It was settled before, or is to be canceled and is being placed.
            NotFound: There is no such scheduled call in this organization.
        """

        def write(session: Session) -> ScheduledCall:
            row = self._one(session, scheduled_id)
            if row.state not in OPEN:
                raise IllegalTransition(f"The scheduled call is {row.state} already.")
            if state is ScheduleState.CANCELED and row.state != ScheduleState.WAITING:
                raise IllegalTransition("The call is being placed at this moment.", "See op26x calls list.")
            clear(row)
            row.state, row.reason, row.call_id = state.value, reason, call_id
            session.add_all([row, self._audit.entry(f"scheduled-call.{state}", scheduled_id, access)])
            return row

        row = await self._database.run(write, alone=True)
        try:
            await self._keys.destroy(KeyKind.SCHEDULED_CALL, scheduled_id)
        except VaultError as error:  # whoever ordered the call must hear what became of it all the same
            log.error("a scheduled call's key could not be destroyed", scheduled_call=scheduled_id, exc_info=error)
        return row

    async def _move(
        self, scheduled_id: str, was: ScheduleState, to: ScheduleState, **changes: object
    ) -> ScheduledCall | None:
        def write(session: Session) -> ScheduledCall | None:
            row = self._one(session, scheduled_id)
            if row.state != was:
                return None
            row.state = to.value
            for name, value in changes.items():
                setattr(row, name, value)
            session.add(row)
            return row

        return await self._database.run(write, alone=True)

    def _one(self, session: Session, scheduled_id: str) -> ScheduledCall:
        row = session.get(ScheduledCall, scheduled_id)
        if row is None or row.organization_id != self._organization_id:
            raise NotFound(f"There is no scheduled call {scheduled_id}.", "See op26x scheduled-calls list.")
        return row
