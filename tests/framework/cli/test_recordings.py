"""The commands about what is kept: recordings and retention."""

import asyncio
import errno
import fcntl
import io
import json
import os
import re
import signal
import subprocess
import sys
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from framework.cli.conftest import Run
from laws.house import Scene
from op26x.calls import Arrival, CallState, Direction, Workspace
from op26x.clock import ManualClock, SystemClock
from op26x.ids import Ids
from op26x.recording import WireTap
from op26x.recording.playback import WavReader
from op26x.retention.trusted_time import ClockReading
from op26x.settings import Settings
from op26x.storage import BlobStore
from op26x.types import PhoneNumber
from op26x.vault import KeyKind
from workspaces import close_workspace, open_workspace

AUDIO = bytes(range(100, 120)) * 800
WORDS = "my name is mary brown"
MISSING = "01AAAAAAAAAAAAAAAAAAAAAAAA"


def recorded(workspace: Workspace, clock: ManualClock, folder: Path, sid: str) -> str:
    """A recorded call; returns its identifier."""

    async def write() -> str:
        numbers = PhoneNumber("+12125559876"), PhoneNumber("+12125554321")
        call = await workspace.calls.begin(
            Arrival("twilio", sid, Direction.INBOUND, *numbers), "clinic", CallState.RINGING
        )
        await Scene(folder, clock, workspace, call, WireTap(clock)).record(AUDIO, words=WORDS)
        return call.id

    return asyncio.run(write())


@pytest.fixture
def running(settings: Settings, tmp_path: Path) -> Iterator[tuple[Workspace, str, str]]:
    """A workspace that stays open, as a running service's does, with a fresh call and one that is overdue."""
    now = ManualClock(at=SystemClock().now())
    workspace = open_workspace(settings, now, Ids(now))
    fresh = recorded(workspace, now, tmp_path, "CA1")
    close_workspace(workspace)
    before = ManualClock(at=SystemClock().now() - timedelta(days=31))
    workspace = open_workspace(settings, before, Ids(before))
    yield workspace, fresh, recorded(workspace, before, tmp_path, "CA2")
    close_workspace(workspace)


def entries(workspace: Workspace, record_id: str) -> list[tuple[str, str, str]]:
    """What the audit log has of a record."""
    return [(e.who, e.what, e.why) for e in asyncio.run(workspace.audit.of(record_id))]


Running = tuple[Workspace, str, str]


def test_recordings_are_listed_newest_first(op26x: Run, running: Running) -> None:
    _, fresh, overdue = running
    code, out, err = op26x("recordings", "list", "--json")
    rows = json.loads(out)
    assert (code, err) == (0, "")
    assert [row["call_id"] for row in rows] == [fresh, overdue]
    assert {row["state"] for row in rows} == {"completed"}
    code, out, _ = op26x("recordings", "list")
    assert (code, rows[0]["id"] in out) == (0, True)


def test_an_empty_list_says_what_to_do(op26x: Run, empty: None) -> None:
    assert op26x("recordings", "list", "--json")[:2] == (0, "[]\n")
    assert "op26x calls list" in op26x("recordings", "list")[1]


def test_an_export_is_stereo_and_noted(op26x: Run, running: Running, tmp_path: Path) -> None:
    workspace, fresh, _ = running
    row = asyncio.run(workspace.recordings.get(fresh))
    for number, record_id in enumerate((fresh, row.id)):
        target = tmp_path / f"{number}.wav"
        code, out, err = op26x("recordings", "export", record_id, str(target), "--why", "complaint 7")
        assert (code, err) == (0, "")
        assert "not encrypted" in out
        assert target.stat().st_mode & 0o777 == 0o600
        with wave.open(io.BytesIO(target.read_bytes())) as sound:
            assert sound.getparams()[:4] == (2, 2, 8000, len(AUDIO))
    assert entries(workspace, row.id) == [("command-line", "recording.exported", "complaint 7")] * 2


def test_an_export_overwrites_nothing(op26x: Run, running: Running, tmp_path: Path) -> None:
    target = tmp_path / "there.wav"
    target.write_text("mine")
    code, _, err = op26x("recordings", "export", running[1], str(target))
    assert (code, target.read_text()) == (2, "mine")
    assert "Choose another name" in err


def test_an_export_to_where_nothing_can_be_written_says_so(op26x: Run, running: Running, tmp_path: Path) -> None:
    code, _, err = op26x("recordings", "export", running[1], str(tmp_path / "nowhere" / "out.wav"))
    assert (code, "Choose another place" in err) == (2, True)


def test_the_transcript_is_printed_and_noted(op26x: Run, running: Running) -> None:
    workspace, fresh, _ = running
    code, out, _ = op26x("transcripts", "show", fresh, "--json", "--why", "complaint 7")
    (row,) = json.loads(out)
    assert (code, row["speaker"], row["text"]) == (0, "caller", WORDS)
    assert entries(workspace, fresh) == [("command-line", "transcript.read", "complaint 7")]


@pytest.mark.parametrize("command", ["recordings export", "transcripts show"])
def test_what_is_overdue_can_not_be_read_swept_or_not(
    op26x: Run, running: Running, tmp_path: Path, command: str
) -> None:
    target = tmp_path / "out.wav"
    for _ in range(2):
        code, out, err = op26x(*command.split(), running[2], *([str(target)] if "export" in command else []))
        assert (code, out, target.exists()) == (1, "", False)
        assert "nobody can read it any more" in err
        assert op26x("retention", "sweep")[0] == 0


ROWS = """redact:
  - {at: transcript, entity: PERSON, action: mask}
"""


def test_what_is_stored_is_redacted_after_it_was_shown(op26x: Run, running: Running) -> None:
    workspace, fresh, _ = running
    assert "Nothing was found that may not be kept" in op26x("redact", "--policy", "secrets", "--yes")[1]
    code, out, err = op26x("redact", "--policy", "everything", "--dry-run", "--json")
    (told,) = json.loads(out)
    assert (code, err, told["call_id"], told["found"], told["turns"]) == (0, "", fresh, {"PERSON": 1}, 1)
    assert WORDS in op26x("transcripts", "show", fresh)[1]
    code, out, _ = op26x("redact", "--policy", "everything", "--yes")
    assert (code, "PERSON 1" in out) == (0, True)
    assert "my name is <PERSON_1>" in op26x("transcripts", "show", fresh)[1]
    row = asyncio.run(workspace.recordings.get(fresh))
    assert ("command-line", "recording.redacted", "redacted: PERSON 1") in entries(workspace, row.id)
    assert "Nothing was found that may not be kept" in op26x("redact", "--policy", "everything", "--yes")[1]


def test_a_policy_may_be_a_file_and_a_call_the_only_one(op26x: Run, running: Running, tmp_path: Path) -> None:
    (tmp_path / "rows.yaml").write_text(ROWS)
    code, out, _ = op26x("redact", "--policy", str(tmp_path / "rows.yaml"), "--call", running[1], "--yes", "--json")
    assert (code, json.loads(out)[0]["audio_s"]) == (0, 0.0)
    assert "my name is <PERSON>" in op26x("transcripts", "show", running[1])[1]


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("off", "lets everything be kept"),
        ("nowhere.yaml", "There is no policy"),
        ("redact: [{at: llm, entity: ALL, action: mask}]", "lets everything be kept"),
        ("redact: [{at: moon, entity: ALL, action: mask}]", "can't be read"),
        ("nothing: 1", "can't be read"),
        ("redact: [{at: audio, entity: CRAD, action: mask}]", "names CRAD, which nothing finds"),
    ],
)
def test_a_policy_that_is_none_changes_nothing(
    op26x: Run, running: Running, tmp_path: Path, policy: str, message: str
) -> None:
    if " " in policy:
        (tmp_path / "rows.yaml").write_text(policy)
        policy = str(tmp_path / "rows.yaml")
    code, out, err = op26x("redact", "--policy", policy, "--yes")
    assert (code, out) == (2, "")
    assert message in err


def test_one_that_is_damaged_is_told_and_the_others_are_redacted(op26x: Run, running: Running) -> None:
    workspace, fresh, _ = running
    sql = sa.text("UPDATE transcript_line SET speaker = 'agent' WHERE call_id = :id")
    asyncio.run(workspace.database.run(lambda session: session.execute(sql, {"id": fresh})))
    code, out, err = op26x("redact", "--policy", "everything", "--yes")
    assert (code, fresh in err, "Nothing was found" in out) == (1, True, True)
    assert op26x("redact", "--policy", "everything", "--call", fresh, "--yes")[0] == 1


def test_deleting_is_for_good_and_noted(op26x: Run, running: Running, data: Path, tmp_path: Path) -> None:
    workspace, fresh, _ = running
    assert op26x("recordings", "delete", fresh, "--yes", "--why", "the caller asked")[0] == 0
    assert not list((data / "blobs").rglob(fresh))
    row = asyncio.run(workspace.recordings.get(fresh))
    assert row.state == "erased"
    acts = ["recording.erasure-demanded", "recording.erased"]
    assert entries(workspace, row.id) == [("command-line", act, "the caller asked") for act in acts]
    assert op26x("recordings", "export", fresh, str(tmp_path / "out.wav"))[0] == 1
    assert op26x("transcripts", "show", fresh)[0] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["recordings", "nonsense"],
        ["recordings", "export", MISSING],
        ["recordings", "export", MISSING, "out.wav"],
        ["transcripts", "show", MISSING],
        ["recordings", "delete", MISSING],
        ["retention", "set", "many"],
        ["retention", "set", "0"],
        ["retention", "set", "3651", "--yes"],
        ["retention", "sweep", "--at", "soon"],
        ["retention", "sweep", "--trust-clock", "--dry-run"],
        ["retention", "sweep", "--trust-clock", "--at", "2026-01-01"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_2(op26x: Run, arguments: list[str]) -> None:
    code, out, err = op26x(*arguments)
    assert code == 2
    assert out + err


def test_the_period_is_shown_and_changed_only_when_told(op26x: Run, running: Running) -> None:
    workspace, fresh, _ = running
    assert json.loads(op26x("retention", "show", "--json")[1])["days"] == 30
    what = "erases 1 calls at the next sweep and moves the deadline of 1 more; 0 keep theirs"
    code, out, err = op26x("retention", "set", "7")
    assert (code, out, what in " ".join(err.split()), "Add --yes" in err) == (2, "", True, True)
    code, out, _ = op26x("retention", "set", "7", "--dry-run")
    assert (code, what in " ".join(out.split()), "Nothing was changed" in out) == (0, True, True)
    assert json.loads(op26x("retention", "show", "--json")[1])["days"] == 30
    assert op26x("retention", "set", "7", "--yes")[0] == 0
    assert json.loads(op26x("retention", "show", "--json")[1])["days"] == 7
    row = asyncio.run(workspace.recordings.get(fresh))
    assert (row.expires_at - row.created_at).days in (6, 7)
    assert entries(workspace, workspace.organization_id) == [("command-line", "retention.changed", "7 days")]


def swept(*calls: str, applied: bool = True) -> dict[str, object]:
    """What a sweep says in JSON."""
    return {"applied": applied, "erased": list(calls), "failed": [], "entries": 0}


def test_a_sweep_erases_what_is_overdue_beside_a_running_service(op26x: Run, running: Running, data: Path) -> None:
    workspace, fresh, overdue = running
    code, out, _ = op26x("retention", "sweep", "--dry-run", "--json")
    assert (code, json.loads(out)) == (0, swept(overdue, applied=False))
    assert list((data / "blobs").rglob(overdue))
    code, out, _ = op26x("retention", "sweep", "--json")
    assert (code, json.loads(out)) == (0, swept(overdue))
    assert not list((data / "blobs").rglob(overdue))
    assert json.loads(op26x("retention", "sweep", "--json")[1]) == swept()
    assert "Nothing is overdue" in op26x("retention", "sweep")[1]
    assert entries(workspace, overdue) == [("command-line", "call.erased", "expired")]
    assert asyncio.run(workspace.recordings.get(fresh)).state == "completed"


def test_a_sweep_goes_by_the_time_it_is_given(op26x: Run, running: Running) -> None:
    _, fresh, overdue = running
    later = (SystemClock().now() + timedelta(days=31)).isoformat()
    for at in (later, later.partition("+")[0]):
        found = json.loads(op26x("retention", "sweep", "--dry-run", "--json", "--at", at)[1])
        assert set(found["erased"]) == {fresh, overdue}
    found = json.loads(op26x("retention", "sweep", "--dry-run", "--json", "--at", "2020-01-01T00:00:00Z")[1])
    assert found == swept(applied=False)


@pytest.mark.parametrize("attended", [True, False])
def test_a_call_that_a_killed_service_left_open_is_swept_if_none_runs(
    op26x: Run, settings: Settings, data: Path, attended: bool
) -> None:
    before = ManualClock(at=SystemClock().now() - timedelta(days=31))
    workspace = open_workspace(settings, before, Ids(before))
    arrival = Arrival("twilio", "CA1", Direction.INBOUND, PhoneNumber("+12125559876"), PhoneNumber("+12125554321"))
    call = asyncio.run(workspace.calls.begin(arrival, "clinic", CallState.RINGING))
    directory = os.open(data, os.O_RDONLY)
    if attended:
        fcntl.flock(directory, fcntl.LOCK_EX)
    code, out, _ = op26x("retention", "sweep", "--json")
    os.close(directory)
    assert (code, json.loads(out)) == (0, swept() if attended else swept(call.id))
    assert asyncio.run(workspace.calls.get(call.id))[0].state == ("ringing" if attended else "failed")
    close_workspace(workspace)


def test_after_a_jump_a_sweep_says_what_waits_and_goes_on_when_told(op26x: Run, running: Running) -> None:
    workspace, _, overdue = running
    clock = SystemClock()
    before = clock.now() - timedelta(days=40)
    with workspace.database.of_everybody().session() as session:
        session.add(ClockReading(boot=clock.boot(), wall=before, uptime_s=clock.uptime(), trusted=before))
    for option in ("--dry-run", "--json"):
        code, out, err = op26x("retention", "sweep", option)
        assert (code, overdue in out) == (0, False)
        assert "The clock is 40 days, 0:00:00 ahead" in err
        assert "op26x retention sweep --trust-clock" in err
    code, out, err = op26x("retention", "sweep", "--trust-clock", "--json")
    assert (code, json.loads(out), err) == (0, swept(overdue), "")
    ((who, what, why),) = entries(workspace, workspace.organization_id)
    assert (who, what) == ("command-line", "clock.trusted")
    assert re.fullmatch(r"ahead by 345[56]\d{3} s", why)


async def stuck(self: BlobStore, key: str) -> bool:
    """Can't delete."""
    raise OSError("the disk is read-only")


def test_a_sweep_that_could_not_erase_everything_is_1(
    op26x: Run, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, _, overdue = running
    with monkeypatch.context() as patch:
        patch.setattr(type(workspace.recordings._blobs), "delete", stuck)
        code, out, _ = op26x("retention", "sweep", "--json")
    assert (code, json.loads(out)["failed"]) == (1, [overdue])
    assert op26x("retention", "sweep")[0] == 0


# Damaged, killed, cut off.


def nothing_of(target: Path) -> bool:
    """Whether nothing is left in a folder made for the export."""
    return not list(target.parent.iterdir())


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where an export goes: alone in a folder."""
    (tmp_path / "exports").mkdir()
    return tmp_path / "exports" / "out.wav"


DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "a flipped byte": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "half a file": lambda content: content[: len(content) // 2],
    "a byte too many": lambda content: content + b"x",
    "no file": lambda content: None,
}


async def do(damage: str, blobs: BlobStore, key: str) -> None:
    """Damages a blob."""
    left = DAMAGES[damage](await blobs.read(key))
    await blobs.delete(key)
    if left is not None:
        writer = await blobs.create(key)
        await writer.append(left)
        await writer.close()


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_export_of_what_is_damaged_leaves_no_file_and_is_noted(
    op26x: Run, running: Running, target: Path, damage: str
) -> None:
    workspace, fresh, _ = running
    asyncio.run(do(damage, workspace.recordings._blobs, f"recordings/{fresh}"))
    code, out, err = op26x("recordings", "export", fresh, str(target), "--why", "complaint 7")
    assert (code, out) == (1, "")
    assert "backup" in err
    assert nothing_of(target)
    row = asyncio.run(workspace.recordings.get(fresh))
    assert entries(workspace, row.id) == [("command-line", "recording.damaged", "complaint 7")]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_an_export_that_fails_in_the_middle_leaves_nothing(
    op26x: Run, running: Running, target: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    pieces = WavReader.pieces

    async def some(self: WavReader) -> AsyncIterator[bytes]:
        async for piece in pieces(self):
            yield piece
            raise error

    with monkeypatch.context() as patch:
        patch.setattr(WavReader, "pieces", some)
        code, out, _ = op26x("recordings", "export", running[1], str(target))
    assert (nothing_of(target), out) == (True, "")
    assert code != 0, "whoever runs it from a script goes by that"
    assert op26x("recordings", "export", running[1], str(target))[0] == 0


KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from op26x.cli import app
from op26x.recording.playback import WavReader

pieces = WavReader.pieces

async def some(self):
    async for piece in pieces(self):
        yield piece
        os.kill(os.getpid(), signal.SIGKILL)

WavReader.pieces = some
app.run(sys.argv[1:])
"""


def test_an_export_that_is_killed_in_the_middle_leaves_nothing(
    running: Running, data: Path, target: Path, in_other_processes: dict[str, str]
) -> None:
    command = (sys.executable, "-c", KILLED_IN_THE_MIDDLE, "recordings", "export", running[1], str(target))
    done = subprocess.run(
        (*command, "--data", str(data)), env=os.environ | in_other_processes, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert nothing_of(target)


def test_a_file_that_comes_while_an_export_is_written_is_not_overwritten(
    op26x: Run, running: Running, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = WavReader.pieces

    async def some(self: WavReader) -> AsyncIterator[bytes]:
        target.write_text("mine")
        async for piece in pieces(self):
            yield piece

    monkeypatch.setattr(WavReader, "pieces", some)
    code, _, err = op26x("recordings", "export", running[1], str(target))
    assert (code, target.read_text()) == (2, "mine")
    assert "Choose another name" in err


def test_a_deletion_that_can_not_be_finished_says_so_and_goes_on(
    op26x: Run, running: Running, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, fresh, _ = running
    with monkeypatch.context() as patch:
        patch.setattr(type(workspace.recordings._blobs), "delete", stuck)
        code, out, err = op26x("recordings", "delete", fresh, "--yes")
    assert (code, out) == (1, "")
    assert "can't be read any more, but it could not be erased yet" in " ".join(err.split())
    assert op26x("recordings", "export", fresh, str(target))[0] == 1
    assert op26x("transcripts", "show", fresh)[0] == 1
    assert nothing_of(target)
    assert asyncio.run(workspace.recordings.get(fresh)).state == "erasing"
    assert fresh in json.loads(op26x("retention", "sweep", "--json")[1])["erased"]
    assert asyncio.run(workspace.recordings.get(fresh)).state == "erased"


# Reconciling.


def test_where_everything_fits_reconciling_is_0(op26x: Run, running: Running) -> None:
    assert running
    assert op26x("recordings", "reconcile", "--json")[:2] == (0, "[]\n")
    code, out, _ = op26x("recordings", "reconcile")
    assert (code, "Rows, keys and files match." in out) == (0, True)


def test_what_no_row_knows_of_is_shown_and_erased_when_due_or_told(op26x: Run, running: Running, data: Path) -> None:
    workspace, fresh, overdue = running
    for call_id in (fresh, overdue):
        asyncio.run(workspace.database.run(lambda session, id_=call_id: _forget(session, id_)))  # type: ignore[misc]
    code, out, _ = op26x("recordings", "reconcile", "--json")
    rows = {row["id"]: row for row in json.loads(out)}
    assert code == 0
    assert {call_id: (row["what"], row["erased"]) for call_id, row in rows.items()} == {
        fresh: ("file-without-row", False),
        overdue: ("file-without-row", True),
    }
    assert rows[fresh]["due"] > SystemClock().now().isoformat()
    assert [file.name for file in (data / "blobs" / "recordings").iterdir()] == [fresh]
    assert entries(workspace, overdue)[-1] == ("command-line", "orphan.erased", "reconciled")

    code, out, _ = op26x("recordings", "reconcile", "--erase", "--yes", "--why", "the right database", "--json")
    assert (code, [(row["id"], row["erased"]) for row in json.loads(out)]) == (0, [(fresh, True)])
    assert not list((data / "blobs" / "recordings").iterdir())
    assert entries(workspace, fresh)[-1] == ("command-line", "orphan.erased", "the right database")
    assert op26x("recordings", "reconcile", "--json")[:2] == (0, "[]\n")


def _forget(session: Session, call_id: str) -> None:
    for table in ("transcript_line", "recording"):
        session.execute(sa.text(f"DELETE FROM {table} WHERE call_id = :id"), {"id": call_id})


@pytest.mark.parametrize("lost", ["file", "key"])
def test_what_is_lost_is_1_and_nothing_is_done_about_it(op26x: Run, running: Running, data: Path, lost: str) -> None:
    workspace, fresh, _ = running
    file = data / "blobs" / "recordings" / fresh
    if lost == "file":
        file.unlink()
    else:
        asyncio.run(workspace.keys.destroy(KeyKind.CALL, fresh))
    for options in ([], ["--erase", "--yes"]):
        code, out, _ = op26x("recordings", "reconcile", *options, "--json")
        (row,) = json.loads(out)
        assert (code, row) == (1, {"id": fresh, "what": f"row-without-{lost}", "due": None, "erased": False})
    code, out, _ = op26x("recordings", "reconcile")
    assert (code, f"row-without-{lost}" in out) == (1, True)
    assert asyncio.run(workspace.recordings.get(fresh)).state == "completed"
