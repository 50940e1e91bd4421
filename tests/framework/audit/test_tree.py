"""The tree of a log: every entry is taken in once, can be proved, and is found on the disk as other tools read it."""

import asyncio
import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from op26x.audit import Access, AuditEntry, AuditLog, merkle, verify
from op26x.audit.export import Wanted, bundle, files, tile_of
from op26x.audit.model import AuditTile
from op26x.audit.notes import Verifier, opened, read_checkpoint
from op26x.calls import Installation, Workspace
from op26x.clock import ManualClock
from op26x.errors import NotFound, Tampered

BY = Access("command-line", "test", "loopback")


async def write(workspace: Workspace, count: int, what: str = "recording.read") -> None:
    entries = [workspace.audit.entry(what, f"01RECORD{number}", BY) for number in range(count)]
    await workspace.database.run(lambda session: session.add_all(entries))


async def grown(workspace: Workspace) -> int:
    return await workspace.database.run(workspace.tree.size)


async def test_entries_are_taken_in_once_and_in_order(workspace: Workspace) -> None:
    assert await workspace.tree.take_in() == 0
    await write(workspace, 3)
    assert [await workspace.tree.take_in(), await workspace.tree.take_in()] == [3, 0]
    await write(workspace, 300)
    assert await workspace.tree.take_in() == 300
    entries = await workspace.audit.list(limit=None)
    assert [entry.position for entry in reversed(entries)] == list(range(303))
    assert (await verify(workspace.tree)).entries == 303


async def test_more_than_fit_into_one_transaction_are_all_taken_in(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("op26x.audit.tree.MOST", 50)
    await write(workspace, 110)
    assert await workspace.tree.take_in() == 110 == await grown(workspace)
    found = await verify(workspace.tree)
    assert (found.entries, found.waiting, found.faults) == (110, 0, [])


async def test_who_takes_in_at_once_takes_in_nothing_twice(workspace: Workspace) -> None:
    await write(workspace, 50)
    assert sum(await asyncio.gather(*(workspace.tree.take_in() for _ in range(5)))) == 50
    assert (await verify(workspace.tree)).faults == []


async def test_an_act_that_fails_leaves_no_hole(workspace: Workspace) -> None:
    def fails(session: object) -> None:
        session.add(workspace.audit.entry("call.erased", "01RECORD", BY))  # type: ignore[attr-defined]
        raise OSError("the act failed")

    await write(workspace, 2)
    with pytest.raises(OSError, match="the act failed"):
        await workspace.database.run(fails)
    await write(workspace, 2)
    assert await workspace.tree.take_in() == 4
    assert (await verify(workspace.tree)).faults == []


async def test_a_checkpoint_is_signed_when_the_log_has_grown(workspace: Workspace, clock: ManualClock) -> None:
    empty = read_checkpoint(opened(await workspace.tree.checkpoint(), [workspace.tree.verifier]))
    assert (empty.size, empty.root) == (0, merkle.EMPTY)
    await write(workspace, 5)
    first = await workspace.tree.checkpoint()
    clock.advance(60)
    assert await workspace.tree.checkpoint() == first
    await write(workspace, 1)
    second = await workspace.tree.checkpoint()
    assert [row.size for row in await workspace.tree.checkpoints()] == [0, 5, 6]
    old, new = (read_checkpoint(opened(note, [workspace.tree.verifier])) for note in (first, second))
    assert old.origin == f"op26x/audit/{workspace.organization_id}"
    proof = await workspace.tree.consistency(5, 6)
    assert merkle.verify_consistency(5, 6, proof, old.root, new.root)
    with pytest.raises(ValueError, match="no 7 entries"):
        await workspace.tree.consistency(5, 7)


async def test_an_entry_is_proved_with_nothing_but_what_is_printed(workspace: Workspace) -> None:
    await write(workspace, 300)
    wanted = (await workspace.audit.list(record_id="01RECORD200"))[0]
    proof = await workspace.tree.prove(wanted.id)
    checkpoint = read_checkpoint(opened(proof.checkpoint, [Verifier.parse(proof.key)]))
    leaf = hashlib.sha256(b"\0" + proof.entry.encode()).digest()
    hashes = [bytes.fromhex(one) for one in proof.hashes]
    assert merkle.verify_inclusion(leaf, proof.position, checkpoint.size, hashes, checkpoint.root)
    said = json.loads(proof.entry)
    assert list(said) == ["id", "organization", "at", "who", "what", "record", "why", "from", "purpose"]
    assert (said["id"], said["record"], said["from"]) == (wanted.id, "01RECORD200", "loopback")
    assert said["at"] == "2026-01-05T09:00:00.000000Z"
    assert (await workspace.tree.prove(str(proof.position))).id == wanted.id
    for missing in ("01NOBODY", "", "300", "9" * 30):
        with pytest.raises(NotFound):
            await workspace.tree.prove(missing)


async def test_a_new_entry_is_proved_at_once(workspace: Workspace) -> None:
    await workspace.audit.add("recording.read", "01RECORD", BY)
    (entry,) = await workspace.audit.of("01RECORD")
    assert entry.position is None
    assert (await workspace.tree.prove(entry.id)).position == 0


async def test_each_organization_has_a_log_and_a_key_of_its_own(
    installation: Installation, workspace: Workspace
) -> None:
    other = installation.workspace((await installation.organizations.create("other")).id)
    await write(workspace, 3)
    await write(other, 2)
    await installation.take_in_entries()
    assert (await grown(workspace), await grown(other)) == (3, 2)
    assert workspace.tree.verifier.key != other.tree.verifier.key
    theirs = await other.tree.checkpoint()
    with pytest.raises(Tampered):
        opened(theirs, [workspace.tree.verifier])
    with pytest.raises(Tampered):
        await verify(workspace.tree, [theirs])
    entry = (await other.audit.list())[0]
    with pytest.raises(NotFound):
        await workspace.tree.prove(entry.id)
    await installation.sign_checkpoints()
    untold = await installation.untold_checkpoints()
    assert {one.organization_id for one in untold} == {workspace.organization_id, other.organization_id}
    for one in untold:
        await installation.told(one)
    assert await installation.untold_checkpoints() == []


async def test_the_log_of_an_erased_organization_is_still_proved(
    installation: Installation, workspace: Workspace, clock: ManualClock
) -> None:
    other = installation.workspace((await installation.organizations.create("other")).id)
    await write(other, 2)
    await installation.close_organization(other.organization_id, "test", 0)
    await installation.erase_closed(clock.now(), "test")
    await installation.sign_checkpoints()
    signed = {one.organization_id: one for one in await installation.untold_checkpoints()}
    note = signed[other.organization_id].note
    assert read_checkpoint(opened(note, [Verifier.parse(signed[other.organization_id].key)])).size == 4
    assert (await verify(other.tree)).faults == []


async def test_entries_from_before_there_was_a_tree_are_taken_in(workspace: Workspace) -> None:
    log = AuditLog(workspace.database, workspace.organization_id, workspace.ids, workspace.clock)
    await log.add("recording.read", "01OLD", Access("command-line", ""))
    assert await workspace.tree.take_in() == 1
    assert (await verify(workspace.tree)).faults == []


async def test_other_tools_read_it_as_files(workspace: Workspace, tmp_path: Path) -> None:
    await write(workspace, 700)
    there = {path: content async for path, content in files(workspace.tree)}
    assert set(there) == {
        *("checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"),
        *("tile/entries/000", "tile/entries/001", "tile/entries/002.p/188"),
    }
    leaves = []
    for name in ("tile/entries/000", "tile/entries/001", "tile/entries/002.p/188"):
        rest = there[name]
        while rest:
            length = int.from_bytes(rest[:2], "big")
            leaves.append(hashlib.sha256(b"\0" + rest[2 : 2 + length]).digest())
            rest = rest[2 + length :]
    assert b"".join(leaves) == there["tile/0/000"] + there["tile/0/001"] + there["tile/0/002.p/188"]
    frontier = merkle.Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    checkpoint = read_checkpoint(opened(there["checkpoint"].decode(), [workspace.tree.verifier]))
    assert (checkpoint.size, checkpoint.root) == (700, frontier.root())
    assert there["tile/1/000.p/2"][:32] == merkle.root(256, lambda level, index: _above(leaves, level, index))


def _above(leaves: list[bytes], level: int, index: int) -> bytes:
    frontier = merkle.Frontier()
    for leaf in leaves[index << level : (index + 1) << level]:
        frontier.add(leaf)
    return frontier.root()


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("0/000", Wanted(0, 0, 256)),
        ("/1/002.p/7", Wanted(1, 2, 7)),
        ("entries/x001/234", Wanted(None, 1234, 256)),
        ("entries/000.p/256", None),
        ("entries/x000/001", None),
        ("00/000", None),
        ("0/1", None),
        ("0/000/../001", None),
        ("0/000.p/0", None),
        ("secret", None),
        ("0/" + "x999/" * 7 + "999", None),
        ("", None),
    ],
)
async def test_what_a_path_means(workspace: Workspace, path: str, wanted: Wanted | None) -> None:
    found = tile_of(path)
    assert found == wanted or (found is not None and await bundle(workspace.tree, found) is None)


async def test_what_the_log_has_not_is_not_given(workspace: Workspace) -> None:
    await write(workspace, 3)
    await workspace.tree.take_in()
    assert await bundle(workspace.tree, Wanted(0, 0, 3)) is not None
    for wanted in (Wanted(0, 0, 4), Wanted(0, 0, 257), Wanted(None, 0, 4), Wanted(3, 0, 1), Wanted(None, 1, 1)):
        assert await bundle(workspace.tree, wanted) is None


async def test_entries_are_listed_newest_first_and_filtered(workspace: Workspace, clock: ManualClock) -> None:
    await write(workspace, 2)
    clock.advance(timedelta(days=1).total_seconds())
    await workspace.audit.add("recording.exported", "01RECORD1", Access("user:1", ""))
    await workspace.audit.add("consents.read", "01RECORD1", Access("user:1", ""))
    await workspace.tree.take_in()
    listed = workspace.audit.list
    assert [entry.what for entry in await listed(limit=2)] == ["consents.read", "recording.exported"]
    assert [entry.what for entry in await listed(what="consent")] == []
    assert [entry.what for entry in await listed(what="recording")] == ["recording.exported", *["recording.read"] * 2]
    assert [entry.what for entry in await listed(what="recording.exported")] == ["recording.exported"]
    assert len(await listed(who="user:1")) == 2
    assert [entry.position for entry in await listed(before=2)] == [1, 0]
    assert await listed(what="%") == []


async def test_entries_that_were_taken_in_in_another_order_are_all_on_some_page(workspace: Workspace) -> None:
    early = workspace.audit.entry("recording.read", "01EARLY", BY)
    await write(workspace, 10)
    await workspace.tree.take_in()
    await workspace.database.run(lambda session: session.add(early))
    await workspace.tree.take_in()
    await write(workspace, 2)
    pages, before = [], None
    while page := await workspace.audit.list(before=before, limit=3):
        pages += [entry.id for entry in page]
        before = next((entry.position for entry in reversed(page) if entry.position is not None), before)
        if before is None:
            break
    assert len(set(pages)) >= 12
    assert early.id in pages


@pytest.mark.sqlite
async def test_listing_reads_no_more_than_a_page(workspace: Workspace) -> None:
    await write(workspace, 3)
    with workspace.database.session() as session:
        for query in (
            "SELECT * FROM audit_entry WHERE organization_id = 'a' AND position < 9 ORDER BY position DESC LIMIT 3",
            "SELECT * FROM audit_entry WHERE organization_id = 'a' AND position IS NULL ORDER BY id DESC LIMIT 3",
            "SELECT organization_id FROM audit_entry WHERE position IS NULL LIMIT 50000",
        ):
            plan = " ".join(row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
            assert "SEARCH" in plan or "ix_audit_entry_waiting" in plan, (query, plan)
            assert "TEMP B-TREE" not in plan or "IS NULL" in query, (query, plan)


@pytest.mark.sqlite
async def test_the_database_lets_nobody_change_or_remove_an_entry(workspace: Workspace) -> None:
    await write(workspace, 2)
    await workspace.tree.take_in()
    for statement in (
        sa.update(AuditEntry).values(position=7),
        sa.update(AuditEntry).values(position=None),
        sa.update(AuditEntry).values(at=workspace.clock.now()),
        sa.delete(AuditEntry),
        sa.text("INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry"),
    ):
        with (
            workspace.database.session() as session,
            pytest.raises(sa.exc.IntegrityError, match="append-only"),
        ):
            session.execute(statement)
    with workspace.database.session() as session:
        assert session.exec(select(AuditEntry.position).order_by(col(AuditEntry.position))).all() == [0, 1]


@pytest.mark.parametrize("level", [0, 1])
async def test_a_log_whose_hashes_are_gone_is_an_error_that_says_so(workspace: Workspace, level: int) -> None:
    await write(workspace, 300)
    await workspace.tree.take_in()
    await workspace.database.run(
        lambda session: session.execute(sa.delete(AuditTile).where(col(AuditTile.level) == level))
    )
    with pytest.raises(Tampered, match="Hashes of an audit log are missing") as caught:
        await workspace.tree.prove("0")
    assert "op26x audit verify" in caught.value.remedy
    if level == 0:
        await write(workspace, 1)
        with pytest.raises(Tampered):
            await workspace.tree.take_in()
