"""Do-not-call registries that an organization has read in: the newest file of each, as blind indexes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, select

from op26x.audit import Access, AuditLog
from op26x.clock import Clock
from op26x.consent.model import Registry, RegistryPart
from op26x.consent.registry_formats import RegistryFormat, numbers_in
from op26x.errors import UsageError
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import PhoneNumber
from op26x.vault import BlindIndex

KEEP = timedelta(days=92)
"""A registry's file is of no use long before that: the law asks for one of 31 days at most."""
PART, ENTRY = 3, 6
"""Hexadecimal digits of an index that name the part it is in, and bytes behind these that are kept.

60 bits: of ten million numbers, one in a hundred thousand million others is taken for one of them, and not called.
"""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What a registry says of a number.

    Attributes:
        as_of: When its file was made, UTC; nothing if none was read in.
        covered: Whether the file vouches for such numbers.
        listed: Whether the number is in it.
    """

    as_of: datetime | None = None
    covered: bool = False
    listed: bool = False


class Registries:
    """Reads files in, and looks numbers up; every query is scoped to the organization.

    Args:
        database: Where they are kept.
        organization_id: Whose they are: who may use a registry has subscribed to it.
        index: Makes blind indexes of phone numbers.
        audit: Each import is an entry.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(
        self, database: Database, organization_id: str, index: BlindIndex, audit: AuditLog, ids: Ids, clock: Clock
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._index = index
        self._audit = audit
        self._ids = ids
        self._clock = clock

    async def list(self) -> Sequence[Registry]:
        """Those that were read in, by name."""
        query = select(Registry).where(Registry.organization_id == self._organization_id).order_by(Registry.name)
        return await self._database.run(lambda session: session.exec(query).all())

    async def read(
        self, name: str, lines: Iterable[str], chosen: RegistryFormat, as_of: datetime, access: Access
    ) -> Registry:
        """Reads a file in, in place of the one before: all of it or nothing.

        Args:
            name: Of the registry, as rows of the law name it: ``us``.
            lines: The file.
            chosen: Its format.
            as_of: When it was made, UTC.
            access: Who does it, and why.

        Raises:
            UsageError: A line has no number, there is none, the file is from the future or too old, or a newer one was
                read in before.
        """
        now = self._clock.now()
        if not now - KEEP < as_of <= now:
            raise UsageError("The file is too old or from the future.", f"It may be {KEEP.days} days old.")
        covers, parts, numbers = self._sorted(numbers_in(chosen, lines), chosen)
        if not numbers:
            raise UsageError("Nothing is imported: there is no number in the file.", "Name another file.")
        registry = Registry(
            id=self._ids.new(),
            organization_id=self._organization_id,
            name=name,
            as_of=as_of,
            imported_at=now,
            numbers=numbers,
            covers=",".join(sorted(covers)),
            expires_at=as_of + KEEP,
        )
        rows = [
            RegistryPart(
                id=self._ids.new(),
                organization_id=self._organization_id,
                registry_id=registry.id,
                part=part,
                entries=bytes(entries),
            )
            for part, entries in parts.items()
        ]

        def write(session: Session) -> None:
            before = session.exec(select(Registry.as_of).where(*self._own(Registry.name == name))).first()
            if before is not None and before > as_of:
                raise UsageError(
                    f"A newer file of {name} was read in before: that of {before:%Y-%m-%d}.", "Keep that one."
                )
            self._delete(session, Registry.name == name)
            session.add(registry)
            session.flush()
            session.add_all([*rows, self._audit.entry("registry.imported", registry.id, access)])

        await self._database.run(write, alone=True)
        return registry

    async def look_up(self, name: str, number: PhoneNumber, subject_index: str) -> LookedUp:
        """What a registry says of a number.

        Args:
            name: Of the registry.
            number: The number; of one that is not known any more, it is not asked whether a file covers it.
            subject_index: Its blind index.
        """

        def read(session: Session) -> LookedUp:
            query = select(Registry).where(Registry.organization_id == self._organization_id, Registry.name == name)
            if (registry := session.exec(query).first()) is None:
                return LookedUp()
            in_part = select(RegistryPart.entries).where(
                RegistryPart.registry_id == registry.id, RegistryPart.part == subject_index[:PART]
            )
            entries, wanted = session.exec(in_part).first() or b"", _entry(subject_index)
            listed = any(entries[at : at + ENTRY] == wanted for at in range(0, len(entries), ENTRY))
            covered = not number or number.reveal().startswith(tuple(registry.covers.split(",")))
            return LookedUp(registry.as_of, covered, listed)

        return await self._database.run(read)

    async def ended(self, at: datetime) -> int:
        """How many are over at a moment."""
        query = select(func.count()).select_from(Registry).where(*self._own(Registry.expires_at <= at))
        return await self._database.run(lambda session: session.exec(query).one())

    async def sweep(self, at: datetime, access: Access) -> int:
        """Removes those that are over at a moment; returns how many."""

        def write(session: Session) -> int:
            gone = self._delete(session, Registry.expires_at <= at)
            self._audit.write_all(session, "registry.erased", gone, access)
            return len(gone)

        return await self._database.run(write, alone=True)

    def _sorted(self, numbers: Iterable[str], chosen: RegistryFormat) -> tuple[set[str], dict[str, bytearray], int]:
        """How the numbers begin that a file vouches for, its entries in parts, and how many there are."""
        covers: set[str] = set()
        parts: dict[str, bytearray] = defaultdict(bytearray)
        count = 0
        for number in numbers:
            covers.add(chosen.covers(number))
            index = self._index.of(PhoneNumber(number))
            parts[index[:PART]] += _entry(index)
            count += 1
        return covers, parts, count

    def _delete(self, session: Session, which: bool | ColumnElement[bool]) -> Sequence[str]:
        gone = session.exec(select(Registry.id).where(*self._own(which))).all()
        session.exec(delete(RegistryPart).where(col(RegistryPart.registry_id).in_(gone)))
        session.exec(delete(Registry).where(col(Registry.id).in_(gone)))
        return gone

    def _own(self, which: bool | ColumnElement[bool]) -> tuple[bool | ColumnElement[bool], ...]:
        return Registry.organization_id == self._organization_id, which


def _entry(index: str) -> bytes:
    return bytes.fromhex(index[PART + 1 : PART + 1 + 2 * ENTRY])
