"""The do-not-call list of one organization, and that of the whole installation."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlmodel import Session, col, select

from op26x.audit import Access, AuditLog
from op26x.clock import Clock
from op26x.consent.ledger import DEMANDED, UNWRITABLE
from op26x.consent.model import InstallationSuppression, Suppression
from op26x.errors import NotFound, UsageError
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import PhoneNumber
from op26x.vault import BlindIndex
from op26x.work.intents import Intent, IntentKind, Intents


class Suppressions:
    """Who is not to be called.

    Args:
        database: Where they are kept.
        organization_id: Whose list it is.
        everywhere: Finds a number on the list of the whole installation, whoever calls.
        audit: Each change is an entry.
        intents: Take a person's word while the database can't be written.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(
        self,
        database: Database,
        organization_id: str,
        everywhere: BlindIndex,
        audit: AuditLog,
        intents: Intents,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._everywhere = everywhere
        self._audit = audit
        self._intents = intents
        self._ids = ids
        self._clock = clock
        intents.when(IntentKind.SUPPRESS, self._carry_out)

    async def add(
        self,
        subject_index: str,
        call_id: str,
        access: Access = DEMANDED,
        *,
        campaign: str = "",
        until: datetime | None = None,
        policy: str | None = None,
    ) -> Suppression | None:
        """Puts a person on the list; twice changes nothing. Returns the entry that holds, which may be an older one.

        It holds from now on, even if it can't be written yet; then nothing is returned.

        Args:
            subject_index: Who, as a blind index.
            call_id: The call in which they said so; empty if it was elsewhere.
            access: Who puts them there, and why.
            campaign: They are not called for this campaign; for any, if it is empty.
            until: They may be called again from then on, UTC; never, if nothing is said.
            policy: Hash of the policy of that call.

        Raises:
            UsageError: The number was withheld, so nobody knows whom not to call; or the end is in the past.
            NotNoted: It is in the memory of this process alone.
        """
        if not subject_index:
            raise UsageError("The caller's number was withheld.", "Nobody can call it again either.")
        if until is not None and until <= self._clock.now():
            raise UsageError("That time is over already.", "Choose a later one for until, or leave it out.")
        row = self._row(subject_index, call_id, campaign, until)
        try:
            return await self._add(row, access, policy)
        except UNWRITABLE:
            await self._intents.note(_intent(row, access, policy))
            return None

    async def add_all(self, subjects: Collection[str], access: Access, *, campaign: str = "") -> int:
        """Puts many people on the list: all or none. Returns how many were not on it. One entry in the audit log.

        Args:
            subjects: Who, as blind indexes.
            access: Who does it, and where they are from.
            campaign: As in ``add``.
        """

        def write(session: Session) -> int:
            query = select(Suppression.subject_index).where(
                Suppression.organization_id == self._organization_id,
                Suppression.campaign == campaign,
                col(Suppression.until).is_(None),
            )
            new = sorted({*subjects} - {*session.exec(query).all()})
            session.add_all(self._row(subject, "", campaign, None) for subject in new)
            if new:
                session.add(self._audit.entry("suppressions.imported", self._organization_id, access))
            return len(new)

        return await self._database.run(write, alone=True)

    async def add_everywhere(self, number: PhoneNumber, access: Access) -> None:
        """Puts a number on the list of the whole installation: no organization calls it. Twice changes nothing."""
        index = self._everywhere.of(number)

        def write(session: Session) -> None:
            if not self._is_everywhere(session, index):
                row = InstallationSuppression(id=self._ids.new(), number_index=index, at=self._clock.now())
                session.add_all([row, self._audit.entry("suppression.added-everywhere", row.id, access)])

        await self._database.of_everybody().run(write, alone=True)

    async def list(self, subject_index: str = "", limit: int = 100) -> Sequence[Suppression]:
        """The organization's list, newest first, with those whose time is over.

        Args:
            subject_index: Only of one person.
            limit: At most so many.
        """
        query = select(Suppression).where(Suppression.organization_id == self._organization_id)
        if subject_index:
            query = query.where(Suppression.subject_index == subject_index)
        newest = query.order_by(col(Suppression.at).desc(), col(Suppression.id).desc()).limit(limit)
        return await self._database.run(lambda session: session.exec(newest).all())

    async def list_everywhere(
        self, number: PhoneNumber | None = None, limit: int = 100
    ) -> Sequence[InstallationSuppression]:
        """The list of the whole installation, newest first.

        Args:
            number: Only this one.
            limit: At most so many.
        """
        query = select(InstallationSuppression).order_by(col(InstallationSuppression.id).desc()).limit(limit)
        if number:
            query = query.where(InstallationSuppression.number_index == self._everywhere.of(number))
        return await self._database.of_everybody().run(lambda session: session.exec(query).all())

    async def remove(self, suppression_id: str, access: Access) -> None:
        """Takes a person off the organization's list, by their own documented wish.

        Args:
            suppression_id: The entry.
            access: Who does it, and where that wish is documented.

        Raises:
            NotFound: There is no such entry in this organization.
            UsageError: Nothing is said of the wish.
        """
        await self._remove(Suppression, suppression_id, access)

    async def remove_everywhere(self, suppression_id: str, access: Access) -> None:
        """Takes a number off the list of the whole installation; errors as of ``remove``."""
        await self._remove(InstallationSuppression, suppression_id, access)

    async def hold(self, subject_index: str, *, campaign: str = "", number: PhoneNumber | None = None) -> bool:
        """Whether a person is not to be called.

        Args:
            subject_index: Who, as a blind index.
            campaign: For which campaign, if for any.
            number: Their number; if it is not known any more, the list of the whole installation is not asked.
        """
        if not subject_index:
            return False
        if self._intents.pending(IntentKind.SUPPRESS, subject_index):
            return True
        index = self._everywhere.of(number) if number else ""

        if bool(index) and await self._database.of_everybody().run(partial(self._is_everywhere, index=index)):
            return True
        return await self._database.run(lambda session: self._holds(session, subject_index, {"", campaign})) is not None

    async def _add(self, row: Suppression, access: Access, policy: str | None) -> Suppression:
        def write(session: Session) -> Suppression:
            found, until = self._holds(session, row.subject_index, {row.campaign}), row.until
            if found is not None and (found.until is None or (until is not None and until <= found.until)):
                return found
            session.add_all([row, self._audit.entry("suppression.added", row.id, access, policy)])
            return row

        return await self._database.run(write, alone=True)

    def _row(self, subject_index: str, call_id: str, campaign: str, until: datetime | None) -> Suppression:
        return Suppression(
            id=self._ids.new(),
            organization_id=self._organization_id,
            subject_index=subject_index,
            call_id=call_id,
            campaign=campaign,
            at=self._clock.now(),
            until=until,
        )

    async def _carry_out(self, intent: Intent) -> None:
        details = dict(intent.details)
        until = datetime.fromisoformat(details["until"]) if details.get("until") else None
        row = self._row(intent.record_id, details["call_id"], details.get("campaign", ""), until)
        access = Access(details["who"], details["why"], details["came_from"]) if "who" in details else DEMANDED
        await self._add(row, access, details.get("policy") or None)

    async def _remove(
        self, table: type[Suppression] | type[InstallationSuppression], suppression_id: str, access: Access
    ) -> None:
        everywhere = table is InstallationSuppression
        done = "suppression.removed-everywhere" if everywhere else "suppression.removed"

        def write(session: Session) -> None:
            found = session.get(table, suppression_id)
            if found is None or (isinstance(found, Suppression) and found.organization_id != self._organization_id):
                raise NotFound(f"There is no entry {suppression_id!r}.", "See op26x suppressions list.")
            if not access.why.strip():
                raise UsageError("Nothing was removed: whose wish is it?", "Say where their wish is documented.")
            session.delete(found)
            session.add(self._audit.entry(done, suppression_id, access))

        database = self._database.of_everybody() if everywhere else self._database
        await database.run(write, alone=True)

    def _holds(self, session: Session, subject_index: str, campaigns: Collection[str]) -> Suppression | None:
        """The entry that keeps a person from being called for the longest time, of those for some campaigns."""
        query = select(Suppression).where(
            Suppression.organization_id == self._organization_id,
            Suppression.subject_index == subject_index,
            col(Suppression.campaign).in_(campaigns),
            col(Suppression.until).is_(None) | (col(Suppression.until) > self._clock.now()),
        )
        longest = query.order_by(col(Suppression.until).is_(sa.null()).desc(), col(Suppression.until).desc())
        return session.exec(longest).first()

    @staticmethod
    def _is_everywhere(session: Session, index: str) -> bool:
        query = select(InstallationSuppression.id).where(InstallationSuppression.number_index == index)
        return session.exec(query).first() is not None


def _intent(row: Suppression, access: Access, policy: str | None) -> Intent:
    """What is to be written once it can be."""
    return Intent.of(
        IntentKind.SUPPRESS,
        row.subject_index,
        call_id=row.call_id,
        campaign=row.campaign,
        until=row.until.isoformat() if row.until else "",
        who=access.who,
        why=access.why,
        came_from=access.came_from,
        policy=policy or "",
    )
