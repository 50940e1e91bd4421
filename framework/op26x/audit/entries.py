"""Entries, appended and never changed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from op26x.audit.acts import purpose_of
from op26x.audit.model import AuditEntry
from op26x.clock import Clock
from op26x.ids import Ids
from op26x.storage import Database, insert_all

MOST_ENTRIES = 2**62
"""More than any log has."""
EXPIRED = "expired"
"""The reason of whatever goes because its time is over."""


Note = Callable[[str], Sequence[AuditEntry]]
"""Makes the entries that are written together with a change, out of the identifier of what changed."""


def nothing(_record_id: str) -> Sequence[AuditEntry]:
    """Notes nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Access:
    """On whose behalf something personal is read, changed or erased.

    Attributes:
        who: ``command-line``, ``api-key:ID``, ``operator``, ``user:ID``, ``caller``, ``call``, ``sweep``,
            ``tool:NAME``.
        why: The reason; no personal data.
        came_from: The class of their address, as in ``AuditEntry``.
    """

    who: str
    why: str
    came_from: str = ""


class AuditLog:
    """Appends and reads the entries of one organization.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(self, database: Database, organization_id: str, ids: Ids, clock: Clock) -> None:
        self._database = database
        self.organization_id = organization_id
        self._ids = ids
        self._clock = clock

    async def add(self, what: str, record_id: str, access: Access, policy: str | None = None) -> None:
        """Appends an entry; if that fails, the act must not happen. Arguments as of ``entry``."""
        entry = self.entry(what, record_id, access, policy)
        await self._database.run(lambda session: session.add(entry))

    def entry(self, what: str, record_id: str, access: Access, policy: str | None = None) -> AuditEntry:
        """An entry for a session of the caller's, so that the act and its entry are written together or not at all.

        Args:
            what: What is done, ``recording.read``: one of ``op26x.audit.acts``.
            record_id: What it is done to.
            access: Who does it, and why.
            policy: Hash of the policy of the call that it is about.

        Raises:
            UsageError: There is no such act.
        """
        return AuditEntry(
            id=self._ids.new(),
            organization_id=self.organization_id,
            at=self._clock.now(),
            who=access.who,
            what=what,
            record_id=record_id,
            why=access.why,
            came_from=access.came_from,
            purpose=purpose_of(what).value,
            policy=policy or None,
        )

    def write_all(self, session: Session, what: str, record_ids: Iterable[str], access: Access) -> None:
        """Writes an entry for each of many records, as of ``entry``, within a session of the caller's."""
        common = {
            "organization_id": self.organization_id,
            "at": self._clock.now(),
            "who": access.who,
            "what": what,
            "why": access.why,
            "came_from": access.came_from,
            "purpose": purpose_of(what).value,
        }
        insert_all(session, AuditEntry, [{"id": self._ids.new(), "record_id": one, **common} for one in record_ids])

    def noting(self, what: str, access: Access) -> Note:
        """Has whoever changes something write the entry of it in the same transaction."""
        return lambda record_id: [self.entry(what, record_id, access)]

    async def of(self, record_id: str) -> list[AuditEntry]:
        """The entries of a record, in order."""
        return list(reversed(await self.list(record_id=record_id, limit=None)))

    async def list(
        self, *, record_id: str = "", who: str = "", what: str = "", before: int | None = None, limit: int | None = 100
    ) -> Sequence[AuditEntry]:
        """Entries, newest first.

        Args:
            record_id: Of this record; empty for all.
            who: Of this one alone, as entries name them.
            what: Acts of this kind: ``recording.read``, or ``recording`` for all of them.
            before: Those that stand before this position in the tree.
            limit: At most so many; nothing for all.
        """
        query = select(AuditEntry).where(AuditEntry.organization_id == self.organization_id)
        if record_id:
            query = query.where(AuditEntry.record_id == record_id)
        if who:
            query = query.where(AuditEntry.who == who)
        if what:
            kind = col(AuditEntry.what)
            query = query.where((kind == what) | kind.startswith(f"{what}.", autoescape=True))
        waiting = query.where(col(AuditEntry.position).is_(None)).order_by(col(AuditEntry.id).desc())
        taken_in = query.where(
            col(AuditEntry.position) < (MOST_ENTRIES if before is None else min(before, MOST_ENTRIES))
        )
        taken_in = taken_in.order_by(col(AuditEntry.position).desc())

        def read(session: Session) -> list[AuditEntry]:
            found = [] if before is not None else list(session.exec(waiting.limit(limit)).all())
            left = None if limit is None else limit - len(found)
            return found if left == 0 else [*found, *session.exec(taken_in.limit(left)).all()]

        return await self._database.run(read)
