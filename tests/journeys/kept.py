"""What is kept of a call: read back through the API, and looked up on the disk behind its back."""

import hashlib
import io
import sqlite3
import wave
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from journeys.house import House
from journeys.line import Tone, tones
from op26x import g711
from op26x.client import CallDetail, RecordingSummary
from op26x.errors import KeyGone, NotFound
from op26x.settings import Settings

WHY = "a test"


@dataclass(frozen=True)
class Kept:
    """A recorded call as it reads back.

    Attributes:
        detail: The call.
        recording: Its recording.
        caller: The left channel, 16-bit samples at 8 kHz.
        agent: The right one.
        words: Who said what, in order.
    """

    detail: CallDetail
    recording: RecordingSummary
    caller: np.ndarray[Any, np.dtype[np.int16]]
    agent: np.ndarray[Any, np.dtype[np.int16]]
    words: list[tuple[str, str]]

    @property
    def zero(self) -> int:
        """Where it begins, in samples from the start of the media stream."""
        return self.recording.started_ms * 8

    @property
    def consents(self) -> list[tuple[str, str, str]]:
        """State, evidence and value of each entry about it, in order."""
        return consents(self.detail)

    @property
    def tunes(self) -> list[int]:
        """How high each stretch of the agent's track is."""
        return [tone.hertz for tone in self.agent_tones]

    @property
    def agent_tones(self) -> list[Tone]:
        """The agent's track as tones."""
        return tones(g711.encode(self.agent.tobytes()))

    def said_by(self, speaker: str) -> list[str]:
        """The words of one side."""
        return [text for who, text in self.words if who == speaker]


async def kept(home: House, call_id: str = "") -> Kept:
    """Reads a recorded call through the API; by default the newest."""
    detail = await home.record(call_id)
    assert detail.recording is not None, f"nothing was recorded: {detail.call.recording_outcome}"
    record_id = detail.recording.id
    audio = await home.ask(lambda client: client.audio(record_id, WHY))
    turns = await home.ask(lambda client: client.transcript(record_id, WHY))
    with wave.open(io.BytesIO(audio)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        stereo = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    words = [(turn.speaker, turn.text) for turn in turns]
    return Kept(detail, detail.recording, stereo[:, 0].copy(), stereo[:, 1].copy(), words)


def consents(detail: CallDetail) -> list[tuple[str, str, str]]:
    """State, evidence and value of each entry about a call, in order."""
    return [(entry.state, entry.evidence, entry.value) for entry in detail.consents]


def blobs(settings: Settings) -> list[Path]:
    """The files of the blob store."""
    return [file for file in (settings.core.data / "blobs").rglob("*") if file.is_file()]


def call_keys(settings: Settings) -> list[bytes | None]:
    """The wrapped keys of calls as they are in the key database; ``None`` for one that was destroyed."""
    query = "select wrapped from key_entry left join key_slot on key_slot.id = slot where kind = 'call'"
    with _reading(settings.core.keys_path) as database:
        return [wrapped for (wrapped,) in database.execute(query)]


def count(settings: Settings, table: str) -> int:
    """Rows of a table of the database."""
    with _reading(settings.core.database_path) as database:
        (rows,) = database.execute(f"select count(*) from {table}").fetchone()
    return int(rows)


def sealed_as_told(settings: Settings, recording: RecordingSummary) -> None:
    """The one file of the blob store is what the row says."""
    (file,) = blobs(settings)
    content = file.read_bytes()
    assert file.name == recording.call_id
    assert (len(content), hashlib.sha256(content).hexdigest()) == (recording.size, recording.sha256)
    assert file.stat().st_mode & 0o077 == 0


async def nothing_kept(home: House, outcome: str) -> CallDetail:
    """Neither audio nor words nor a key of the newest call are anywhere; returns the call."""
    detail = await home.record()
    assert (detail.call.recording_outcome, detail.recording) == (outcome, None)
    assert (blobs(home.settings), call_keys(home.settings)) == ([], [])
    assert (count(home.settings, "recording"), count(home.settings, "transcript_line")) == (0, 0)
    with pytest.raises(NotFound):
        await home.ask(lambda client: client.audio(detail.call.id, WHY))
    return detail


async def nothing_left(home: House, wrapped: bytes) -> CallDetail:
    """The newest call's recording was erased: bytes, words and the wrapped key are gone from the disk."""
    detail = await home.record()
    assert detail.recording is not None
    assert detail.recording.state == "erased"
    assert (blobs(home.settings), call_keys(home.settings)) == ([], [None])
    assert count(home.settings, "transcript_line") == 0
    for file in home.settings.core.keys_path.parent.iterdir():
        assert wrapped not in file.read_bytes(), f"the wrapped key is still in {file.name}"
    record_id = detail.recording.id
    with pytest.raises(KeyGone):
        await home.ask(lambda client: client.audio(record_id, WHY))
    with pytest.raises(KeyGone):
        await home.ask(lambda client: client.transcript(record_id, WHY))
    return detail


def _reading(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(path))
