"""The log as files that other tools read: https://c2sp.org/tlog-tiles."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlmodel import Session, col, select

from op26x.audit import tiles
from op26x.audit.merkle import HASH_BYTES, leaf_hash
from op26x.audit.model import AuditEntry
from op26x.audit.notes import read_checkpoint
from op26x.audit.tiles import SEE, WIDTH
from op26x.audit.tree import Tree
from op26x.errors import Tampered

ENTRIES = "entries"
PATH = re.compile(r"/?(entries|\d{1,2})/((?:x\d{3}/){0,5}\d{3})(?:\.p/(\d{1,3}))?")
LENGTH_BYTES = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """A tile of hashes, or a bundle of entries.

    Attributes:
        level: Of the tile; nothing for a bundle of entries.
        number: Which of the level.
        width: How many hashes or entries.
    """

    level: int | None
    number: int
    width: int

    @property
    def path(self) -> str:
        """Where it lies."""
        if self.level is None:
            return tiles.entries_path(self.number, self.width)
        return tiles.path(self.level, self.number, self.width)


def tile_of(path: str) -> Wanted | None:
    """What a path behind ``tile/`` means; nothing if it means none."""
    found = PATH.fullmatch(path)
    if found is None:
        return None
    level, number, width = found.groups()
    wanted = Wanted(
        None if level == ENTRIES else int(level),
        int(number.replace("/", "").replace("x", "")),
        WIDTH if width is None else int(width),
    )
    return wanted if wanted.path.removeprefix("tile/") == path.removeprefix("/") else None


async def bundle(tree: Tree, wanted: Wanted) -> bytes | None:
    """The bytes of a tile or a bundle; nothing if the log has not so many."""
    return await tree.database.run(lambda session: _bytes(session, tree, wanted))


async def files(tree: Tree) -> AsyncIterator[tuple[str, bytes]]:
    """All files of a log, its newest checkpoint last: path and bytes.

    Raises:
        Tampered: Entries or hashes are missing.
    """
    note = await tree.checkpoint()
    for wanted in _all(read_checkpoint(note).size):
        found = await bundle(tree, wanted)
        if found is None:
            raise Tampered(f"The log has no {wanted.path}.", SEE)
        yield wanted.path, found
    yield "checkpoint", note.encode()


def _all(count: int) -> list[Wanted]:
    found, level = [], 0
    for number in range(-(-count // WIDTH)):
        found.append(Wanted(None, number, min(WIDTH, count - number * WIDTH)))
    while count:
        found += [Wanted(level, number, min(WIDTH, count - number * WIDTH)) for number in range(-(-count // WIDTH))]
        count, level = count // WIDTH, level + 1
    return found


def _bytes(session: Session, tree: Tree, wanted: Wanted) -> bytes | None:
    if not 0 < wanted.width <= WIDTH:
        return None
    if wanted.level is None:
        first = wanted.number * WIDTH
        query = select(AuditEntry).where(
            AuditEntry.organization_id == tree.organization_id,
            col(AuditEntry.position) >= first,
            col(AuditEntry.position) < first + wanted.width,
        )
        entries = session.exec(query.order_by(col(AuditEntry.position))).all()
        if len(entries) != wanted.width:
            return None
        hashes = tree.tile(session, 0, wanted.number)[: wanted.width * HASH_BYTES]
        if b"".join(leaf_hash(entry.leaf) for entry in entries) != hashes:
            raise Tampered("Entries are not what was hashed.", SEE)
        return b"".join(len(entry.leaf).to_bytes(LENGTH_BYTES, "big") + entry.leaf for entry in entries)
    hashes = tree.tile(session, wanted.level, wanted.number)[: wanted.width * HASH_BYTES]
    return hashes if len(hashes) == wanted.width * HASH_BYTES else None
