"""Recordings in a real workspace: begun under a permit, read while their time lasts, and gone when it is over."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.recording.given import FRAME, BrokenBlobs, permit, talk
from op26x import g711
from op26x.audit import Access, AuditLog
from op26x.calls import Arrival, Call, CallState, Workspace
from op26x.clock import ManualClock
from op26x.consent import ConsentLedger
from op26x.errors import BlobError, GateClosed, KeyGone, NotFound, Tampered
from op26x.ids import Ids
from op26x.policy import RecordingMode
from op26x.recording import Erasures, Recorder, Recordings, Transcripts, WireTap
from op26x.storage import BlobStore
from op26x.storage.local_blobs import LocalBlobs
from op26x.storage.reserve import Reserve
from op26x.vault import FileKeyStore, KeyKind, Keyring
from op26x.vault.sealed_stream import FIRST_PLAIN_BYTES, PLAIN_BYTES, SEGMENT_BYTES
from op26x.work.intents import Intents
from workspaces import after_a_kill

RATE = 8000
WHO = Access("api-key:1", "asked for")
POLICY = "ab" * 32
Arrive = Callable[..., Arrival]


class Archive:
    """A workspace's recordings, and a way to make one."""

    def __init__(self, workspace: Workspace, clock: ManualClock, arrival: Arrive, data: Path) -> None:
        self.workspace = workspace
        self.recordings = workspace.recordings
        self.erasures = workspace.erasures
        self.clock = clock
        self.files = data / "blobs" / "recordings"
        self._arrival = arrival
        self._calls = 0

    async def call(self) -> Call:
        self._calls += 1
        arrived = self._arrival(provider_call_id=f"CA{self._calls}")
        return await self.workspace.calls.begin(arrived, "clinic", CallState.RINGING, policy=POLICY)

    async def begin(self, recordings: Recordings | None = None) -> tuple[Call, WireTap, Recorder]:
        call, tap = await self.call(), WireTap(self.clock)
        began = await (recordings or self.recordings).begin(permit(call.id), tap, lambda: None)
        return call, tap, began[1]

    async def record(self, seconds: float = 3.0, seed: int = 1) -> tuple[Call, bytes]:
        """A finished recording: its call and the interleaved mu-law that went in."""
        call, tap, recorder = await self.begin()
        caller, agent = talk(int(seconds * RATE), seed), talk(int(seconds * RATE), seed + 1)
        feed(tap, self.clock, caller, agent)
        await recorder.finish()
        await self.recordings.finish(call.id, recorder, "call-ended")
        return call, bytes(sample for pair in zip(caller, agent, strict=True) for sample in pair)

    async def written(self, call: Call, size: int) -> None:
        """Waits until so many bytes are on the disk."""
        async with asyncio.timeout(10):
            while (self.files / call.id).stat().st_size < size:
                await asyncio.sleep(0)

    async def audited(self, record_id: str) -> list[tuple[str, str, str]]:
        return [(entry.what, entry.who, entry.why) for entry in await self.workspace.audit.of(record_id)]

    async def acts(self) -> int:
        count = sa.text("SELECT count(*) FROM audit_entry WHERE what LIKE 'recording%' OR what LIKE 'transcript%'")
        return await self.workspace.database.run(lambda session: int(session.execute(count).scalar_one()))

    async def shorten(self, expires_at: datetime) -> None:
        """As a shorter period does."""
        await self.workspace.kept.cap(expires_at, expires_at)

    def others(self, blobs: BlobStore, organization_id: str, keys: Keyring) -> tuple[Recordings, Erasures]:
        """Another organization's, with a reserve of its own."""
        w, owner = self.workspace, organization_id
        database = w.database.within(owner)
        audit = AuditLog(database, owner, w.ids, w.clock)
        transcripts = Transcripts(database, owner, keys, audit, w.intents, w.ids)
        intents = Intents(Reserve(self.files.parent / "another reserve"))
        consents = ConsentLedger(database, owner, audit, intents, w.ids, w.clock)
        erasures = Erasures(database, blobs, keys, audit, transcripts, consents, intents, owner, w.clock)
        return Recordings(database, blobs, keys, audit, erasures, intents, owner, w.ids, w.clock), erasures

    def recordings_with(self, blobs: BlobStore) -> Recordings:
        """The workspace's, on another blob store."""
        w = self.workspace
        return Recordings(
            *(w.database, blobs, w.keys, w.audit, w.erasures, w.intents, w.organization_id, w.ids, w.clock)
        )


def feed(tap: WireTap, clock: ManualClock, caller: bytes, agent: bytes = b"") -> None:
    for at in range(0, len(caller), FRAME):
        tap.agent(agent[at : at + FRAME])
        clock.advance(0.02)
        tap.caller(caller[at : at + FRAME])


@pytest.fixture
def archive(workspace: Workspace, clock: ManualClock, arrival: Arrive, data: Path) -> Archive:
    """Empty."""
    return Archive(workspace, clock, arrival, data)


@pytest.fixture
async def foreign(archive: Archive, another_organization: str, ids: Ids) -> AsyncIterator[tuple[Recordings, Erasures]]:
    """Another organization's, on the same database and the same blobs."""
    w = archive.workspace
    store = FileKeyStore(w.settings.core.key_path)
    keys = Keyring.open(w.settings.core.keys_path, store, another_organization, w.clock)
    yield archive.others(LocalBlobs(archive.files.parent), another_organization, keys)
    keys.close()


async def test_a_recording_and_what_is_done_with_it_name_the_policy_of_its_call(archive: Archive) -> None:
    call, _ = await archive.record()
    row, _ = await archive.recordings.open(call.id, WHO)
    await archive.erasures.erase(call.id, WHO)
    assert row.policy == POLICY
    entries = await archive.workspace.audit.of(row.id)
    assert {entry.what for entry in entries} >= {"recording.read", "recording.erased"}
    assert {entry.policy for entry in entries} == {POLICY}


async def test_what_was_heard_comes_back_as_a_wav_file(archive: Archive) -> None:
    call, ulaw = await archive.record(3.3)
    row, reader = await archive.recordings.open(call.id, WHO)
    content = await reader.read()
    assert len(content) == reader.size
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        assert file.getnframes() == reader.frames == int(3.3 * RATE)
        assert file.readframes(file.getnframes()) == g711.decode(ulaw)
    assert (row.state, row.mode, row.duration_ms, row.end_reason) == ("completed", "one-party", 3300, "call-ended")
    assert row.expires_at == call.expires_at
    assert row.info().gaps == ()


async def test_nothing_of_it_is_on_the_disk_in_clear(archive: Archive, data: Path) -> None:
    _, ulaw = await archive.record()
    for file in [f for f in data.rglob("*") if f.is_file()]:
        content = file.read_bytes()
        assert ulaw[1000:1032] not in content
        assert ulaw[1000:1064:2] not in content


async def test_the_row_tells_what_is_on_the_disk(archive: Archive) -> None:
    call, _ = await archive.record()
    row = await archive.recordings.get(call.id)
    sealed = (archive.files / call.id).read_bytes()
    assert (row.size, row.segments) == (len(sealed), -(-len(sealed) // SEGMENT_BYTES))
    assert (await archive.recordings.get(row.id)).call_id == call.id
    assert await archive.recordings.of_calls([call.id, "none"]) == {call.id: row}


async def test_ranges_are_slices(archive: Archive) -> None:
    call, _ = await archive.record(2.0)
    _, reader = await archive.recordings.open(call.id, WHO)
    whole = await reader.read()
    edges = [0, 1, 43, 44, 45, 46, 47, 44 + 2 * FIRST_PLAIN_BYTES, 45 + 2 * (FIRST_PLAIN_BYTES + PLAIN_BYTES)]
    for start in [*edges, len(whole) - 1, len(whole), len(whole) + 10]:
        for end in [*edges, len(whole), len(whole) + 10, None]:
            assert await reader.read(start, end) == whole[start:end]
    assert b"".join([piece async for piece in reader.pieces()]) == whole
    assert b"".join([piece async for piece in reader.pieces(17, 70_001)]) == whole[17:70_001]


async def test_any_range_is_a_slice(archive: Archive) -> None:
    call, _ = await archive.record(1.5)
    _, reader = await archive.recordings.open(call.id, WHO)
    whole, ranges = await reader.read(), _ranges(reader.size)
    for start, end in ranges:
        assert await reader.read(start, end) == whole[start:end]


def _ranges(size: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []

    @settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
    @given(st.integers(0, size), st.integers(0, size))
    def collect(start: int, end: int) -> None:
        found.append((start, end))

    collect()
    return found


async def test_without_leave_nothing_is_begun(archive: Archive) -> None:
    call, tap = await archive.call(), WireTap(archive.clock)
    leave = permit(call.id)
    leave.withdraw()
    with pytest.raises(GateClosed):
        await archive.recordings.begin(leave, tap, lambda: None)
    assert await archive.recordings.find(call.id) is None
    assert not archive.files.exists()


async def test_leave_withdrawn_while_it_is_begun_leaves_nothing(archive: Archive) -> None:
    call, leave, blobs = await archive.call(), None, LocalBlobs(archive.files.parent)
    leave = permit(call.id)

    class Slow(BrokenBlobs):
        async def create(self, key: str) -> object:  # type: ignore[override]
            leave.withdraw()
            return await blobs.create(key)

    recordings = archive.recordings_with(Slow(blobs))
    with pytest.raises(GateClosed):
        await recordings.begin(leave, WireTap(archive.clock), lambda: None)
    assert await recordings.find(call.id) is None
    assert await blobs.list() == []


async def test_no_blob_no_recording(archive: Archive) -> None:
    blobs = LocalBlobs(archive.files.parent)
    with pytest.raises(BlobError):
        await archive.begin(archive.recordings_with(BrokenBlobs(blobs, create=True)))
    assert await blobs.list() == []
    rows = sa.text("SELECT count(*) FROM recording")
    assert await archive.workspace.database.run(lambda s: s.execute(rows).scalar_one()) == 0


@pytest.mark.sqlite
async def test_no_row_no_recording(archive: Archive) -> None:
    call, tap = await archive.call(), WireTap(archive.clock)
    drop = sa.text("DROP TABLE recording")
    await archive.workspace.database.run(lambda s: s.execute(drop))
    with pytest.raises(sa.exc.OperationalError):
        await archive.recordings.begin(permit(call.id), tap, lambda: None)
    feed(tap, archive.clock, talk(5 * RATE))
    assert await LocalBlobs(archive.files.parent).list() == []


async def test_it_says_what_was_required(archive: Archive) -> None:
    call = await archive.call()
    leave = permit(call.id, RecordingMode.ASSENT)
    row, recorder, _ = await archive.recordings.begin(leave, WireTap(archive.clock), lambda: None)
    assert (row.mode, row.announcement, row.state) == ("assent", "en/1", "in-progress")
    await recorder.finish()


@pytest.mark.parametrize("later_s", [0, 1, 86400])
async def test_from_its_deadline_on_nothing_can_be_read(archive: Archive, later_s: int) -> None:
    call, _ = await archive.record()
    archive.clock.advance((call.expires_at - archive.clock.now()).total_seconds() - 0.001)
    await archive.recordings.open(call.id, WHO)
    archive.clock.advance(0.001 + later_s)
    before = await archive.acts()
    with pytest.raises(KeyGone):
        await archive.recordings.open(call.id, WHO)
    assert await archive.acts() == before, "what was refused was not read"
    assert [due.call_id for due in await archive.erasures.expired(archive.clock.now())] == [call.id]


async def test_a_deadline_moves_forward_only(archive: Archive) -> None:
    call, _ = await archive.record()
    await archive.shorten(call.expires_at + timedelta(days=1))
    assert (await archive.recordings.get(call.id)).expires_at == call.expires_at
    await archive.shorten(archive.clock.now())
    with pytest.raises(KeyGone):
        await archive.recordings.open(call.id, WHO)


async def test_erased_is_gone_with_its_key(archive: Archive) -> None:
    call, _ = await archive.record()
    kept, _ = await archive.record(seed=5)
    sealed = (archive.files / call.id).read_bytes()
    assert await archive.erasures.erase(call.id, Access("caller", "demanded"))
    row = await archive.recordings.get(call.id)
    assert (row.state, row.end_reason, row.erased_at) == ("erased", "erased: demanded", archive.clock.now())
    assert not (archive.files / call.id).exists()
    before = await archive.acts()
    (archive.files / call.id).write_bytes(sealed)
    with pytest.raises(KeyGone):
        await archive.recordings.open(call.id, WHO)
    with pytest.raises(KeyGone):
        await archive.recordings.open(call.id, WHO, noted=True)
    assert await archive.acts() == before
    assert [due.call_id for due in await archive.erasures.expired(kept.expires_at)] == [kept.id]
    await archive.recordings.open(kept.id, WHO)


async def test_erasing_may_be_repeated_and_of_nothing_is_nothing(archive: Archive) -> None:
    call, _ = await archive.record()
    assert await archive.erasures.erase(call.id, WHO)
    erased_at = (await archive.recordings.get(call.id)).erased_at
    archive.clock.advance(60)
    assert await archive.erasures.erase(call.id, WHO)
    assert (await archive.recordings.get(call.id)).erased_at == erased_at
    never = await archive.call()
    assert not await archive.erasures.erase(never.id, WHO)
    assert await archive.audited(never.id) == []


async def test_an_erased_call_can_not_be_recorded_again(archive: Archive) -> None:
    call, _ = await archive.record()
    await archive.erasures.erase(call.id, WHO)
    with pytest.raises(KeyGone):
        await archive.recordings.begin(permit(call.id), WireTap(archive.clock), lambda: None)
    assert not (archive.files / call.id).exists()


async def test_each_reading_and_each_erasure_is_on_the_record(archive: Archive) -> None:
    call, _ = await archive.record()
    row = await archive.recordings.get(call.id)
    assert await archive.audited(row.id) == [], "looking at the row is no reading"
    await archive.recordings.open(row.id, WHO)
    await archive.recordings.open(call.id, Access("command-line", "export"), "recording.exported")
    await archive.erasures.erase(call.id, Access("caller", "demanded"))
    assert await archive.audited(row.id) == [
        ("recording.read", "api-key:1", "asked for"),
        ("recording.exported", "command-line", "export"),
        ("recording.erasure-demanded", "caller", "demanded"),
        ("recording.erased", "caller", "demanded"),
    ]


async def test_whoever_goes_on_with_a_reading_makes_no_other_entry(archive: Archive) -> None:
    call, ulaw = await archive.record()
    row, reader = await archive.recordings.open(call.id, WHO, noted=True)
    assert (await reader.read())[44:] == g711.decode(ulaw)
    assert await archive.audited(row.id) == []


@pytest.mark.sqlite
async def test_what_can_not_be_put_on_the_record_is_not_read(archive: Archive) -> None:
    call, _ = await archive.record()
    drop = sa.text("DROP TABLE audit_entry")
    await archive.workspace.database.run(lambda s: s.execute(drop))
    with pytest.raises(sa.exc.OperationalError):
        await archive.recordings.open(call.id, WHO)


async def _read(archive: Archive, call: Call) -> bytes:
    _, reader = await archive.recordings.open(call.id, WHO)
    return await reader.read()


async def _assert_damaged(archive: Archive, call: Call) -> None:
    """It is refused before any of it is read, and that is on the record."""
    row = await archive.recordings.get(call.id)
    with pytest.raises(Tampered) as refused:
        await archive.recordings.open(call.id, WHO)
    assert refused.value.message
    assert await archive.audited(row.id) == [("recording.damaged", WHO.who, WHO.why)]


@pytest.mark.parametrize("cut", [0, 1, 39, 40, 41, 57, SEGMENT_BYTES, 2 * SEGMENT_BYTES, 3 * SEGMENT_BYTES + 5, -1])
async def test_a_file_that_was_cut_is_refused(archive: Archive, cut: int) -> None:
    call, _ = await archive.record()
    file = archive.files / call.id
    file.write_bytes(file.read_bytes()[:cut])
    await _assert_damaged(archive, call)


@pytest.mark.parametrize("more", [b"\0", b"\0" * SEGMENT_BYTES])
async def test_a_file_with_something_appended_is_refused(archive: Archive, more: bytes) -> None:
    call, _ = await archive.record()
    with (archive.files / call.id).open("ab") as file:
        file.write(more)
    await _assert_damaged(archive, call)


@pytest.mark.parametrize("place", [0, 1, 33, 40, 41, SEGMENT_BYTES - 1, SEGMENT_BYTES, 2 * SEGMENT_BYTES + 7, -1])
async def test_a_file_that_was_changed_is_refused(archive: Archive, place: int) -> None:
    call, _ = await archive.record()
    file = archive.files / call.id
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    await _assert_damaged(archive, call)


async def test_another_calls_file_is_refused(archive: Archive) -> None:
    (call, _), (other, _) = await archive.record(), await archive.record(seed=9)
    (archive.files / call.id).write_bytes((archive.files / other.id).read_bytes())
    await _assert_damaged(archive, call)


async def test_segments_that_changed_places_are_refused(archive: Archive) -> None:
    call, _ = await archive.record()
    content = (archive.files / call.id).read_bytes()
    one, two = content[SEGMENT_BYTES : 2 * SEGMENT_BYTES], content[2 * SEGMENT_BYTES : 3 * SEGMENT_BYTES]
    (archive.files / call.id).write_bytes(content[:SEGMENT_BYTES] + two + one + content[3 * SEGMENT_BYTES :])
    await _assert_damaged(archive, call)


async def test_a_file_that_is_gone_is_missed(archive: Archive) -> None:
    call, _ = await archive.record()
    (archive.files / call.id).unlink()
    await _assert_damaged(archive, call)


async def test_a_reader_that_goes_on_is_not_given_what_was_changed_meanwhile(archive: Archive) -> None:
    call, _ = await archive.record()
    _, reader = await archive.recordings.open(call.id, WHO, noted=True)
    file = archive.files / call.id
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(Tampered):
        await reader.read()


@pytest.mark.parametrize("torn", [0, 1, 100, SEGMENT_BYTES - 1])
async def test_an_interrupted_recording_is_read_to_its_last_whole_segment(archive: Archive, torn: int) -> None:
    call, tap, recorder = await archive.begin()
    caller = talk(6 * RATE)
    feed(tap, archive.clock, caller)
    await archive.written(call, 7 * SEGMENT_BYTES)  # all but the two seconds that are held back
    assert [row.call_id for row in await after_a_kill(archive.recordings)] == [call.id]
    assert await after_a_kill(archive.recordings) == []
    file = archive.files / call.id
    whole = len(file.read_bytes()) // SEGMENT_BYTES
    file.write_bytes(file.read_bytes()[: whole * SEGMENT_BYTES] + b"\x00" * torn)
    row, reader = await archive.recordings.open(call.id, WHO)
    assert (row.state, row.end_reason) == ("interrupted", "service-stopped")
    samples = (FIRST_PLAIN_BYTES + (whole - 1) * PLAIN_BYTES) // 2
    assert whole == 7
    content = (await reader.read())[44:]
    assert content[0::4] == g711.decode(caller[:samples])[0::2]
    assert reader.frames == samples
    await recorder.discard()


async def test_a_recording_interrupted_before_its_first_segment_is_empty(archive: Archive) -> None:
    call, _, recorder = await archive.begin()
    await after_a_kill(archive.recordings)
    _, reader = await archive.recordings.open(call.id, WHO)
    assert (reader.frames, len(await reader.read())) == (0, 44)
    await recorder.discard()


async def test_another_organizations_recording_is_not_there(
    archive: Archive, foreign: tuple[Recordings, Erasures]
) -> None:
    recordings, erasures = foreign
    call, _ = await archive.record()
    row = await archive.recordings.get(call.id)
    for name in (call.id, row.id):
        assert await recordings.find(name) is None
        with pytest.raises(NotFound):
            await recordings.open(name, WHO)
        with pytest.raises(NotFound):
            await recordings.open(name, WHO, noted=True)
    assert await recordings.of_calls([call.id]) == {}
    assert await erasures.expired(call.expires_at) == []
    await erasures.demand(call.id, WHO)
    assert await erasures.demanded() == await archive.erasures.demanded() == []
    assert not await erasures.erase(call.id, WHO)
    assert await after_a_kill(recordings) == []
    assert await archive.audited(row.id) == []
    assert len(await _read(archive, call)) > 44


# How it begins.


class Killed(BaseException):
    """The process is gone."""


Step = tuple[str, str]
STEPS: list[Step] = [
    ("keys", "create"),
    ("blobs", "create"),
    ("database", "run"),
    ("keys", "bring_forward"),
]


def _before(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, step: Step, act: Callable[[], Awaitable[None]], skip: int = 0
) -> None:
    """Does something before a step is taken for the first time after so many others."""
    owner: Any = archive.recordings._blobs if step[0] == "blobs" else getattr(archive.workspace, step[0])
    real, left = getattr(owner, step[1]), [skip, 1]

    async def first(*arguments: Any, **more: Any) -> Any:
        if left[0]:
            left[0] -= 1
        elif left[1]:
            left[1] = 0
            await act()
        return await real(*arguments, **more)

    monkeypatch.setattr(owner, step[1], first)


def _raises(error: BaseException) -> Callable[[], Awaitable[None]]:
    async def fail() -> None:
        raise error

    return fail


async def test_its_row_comes_first(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await archive.call()
    found: list[tuple[str, str]] = []

    async def look() -> None:
        row = await archive.recordings.get(call.id)
        found.append((row.state, row.blob))

    _before(archive, monkeypatch, ("keys", "create"), look)
    _, recorder, _ = await archive.recordings.begin(permit(call.id), WireTap(archive.clock), lambda: None)
    assert found == [("in-progress", f"recordings/{call.id}")]
    await recorder.discard()


@pytest.mark.parametrize("error", [OSError("dead"), BlobError("dead")])
@pytest.mark.parametrize("step", STEPS)
async def test_a_beginning_that_fails_leaves_nothing(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, step: Step, error: Exception
) -> None:
    call, tap = await archive.call(), WireTap(archive.clock)
    with monkeypatch.context() as patch:
        # The row is the first that is written in the database; what fails here is what follows it.
        _before(archive, patch, step, _raises(error), skip=1 if step == ("database", "run") else 0)
        with pytest.raises(type(error)):
            await archive.recordings.begin(permit(call.id), tap, lambda: None)
    feed(tap, archive.clock, talk(5 * RATE))
    assert await archive.recordings.find(call.id) is None
    assert await archive.erasures.demanded() == await archive.erasures.expired(call.expires_at) == []
    assert await LocalBlobs(archive.files.parent).list() == []
    with pytest.raises(KeyGone):
        await archive.workspace.keys.get(KeyKind.CALL, call.id)


async def test_a_beginning_that_can_not_be_undone_now_is_undone_later(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, tap = await archive.call(), WireTap(archive.clock)
    with monkeypatch.context() as patch:
        _before(archive, patch, ("keys", "bring_forward"), _raises(OSError("dead")))
        _before(archive, patch, ("keys", "destroy_all"), _raises(BlobError("dead")))
        with pytest.raises(OSError, match="dead"):
            await archive.recordings.begin(permit(call.id), tap, lambda: None)
    with pytest.raises(KeyGone):
        await archive.recordings.open(call.id, WHO)
    assert await archive.erasures.demanded() == [call.id]
    await archive.erasures.erase(call.id, Access("sweep", "again"))
    assert await LocalBlobs(archive.files.parent).list() == []
    assert await archive.erasures.demanded() == []


@pytest.mark.parametrize("step", STEPS)
async def test_a_beginning_that_is_killed_leaves_nothing_that_nobody_knows_of(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    call = await archive.call()
    with monkeypatch.context() as patch:
        _before(archive, patch, step, _raises(Killed()), skip=1 if step == ("database", "run") else 0)
        with pytest.raises(Killed):
            await archive.recordings.begin(permit(call.id), WireTap(archive.clock), lambda: None)
    assert (await archive.recordings.get(call.id)).state == "in-progress", "which the next start finds"
    kept = await after_a_kill(archive.recordings)
    if step in (("keys", "create"), ("blobs", "create")):
        assert kept == []
        assert await archive.recordings.find(call.id) is None
        with pytest.raises(KeyGone):
            await archive.workspace.keys.get(KeyKind.CALL, call.id)
    else:
        assert [row.call_id for row in kept] == [call.id]
        assert [due.call_id for due in await archive.erasures.expired(call.expires_at)] == [call.id]


async def test_a_beginning_that_is_killed_before_its_row_is_written_leaves_nothing(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await archive.call()
    with monkeypatch.context() as patch:
        _before(archive, patch, ("database", "run"), _raises(Killed()))
        with pytest.raises(Killed):
            await archive.recordings.begin(permit(call.id), WireTap(archive.clock), lambda: None)
    assert await archive.recordings.find(call.id) is None
    assert not archive.files.exists()


# Its deadline is its call's.


@pytest.mark.parametrize("step", [None, *STEPS])
async def test_a_period_shortened_while_a_recording_begins_holds_for_it(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, step: Step | None
) -> None:
    call = await archive.call()
    sooner = archive.clock.now() + timedelta(days=1)
    assert sooner < call.expires_at

    async def shorten() -> None:
        await archive.shorten(sooner)

    with monkeypatch.context() as patch:
        if step is None:
            await shorten()
        else:
            _before(archive, patch, step, shorten, skip=1 if step == ("database", "run") else 0)
        _, recorder, _ = await archive.recordings.begin(permit(call.id), WireTap(archive.clock), lambda: None)
    await recorder.finish()
    await archive.recordings.finish(call.id, recorder, "call-ended")
    assert (await archive.recordings.get(call.id)).expires_at == sooner
    archive.clock.advance(timedelta(days=1).total_seconds())
    with pytest.raises(KeyGone):
        await archive.workspace.keys.get(KeyKind.CALL, call.id)
    with pytest.raises(KeyGone):
        await archive.recordings.open(call.id, WHO)


async def test_a_recording_that_begins_while_the_period_is_shortened_has_the_shorter_one(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await archive.call()
    sooner = archive.clock.now() + timedelta(days=1)

    async def begins() -> None:
        _, recorder, _ = await archive.recordings.begin(permit(call.id), WireTap(archive.clock), lambda: None)
        await recorder.discard()

    _before(archive, monkeypatch, ("keys", "bring_forward"), begins)
    await archive.shorten(sooner)
    assert (await archive.recordings.get(call.id)).expires_at == sooner


async def test_a_call_that_is_not_there_is_not_recorded(archive: Archive) -> None:
    with pytest.raises((sa.exc.NoResultFound, sa.exc.IntegrityError)):
        await archive.recordings.begin(permit("no such call"), WireTap(archive.clock), lambda: None)
    assert not archive.files.exists()


async def test_a_clock_that_is_set_ahead_in_a_call_loses_no_key(archive: Archive) -> None:
    call, tap, recorder = await archive.begin()
    feed(tap, archive.clock, talk(3 * RATE))
    archive.clock.jump(days=40)
    await recorder.finish()
    row = await archive.recordings.finish(call.id, recorder, "call-ended")
    assert (row.state, row.end_reason) == ("completed", "call-ended")
    archive.clock.jump(days=-40)
    assert len(await _read(archive, call)) > 44
