"""Commands about what is kept: export, words, deletion, periods, sweeps."""

import asyncio
import json
import wave
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from laws.house import CALLED, CALLER, Scene
from op26x.calls import Arrival, CallState, Direction, Workspace
from op26x.cli import app
from op26x.clock import ManualClock
from op26x.errors import BlobError
from op26x.recording import WireTap
from op26x.settings import Settings

Run = Callable[..., tuple[int, str, str]]
AUDIO = bytes(range(160)) * 75
WORDS = "tuesday at ten"


@pytest.fixture
def op26x(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; returns exit code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = app.run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def call_id(settings: Settings) -> str:
    """A call that was recorded just now, by the machine's clock, which the commands go by."""

    async def record() -> str:
        workspace, clock = Workspace.open(settings), ManualClock()
        arrival = Arrival("twilio", "CA1", Direction.INBOUND, CALLER, CALLED)
        call = await workspace.calls.begin(arrival, "clinic", CallState.RINGING)
        await Scene(settings.core.data, clock, workspace, call, WireTap(clock)).record(AUDIO, words=WORDS)
        workspace.close()
        return call.id

    return asyncio.run(record())


def audit(settings: Settings, record_id: str) -> list[tuple[str, str, str]]:
    """What the audit log says of a record."""
    workspace = Workspace.open(settings)
    try:
        return [(e.who, e.what, e.why) for e in asyncio.run(workspace.audit.of(record_id))]
    finally:
        workspace.close()


def test_recordings_are_listed(op26x: Run, call_id: str) -> None:
    code, out, _ = op26x("recording", "list", "--json")
    (row,) = json.loads(out)
    assert (code, row["call_id"], row["state"], row["duration_ms"]) == (0, call_id, "completed", 1500)
    code, out, _ = op26x("recording", "list")
    assert row["id"] in out
    assert "completed" in out


def test_without_any_it_says_where_to_look(op26x: Run) -> None:
    assert "op26x calls list" in op26x("recording", "list")[1]


def test_a_recording_is_exported_and_that_is_on_record(
    op26x: Run, settings: Settings, call_id: str, tmp_path: Path
) -> None:
    file = tmp_path / "out.wav"
    code, out, _ = op26x("recording", "export", call_id, str(file), "--why", "complaint")
    assert code == 0
    assert "not encrypted" in out
    assert file.stat().st_mode & 0o777 == 0o600
    with wave.open(str(file)) as exported:
        assert (exported.getnchannels(), exported.getnframes()) == (2, len(AUDIO))
    recording = json.loads(op26x("recording", "list", "--json")[1])[0]["id"]
    assert audit(settings, recording) == [("command-line", "recording.exported", "complaint")]
    assert op26x("recording", "export", recording, str(tmp_path / "again.wav"))[0] == 0


def test_an_export_overwrites_nothing(op26x: Run, call_id: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.wav"
    file.write_text("mine")
    code, _, err = op26x("recording", "export", call_id, str(file))
    assert code == 2
    assert "is there already" in err
    assert file.read_text() == "mine"
    code, _, err = op26x("recording", "export", call_id, str(tmp_path / "no" / "such.wav"))
    assert (code, "can't be written" in err) == (2, True)


def test_words_are_printed(op26x: Run, settings: Settings, call_id: str) -> None:
    code, out, _ = op26x("recording", "transcript", call_id, "--json")
    assert (code, [row["text"] for row in json.loads(out)]) == (0, [WORDS])
    assert audit(settings, call_id) == [("command-line", "transcript.read", "shown")]


def test_deletion_is_final(op26x: Run, call_id: str, tmp_path: Path) -> None:
    assert op26x("recording", "delete", call_id)[0] == 0
    code, _, err = op26x("recording", "export", call_id, str(tmp_path / "out.wav"))
    assert code == 1
    assert "can't be read any more" in err
    assert not (tmp_path / "out.wav").exists()
    assert "Nothing was said" in op26x("recording", "transcript", call_id)[1]


@pytest.mark.parametrize("command", [["export", "01UNKNOWN", "x.wav"], ["transcript", "01X"], ["delete", "01X"]])
def test_what_is_not_there_is_wrong_use(op26x: Run, command: list[str]) -> None:
    code, _, err = op26x("recording", *command)
    assert (code, "There is no recording" in err) == (2, True)


def test_a_period_is_shown_before_it_is_set(op26x: Run, call_id: str) -> None:
    code, out, _ = op26x("retention", "set", "7")
    assert code == 0
    assert "moves the deadline of 1 more" in out
    assert "--yes" in out
    assert json.loads(op26x("retention", "show", "--json")[1]) == [{"id": "retention", "days": 30}]
    assert "Done." in op26x("retention", "set", "7", "--yes")[1]
    assert json.loads(op26x("retention", "show", "--json")[1]) == [{"id": "retention", "days": 7}]
    assert op26x("retention", "set", "0")[0] == 2


def test_a_sweep_goes_by_the_time_it_is_given(op26x: Run, call_id: str) -> None:
    assert "Nothing is overdue" in op26x("retention", "sweep")[1]
    later = (datetime.now(UTC) + timedelta(days=31)).isoformat()
    rows = json.loads(op26x("retention", "sweep", "--dry-run", "--at", later, "--json")[1])
    assert rows == [{"id": call_id, "result": "would be erased"}]
    assert json.loads(op26x("retention", "sweep", "--at", later, "--json")[1]) == [{"id": call_id, "result": "erased"}]
    assert json.loads(op26x("retention", "sweep", "--at", later, "--json")[1]) == []
    (call,) = json.loads(op26x("calls", "list", "--json")[1])
    assert (call["caller"], call["erased_at"] is not None) == ("withheld", True)


def test_a_sweep_that_fails_says_so(op26x: Run, settings: Settings, call_id: str) -> None:
    blobs = settings.core.data / "blobs" / "recordings"
    later = (datetime.now(UTC) + timedelta(days=31)).isoformat()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("op26x.storage.local_blobs.LocalBlobs.delete", _fails)
        code, out, _ = op26x("retention", "sweep", "--at", later, "--json")
    assert (code, json.loads(out)) == (1, [{"id": call_id, "result": "failed: the next sweep tries again"}])
    assert list(blobs.iterdir())
    assert op26x("retention", "sweep", "--at", later)[0] == 0
    assert not list(blobs.iterdir())


async def _fails(_store: object, _key: str) -> bool:
    raise BlobError("The disk does not answer.", "Mend it.")
