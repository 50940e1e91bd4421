"""The hashes of a tree in tiles of 256, as C2SP has them: https://c2sp.org/tlog-tiles.

Tile ``number`` of level L holds hashes of subtrees of 256^L leaves; the last one of a level may be partial.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from op26x.audit.merkle import HASH_BYTES, node_hash
from op26x.errors import Tampered

WIDTH = 256
HEIGHT = 8
SEE = "See what was changed: op26x audit verify"
Tile = tuple[int, int]
"""Level and number."""


@dataclass
class Tiles:
    """The tiles of one tree.

    Args:
        read: Gives the hashes of a tile, one after the other; empty if there is none.

    Attributes:
        changed: What was added to or made since.
    """

    read: Callable[[int, int], bytes]
    changed: dict[Tile, bytes] = field(default_factory=dict)
    _seen: dict[Tile, bytes] = field(default_factory=dict)

    def subtree(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree, a ``merkle.Subtrees``.

        Raises:
            Tampered: It is not there.
        """
        tile_level, above = divmod(level, HEIGHT)
        first = index << above
        hashes = self._tile(tile_level, first // WIDTH)
        within = first % WIDTH
        return _above([_hash(hashes, within + number) for number in range(1 << above)])

    def append(self, size: int, leaves: Iterable[bytes]) -> int:
        """Adds the hashes of leaves to a tree of a size; returns its new one.

        Raises:
            Tampered: The tree has fewer hashes than that.
        """
        for leaf in leaves:
            self._append(0, size, leaf)
            size += 1
        return size

    def _append(self, level: int, index: int, value: bytes) -> None:
        number, within = divmod(index, WIDTH)
        hashes = self._tile(level, number)[: within * HASH_BYTES]
        if len(hashes) != within * HASH_BYTES:
            raise Tampered("Hashes of an audit log are missing.", SEE)
        hashes += value
        self._seen[level, number] = self.changed[level, number] = hashes
        if within == WIDTH - 1:
            self._append(level + 1, number, _above([_hash(hashes, one) for one in range(WIDTH)]))

    def _tile(self, level: int, number: int) -> bytes:
        if (level, number) not in self._seen:
            self._seen[level, number] = self.read(level, number)
        return self._seen[level, number]


def path(level: int, number: int, width: int) -> str:
    """The path of a tile: ``tile/0/x001/x234/067``, with ``.p/5`` behind it if it is partial."""
    return f"tile/{level}/{_numbered(number)}" + ("" if width == WIDTH else f".p/{width}")


def entries_path(number: int, width: int) -> str:
    """The path of a bundle of 256 entries, likewise."""
    return f"tile/entries/{_numbered(number)}" + ("" if width == WIDTH else f".p/{width}")


def _numbered(number: int) -> str:
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))


def _above(hashes: list[bytes]) -> bytes:
    """The root of a whole subtree, of the hashes of its leaves."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def _hash(hashes: bytes, index: int) -> bytes:
    found = hashes[index * HASH_BYTES : (index + 1) * HASH_BYTES]
    if len(found) != HASH_BYTES:
        raise Tampered("Hashes of an audit log are missing.", SEE)
    return found
