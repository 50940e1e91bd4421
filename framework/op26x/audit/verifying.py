"""Whether a log is what it was: every entry, every hash and every checkpoint, with the place where it is not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, func, select

from op26x.audit import merkle
from op26x.audit.model import AuditCheckpoint, AuditEntry
from op26x.audit.notes import Checkpoint, opened, read_checkpoint
from op26x.audit.tree import Tree
from op26x.errors import Tampered

BATCH = 2000
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
        checkpoints: How many there are.
        faults: What is not as it was; empty of a log that is whole.
    """

    entries: int
    waiting: int
    checkpoints: int
    faults: list[Fault]


async def verify(tree: Tree, known: Sequence[str] = ()) -> Verified:
    """Reads a whole log and compares it with its tree and with every checkpoint.

    Args:
        tree: The log's.
        known: Checkpoints that were kept elsewhere: only they show what somebody did who has database and keys.

    Raises:
        Tampered: One of ``known`` is no checkpoint, or of another log.
    """
    elsewhere = [_read(note, tree) for note in known]
    size, said, waiting, stored = await tree.database.run(lambda session: _extent(session, tree))
    faults: list[Fault] = []
    if said != size:
        faults.append(Fault(size, f"The tree says that it has {said} entries."))
    expected: dict[int, list[tuple[str, bytes]]] = {}
    for checkpoint in elsewhere:
        expected.setdefault(checkpoint.size, []).append(("a checkpoint that was kept elsewhere", checkpoint.root))
    for row in stored:
        try:
            checkpoint = _read(row.note, tree)
        except Tampered as error:
            faults.append(Fault(row.size, f"The checkpoint is not what was signed: {error.message}"))
            continue
        if checkpoint.size != row.size:
            faults.append(Fault(row.size, f"The checkpoint was put here from size {checkpoint.size}."))
            continue
        expected.setdefault(checkpoint.size, []).append(("its checkpoint", checkpoint.root))
    times = {row.size: row.at for row in stored}
    frontier = merkle.Frontier()
    faults += _roots(frontier, expected)
    for first in range(0, size, BATCH):
        last = min(first + BATCH, size)

        def read(session: Session, first: int = first, last: int = last) -> list[Fault]:
            return list(_batch(session, tree, first, last, frontier, expected, times))

        faults += await tree.database.run(read)
    faults += [
        Fault(later, f"The log has {size} entries, and {whose} says {later}.")
        for later, wanted in expected.items()
        if later > size
        for whose, _ in wanted
    ]
    if not faults and await tree.database.run(lambda session: _root(session, tree, size)) != frontier.root():
        faults.append(Fault(size, "The tiles above the entries were changed."))
    return Verified(size, waiting, len(stored), sorted(faults, key=lambda fault: fault.position))


def _extent(session: Session, tree: Tree) -> tuple[int, int, int, Sequence[AuditCheckpoint]]:
    own = AuditEntry.organization_id == tree.organization_id
    waiting = session.exec(select(func.count()).select_from(AuditEntry).where(own, col(AuditEntry.position).is_(None)))
    stored = session.exec(
        select(AuditCheckpoint)
        .where(AuditCheckpoint.organization_id == tree.organization_id)
        .order_by(col(AuditCheckpoint.size))
    ).all()
    highest = session.exec(select(func.max(AuditEntry.position)).where(own)).one()
    said = tree.size(session)
    return max(said, 0 if highest is None else highest + 1), said, waiting.one(), stored


def _batch(
    session: Session,
    tree: Tree,
    first: int,
    last: int,
    frontier: merkle.Frontier,
    expected: Mapping[int, list[tuple[str, bytes]]],
    times: Mapping[int, datetime],
) -> Iterator[Fault]:
    there = _entries(session, tree, first, last)
    tiles, since = tree.tiles(session), _before(times, first)
    for position in range(first, last):
        since = times.get(position, since)
        entry = there.get(position)
        try:
            leaf = tiles.subtree(0, position)
        except KeyError:
            yield Fault(position, "Its hash is missing.")
            leaf = b"" if entry is None else merkle.leaf_hash(entry.leaf)
        if entry is None:
            yield Fault(position, "The entry is missing, or can't be read.")
        elif merkle.leaf_hash(entry.leaf) != leaf:
            yield Fault(position, f"The entry {entry.id} was changed, or its hash was.")
        elif since is not None and entry.at < since - SLACK:
            said, came = (f"{moment:%Y-%m-%d %H:%M}" for moment in (entry.at, since))
            yield Fault(position, f"The entry {entry.id} says that it is of {said}, and it came after {came}.")
        frontier.add(leaf)
        yield from _roots(frontier, expected)


def _entries(session: Session, tree: Tree, first: int, last: int) -> dict[int, AuditEntry]:
    """Those that can be read, by position: in one query, or one by one if somebody put something else into one."""
    own, position = AuditEntry.organization_id == tree.organization_id, col(AuditEntry.position)
    try:
        found = session.exec(select(AuditEntry).where(own, position >= first, position < last)).all()
    except (ValueError, DBAPIError):
        if last - first == 1:
            return {}
        middle = (first + last) // 2
        return _entries(session, tree, first, middle) | _entries(session, tree, middle, last)
    return {entry.position: entry for entry in found if entry.position is not None}


def _root(session: Session, tree: Tree, size: int) -> bytes:
    """By the tiles alone; empty if one is not there."""
    try:
        return merkle.root(size, tree.tiles(session).subtree)
    except KeyError:
        return b""


def _before(times: Mapping[int, datetime], position: int) -> datetime | None:
    sizes = [size for size in times if size <= position]
    return times[max(sizes)] if sizes else None


def _roots(frontier: merkle.Frontier, expected: Mapping[int, list[tuple[str, bytes]]]) -> list[Fault]:
    """What the checkpoints of this size say otherwise."""
    wanted = expected.get(frontier.size, [])
    root = frontier.root() if wanted else b""
    return [
        Fault(frontier.size, f"The first {frontier.size} entries are not those that {whose} has signed.")
        for whose, signed in wanted
        if signed != root
    ]


def _read(note: str, tree: Tree) -> Checkpoint:
    checkpoint = read_checkpoint(opened(note, [tree.verifier]))
    if checkpoint.origin != tree.verifier.name:
        raise Tampered(f"This is a checkpoint of {checkpoint.origin}.", f"The log is {tree.verifier.name}.")
    return checkpoint
