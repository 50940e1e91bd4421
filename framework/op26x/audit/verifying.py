"""Whether a log is what it was: every entry, every hash and every checkpoint, with the place where it is not."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, func, select

from op26x.audit import merkle
from op26x.audit.model import AuditCheckpoint, AuditEntry, AuditTree
from op26x.audit.notes import Checkpoint, Verifier, opened, read_checkpoint, signers
from op26x.audit.tiles import WIDTH, Tiles
from op26x.audit.tree import ORIGIN, Tree
from op26x.errors import Tampered

BATCH = 2000
MOST_MISSING = 10_000
"""Of a log that says that it has more entries than that beside those that are there, these are read."""
SLACK = timedelta(hours=1)
"""How much earlier than the checkpoint before it an entry may say that it was written."""


class Fault(msgspec.Struct, frozen=True):
    """Something that is not as it was.

    Attributes:
        position: Where in the log, from 0; of a checkpoint, its size.
        what: What is wrong there.
    """

    position: int
    what: str


class Verified(msgspec.Struct, frozen=True):
    """What a verification found.

    Attributes:
        entries: How many are in the tree.
        waiting: How many were written and are not in it yet.
        checkpoints: How many there are, those that were kept elsewhere included.
        faults: What is not as it was; empty of a log that is whole.
        cosigned: How many of the entries each witness has co-signed.
    """

    entries: int
    waiting: int
    checkpoints: int
    faults: list[Fault]
    cosigned: dict[str, int]


async def verify(tree: Tree, known: Sequence[str] = (), witnesses: Sequence[Verifier] = ()) -> Verified:
    """Reads a whole log and compares it with its tree and with every checkpoint.

    Args:
        tree: The log's.
        known: Checkpoints that were kept elsewhere: only they show what somebody did who has the database.
        witnesses: The keys of those who co-sign checkpoints.

    Raises:
        Tampered: One of ``known`` is no checkpoint, or of another log.
    """
    read = partial(_read, tree=tree, witnesses=witnesses)
    signed = [_Signed("a checkpoint that was kept elsewhere", *read(note)) for note in dict.fromkeys(known)]
    extent = await tree.database.run(lambda session: _extent(session, tree))
    faults = list(extent.faults)
    signed += _stored(read, extent.stored, faults)
    reading = _Reading(tree, signed)
    faults += reading.disagreements()
    for first in range(0, extent.size, BATCH):
        batch = partial(reading.batch, first=first, last=min(first + BATCH, extent.size))
        faults += await tree.database.run(lambda session, batch=batch: list(batch(session)), again=False)  # type: ignore[misc]
    faults += await tree.database.run(lambda session: list(reading.tiles_above(session)))
    faults += reading.larger(extent.size)
    notes = *known, *(_text(note) for _, note in extent.stored)
    checkpoints = len({note.rpartition("\n\n")[0] for note in notes})
    cosigned = {one.name: max((s.checkpoint.size for s in signed if one in s.by), default=0) for one in witnesses}
    in_order = sorted(faults, key=lambda fault: fault.position)
    return Verified(extent.size, extent.waiting, checkpoints, in_order, cosigned)


class _Extent(NamedTuple):
    """How much there is to read."""

    size: int
    waiting: int
    stored: Sequence[tuple[int, bytes]]
    faults: list[Fault]


class _Signed(NamedTuple):
    """A checkpoint, whose it is, in words, and which witnesses have co-signed it."""

    whose: str
    checkpoint: Checkpoint
    by: set[Verifier]


class _Reading:
    """A log as it is read, from its first entry to its last."""

    def __init__(self, tree: Tree, signed: Sequence[_Signed]) -> None:
        self._tree = tree
        self._frontier = merkle.Frontier()
        self._rebuilt = Tiles(lambda level, number: b"")
        self._signed: dict[int, list[_Signed]] = {}
        for one in signed:
            self._signed.setdefault(one.checkpoint.size, []).append(one)
        self._since: datetime | None = None

    def batch(self, session: Session, first: int, last: int) -> Iterator[Fault]:
        """Reads entries and compares each with its hash, and the root with checkpoints of its size."""
        there = _entries(session, self._tree, first, last)
        stored, missing = self._tree.tiles(session), 0
        for position in range(first, last):
            entry = there.get(position)
            missing = missing + 1 if entry is None else 0
            if missing and (position + 1 == last or position + 1 in there):
                yield Fault(position + 1 - missing, f"{_counted(missing)} missing, or can't be read.")
            try:
                leaf = stored.subtree(0, position)
            except Tampered:
                yield Fault(position, "Its hash is missing.")
                leaf = b"" if entry is None else merkle.leaf_hash(entry.leaf)
            if entry is not None:
                yield from self._compared(position, entry, leaf)
            self._rebuilt.append(position, [leaf])
            self._frontier.add(leaf)
            yield from self.disagreements()

    def _compared(self, position: int, entry: AuditEntry, leaf: bytes) -> Iterator[Fault]:
        if merkle.leaf_hash(entry.leaf) != leaf:
            yield Fault(position, f"The entry {entry.id} was changed, or its hash was.")
        elif self._since is not None and entry.at < self._since - SLACK:
            said, came = (f"{moment:%Y-%m-%d %H:%M}" for moment in (entry.at, self._since))
            yield Fault(
                position,
                f"The entry {entry.id} says that it is of {said}, and it came after {came}: it was back-dated, or the "
                "clock was wrong.",
            )

    def disagreements(self) -> list[Fault]:
        """What the checkpoints of this size say otherwise."""
        signed = self._signed.get(self._frontier.size, [])
        if not signed:
            return []
        root, size = self._frontier.root(), self._frontier.size
        times = [one.checkpoint.at for one in signed if one.checkpoint.at is not None]
        self._since = max(times, default=self._since)
        return [
            Fault(size, f"The first {size} entries are not those that {whose} has signed.")
            for whose, checkpoint, _ in signed
            if checkpoint.root != root
        ]

    def tiles_above(self, session: Session) -> Iterator[Fault]:
        """What is not as the hashes below it make it: proofs would not hold."""
        for (level, number), hashes in self._rebuilt.changed.items():
            if level and self._tree.tile(session, level, number) != hashes:
                yield Fault(number * WIDTH ** (level + 1), f"The tile {number} of level {level} was changed.")

    def larger(self, size: int) -> list[Fault]:
        """Checkpoints of a log that was longer than it is."""
        return [
            Fault(later, f"The log has {size} entries, and {one.whose} says {later}.")
            for later, signed in self._signed.items()
            if later > size
            for one in signed
        ]


def _extent(session: Session, tree: Tree) -> _Extent:
    own = AuditEntry.organization_id == tree.organization_id
    counted = select(func.count(col(AuditEntry.position)), func.max(AuditEntry.position), func.count()).where(own)
    count, highest, everything = session.exec(counted.select_from(AuditEntry)).one()
    claimed = select(sa.cast(col(AuditTree.size), sa.BigInteger)).where(
        AuditTree.organization_id == tree.organization_id
    )
    said = session.exec(claimed).first() or 0
    stored = session.exec(
        select(sa.cast(col(AuditCheckpoint.size), sa.BigInteger), sa.cast(col(AuditCheckpoint.note), sa.LargeBinary))
        .where(AuditCheckpoint.organization_id == tree.organization_id)
        .order_by(col(AuditCheckpoint.size))
    ).all()
    size, faults = 0 if highest is None else highest + 1, []
    if said != size:
        faults.append(Fault(size, f"The tree says that it has {said} entries."))
        size = max(size, said)
    if size > count + MOST_MISSING:
        faults.append(Fault(count, f"The log says that it has {size} entries, and {count} are there."))
        size = count
    return _Extent(size, everything - count, stored, faults)


def _stored(
    read: Callable[[str], tuple[Checkpoint, set[Verifier]]], rows: Sequence[tuple[int, bytes]], faults: list[Fault]
) -> Iterator[_Signed]:
    for size, note in rows:
        try:
            checkpoint, by = read(_text(note))
        except Tampered as error:
            faults.append(Fault(size, f"The checkpoint is not what was signed: {error.message}"))
            continue
        if checkpoint.size != size:
            faults.append(Fault(size, f"The checkpoint was put here from size {checkpoint.size}."))
            continue
        yield _Signed("its checkpoint", checkpoint, by)


def _entries(session: Session, tree: Tree, first: int, last: int) -> dict[int, AuditEntry]:
    """Those that can be read, by position: in one query, or one by one if somebody put something else into one."""
    own, position = AuditEntry.organization_id == tree.organization_id, col(AuditEntry.position)
    try:
        found = session.exec(select(AuditEntry).where(own, position >= first, position < last)).all()
        return {entry.position: entry for entry in found if entry.position is not None and entry.leaf}
    except (ValueError, TypeError, AttributeError, DBAPIError) as error:
        if isinstance(error, DBAPIError) and hasattr(error.orig, "sqlstate"):
            raise  # PostgreSQL's columns take nothing else, so this is no value that somebody put there
        if last - first == 1:
            return {}
        middle = (first + last) // 2
        return _entries(session, tree, first, middle) | _entries(session, tree, middle, last)


def _read(note: str, tree: Tree, witnesses: Sequence[Verifier]) -> tuple[Checkpoint, set[Verifier]]:
    """A checkpoint of this log, and which witnesses have co-signed it."""
    origin = note.partition("\n")[0]
    if origin.startswith(ORIGIN) and origin != tree.verifier.name:
        raise Tampered(f"This is a checkpoint of {origin}.", f"The log is {tree.verifier.name}.")
    return read_checkpoint(opened(note, [tree.verifier])), signers(note, witnesses)


def _counted(missing: int) -> str:
    return "The entry is" if missing == 1 else f"{missing} entries from here on are"


def _text(note: bytes | None) -> str:
    """Whatever somebody put there."""
    return (note or b"").decode(errors="replace")
