"""What a recording needs is gone: the process, the disk, the keys. The call goes on where there is still one."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from journeys.conftest import OpenHouse
from journeys.documents import agent, says
from journeys.house import House, OtherProcess
from journeys.kept import blobs, call_keys, consents, count, kept
from journeys.line import BRIEFLY, Line
from journeys.stubs import NOTICES
from op26x import Provider, ServiceRequest, g711, hookimpl
from op26x.consent import Notice
from op26x.errors import BlobError
from op26x.recording import recorder
from op26x.settings import CoreSettings
from op26x.storage import BlobStore
from op26x.storage.local_blobs import LocalBlobs, LocalBlobWriter
from op26x.vault.sealed_stream import SEGMENT_BYTES

ANNOUNCED = NOTICES[Notice.ANNOUNCE]
NOISE = random.Random(4).randbytes(3 * 8000)


class FullWriter:
    """Writes until the disk is full.

    Args:
        writer: Does it.
        room: Bytes left.
    """

    def __init__(self, writer: LocalBlobWriter, room: int) -> None:
        self._writer = writer
        self._room = room

    async def append(self, data: bytes) -> None:
        """Raises once there is no room for all of it."""
        if len(data) > self._room:
            raise BlobError("The blob can't be written: the disk is full.")
        self._room -= len(data)
        await self._writer.append(data)

    async def close(self) -> None:
        """As usual."""
        await self._writer.close()


class SmallDisk:
    """A plugin with a blob store ``small`` that has room for so many bytes per blob.

    Args:
        room: None of it means that no blob can be made either.
    """

    def __init__(self, room: int) -> None:
        self.room = room

    @hookimpl
    def op26x_blob_store(self) -> Provider[BlobStore]:
        """The store."""
        return Provider("small", self._build)

    def _build(self, request: ServiceRequest) -> Any:
        room = self.room

        class Small(LocalBlobs):
            async def create(self, key: str) -> Any:
                """A writer with little room."""
                if not room:
                    raise BlobError("The blob can't be created: the disk is full.")
                return FullWriter(await super().create(key), room)

        return Small(request.settings_of(CoreSettings).data / "blobs")


def _same(track: Any, said: bytes, zero: int) -> bool:
    """Whether a channel is what was said, from where it begins to where it ends."""
    spoken = np.frombuffer(g711.decode(said), "<i2")[zero : zero + len(track)]
    return np.array_equal(track, spoken)


async def _goes_on(home: House, line: Line, told: list[int]) -> None:
    """The caller hears how it stands, and the call goes on."""
    line.say(BRIEFLY)
    await line.heard_whole(800)
    await line.hang_up()
    await home.witness.end()
    assert (line.tunes, line.stream.ears.clears) == ([*told, 800], 0)
    call = (await home.record()).call
    assert (call.state, call.vendor_errors, call.recording_outcome) == ("completed", 0, "failed")


@pytest.mark.real_time
async def test_the_service_is_killed(tmp_path: Path) -> None:
    service = OtherProcess(tmp_path, agent(recording="announce", llm=says("At 800 " + "and so on " * 60)))
    async with service.running() as home:
        line = await home.ring()
        await line.heard_whole(500)
        line.say(BRIEFLY + NOISE)
        await line.until(lambda: sum(file.stat().st_size for file in blobs(service.settings)) > 3 * SEGMENT_BYTES)
        service.kill()
        assert service.process
        await service.process.wait()
        await asyncio.wait([line.living])
    (file,) = blobs(service.settings)
    before = file.read_bytes()
    async with service.running() as home:
        record = await kept(home)
        call = record.detail.call
        assert (call.state, call.end_reason) == ("failed", "service-stopped")
        assert (record.recording.state, record.recording.end_reason) == ("interrupted", "service-stopped")
        assert (call.recording_mode, call.recording_outcome) == ("announce", "interrupted")
        assert file.read_bytes() == before, "nothing is mended, nothing is lost"
        whole = len(before) // SEGMENT_BYTES
        assert len(record.caller) >= whole * (SEGMENT_BYTES - 16) // 2 - 64, "readable to the last whole segment"
        assert record.tunes[:2] == [ANNOUNCED, 500]
        assert record.caller.any()
        assert _same(record.caller, bytes(line.stream.spoken), record.zero)
        assert ("agent", "At 500 hello.") in record.words


async def test_the_disk_is_full(house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "HOLD_BACK_S", 0.2)
    home = await house(SmallDisk(3 * SEGMENT_BYTES), recording="announce", settings={"blobs": "small"})
    line = await home.ring()
    await line.heard_whole(500)
    await home.witness.until(lambda: home.witness.recordings)
    async with asyncio.timeout(20):
        while (await home.record()).recording.state == "in-progress":
            await asyncio.sleep(0.05)
    await line.heard_whole(NOTICES[Notice.STOPPED])
    await _goes_on(home, line, [ANNOUNCED, 500, NOTICES[Notice.STOPPED]])
    record = await kept(home)
    assert (record.recording.state, record.recording.end_reason) == ("interrupted", "storage-failed")
    (file,) = blobs(home.settings)
    assert file.stat().st_size == record.recording.size == 3 * SEGMENT_BYTES
    assert record.tunes[0] == ANNOUNCED, "what was written before is readable"
    assert 800 not in record.tunes
    assert "good morning" not in record.said_by("caller"), "no words without the sound"


async def test_the_disk_was_full_before(house: OpenHouse) -> None:
    home = await house(SmallDisk(0), recording="announce", settings={"blobs": "small"})
    line = await home.ring()
    await line.heard_whole(500)
    await _goes_on(home, line, [ANNOUNCED, NOTICES[Notice.NOT_RECORDED], 500])
    assert (await home.record()).recording is None
    assert (blobs(home.settings), home.witness.recordings) == ([], [])
    assert count(home.settings, "transcript_line") == 0


async def test_the_disk_is_full_while_the_caller_is_thanked(house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "HOLD_BACK_S", 0.0)
    home = await house(SmallDisk(1), recording="assent", settings={"blobs": "small"})
    line = await home.ring()
    await line.heard_whole(NOTICES[Notice.ASSENT])
    await line.press("1")
    await line.heard_whole(500)
    told = [NOTICES[notice] for notice in (Notice.ASSENT, Notice.GRANTED, Notice.STOPPED)]
    if NOTICES[Notice.GRANTED] not in line.tunes:  # it was full even before that, and then nobody says that it records
        told.remove(NOTICES[Notice.GRANTED])
    await _goes_on(home, line, [*told, 500])


async def test_no_key_can_be_made(house: OpenHouse) -> None:
    home = await house(recording="announce")
    with closing(sqlite3.connect(home.settings.core.keys_path)) as database:
        database.execute(
            "create trigger full before insert on key_slot begin select raise(abort, 'the disk is full'); end"
        )
    line = await home.ring()
    await line.heard_whole(500)
    await _goes_on(home, line, [ANNOUNCED, NOTICES[Notice.NOT_RECORDED], 500])
    detail = await home.record()
    assert detail.recording is None
    assert [state for state, _, _ in consents(detail)] == ["granted"]
    assert (blobs(home.settings), call_keys(home.settings), home.witness.recordings) == ([], [], [])
    assert count(home.settings, "transcript_line") == 0


async def test_the_keys_are_gone_before_a_call(house: OpenHouse) -> None:
    home = await house(recording="announce")
    home.settings.core.keys_path.unlink()
    line = await home.ring()
    await line.heard_whole(500)
    await _goes_on(home, line, [ANNOUNCED, NOTICES[Notice.NOT_RECORDED], 500])
    assert (await home.record()).recording is None
    assert (blobs(home.settings), home.witness.recordings) == ([], [])


async def test_the_keys_are_gone_in_a_call(house: OpenHouse) -> None:
    home = await house(recording="announce")
    line = await home.ring()
    await line.heard_whole(500)
    home.settings.core.keys_path.unlink()
    await _goes_on(home, line, [ANNOUNCED, 500])
    recording = (await home.record()).recording
    assert recording is not None
    assert (recording.state, recording.end_reason) == ("interrupted", "key-lost")
