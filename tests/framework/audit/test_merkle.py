"""The tree of RFC 9162: roots and proofs, held against an implementation that is not ours, and against changed ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from op26x.audit import merkle
from op26x.audit.merkle import Frontier, leaf_hash, node_hash
from op26x.audit.tiles import WIDTH, Tiles, entries_path, path
from op26x.errors import Tampered

MOST = 700
LEAVES = [leaf_hash(str(number).encode()) for number in range(MOST)]
TILES = Tiles(lambda level, number: b"")
TILES.append(0, LEAVES)
THEIRS = InmemoryTree(algorithm="sha256")
for _number in range(MOST):
    THEIRS.append_entry(str(_number).encode())

SIZES = st.integers(1, MOST)


def ours(size: int) -> bytes:
    return merkle.root(size, TILES.subtree)


def test_the_roots_of_the_first_trees_are_those_of_certificate_transparency() -> None:
    """Of the leaves 0x, 00, 10, 2021, 3031, 40414243, …: the vectors of its reference implementation."""
    data = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    frontier = Frontier()
    assert frontier.root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    expected = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    ]
    for leaf, root in zip(data, expected, strict=True):
        frontier.add(leaf_hash(leaf))
        assert frontier.root().hex() == root


@given(SIZES)
def test_roots_are_the_ones_of_another_implementation(size: int) -> None:
    assert ours(size) == THEIRS.get_root(size)


@given(st.data())
def test_an_inclusion_proof_holds_here_and_there(data: st.DataObject) -> None:
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, TILES.subtree)
    assert merkle.verify_inclusion(LEAVES[index], index, size, proof, ours(size))
    theirs = THEIRS.prove_inclusion(index + 1, size)
    assert sorted(theirs.path) == sorted([LEAVES[index], *proof])
    verify_inclusion(LEAVES[index], ours(size), theirs, index=index + 1, size=size)


@given(st.data())
def test_a_consistency_proof_holds_here_and_there(data: st.DataObject) -> None:
    size = data.draw(SIZES)
    old = data.draw(st.integers(1, size))
    proof = merkle.consistency_proof(old, size, TILES.subtree)
    assert merkle.verify_consistency(old, size, proof, ours(old), ours(size))
    verify_consistency(ours(old), ours(size), THEIRS.prove_consistency(old, size), prior_size=old, later_size=size)


@given(st.data())
def test_what_was_changed_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, MOST))
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, TILES.subtree)
    other = data.draw(st.integers(0, size - 1).filter(lambda number: number != index))
    changed = [*proof]
    changed[data.draw(st.integers(0, len(proof) - 1))] = leaf_hash(b"another")
    root = ours(size)
    for leaf, where, of, shown, expected in (
        (LEAVES[other], index, size, proof, root),
        (LEAVES[index], other, size, proof, root),
        (LEAVES[index], index, size, changed, root),
        (LEAVES[index], index, size, proof[:-1], root),
        (LEAVES[index], index, size, [*proof, root], root),
        (LEAVES[index], index, size, proof, ours(size - 1)),
        (LEAVES[index], size, size, proof, root),
    ):
        assert not merkle.verify_inclusion(leaf, where, of, shown, expected)


@given(st.data())
def test_a_log_that_forked_is_not_consistent(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 200))
    old = data.draw(st.integers(1, size - 1))
    at = data.draw(st.integers(0, old - 1))
    forked = Tiles(lambda level, number: b"")
    forked.append(0, [leaf_hash(b"another") if number == at else LEAVES[number] for number in range(size)])
    proof = merkle.consistency_proof(old, size, forked.subtree)
    root = merkle.root(size, forked.subtree)
    assert not merkle.verify_consistency(old, size, proof, ours(old), root)
    assert not merkle.verify_consistency(old, size, proof[:-1], merkle.root(old, forked.subtree), root)
    assert not merkle.verify_consistency(old, size, [*proof, root], merkle.root(old, forked.subtree), root)


def test_the_edges() -> None:
    assert merkle.root(0, TILES.subtree) == merkle.EMPTY
    assert merkle.consistency_proof(0, 5, TILES.subtree) == merkle.consistency_proof(5, 5, TILES.subtree) == []
    assert merkle.verify_consistency(0, 5, [], merkle.EMPTY, ours(5))
    assert not merkle.verify_consistency(0, 5, [], ours(1), ours(5))
    assert merkle.verify_consistency(5, 5, [], ours(5), ours(5))
    assert not merkle.verify_consistency(5, 5, [], ours(5), ours(4))
    assert not merkle.verify_consistency(6, 5, [], ours(6), ours(5))
    assert not merkle.verify_consistency(3, 5, [], ours(3), ours(5))
    assert merkle.verify_inclusion(LEAVES[0], 0, 1, [], LEAVES[0])
    for index, size in ((0, 0), (5, 5), (-1, 5)):
        with pytest.raises(ValueError, match="no leaf"):
            merkle.inclusion_proof(index, size, TILES.subtree)
    with pytest.raises(ValueError, match="grown out"):
        merkle.consistency_proof(6, 5, TILES.subtree)


@given(st.lists(st.integers(0, 300), max_size=5))
def test_tiles_are_the_same_however_many_leaves_come_at_once(counts: list[int]) -> None:
    stored: dict[tuple[int, int], bytes] = {}
    size = 0
    for count in counts:
        tiles = Tiles(lambda level, number: stored.get((level, number), b""))
        count = min(count, MOST - size)  # noqa: PLW2901
        assert tiles.append(size, LEAVES[size : size + count]) == size + count
        size += count
        stored.update(tiles.changed)
    whole = Tiles(lambda level, number: b"")
    whole.append(0, LEAVES[:size])
    assert stored == whole.changed
    assert {number for level, number in stored if level == 0} == set(range(-(-size // WIDTH)))


def test_a_full_tile_has_one_above_it() -> None:
    tiles = Tiles(lambda level, number: b"")
    leaves = [leaf_hash(bytes([number % 256, number // 256])) for number in range(WIDTH * WIDTH)]
    tiles.append(0, leaves)
    assert {level for level, _ in tiles.changed} == {0, 1, 2}
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    assert tiles.changed[2, 0] == frontier.root() == tiles.subtree(16, 0)
    assert tiles.subtree(1, 3) == node_hash(leaves[6], leaves[7])
    with pytest.raises(Tampered):
        tiles.subtree(0, len(leaves))


def test_paths_are_those_of_the_specification() -> None:
    assert path(0, 1234067, 256) == "tile/0/x001/x234/067"
    assert path(3, 5, 12) == "tile/3/005.p/12"
    assert entries_path(0, 256) == "tile/entries/000"
    assert entries_path(1000, 1) == "tile/entries/x001/000.p/1"
