"""The Merkle tree of RFC 9162, section 2.1: hashes, proofs, and their verification. SHA-256, 32 bytes each.

Nothing here knows where hashes are kept: a tree is read through ``Subtrees``, the hash of the subtree of 2^level leaves
whose first leaf is number ``index`` * 2^level.
"""

import hashlib
from collections.abc import Callable, Sequence

Subtrees = Callable[[int, int], bytes]

HASH_BYTES = 32
EMPTY = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf: SHA-256 of 0x00 and its data."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node: SHA-256 of 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(size: int, subtrees: Subtrees) -> bytes:
    """The root of the first ``size`` leaves."""
    return _range(0, size, subtrees) if size else EMPTY


def inclusion_proof(index: int, size: int, subtrees: Subtrees) -> list[bytes]:
    """What proves that leaf number ``index`` is in the tree of ``size`` leaves (2.1.3.1).

    Raises:
        ValueError: There is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"There is no leaf {index} in a tree of {size}.")
    return _path(index, 0, size, subtrees)


def consistency_proof(old: int, size: int, subtrees: Subtrees) -> list[bytes]:
    """What proves that the first ``old`` leaves of the tree of ``size`` were the tree of ``old`` (2.1.4.1).

    Raises:
        ValueError: The older tree is larger.
    """
    if not 0 <= old <= size:
        raise ValueError(f"A tree of {size} leaves can't have grown out of one of {old}.")
    return _between(old, 0, size, subtrees, whole=True) if 0 < old < size else []


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Whether a proof shows that a leaf's hash is leaf number ``index`` of the tree with that root (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node_hash(sibling, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and found == expected


def verify_consistency(old: int, size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether a proof shows that the tree with the new root begins with the tree with the old one (2.1.4.2)."""
    if old == size:
        return not proof and old_root == new_root
    if not 0 < old < size:
        return old == 0 and not proof and old_root == EMPTY
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    number, last = old - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    found_old = found_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            found_old, found_new = node_hash(sibling, found_old), node_hash(sibling, found_new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found_new = node_hash(found_new, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root


class Frontier:
    """A tree to which leaves are only added, and whose root can be had at any time: it keeps one hash a level."""

    def __init__(self) -> None:
        self.size = 0
        self._whole: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """Adds a leaf's hash."""
        level, found = 0, leaf
        while self._whole and self._whole[-1][0] == level:
            found = node_hash(self._whole.pop()[1], found)
            level += 1
        self._whole.append((level, found))
        self.size += 1

    def root(self) -> bytes:
        """The root of all leaves so far."""
        if not self._whole:
            return EMPTY
        found = self._whole[-1][1]
        for _, left in reversed(self._whole[:-1]):
            found = node_hash(left, found)
        return found


def _split(size: int) -> int:
    """The largest power of two that is smaller than ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def _range(low: int, high: int, subtrees: Subtrees) -> bytes:
    """The root of the leaves from ``low`` to before ``high``; ``low`` is where a subtree of that size may begin."""
    size = high - low
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return subtrees(level, low >> level)
    middle = low + _split(size)
    return node_hash(_range(low, middle, subtrees), _range(middle, high, subtrees))


def _path(index: int, low: int, high: int, subtrees: Subtrees) -> list[bytes]:
    if high - low == 1:
        return []
    middle = low + _split(high - low)
    if index < middle:
        return [*_path(index, low, middle, subtrees), _range(middle, high, subtrees)]
    return [*_path(index, middle, high, subtrees), _range(low, middle, subtrees)]


def _between(old: int, low: int, high: int, subtrees: Subtrees, *, whole: bool) -> list[bytes]:
    if old == high:
        return [] if whole else [_range(low, high, subtrees)]
    middle = low + _split(high - low)
    if old <= middle:
        return [*_between(old, low, middle, subtrees, whole=whole), _range(middle, high, subtrees)]
    return [*_between(old, middle, high, subtrees, whole=False), _range(low, middle, subtrees)]
