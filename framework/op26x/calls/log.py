"""The calls of one organization, as stored."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from op26x import logs
from op26x.audit import Access, AuditLog
from op26x.calls.info import Arrival, CallInfo, TurnInfo
from op26x.calls.model import OPEN_STATES, Call, Turn
from op26x.calls.numbers import CallNumbers
from op26x.calls.states import CallState, advance
from op26x.calls.wanted import EVERY, Wanted
from op26x.clock import Clock
from op26x.datamap import clear
from op26x.errors import ArrivedBefore, IllegalTransition, KeyGone, NotFound
from op26x.ids import Ids
from op26x.policy import RecordingMode
from op26x.redaction import in_words
from op26x.retention import Periods
from op26x.storage import Database, GuardedInsert
from op26x.types import PhoneNumber

log = logs.get("calls")


class CallLog:
    """Reads and writes calls and turns of one organization; every query is scoped to it.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        numbers: Seals and opens their phone numbers.
        periods: Tells until when a call is kept.
        audit: Each reading of numbers is an entry.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(
        self,
        database: Database,
        organization_id: str,
        numbers: CallNumbers,
        periods: Periods,
        audit: AuditLog,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._database = database
        self.organization_id = organization_id
        self._numbers = numbers
        self._periods = periods
        self._audit = audit
        self._ids = ids
        self._clock = clock
        self._answered: dict[str, float] = {}
        self._end_listeners: list[Callable[[CallInfo], Awaitable[None]]] = []

    async def begin(
        self,
        arrival: Arrival,
        agent: str,
        state: CallState,
        keep_days: int | None = None,
        *,
        agent_version: int | None = None,
        policy: str = "",
    ) -> Call:
        """Writes a new call.

        Args:
            arrival: Who calls whom.
            agent: Who takes it.
            state: Its first.
            keep_days: The agent's own period, if it has one.
            agent_version: Which version of the agent it is held with.
            policy: Hash of the policy that it is held under.

        Raises:
            ArrivedBefore: The provider announced it before.
        """
        now = self._clock.now()
        call = Call(
            id=self._ids.new(),
            organization_id=self.organization_id,
            agent=agent,
            agent_version=agent_version,
            direction=arrival.direction.value,
            state=state.value,
            provider=arrival.provider,
            provider_call_id=arrival.provider_call_id or None,
            service=self._database.seat,
            policy=policy,
            campaign=arrival.campaign,
            created_at=now,
            expires_at=now,
            kept_days=0,
        )
        await self._numbers.hold(call, arrival)

        def write(session: Session) -> None:
            call.kept_days = self._periods.kept_days(session, keep_days)
            call.expires_at = now + timedelta(days=call.kept_days)
            self._add(session, call)

        # Alone, so that a period that is set meanwhile finds the call or is found by it.
        await self._database.run(write, alone=True)
        return call

    async def numbers(self, call_id: str, access: Access) -> tuple[PhoneNumber, PhoneNumber]:
        """Both numbers of a call in clear, the caller's first; empty ones were withheld, or are from before the vault.

        The reading is an entry in the audit log.

        Raises:
            NotFound: No such call in this organization.
            KeyGone: They were erased, or the time to keep them is over.
        """
        call, _ = await self.get(call_id)
        if self._is_over(call):
            raise KeyGone("The time to keep these numbers is over: they can't be read any more.")
        opened = await self._numbers.opened(call)
        await self._audit.add("numbers.read", call_id, access)
        return opened

    async def move(
        self,
        call_id: str,
        to: CallState,
        *,
        reason: str = "",
        outcome: str = "",
        redacted: Mapping[str, int] | None = None,
        at: datetime | None = None,
        was: CallState | None = None,
    ) -> Call:
        """Takes a call to its next state and stamps the times that go with it.

        Args:
            call_id: The call.
            to: The next state.
            reason: Why it ended.
            outcome: What a tool reported.
            redacted: How many of each entity were kept from anybody; an entry in the audit log, if there were any.
            at: When it came to that, if that was earlier; its duration is then that of the stamps.
            was: The state that it must still be in.

        Raises:
            IllegalTransition: ``to`` can't follow the present state, or that is not ``was``.
            NotFound: No such call in this organization.
        """
        now, moment = at or self._clock.now(), self._clock.monotonic()
        answered = self._answered.get(call_id) if to.is_final and at is None else None

        def write(session: Session) -> Call:
            call = self._one(session, call_id)
            if was is not None and call.state != was:
                raise IllegalTransition(f"The call is {call.state} by now.")
            _advance(call, to, now, reason)
            if to is CallState.IN_PROGRESS:
                call.service = self._database.seat
            call.measured_s = call.measured_s if answered is None else moment - answered
            call.outcome = outcome or call.outcome
            session.add(call)
            if redacted:
                session.add(self._audit.entry("call.redacted", call_id, _counted(redacted), call.policy))
            return call

        call = await self._database.run(write)
        if to is CallState.IN_PROGRESS:
            self._answered[call_id] = moment
        if to.is_final:
            self._answered.pop(call_id, None)
            await self._tell_end(call)
        return call

    def when_ended(self, tell: Callable[[CallInfo], Awaitable[None]]) -> None:
        """Has somebody told of each call that reaches a final state, once, after it was written."""
        self._end_listeners.append(tell)

    async def placed(self, call_id: str, provider_call_id: str) -> None:
        """Notes the provider's identifier of a call that was placed."""
        await self._set(call_id, provider_call_id=provider_call_id)

    async def recording(self, call_id: str, mode: RecordingMode, outcome: str) -> None:
        """Notes what became of a call's recording: a word, no personal data."""
        await self._set(call_id, recording_mode=mode.value, recording_outcome=outcome)

    async def person_requested(self, call_id: str, answer: str, who: str) -> None:
        """Notes that the caller wants to talk to a person.

        Args:
            call_id: The call.
            answer: What becomes of it; ``call-back`` is the call's outcome unless a tool reports another.
            who: For the audit log.
        """

        def write(session: Session) -> None:
            call = self._one(session, call_id)
            entry = self._audit.entry("person.requested", call_id, Access(who, answer), call.policy)
            if answer == "call-back":
                call.outcome = answer
            session.add_all([call, entry])

        await self._database.run(write)

    async def outcome(self, call_id: str, outcome: str) -> None:
        """Notes what a tool reported after the end of its call: a word, no personal data."""
        await self._set(call_id, outcome=outcome)

    async def _set(self, call_id: str, **columns: str) -> None:
        def write(session: Session) -> None:
            call = self._one(session, call_id)
            for name, value in columns.items():
                setattr(call, name, value)
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
            if not _TURN_OF_A_CALL.run(session, row):
                raise _no_call(call_id)

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

        call, turns = await self._database.run(read)
        return self._readable(call), turns

    async def with_person(self, subject_index: str, limit: int = 1000) -> Sequence[str]:
        """Identifiers of the calls with a person that can still be known as theirs, newest first.

        Args:
            subject_index: Who, as a blind index.
            limit: At most so many.
        """
        theirs = (col(Call.caller_index) == subject_index) | (col(Call.called_index) == subject_index)
        query = select(Call.id).where(Call.organization_id == self.organization_id, theirs)
        newest = query.order_by(col(Call.created_at).desc(), col(Call.id).desc()).limit(limit)
        return await self._database.run(lambda session: session.exec(newest).all())

    async def by_provider_id(self, provider: str, provider_call_id: str) -> Call | None:
        """The call that a provider means by its identifier."""
        return await self._database.run(lambda session: self._announced(session, provider, provider_call_id))

    async def list(self, wanted: Wanted = EVERY, *, limit: int = 100) -> list[Call]:
        """Calls, newest first; at most so many."""
        query = select(Call).where(*wanted.conditions(self.organization_id))
        query = query.order_by(col(Call.created_at).desc(), col(Call.id).desc()).limit(limit)
        calls = await self._database.run(lambda session: list(session.exec(query).all()))
        return [self._readable(call) for call in calls]

    async def fail_unfinished(self, before: datetime | None = None, *, of: Collection[int] | None = None) -> int:
        """Closes calls that a killed service left open; returns how many.

        Args:
            before: Only those that are from before then.
            of: Only those of these services, by their seats.
        """
        now = self._clock.now()
        query = select(Call).where(Call.organization_id == self.organization_id, col(Call.state).in_(OPEN_STATES))
        if before is not None:
            query = query.where(col(Call.created_at) < before)
        if of is not None:
            query = query.where(col(Call.service).in_(of))

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

    async def unfinished(self) -> frozenset[str]:
        """Calls that have not ended; a killed service's are closed at its next start."""
        query = select(Call.id).where(Call.organization_id == self.organization_id, col(Call.state).in_(OPEN_STATES))
        return await self._database.run(lambda session: frozenset(session.exec(query).all()))

    def _add(self, session: Session, call: Call) -> None:
        if call.provider_call_id and self._announced(session, call.provider, call.provider_call_id):
            raise ArrivedBefore("The call was refused: it has arrived before.")
        session.add(call)

    def _announced(self, session: Session, provider: str, provider_call_id: str) -> Call | None:
        query = select(Call).where(
            Call.organization_id == self.organization_id,
            Call.provider == provider,
            Call.provider_call_id == provider_call_id,
        )
        return session.exec(query).first()

    def _is_over(self, call: Call) -> bool:
        return call.erased_at is not None or call.expires_at <= self._clock.reached()

    def _readable(self, call: Call) -> Call:
        """A call as it may be shown: from its deadline on without what is personal, swept or not."""
        if self._is_over(call):
            clear(call)
        return call

    async def _tell_end(self, call: Call) -> None:
        for tell in self._end_listeners:
            await tell(call.info())

    def _one(self, session: Session, call_id: str) -> Call:
        call = session.get(Call, call_id)
        if call is None or call.organization_id != self.organization_id:
            raise _no_call(call_id)
        return call


_TURN_OF_A_CALL = GuardedInsert(
    Turn,
    sa.exists().where(
        col(Call.id) == sa.bindparam("call_id"), col(Call.organization_id) == sa.bindparam("organization_id")
    ),
)


def _no_call(call_id: str) -> NotFound:
    return NotFound(f"There is no call {call_id}.", "See op26x calls list.")


def _advance(call: Call, to: CallState, now: datetime, reason: str) -> None:
    call.state = advance(CallState(call.state), to).value
    if to is CallState.IN_PROGRESS:
        call.answered_at = now
    elif to.is_final:
        call.ended_at = now
    call.end_reason = call.end_reason or reason


def _counted(redacted: Mapping[str, int]) -> Access:
    return Access("call", in_words(redacted))
