"""The calls of one organization, as stored."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlmodel import Session, col, select

from op26x.calls.info import Arrival, CallInfo, TurnInfo
from op26x.calls.model import Call, Turn
from op26x.calls.states import CallState, advance
from op26x.clock import Clock
from op26x.errors import NotFound
from op26x.ids import Ids
from op26x.storage import Database
from op26x.vault import BlindIndex


class CallLog:
    """Reads and writes calls and turns of one organization; every query is scoped to it.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        index: Makes blind indexes of phone numbers.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(self, database: Database, organization_id: str, index: BlindIndex, ids: Ids, clock: Clock) -> None:
        self._database = database
        self.organization_id = organization_id
        self._index = index
        self._ids = ids
        self._clock = clock
        self._end_listeners: list[Callable[[CallInfo], Awaitable[None]]] = []

    async def begin(self, arrival: Arrival, agent: str, state: CallState) -> Call:
        """Writes a new call."""
        call = Call(
            id=self._ids.new(),
            organization_id=self.organization_id,
            agent=agent,
            direction=arrival.direction.value,
            state=state.value,
            provider=arrival.provider,
            provider_call_id=arrival.provider_call_id or None,
            caller_index=self._index.of(arrival.caller),
            caller_last_two=arrival.caller.last_two,
            called_index=self._index.of(arrival.called),
            called_last_two=arrival.called.last_two,
            created_at=self._clock.now(),
        )
        await self._database.run(lambda session: session.add(call))
        return call

    async def move(self, call_id: str, to: CallState, *, reason: str = "", outcome: str = "") -> Call:
        """Takes a call to its next state and stamps the times that go with it.

        Raises:
            IllegalTransition: ``to`` can't follow the present state.
            NotFound: No such call in this organization.
        """
        now = self._clock.now()

        def write(session: Session) -> Call:
            call = self._one(session, call_id)
            _advance(call, to, now, reason)
            call.outcome = outcome or call.outcome
            session.add(call)
            return call

        call = await self._database.run(write)
        if to.is_final:
            await self._tell_end(call)
        return call

    def when_ended(self, tell: Callable[[CallInfo], Awaitable[None]]) -> None:
        """Has somebody told of each call that reaches a final state, once, after it was written."""
        self._end_listeners.append(tell)

    async def placed(self, call_id: str, provider_call_id: str) -> None:
        """Notes the provider's identifier of a call that was placed."""

        def write(session: Session) -> None:
            call = self._one(session, call_id)
            call.provider_call_id = provider_call_id
            session.add(call)

        await self._database.run(write)

    async def vendor_failed(self, call_id: str) -> None:
        """Counts a vendor's error or silence."""

        def write(session: Session) -> None:
            call = self._one(session, call_id)
            call.vendor_errors += 1
            session.add(call)

        await self._database.run(write)

    async def add_turn(self, call_id: str, turn: TurnInfo) -> None:
        """Writes a turn's times; its words are left behind.

        Raises:
            NotFound: No such call in this organization.
        """
        row = Turn(
            id=self._ids.new(),
            organization_id=self.organization_id,
            call_id=call_id,
            number=turn.number,
            speaker=turn.speaker,
            started_ms=turn.started_ms,
            ended_ms=turn.ended_ms,
            latency_ms=turn.latency_ms,
            interrupted=turn.interrupted,
        )

        def write(session: Session) -> None:
            self._one(session, call_id)
            session.add(row)

        await self._database.run(write)

    async def get(self, call_id: str) -> tuple[Call, list[Turn]]:
        """A call and its turns in order.

        Raises:
            NotFound: No such call in this organization.
        """

        def read(session: Session) -> tuple[Call, list[Turn]]:
            call = self._one(session, call_id)
            query = select(Turn).where(Turn.call_id == call_id, Turn.organization_id == self.organization_id)
            return call, list(session.exec(query.order_by(col(Turn.number))).all())

        return await self._database.run(read)

    async def by_provider_id(self, provider: str, provider_call_id: str) -> Call | None:
        """The call that a provider means by its identifier."""
        query = select(Call).where(
            Call.organization_id == self.organization_id,
            Call.provider == provider,
            Call.provider_call_id == provider_call_id,
        )
        return await self._database.run(lambda session: session.exec(query).first())

    async def list(self, *, limit: int = 100, before: str | None = None) -> list[Call]:
        """Calls, newest first.

        Args:
            limit: At most so many.
            before: Only calls older than the one with this identifier.
        """
        query = select(Call).where(Call.organization_id == self.organization_id)
        if before:
            query = query.where(col(Call.id) < before)
        query = query.order_by(col(Call.id).desc()).limit(limit)
        return await self._database.run(lambda session: list(session.exec(query).all()))

    async def fail_unfinished(self) -> int:
        """Closes calls that a killed service left open; returns how many."""
        now = self._clock.now()
        open_states = [state.value for state in CallState if not state.is_final]
        query = select(Call).where(Call.organization_id == self.organization_id, col(Call.state).in_(open_states))

        def write(session: Session) -> list[Call]:
            calls = list(session.exec(query).all())
            for call in calls:
                _advance(call, CallState.FAILED, now, "service-stopped")
                session.add(call)
            return calls

        calls = await self._database.run(write)
        for call in calls:
            await self._tell_end(call)
        return len(calls)

    async def _tell_end(self, call: Call) -> None:
        for tell in self._end_listeners:
            await tell(call.info())

    def _one(self, session: Session, call_id: str) -> Call:
        call = session.get(Call, call_id)
        if call is None or call.organization_id != self.organization_id:
            raise NotFound(f"There is no call {call_id}.", "See op26x calls list.")
        return call


def _advance(call: Call, to: CallState, now: datetime, reason: str) -> None:
    call.state = advance(CallState(call.state), to).value
    if to is CallState.IN_PROGRESS:
        call.answered_at = now
    elif to.is_final:
        call.ended_at = now
    call.end_reason = call.end_reason or reason
