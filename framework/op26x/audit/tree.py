"""The tree of one organization's log: entries are taken in, checkpoints are signed, and each entry can be proved.

An act and its entry are one transaction, which waits for nobody. Soon after, entries are taken into the tree, many at
a time; from then on a change to one of them can be shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col, select

from op26x.audit import merkle
from op26x.audit.model import AuditCheckpoint, AuditEntry, AuditTile, AuditTree, leaf_of
from op26x.audit.notes import Checkpoint, Signer, Verifier, read_checkpoint
from op26x.audit.tiles import SEE, Tiles
from op26x.clock import Clock
from op26x.errors import NotFound, Tampered
from op26x.ids import Ids
from op26x.storage import Database
from op26x.vault import KeyStore

ORIGIN = "op26x/audit/"
LABEL = b"op26x audit log v1|"
LONGEST_POSITION = 18
MOST = 5000
"""Entries that are taken in in one transaction."""


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """How far a log had grown.

    Attributes:
        organization_id: Whose log.
        id: ULID.
        size: The number of its entries.
        note: As in ``op26x.audit.notes``.
        key: What its signature is checked with.
    """

    organization_id: str
    id: str
    size: int
    note: str
    key: str


class Proof(msgspec.Struct, frozen=True):
    """That an entry is in the log.

    Attributes:
        id: The entry's.
        entry: What the tree hashes of it, as text.
        position: Where it stands.
        hashes: The inclusion proof (RFC 9162, 2.1.3), from the leaf up, in hexadecimal.
        checkpoint: The signed note that it leads up to.
        key: What the note's signature is checked with.
    """

    id: str
    entry: str
    position: int
    hashes: list[str]
    checkpoint: str
    key: str


class Tree:
    """The tree of one organization's log.

    Args:
        database: Where it is kept.
        organization_id: Whose log.
        store: Derives the key that signs checkpoints.
        ids: Makes identifiers.
        clock: Tells when.
    """

    def __init__(self, database: Database, organization_id: str, store: KeyStore, ids: Ids, clock: Clock) -> None:
        self.database = database
        self.organization_id = organization_id
        self._signer = Signer(origin(organization_id), store.derive(LABEL + organization_id.encode()))
        self._ids = ids
        self._clock = clock

    @property
    def verifier(self) -> Verifier:
        """What its checkpoints are checked with."""
        return self._signer.verifier

    def sign(self, text: str) -> str:
        """A note of something else than a checkpoint, signed with the same key.

        Args:
            text: Its first line must name something else than a log, so that nobody takes it for a checkpoint.
        """
        assert not text.startswith(f"{origin(self.organization_id)}\n")
        return self._signer.sign(text)

    async def take_in(self) -> int:
        """Takes in the entries that were written since; returns how many there were.

        Raises:
            Tampered: The tree does not end where the entries do.
        """
        taken = 0
        while found := await self.database.run(self._take_in, alone=True):
            taken += found
            if found < MOST:
                break
        return taken

    async def checkpoint(self) -> str:
        """The newest checkpoint, of everything that was written before; a new one is signed if the log has grown."""
        await self.take_in()
        return await self.database.run(self._checkpoint, alone=True)

    async def newest_checkpoint(self) -> str:
        """The newest checkpoint that was signed; empty before the first."""
        own = AuditCheckpoint.organization_id == self.organization_id
        query = select(AuditCheckpoint.note).where(own).order_by(col(AuditCheckpoint.size).desc()).limit(1)
        return await self.database.run(lambda session: session.exec(query).first()) or ""

    async def add_signatures(self, checkpoint: Checkpoint, lines: Sequence[str]) -> None:
        """Adds lines of whoever co-signed a checkpoint to its note, once each."""

        def add(session: Session) -> None:
            own = AuditCheckpoint.organization_id == self.organization_id
            query = select(AuditCheckpoint).where(own, AuditCheckpoint.size == checkpoint.size)
            row = session.exec(query).first()
            if row is not None:
                row.note += "".join(line for line in lines if line not in row.note)
                session.add(row)

        await self.database.run(add, alone=True)

    async def checkpoints(self) -> Sequence[AuditCheckpoint]:
        """All of them, oldest first."""
        query = select(AuditCheckpoint).where(AuditCheckpoint.organization_id == self.organization_id)
        return await self.database.run(lambda session: session.exec(query.order_by(col(AuditCheckpoint.size))).all())

    async def prove(self, entry_id: str) -> Proof:
        """Proves that an entry is in the log, which is named by its identifier or its position.

        Raises:
            NotFound: There is no such entry in this organization.
            Tampered: It, or the tree, is not what it was.
        """
        return await self.proved(entry_id, await self.checkpoint())

    async def proved(self, entry_id: str, note: str) -> Proof:
        """The same by a checkpoint that is there already, which the entry came before; errors as of ``prove``."""
        signed = read_checkpoint(note)

        def read(session: Session) -> Proof:
            named = AuditEntry.position == int(entry_id) if _is_position(entry_id) else AuditEntry.id == entry_id
            own = AuditEntry.organization_id == self.organization_id
            entry = session.exec(select(AuditEntry).where(own, named)).first()
            if entry is None or entry.position is None or entry.position >= signed.size:
                raise NotFound(f"There is no entry {entry_id}.", "See op26x audit show.")
            path = merkle.inclusion_proof(entry.position, signed.size, self.tiles(session).subtree)
            leaf = merkle.leaf_hash(entry.leaf)
            if not merkle.verify_inclusion(leaf, entry.position, signed.size, path, signed.root):
                raise Tampered(f"The entry {entry.id} can't be proved.", SEE)
            hashes = [one.hex() for one in path]
            return Proof(entry.id, entry.leaf.decode(), entry.position, hashes, note, str(self.verifier))

        return await self.database.run(read)

    async def consistency(self, old: int, size: int) -> list[bytes]:
        """What proves that the log of ``size`` entries grew out of the one of ``old`` (RFC 9162, 2.1.4).

        Raises:
            ValueError: It was never that large, or the older one was larger.
        """

        def read(session: Session) -> list[bytes]:
            if size > self.size(session):
                raise ValueError(f"The log has no {size} entries.")
            return merkle.consistency_proof(old, size, self.tiles(session).subtree)

        return await self.database.run(read)

    def size(self, session: Session) -> int:
        """How many entries are in the tree."""
        found = session.get(AuditTree, self.organization_id)
        return 0 if found is None else found.size

    def tiles(self, session: Session) -> Tiles:
        """Its tiles, read as they are needed."""
        return Tiles(lambda level, number: self.tile(session, level, number))

    def tile(self, session: Session, level: int, number: int) -> bytes:
        """The hashes of one tile; empty if there is none."""
        own = AuditTile.organization_id == self.organization_id
        query = _HASHES.where(own, AuditTile.level == level, AuditTile.number == number)
        return session.exec(query).first() or b""

    def _take_in(self, session: Session) -> int:
        own = {"organization": self.organization_id}
        leaves = [merkle.leaf_hash(leaf_of(entry)) for entry in session.execute(_ENTRIES_WAITING, own)]
        if not leaves:
            return 0
        tree = session.get(AuditTree, self.organization_id) or AuditTree(organization_id=self.organization_id)
        self._check_size(session, tree.size)
        tiles = self.tiles(session)
        session.execute(_NUMBER, {**own, "size": tree.size})
        tree.size = tiles.append(tree.size, leaves)
        for (level, number), hashes in tiles.changed.items():
            session.merge(AuditTile(organization_id=self.organization_id, level=level, number=number, hashes=hashes))
        session.add(tree)
        return len(leaves)

    def _check_size(self, session: Session, size: int) -> None:
        """Sees that the tree ends where the entries do, before one is given a place behind it."""
        own = AuditEntry.organization_id == self.organization_id
        highest = session.exec(select(sa.func.max(AuditEntry.position)).where(own)).one()
        if size != (0 if highest is None else highest + 1):
            raise Tampered(
                f"The tree of the audit log of {self.organization_id} does not end where its entries do.",
                SEE,
            )

    def _checkpoint(self, session: Session) -> str:
        size = self.size(session)
        query = select(AuditCheckpoint).where(
            AuditCheckpoint.organization_id == self.organization_id, AuditCheckpoint.size == size
        )
        found = session.exec(query).first()
        if found is None:
            root, now = merkle.root(size, self.tiles(session).subtree), self._clock.now()
            found = AuditCheckpoint(
                id=self._ids.new(),
                organization_id=self.organization_id,
                size=size,
                at=now,
                note=self._signer.sign(Checkpoint(self.verifier.name, size, root, now).text),
            )
            session.add(found)
        return found.note


def signed(row: AuditCheckpoint, verifier: Verifier) -> SignedCheckpoint:
    """A checkpoint as it is handed on."""
    return SignedCheckpoint(row.organization_id, row.id, row.size, row.note, str(verifier))


def origin(organization_id: str) -> str:
    """What the log of an organization is called: no other has the name."""
    return f"{ORIGIN}{organization_id}"


def _is_position(named: str) -> bool:
    return named.isdecimal() and len(named) <= LONGEST_POSITION


_HASHES = select(sa.cast(col(AuditTile.hashes), sa.LargeBinary))
"""Whatever somebody put there comes back as bytes."""
_ENTRIES: Any = sa.inspect(AuditEntry).local_table
_OF_ONE = _ENTRIES.c.organization_id == sa.bindparam("organization"), _ENTRIES.c.position.is_(None)
_ENTRIES_WAITING = sa.select(_ENTRIES).where(*_OF_ONE).order_by(_ENTRIES.c.id).limit(MOST)
_PLACES = (
    sa.select(_ENTRIES.c.id, (sa.func.row_number().over(order_by=_ENTRIES.c.id) - 1).label("behind"))
    .where(*_OF_ONE)
    .order_by(_ENTRIES.c.id)
    .limit(MOST)
    .subquery("places")
)
_NUMBER = (
    sa.update(_ENTRIES).where(_ENTRIES.c.id == _PLACES.c.id).values(position=sa.bindparam("size") + _PLACES.c.behind)
)
"""Gives those same entries their places: what is read in a transaction that is alone is what it writes."""
