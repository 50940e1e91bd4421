"""The sweep: overdue means unreadable at once and gone after it, even if the process is killed at any step."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from laws.house import CALLED, CALLER, READER, Scene
from op26x.audit import Access
from op26x.calls import Arrival, CallState, Direction, Workspace
from op26x.clock import ManualClock
from op26x.consent import ConsentGiven, ConsentState
from op26x.errors import BlobError, KeyGone
from op26x.ids import Ids
from op26x.retention import Sweep
from op26x.settings import resolve
from workspaces import close_workspace, open_workspace

AUDIO = bytes(range(100, 120)) * 800
WORDS = "my name is mary brown"
RINGING = CallState.RINGING

SWEEP = """
import asyncio, os, signal, sys
from datetime import timedelta
from op26x.calls import Installation
from op26x.clock import ManualClock
from op26x.ids import Ids
from op26x.settings import resolve

data, step, when = sys.argv[1:]
clock = ManualClock()
clock.advance(timedelta(days=31).total_seconds())
work = Installation.open(resolve({}, environ={}, overrides={"data": data}), clock, Ids(clock)).workspace()
room, name = {
    "key": (work.keys, "destroy_all"),
    "blob": (work.recordings._blobs, "delete"),
    "recording": (work.erasures, "erase_all"),
    "call": (work.call_erasure, "erase_all"),
}[step]
real = getattr(room, name)

async def dies(*arguments):
    if when == "after":
        await real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(room, name, dies)
asyncio.run(work.sweep.run())
"""


async def overdue(folder: Path) -> Scene:
    """A recorded call of 31 days ago."""
    stage = await Scene.open(folder)
    await stage.record(AUDIO, words=WORDS)
    stage.later(days=31)
    return stage


async def unreadable(work: Workspace, call_id: str) -> None:
    """Fails if there is a way to read something of the call."""
    for read in (work.recordings.open, work.calls.numbers):
        with pytest.raises(KeyGone):
            await read(call_id, READER)
    with contextlib.suppress(KeyGone):
        assert await work.transcripts.of_call(call_id, READER) == []
    for call in (*await work.calls.list(), (await work.calls.get(call_id))[0]):
        assert (call.caller, call.called, call.caller_index, call.caller_number) == ("withheld", "withheld", "", None)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("step", "when"),
    [("key", "after"), ("blob", "before"), ("blob", "after"), ("recording", "after"), ("call", "after")],
)
async def test_a_process_that_is_killed_leaves_nothing_half(tmp_path: Path, step: str, when: str) -> None:
    stage = await overdue(tmp_path)
    stage.close()
    data = tmp_path / "data"
    killed = subprocess.run([sys.executable, "-c", SWEEP, str(data), step, when], cwd=tmp_path, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL

    clock = ManualClock()
    clock.advance(timedelta(days=31).total_seconds())
    work = open_workspace(resolve({}, environ={}, overrides={"data": data}), clock, Ids(clock))
    await unreadable(work, stage.call.id)
    left = (await work.sweep.run()).erased
    assert left == (() if step == "call" else (stage.call.id,))
    await unreadable(work, stage.call.id)
    assert not list((data / "blobs").rglob(stage.call.id))
    assert [entry.what for entry in await work.audit.of(stage.call.id)] == ["call.erased"]
    row = await work.recordings.get(stage.call.id)
    assert [entry.what for entry in await work.audit.of(row.id)] == ["recording.erased"]
    assert (await work.sweep.run()).erased == ()
    close_workspace(work)


@pytest.mark.sqlite
async def test_what_it_erases_is_in_no_file(tmp_path: Path) -> None:
    stage = await overdue(tmp_path)
    index, sealed = stage.call.caller_index.encode(), bytes(stage.call.caller_number or b"")
    assert index in stage.on_disk()
    await stage.workspace.sweep.run()
    stage.close()
    assert sealed
    assert sealed not in stage.on_disk()
    assert index not in stage.on_disk()


async def test_one_call_that_can_not_be_erased_does_not_hold_up_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = await overdue(tmp_path)
    blobs, delete = stage.workspace.recordings._blobs, stage.workspace.recordings._blobs.delete

    async def stuck(key: str) -> bool:
        raise BlobError("The store does not answer.", "Wait.")

    monkeypatch.setattr(blobs, "delete", stuck)
    swept = await stage.workspace.sweep.run()
    assert (swept.erased, swept.failed) == ((), (stage.call.id,))
    await unreadable(stage.workspace, stage.call.id)
    monkeypatch.setattr(blobs, "delete", delete)
    assert (await stage.workspace.sweep.run()).erased == (stage.call.id,)
    stage.close()


async def test_it_goes_by_the_moment_it_is_given(tmp_path: Path) -> None:
    stage = await Scene.open(tmp_path)
    await stage.record(AUDIO)
    due = stage.call.expires_at
    early = await stage.workspace.sweep.run(at=due - timedelta(seconds=1), dry_run=True)
    late = await stage.workspace.sweep.run(at=due, dry_run=True)
    assert (early.erased, late.erased, late.dry_run) == ((), (stage.call.id,), True)
    assert (await stage.read())[0], "a dry run touches nothing"
    assert (await stage.workspace.sweep.run(at=due, who="command-line")).erased == (stage.call.id,)
    (entry,) = await stage.workspace.audit.of(stage.call.id)
    assert (entry.who, entry.what, entry.why) == ("command-line", "call.erased", "expired")
    stage.close()


async def test_consents_go_when_their_own_time_is_over(tmp_path: Path) -> None:
    stage = await Scene.open(tmp_path)
    work = stage.workspace
    given = ConsentGiven(stage.call.caller_index, stage.call.id, ConsentState.GRANTED, "digit", "1", "en-1")
    entry = await work.consents.add(given)
    before = await work.sweep.run(at=entry.expires_at - timedelta(seconds=1))
    dry = await work.sweep.run(at=entry.expires_at, dry_run=True)
    assert (before.entries, dry.entries) == (0, 1)
    assert len(await work.consents.of_call(stage.call.id)) == 1
    assert (await work.sweep.run(at=entry.expires_at)).entries == 1
    assert await work.consents.of_call(stage.call.id) == []
    stage.close()


async def test_a_recording_deleted_before_keeps_its_reason_and_its_one_entry(tmp_path: Path) -> None:
    stage = await Scene.open(tmp_path)
    await stage.record(AUDIO)
    await stage.workspace.erasures.erase(stage.call.id, Access("caller", "demanded"))
    stage.later(days=31)
    assert (await stage.workspace.sweep.run()).erased == (stage.call.id,)
    row = await stage.workspace.recordings.get(stage.call.id)
    assert row.end_reason == "erased: demanded"
    acts = [(entry.who, entry.what) for entry in await stage.workspace.audit.of(row.id)]
    assert acts == [("caller", "recording.erasure-demanded"), ("caller", "recording.erased")]
    stage.close()


async def test_what_a_jump_made_overdue_waits_and_what_was_overdue_before_does_not(tmp_path: Path) -> None:
    stage = await overdue(tmp_path)
    work, clock = stage.workspace, stage.clock
    await work.time.erasable()
    fresh = await work.calls.begin(Arrival("twilio", "CA2", Direction.INBOUND, CALLER, CALLED), "clinic", RINGING)
    await work.calls.move(fresh.id, CallState.COMPLETED)
    clock.jump(days=40)
    assert (await work.sweep.run(dry_run=True)).erased == (stage.call.id,)
    assert (await work.sweep.run()).erased == (stage.call.id,)
    clock.advance(30)
    clock.jump(days=-40)
    assert (await work.sweep.run()).erased == ()
    assert await work.calls.numbers(fresh.id, READER) == (CALLER, CALLED)
    stage.close()


@pytest.mark.parametrize("confirmed", [False, True])
async def test_what_waited_is_erased_after_an_hour_or_when_an_operator_says_so(tmp_path: Path, confirmed: bool) -> None:
    stage = await Scene.open(tmp_path)
    await stage.record(AUDIO)
    work = stage.workspace
    await work.time.erasable()
    stage.clock.jump(days=40)
    assert (await work.sweep.run()).erased == ()
    if confirmed:
        await work.time.confirm("command-line")
    else:
        stage.later(hours=1)
    assert (await work.sweep.run()).erased == (stage.call.id,)
    stage.close()


async def test_consents_wait_as_well(tmp_path: Path) -> None:
    stage = await Scene.open(tmp_path)
    work = stage.workspace
    await work.time.erasable()
    await work.consents.add(ConsentGiven(stage.call.caller_index, stage.call.id, ConsentState.GRANTED, "digit"))
    stage.clock.jump(days=365 * 6)
    assert (await work.sweep.run()).entries == 0
    stage.close()


async def test_no_sweep_touches_a_call_in_progress(tmp_path: Path) -> None:
    stage = await Scene.open(tmp_path)
    work = stage.workspace
    await work.calls.move(stage.call.id, CallState.IN_PROGRESS)
    _, recorder, _ = await work.recordings.begin(stage.permit(), stage.tap, lambda: None)
    stage.wire(AUDIO)
    stage.clock.jump(days=40)
    swept = await work.sweep.run(at=stage.clock.now())
    assert (swept.erased, swept.failed) == ((), ())
    stage.clock.jump(days=-40)
    await recorder.finish()
    await work.recordings.finish(stage.call.id, recorder, "call-ended")
    assert (await stage.read())[0]
    assert await work.calls.numbers(stage.call.id, READER) == (CALLER, CALLED)
    stage.close()


class Demands:
    """Keeps what was demanded to be erased, some of which can't be yet."""

    def __init__(self, wanted: list[str], stuck: str = "") -> None:
        self.wanted, self.stuck = wanted, stuck

    async def demanded(self) -> list[str]:
        return list(self.wanted)

    async def erase_demanded(self, call_id: str) -> None:
        if call_id == self.stuck:
            raise BlobError("The store does not answer.", "Wait.")
        self.wanted.remove(call_id)


async def test_what_was_demanded_waits_for_no_clock_and_no_end_of_the_call(tmp_path: Path) -> None:
    stage = await Scene.open(tmp_path)
    work, demands = stage.workspace, Demands(["CALL-1", stage.call.id, "CALL-2"], stuck="CALL-2")
    await work.time.erasable()
    stage.clock.jump(days=-40)
    sweep = Sweep([work.erasures, work.call_erasure], [work.consents], work.time, work.calls.unfinished, [demands])
    assert (await sweep.run(dry_run=True)).erased == ("CALL-1", stage.call.id, "CALL-2")
    swept = await sweep.run()
    assert (swept.erased, swept.failed, demands.wanted) == (("CALL-1", stage.call.id), ("CALL-2",), ["CALL-2"])
    stage.close()


async def test_two_sweeps_at_once_write_each_erasure_once(tmp_path: Path) -> None:
    stage = await Scene.open(tmp_path)
    work = stage.workspace
    given = ConsentGiven(stage.call.caller_index, stage.call.id, ConsentState.GRANTED, "digit")
    calls = []
    for number in range(20):
        await work.consents.add(given)
        arrival = Arrival("twilio", f"CA-{number}", Direction.INBOUND, CALLER, CALLED)
        calls.append(await work.calls.begin(arrival, "clinic", RINGING))
        await work.calls.move(calls[-1].id, CallState.COMPLETED)
    other = open_workspace(work.settings, stage.clock, Ids(stage.clock))
    late = stage.clock.now() + timedelta(days=365 * 6)
    swept = await asyncio.gather(work.sweep.run(at=late), other.sweep.run(at=late))
    assert sum(one.entries for one in swept) == 20
    for call in calls:
        assert [entry.what for entry in await work.audit.of(call.id)] == ["call.erased"]
    assert [entry.what for entry in await work.audit.of(work.organization_id)] == ["consents.erased"]
    close_workspace(other)
    stage.close()
