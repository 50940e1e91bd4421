"""The consent ledger of one organization."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, select

from op26x.audit import Access, AuditEntry, AuditLog
from op26x.clock import Clock
from op26x.consent.agreed import TO_BE_CALLED, Decisions
from op26x.consent.model import Consent, ConsentPurpose, ConsentState
from op26x.errors import StorageLost
from op26x.ids import Ids
from op26x.storage import Database, insert_all
from op26x.task_queue import TaskQueue
from op26x.work.intents import Intent, IntentKind, Intents

UNWRITABLE = (sa.exc.SQLAlchemyError, StorageLost, OSError)
CALLER, OPERATOR = "caller", "operator"
DEMANDED = Access(CALLER, "demanded")
AT_ONCE = 10_000
"""PostgreSQL takes 65,535 values in one statement."""
KEEP = timedelta(days=5 * 365)
"""How long an entry proves what was agreed: longer than the four years in which 28 USC 1658 lets a claim be brought."""


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """What a person decided, and how it shows.

    Attributes:
        subject_index: Who, as a blind index.
        call_id: In which call.
        state: What they decided.
        evidence: ``mark``, ``digit``, ``words``, ``operator``, ``silence`` or ``unclear``.
        value: The key, or the recognised word of a fixed list.
        announcement: Version of what they were told.
        purpose: What for.
        policy: Hash of the policy that the call was held under.
        valid_until: Until when it is granted, UTC; without end if there is nothing.
    """

    subject_index: str
    call_id: str
    state: ConsentState
    evidence: str
    value: str = ""
    announcement: str = ""
    purpose: ConsentPurpose = ConsentPurpose.RECORDING
    policy: str = ""
    valid_until: datetime | None = None

    @classmethod
    def in_writing(cls, subject_index: str, purpose: ConsentPurpose, value: str = "") -> "ConsentGiven":
        """What somebody agreed to on a form, in no call.

        Args:
            subject_index: Who, as a blind index.
            purpose: What they agreed to.
            value: Which form: of an import, the file's hash and the row.
        """
        return cls(subject_index, "", ConsentState.GRANTED, "form", value, purpose=purpose)


class ConsentLedger:
    """Appends and reads; there is no way to change an entry.

    Args:
        database: Where it is kept.
        organization_id: Whose it is.
        audit: Where it is entered that entries went.
        intents: Take a person's word while the database can't be written.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(
        self, database: Database, organization_id: str, audit: AuditLog, intents: Intents, ids: Ids, clock: Clock
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._audit = audit
        self._intents = intents
        self._ids = ids
        self._clock = clock
        self._tell: Callable[[Consent], Awaitable[None]] | None = None
        self._telling = TaskQueue()
        intents.when(IntentKind.CONSENT, self._carry_out_consent)

    def when_changed(self, tell: Callable[[Consent], Awaitable[None]]) -> None:
        """Has somebody told of each entry, after it was written."""
        self._tell = tell

    async def told(self) -> None:
        """Waits until they were told of every entry so far."""
        await self._telling.done()

    async def add(self, given: ConsentGiven) -> Consent:
        """Appends an entry."""
        entry = self.entry(given)
        await self._database.run(lambda session: session.add_all([entry, self.noted(entry)]))
        self.tell(entry)
        return entry

    async def add_all(self, given: Sequence[tuple[ConsentGiven, datetime]], who: str) -> int:
        """Appends consents that were given elsewhere, each with its own time; all or none. Returns how many.

        What is in the ledger already, from the same line of the same file, is not entered again.

        Args:
            given: What people decided, and when.
            who: For the audit log.
        """

        def write(session: Session) -> list[Consent]:
            known = self._known(session, [one.value for one, _ in given])
            entries = [self._entry(one, self._ids.new(), at) for one, at in given if one.value not in known]
            insert_all(session, Consent, [entry.model_dump() for entry in entries])
            alike = defaultdict(list)
            for entry in entries:
                alike[entry.state, entry.purpose, entry.evidence].append(entry.id)
            for (state, purpose, evidence), ids in alike.items():
                self._audit.write_all(session, f"consent.{state}", ids, Access(who, f"{purpose}: {evidence}"))
            return entries

        entries = await self._database.run(write, alone=True)
        for entry in entries:
            self.tell(entry)
        return len(entries)

    async def add_surely(self, given: ConsentGiven) -> None:
        """Appends a refusal or withdrawal, which must not be lost: if it can't be written now, it is later.

        Raises:
            NotNoted: It is in the memory of this process alone.
        """
        try:
            await self.add(given)
        except UNWRITABLE:
            await self.add_later(given)

    async def add_later(self, given: ConsentGiven) -> None:
        """Has an entry appended once the database can be written again.

        Raises:
            NotNoted: It is in the memory of this process alone.
        """
        told = msgspec.to_builtins(given)
        details = {name: told[name] for name in told if name != "call_id" and told[name] is not None}
        details |= {"id": self._ids.new(), "at": self._clock.now().isoformat()}
        await self._intents.note(Intent.of(IntentKind.CONSENT, given.call_id, **details))

    def withdrawn(self, session: Session, call_id: str) -> bool:
        """Whether a withdrawal in that call is in the ledger already, within a session of the caller's."""
        query = select(Consent.id).where(
            Consent.organization_id == self._organization_id,
            Consent.call_id == call_id,
            Consent.state == ConsentState.WITHDRAWN.value,
        )
        return session.exec(query).first() is not None

    def entry(self, given: ConsentGiven) -> Consent:
        """An entry for a session of the caller's, so that it and what it is about are written together.

        Args:
            given: What a person decided.
        """
        return self._entry(given, self._ids.new(), self._clock.now())

    def _entry(self, given: ConsentGiven, entry_id: str, at: datetime) -> Consent:
        return Consent(
            id=entry_id,
            organization_id=self._organization_id,
            subject_index=given.subject_index,
            call_id=given.call_id,
            purpose=given.purpose.value,
            state=given.state.value,
            evidence=given.evidence,
            value=given.value,
            announcement=given.announcement,
            policy=given.policy or None,
            at=at,
            valid_until=given.valid_until,
            expires_at=at + KEEP,
        )

    def noted(self, entry: Consent) -> AuditEntry:
        """What the audit log has of an entry, to be written together with it: by whoever decided, or the operator."""
        who = OPERATOR if entry.evidence == OPERATOR else CALLER
        access = Access(who, f"{entry.purpose}: {entry.evidence}")
        return self._audit.entry(f"consent.{entry.state}", entry.id, access, entry.policy)

    def tell(self, entry: Consent) -> None:
        """Tells whoever wants to know that an entry was written, without waiting for them."""
        if (tell := self._tell) is not None:
            self._telling.add(lambda: tell(entry))

    async def decisions(self, subject_index: str) -> Decisions:
        """What a person decided on being called; nothing if who they are is not known.

        Consent by one number never counts for another.
        """
        if not subject_index:
            return Decisions()
        query = select(Consent).where(
            Consent.organization_id == self._organization_id,
            Consent.subject_index == subject_index,
            col(Consent.purpose).in_(TO_BE_CALLED),
        )
        yes_last = col(Consent.state) == ConsentState.GRANTED.value  # of two at the same moment, the no wins
        newest = query.order_by(col(Consent.at).desc(), yes_last, col(Consent.id).desc())
        return Decisions(await self._database.run(lambda session: session.exec(newest).all()))

    async def list(
        self,
        *,
        subject_index: str = "",
        purpose: ConsentPurpose | None = None,
        limit: int = 100,
        access: Access | None = None,
    ) -> Sequence[Consent]:
        """Entries, newest first.

        Args:
            subject_index: Only of one person.
            purpose: Only for one purpose.
            limit: At most so many.
            access: Who reads them and why, if it is to be in the audit log.
        """
        if access is not None:
            await self._audit.add("consents.read", self._organization_id, access)
        query = select(Consent).where(Consent.organization_id == self._organization_id)
        if subject_index:
            query = query.where(Consent.subject_index == subject_index)
        if purpose is not None:
            query = query.where(Consent.purpose == purpose.value)
        newest = query.order_by(col(Consent.at).desc(), col(Consent.id).desc()).limit(limit)
        return await self._database.run(lambda session: session.exec(newest).all())

    async def of_call(self, call_id: str) -> Sequence[Consent]:
        """The entries of a call, in order."""
        query = select(Consent).where(Consent.organization_id == self._organization_id, Consent.call_id == call_id)
        return await self._database.run(lambda session: session.exec(query.order_by(col(Consent.id))).all())

    async def ended(self, at: datetime) -> int:
        """How many entries are over at a moment."""
        query = select(func.count()).select_from(Consent).where(*self._over(at))
        return await self._database.run(lambda session: session.exec(query).one())

    async def sweep(self, at: datetime, access: Access) -> int:
        """Removes entries that are over at a moment; returns how many."""
        query = delete(Consent).where(*self._over(at))

        def write(session: Session) -> int:
            gone = int(session.exec(query).rowcount)
            if gone:
                session.add(self._audit.entry("consents.erased", self._organization_id, access))
            return gone

        gone = await self._database.run(write, alone=True)
        if gone:
            await self._database.checkpoint()
        return gone

    def _known(self, session: Session, values: Sequence[str]) -> set[str]:
        """Which of these values entries have already."""
        known: set[str] = set()
        for at in range(0, len(values), AT_ONCE):
            among = col(Consent.value).in_(values[at : at + AT_ONCE])
            known.update(
                session.exec(select(Consent.value).where(Consent.organization_id == self._organization_id, among)).all()
            )
        return known

    async def _carry_out_consent(self, intent: Intent) -> None:
        details = dict(intent.details)
        entry_id, at = details.pop("id"), datetime.fromisoformat(details.pop("at"))
        entry = self._entry(msgspec.convert({**details, "call_id": intent.record_id}, ConsentGiven), entry_id, at)

        def write(session: Session) -> bool:
            if session.get(Consent, entry_id) is not None:
                return False
            session.add_all([entry, self.noted(entry)])
            return True

        if await self._database.run(write, alone=True):
            self.tell(entry)

    def _over(self, at: datetime) -> tuple[ColumnElement[bool], ...]:
        return col(Consent.organization_id) == self._organization_id, col(Consent.expires_at) <= at
