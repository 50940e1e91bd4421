"""Reconciling: what no row knows of is found and goes when it is due; what a row misses is told."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from framework.recording.test_store import Archive
from op26x.audit import Access, AuditLog
from op26x.calls import Arrival, Call, CallState, Installation, Workspace
from op26x.calls.health import what_is_lost
from op26x.clock import ManualClock
from op26x.errors import KeyGone
from op26x.ids import Ids
from op26x.recording import Found, Reconciliation
from op26x.recording.reconcile import Difference
from op26x.storage.local_blobs import LocalBlobs
from op26x.types import PhoneNumber
from op26x.vault import FileKeyStore, KeyKind, Keyring
from workspaces import close_workspace, open_workspace

WHO = Access("operator", "reconciled")
KEEP = timedelta(days=30)
HOUR, DAY = 3600.0, 86_400.0
NOBODY = "01AAAAAAAAAAAAAAAAAAAAAAAA"
PERSON = "a" * 64


@pytest.fixture
def archive(workspace: Workspace, clock: ManualClock, arrival: Callable[..., Arrival], data: Path) -> Archive:
    """Empty."""
    return Archive(workspace, clock, arrival, data)


async def found(archive: Archive) -> list[tuple[str, Found, datetime | None]]:
    return [(d.id, d.what, d.due) for d in await archive.workspace.reconciliation.find(KEEP)]


async def reconciled(archive: Archive, *, erase: bool = False) -> list[tuple[str, Found, bool]]:
    done = await archive.workspace.reconciliation.run(WHO, KEEP, erase=erase)
    return [(d.id, d.what, d.erased) for d in done]


async def forget(archive: Archive, call: Call) -> None:
    """The row is gone, as with a database that was restored from before."""

    def write(session: Session) -> None:
        for table in ("transcript_line", "recording"):
            session.execute(sa.text(f"DELETE FROM {table} WHERE call_id = :id"), {"id": call.id})

    await archive.workspace.database.run(write)


async def has_key(archive: Archive, kind: KeyKind, owner: str) -> bool:
    return owner in await archive.workspace.keys.all(kind)


async def test_what_fits_together_is_left_alone(archive: Archive) -> None:
    call, _ = await archive.record(0.6)
    await archive.begin()
    erased, _ = await archive.record(0.6)
    await archive.erasures.erase(erased.id, WHO)
    demanded, _ = await archive.record(0.6)
    await archive.erasures.demand(demanded.id, WHO)
    archive.clock.advance(2 * HOUR)
    assert await found(archive) == []
    assert await reconciled(archive, erase=True) == []
    assert archive.workspace.keys
    await archive.recordings.open(call.id, WHO)


async def test_a_file_without_a_row_goes_when_its_keys_time_is_over(archive: Archive) -> None:
    call, _ = await archive.record(0.6)
    await forget(archive, call)
    expected = (call.id, Found.FILE_WITHOUT_ROW)
    assert await found(archive) == [(*expected, call.expires_at)]
    archive.clock.advance((call.expires_at - archive.clock.now()) / timedelta(seconds=1) - 1)
    assert await reconciled(archive) == [(*expected, False)]
    assert (archive.files / call.id).exists()
    archive.clock.advance(1)
    assert await reconciled(archive) == [(*expected, True)]
    assert not (archive.files / call.id).exists()
    assert not await has_key(archive, KeyKind.CALL, call.id)
    assert await archive.audited(call.id) == [("orphan.erased", WHO.who, WHO.why)]
    assert [d for d in await found(archive) if d[0] == call.id] == []


async def test_a_file_without_row_and_key_goes_at_once(archive: Archive) -> None:
    archive.files.mkdir(parents=True)
    (archive.files / NOBODY).write_bytes(b"of nobody")
    assert await reconciled(archive) == [(NOBODY, Found.FILE_WITHOUT_ROW, True)]
    assert not (archive.files / NOBODY).exists()
    assert await reconciled(archive) == []


async def test_the_file_of_an_erased_recording_that_a_backup_brought_back_is_not_lost_and_goes_at_once(
    archive: Archive, installation: Installation
) -> None:
    call, _ = await archive.record(0.6)
    kept = (archive.files / call.id).read_bytes()
    await archive.erasures.erase(call.id, WHO)
    (archive.files / call.id).write_bytes(kept)

    assert await what_is_lost(installation) == []
    assert await reconciled(archive) == [(call.id, Found.FILE_OF_ERASED, True)]
    assert not (archive.files / call.id).exists()
    assert await reconciled(archive) == []


async def test_a_key_without_a_row_goes_when_its_time_is_over(archive: Archive) -> None:
    keys, due = archive.workspace.keys, archive.clock.now() + timedelta(hours=3)
    await keys.create(KeyKind.CALL, NOBODY, due)
    archive.clock.advance(2 * HOUR)
    assert await found(archive) == [(NOBODY, Found.KEY_WITHOUT_ROW, due)]
    assert await reconciled(archive) == [(NOBODY, Found.KEY_WITHOUT_ROW, False)]
    assert await has_key(archive, KeyKind.CALL, NOBODY)
    archive.clock.advance(HOUR)
    assert await reconciled(archive) == [(NOBODY, Found.KEY_WITHOUT_ROW, True)]
    assert not await has_key(archive, KeyKind.CALL, NOBODY)
    assert await archive.audited(NOBODY) == [("orphan.erased", WHO.who, WHO.why)]


async def test_a_young_key_is_left_alone_even_when_everything_is_to_be_erased(archive: Archive) -> None:
    """It is made a moment before whatever needs it."""
    for kind, owner in ((KeyKind.CALL, NOBODY), (KeyKind.SUBJECT, PERSON)):
        await archive.workspace.keys.create(kind, owner, archive.clock.now() if kind is KeyKind.CALL else None)
    archive.clock.advance(HOUR)
    assert await reconciled(archive, erase=True) == []
    archive.clock.advance(0.001)
    assert {(id_, erased) for id_, _, erased in await reconciled(archive, erase=True)} == {
        (NOBODY, True),
        (PERSON, True),
    }


async def test_a_persons_key_goes_when_no_call_needs_it_and_the_period_is_over(archive: Archive) -> None:
    await archive.workspace.keys.create(KeyKind.SUBJECT, PERSON)
    due = archive.clock.now() + KEEP
    archive.clock.advance(30 * DAY - 1)
    assert await found(archive) == [(PERSON, Found.KEY_WITHOUT_ROW, due)]
    assert await reconciled(archive) == [(PERSON, Found.KEY_WITHOUT_ROW, False)]
    archive.clock.advance(1)
    assert await reconciled(archive) == [(PERSON, Found.KEY_WITHOUT_ROW, True)]
    assert not await has_key(archive, KeyKind.SUBJECT, PERSON)


async def test_the_keys_of_both_people_of_a_call_are_needed(archive: Archive) -> None:
    call = await archive.call()
    archive.clock.advance(40 * DAY)
    assert {call.caller_index, call.called_index} <= (await archive.workspace.keys.all(KeyKind.SUBJECT)).keys()
    assert await reconciled(archive, erase=True) == []


async def test_a_person_without_a_number_needs_no_key(archive: Archive, arrival: Callable[..., Arrival]) -> None:
    nobody = arrival(caller=PhoneNumber(""), called=PhoneNumber(""), provider_call_id="CAnobody")
    await archive.workspace.calls.begin(nobody, "clinic", CallState.RINGING)
    archive.clock.advance(2 * HOUR)
    assert await found(archive) == []


async def test_told_to_erase_it_does_not_wait(archive: Archive) -> None:
    call, _ = await archive.record(0.6)
    await forget(archive, call)
    await archive.workspace.keys.create(KeyKind.CALL, NOBODY, archive.clock.now() + KEEP)
    await archive.workspace.keys.create(KeyKind.SUBJECT, PERSON)
    archive.clock.advance(2 * HOUR)
    assert all(erased for *_, erased in await reconciled(archive, erase=True))
    assert await found(archive) == []
    with pytest.raises(KeyGone):
        await archive.workspace.keys.get(KeyKind.CALL, call.id)


async def test_a_row_without_its_file_is_told_and_nothing_is_done(archive: Archive) -> None:
    call, _ = await archive.record(0.6)
    content = (archive.files / call.id).read_bytes()
    (archive.files / call.id).unlink()
    for erase in (False, True):
        assert await reconciled(archive, erase=erase) == [(call.id, Found.ROW_WITHOUT_FILE, False)]
    assert await found(archive) == [(call.id, Found.ROW_WITHOUT_FILE, None)]
    (archive.files / call.id).write_bytes(content)
    assert await reconciled(archive) == []
    await archive.recordings.open(call.id, WHO)


async def test_a_row_without_its_key_is_told_and_nothing_is_done(archive: Archive) -> None:
    call, _ = await archive.record(0.6)
    await archive.workspace.keys.destroy(KeyKind.CALL, call.id)
    for erase in (False, True):
        assert await reconciled(archive, erase=erase) == [(call.id, Found.ROW_WITHOUT_KEY, False)]
    assert (archive.files / call.id).exists()


async def test_a_recording_under_way_is_no_difference(archive: Archive) -> None:
    call, _, recorder = await archive.begin()
    archive.clock.advance(2 * HOUR)
    assert await reconciled(archive, erase=True) == []
    await recorder.finish()
    await archive.recordings.finish(call.id, recorder, "call-ended")
    await archive.recordings.open(call.id, WHO)


MEANWHILE = ["_rows", "_people", "list", "all"]


@pytest.mark.parametrize("after", MEANWHILE)
async def test_a_recording_that_begins_meanwhile_is_no_difference(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    """A service takes calls while somebody runs the command, with ``--erase`` too."""
    began: list[Call] = []

    async def begin() -> None:
        began.append((await archive.begin())[0])

    _then(archive, monkeypatch, after, begin)
    assert await reconciled(archive, erase=True) == []
    assert len(began) == 1
    assert (archive.files / began[0].id).exists()
    await archive.workspace.keys.get(KeyKind.CALL, began[0].id)


@pytest.mark.parametrize("after", MEANWHILE)
async def test_a_recording_that_is_erased_meanwhile_is_not_lost(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    call, _ = await archive.record(0.6)

    async def erase() -> None:
        await archive.erasures.erase(call.id, WHO)

    _then(archive, monkeypatch, after, erase)
    assert await reconciled(archive) == []


def _then(archive: Archive, monkeypatch: pytest.MonkeyPatch, after: str, do: Callable[[], Awaitable[None]]) -> None:
    """Does something once, after one of the stores was read."""
    w, once = archive.workspace, [do]
    run, listed, all_ = w.database.run, w.erasures._blobs.list, w.keys.all

    async def happened(name: str) -> None:
        if name == after and once:
            await once.pop()()

    async def running(work: Any, **options: Any) -> Any:
        result = await run(work, **options)
        await happened(getattr(work, "__name__", ""))
        return result

    async def listing(prefix: str = "") -> list[str]:
        found = await listed(prefix)
        await happened("list")
        return found

    async def keys(kind: KeyKind) -> Any:
        found = await all_(kind)
        await happened("all")
        return found

    monkeypatch.setattr(w.database, "run", running)
    monkeypatch.setattr(w.erasures._blobs, "list", listing)
    monkeypatch.setattr(w.keys, "all", keys)


async def test_all_of_them_at_once_come_by_identifier(archive: Archive) -> None:
    lost, forgotten, keyless = [(await archive.record(0.6))[0] for _ in range(3)]
    (archive.files / lost.id).unlink()
    await forget(archive, forgotten)
    await archive.workspace.keys.destroy(KeyKind.CALL, keyless.id)
    await archive.workspace.keys.create(KeyKind.CALL, NOBODY)
    archive.clock.advance(2 * HOUR)
    by_id = [(id_, what) for id_, what, _ in await found(archive)]
    assert by_id == sorted(
        [
            (lost.id, Found.ROW_WITHOUT_FILE),
            (forgotten.id, Found.FILE_WITHOUT_ROW),
            (keyless.id, Found.ROW_WITHOUT_KEY),
            (NOBODY, Found.KEY_WITHOUT_ROW),
        ]
    )


@pytest.mark.sqlite
async def test_with_an_older_database_nothing_is_erased_until_it_is_due(
    archive: Archive, clock: ManualClock, tmp_path: Path
) -> None:
    """Whoever restored the wrong backup puts back the right one, and nothing is lost."""
    w = archive.workspace
    file = w.settings.core.database_path
    known, _ = await archive.record(0.6)
    await w.database.checkpoint()
    older = file.read_bytes()
    unknown, _ = await archive.record(0.6)
    await w.database.checkpoint()
    newer = file.read_bytes()
    w.database._engine.dispose()
    clock.advance(2 * HOUR)

    file.write_bytes(older)
    assert await reconciled(archive) == [(unknown.id, Found.FILE_WITHOUT_ROW, False)]
    w.database._engine.dispose()
    file.write_bytes(newer)
    assert await reconciled(archive) == []
    for call in (known, unknown):
        await archive.recordings.open(call.id, WHO)


@pytest.fixture
async def other(archive: Archive, another_organization: str, clock: ManualClock) -> AsyncIterator[Keyring]:
    """The keys of another organization, in the same key database."""
    core = archive.workspace.settings.core
    keys = Keyring.open(core.keys_path, FileKeyStore(core.key_path), another_organization, clock)
    yield keys
    keys.close()


async def test_the_rows_and_keys_of_another_organization_are_not_looked_at(
    archive: Archive, other: Keyring, another_organization: str, ids: Ids, clock: ManualClock
) -> None:
    w = archive.workspace
    await other.create(KeyKind.CALL, NOBODY, clock.now())
    await other.create(KeyKind.SUBJECT, PERSON)
    clock.advance(40 * DAY)
    assert await reconciled(archive, erase=True) == []
    blobs = LocalBlobs(archive.files.parent / "another")
    audit = AuditLog(w.database.within(another_organization), another_organization, ids, clock)
    theirs = Reconciliation(w.database.within(another_organization), blobs, other, audit, another_organization, clock)
    assert {d.id for d in await theirs.find(KEEP)} == {NOBODY, PERSON}


async def test_the_recordings_of_another_organization_are_not_erased(
    archive: Archive, other: Keyring, another_organization: str, ids: Ids, clock: ManualClock
) -> None:
    """Organizations share the store of blobs."""
    w = archive.workspace
    call, _ = await archive.record(0.6)
    audit = AuditLog(w.database.within(another_organization), another_organization, ids, clock)
    theirs = Reconciliation(
        w.database.within(another_organization),
        w.reconciliation._blobs,
        other,
        audit,
        another_organization,
        clock,
    )
    done: list[Difference] = await theirs.run(WHO, KEEP, erase=True)
    assert (archive.files / call.id).exists(), done
    await archive.recordings.open(call.id, WHO)


@pytest.mark.sqlite
async def test_what_was_erased_and_came_back_with_a_backup_goes_at_once(archive: Archive, tmp_path: Path) -> None:
    call, _ = await archive.record(0.6)
    keys = archive.workspace.settings.core.keys_path
    await archive.workspace.keys._database.checkpoint()
    shutil.copy(keys, tmp_path / "keys.db")
    shutil.copy(archive.files / call.id, tmp_path / "blob")
    await archive.erasures.erase(call.id, WHO)
    close_workspace(archive.workspace)
    shutil.copy(tmp_path / "keys.db", keys)
    for name in ("-wal", "-shm"):
        keys.with_name(keys.name + name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "blob", archive.files / call.id)
    again = open_workspace(archive.workspace.settings, archive.clock, Ids(archive.clock))
    await again.reconciliation.run(WHO, KEEP)
    assert not (archive.files / call.id).exists()
    assert call.id not in await again.keys.all(KeyKind.CALL)
    close_workspace(again)
