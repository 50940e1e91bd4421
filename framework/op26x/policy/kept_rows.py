"""The rows and overrides of one organization, kept for as long as the organization is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec
from sqlmodel import Session, col, select

from op26x.audit import Access, AuditLog
from op26x.clock import Clock
from op26x.errors import NotFound, PolicyError
from op26x.ids import Ids
from op26x.policy.model import PolicyRow
from op26x.policy.own_rows import Override, OwnRow, check_campaign
from op26x.policy.places import UNKNOWN
from op26x.policy.tables import LAW, LawTables
from op26x.storage import Database

ROW, OVERRIDE = "row", "override"
LONGEST = timedelta(days=366)
"""So long an override may last: then somebody looks again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A row or an override with its history.

    Attributes:
        content: What it demands or lifts.
        added_by: Who added it, as in the audit log.
        added_at: When, UTC.
        ended_at: When it was taken away, UTC; nothing while it is there.
    """

    content: OwnRow | Override
    added_by: str
    added_at: datetime
    ended_at: datetime | None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.content.name if isinstance(self.content, OwnRow) else self.content.id

    def in_force(self, now: datetime) -> bool:
        """Whether it counts at a moment: an override also comes to its end by itself."""
        over = isinstance(self.content, Override) and self.content.until <= now
        return self.ended_at is None and not over


class OwnRows:
    """Reads and writes them; every query is scoped to the organization.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        audit: Each change is an entry.
        ids: Makes identifiers.
        clock: Tells when.
        law: The tables of whose rows overrides may speak.
    """

    def __init__(
        self, database: Database, organization_id: str, audit: AuditLog, ids: Ids, clock: Clock, law: LawTables = LAW
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._audit = audit
        self._ids = ids
        self._clock = clock
        self._law = law

    async def list(self, *, ended: bool = False) -> Sequence[Kept]:
        """Those in force, in the order in which they were added.

        Args:
            ended: Those that were taken away or are over as well.
        """
        query = select(PolicyRow).where(PolicyRow.organization_id == self._organization_id)
        if not ended:
            query = query.where(col(PolicyRow.ended_at).is_(None))
        rows = await self._database.run(lambda session: session.exec(query.order_by(col(PolicyRow.id))).all())
        found = [Kept(_content(row.kind, row.content), row.added_by, row.added_at, row.ended_at) for row in rows]
        return found if ended else [one for one in found if one.in_force(self._clock.now())]

    async def add(self, rows: Sequence[OwnRow], access: Access) -> None:
        """Adds rows: all or none. They hold for calls from then on.

        Raises:
            PolicyError: One of the names was used before, or nothing is said of why they are added.
        """
        if not access.why.strip():
            raise PolicyError("Nothing was added: why are these rows added?", "Say why.")

        def write(session: Session) -> None:
            names = [row.name for row in rows]
            query = select(PolicyRow.name).where(
                PolicyRow.organization_id == self._organization_id, col(PolicyRow.name).in_(names)
            )
            if used := session.exec(query).first():
                raise PolicyError(
                    f"There is a row {used} already, or there was.", "A name is never used again: choose another one."
                )
            for row in rows:
                self._write(session, row.name, ROW, row, access)

        await self._database.run(write, alone=True)

    async def override(
        self, row: str, access: Access, *, approved_by: str, until: datetime, agent: str = "", campaign: str = ""
    ) -> Override:
        """Lifts a row of the law for the organization's calls, until a moment.

        Args:
            row: The row.
            access: Who does it, and why the row does not hold.
            approved_by: The person who answers for it, as in the audit log.
            until: From then on it holds again, UTC.
            agent: Only for calls of this agent.
            campaign: Only for calls of this campaign.

        Raises:
            PolicyError: There is no such row, or it is one that can't be lifted; nothing is said of why; the end is
                in the past or too far ahead.
        """
        self._must_be_liftable(row)
        if not access.why.strip():
            raise PolicyError("Nothing was overridden: why does the row not hold?", "Say why.")
        now = self._clock.now()
        if not now < until <= now + LONGEST:
            raise PolicyError(
                f"An override ends at some time within {LONGEST.days} days.", "Choose such a day for until."
            )
        override = Override(
            id=self._ids.new(),
            row=row,
            why=access.why.strip(),
            approved_by=approved_by,
            until=until,
            agent=agent,
            campaign=check_campaign(campaign),
        )
        await self._database.run(lambda session: self._write(session, override.id, OVERRIDE, override, access))
        return override

    async def end(self, name: str, access: Access, *, kind: str) -> None:
        """Takes a row or an override away. It stays on record, and is named by the policies that had it.

        Args:
            name: Which: of an override, its identifier.
            access: Who does it, and why.
            kind: ``row`` or ``override``.

        Raises:
            NotFound: There is none of that name, or it was taken away before.
            PolicyError: Nothing is said of why.
        """

        def write(session: Session) -> None:
            query = select(PolicyRow).where(PolicyRow.organization_id == self._organization_id, PolicyRow.name == name)
            query = query.where(PolicyRow.kind == kind)
            row = session.exec(query).first()
            if row is None or row.ended_at is not None:
                group = "policy-rows" if kind == ROW else "overrides"
                raise NotFound(f"There is no {kind} {name!r}.", f"See op26x {group} list.")
            if not access.why.strip():
                raise PolicyError("Nothing was taken away.", "Say why.")
            row.ended_at = self._clock.now()
            session.add_all([row, self._audit.entry(f"policy-{row.kind}.removed", row.id, access)])

        await self._database.run(write, alone=True)

    def _must_be_liftable(self, row: str) -> None:
        found = self._law.row(row)
        if found is None:
            raise PolicyError(f"There is no row {row!r} of the law.", "See op26x policy rows.")
        if UNKNOWN in found.places:
            raise PolicyError(
                f"{row} holds for people of whom nobody knows where they are, and can't be lifted.",
                "The strictest of all laws holds there, for good.",
            )

    def _write(self, session: Session, name: str, kind: str, content: OwnRow | Override, access: Access) -> None:
        row = PolicyRow(
            id=self._ids.new(),
            organization_id=self._organization_id,
            name=name,
            kind=kind,
            content=msgspec.json.encode(content, order="deterministic").decode(),
            added_by=access.who,
            added_at=self._clock.now(),
        )
        session.add_all([row, self._audit.entry(f"policy-{kind}.added", row.id, access)])


@lru_cache(maxsize=1000)
def _content(kind: str, content: str) -> OwnRow | Override:
    if kind == ROW:
        return msgspec.json.decode(content, type=OwnRow)
    return msgspec.json.decode(content, type=Override)
