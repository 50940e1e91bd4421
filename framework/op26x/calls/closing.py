"""The end of an organization that was closed: its keys first, then files and rows. Each step may be repeated."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, SQLModel, col, delete, select, update

from op26x import logs
from op26x.accounts import Organization
from op26x.accounts.people import Membership, People, SignIn
from op26x.accounts.people.users import clear
from op26x.audit import Access, AuditLog
from op26x.calls.tables import of_an_organization
from op26x.clock import Clock
from op26x.ids import Ids
from op26x.recording import Recording
from op26x.storage import BlobStore, Database
from op26x.vault import destroy_all

log = logs.get("calls")


class Closing:
    """Erases closed organizations.

    Args:
        database: Has the rows.
        key_database: Has the keys.
        blobs: Has the files.
        people: Who belonged to it and to no other.
        tables: All tables, those first that others refer to.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(
        self,
        database: Database,
        key_database: Database,
        blobs: BlobStore,
        people: People,
        tables: Sequence[type[SQLModel]],
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._database = database
        self._key_database = key_database
        self._blobs = blobs
        self._people = people
        self._tables = of_an_organization(tables)
        self._ids = ids
        self._clock = clock

    async def erase(self, organization_id: str, who: str) -> None:
        """Erases everything of an organization but its row, without its name, and its audit log.

        Args:
            organization_id: Which; it is closed.
            who: For the audit log.

        Raises:
            VaultError: The key database can't be written.
            BlobError: A file can't be deleted.
        """
        await destroy_all(self._key_database, organization_id, self._clock.now())
        for blob in await self._database.run(lambda session: _blobs(session, organization_id)):
            await self._blobs.delete(blob)
        audit = AuditLog(self._database, organization_id, self._ids, self._clock)
        entry = audit.entry("organization.erased", organization_id, Access(who, "closed"))
        now = self._clock.now()

        alone = await self._database.run(lambda session: _only_here(session, organization_id))
        for user_id in alone:
            await self._people.users.destroy_key(user_id)

        def write(session: Session) -> None:
            self._delete(session, organization_id, now)
            for user_id in alone:
                clear(session, user_id, now)
            session.add(entry)

        await self._database.run(write, alone=True)
        await self._database.checkpoint()
        log.info("an organization was erased", organization=organization_id)

    def _delete(self, session: Session, organization_id: str, now: datetime) -> None:
        for table in self._tables:
            session.exec(delete(table).where(table.organization_id == organization_id))  # type: ignore[attr-defined]
        of_it = col(SignIn.organization_id) == organization_id
        session.execute(update(SignIn).where(of_it).values(organization_id=""))
        organization = session.get_one(Organization, organization_id)
        organization.name, organization.erased_at = f"erased-{organization_id.lower()}", now
        session.add(organization)


def _blobs(session: Session, organization_id: str) -> list[str]:
    query = select(Recording.blob).where(Recording.organization_id == organization_id)
    return [blob for blob in session.exec(query).all() if blob]


def _only_here(session: Session, organization_id: str) -> list[str]:
    """Those who belong to this organization and to no other."""
    query = select(Membership.user_id).where(Membership.organization_id == organization_id)
    others = select(Membership.user_id).where(Membership.organization_id != organization_id)
    return sorted(set(session.exec(query).all()) - set(session.exec(others).all()))
