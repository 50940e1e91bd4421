"""Law 5: everything personal has an end. From its deadline on it is gone for every reader, swept or not; keys first."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.consent.unwritable import unwritable
from laws.conftest import OpenScene
from laws.house import CALLED, CALLER, READER, Scene
from op26x.audit import Access
from op26x.calls import Arrival, CallState, Direction
from op26x.errors import KeyGone
from op26x.testing.virtual_loop import happen
from op26x.vault import KeyKind
from virtual.call import board
from virtual.rights import document
from workspaces import after_a_kill

AUDIO = bytes(range(160)) * 100
WORDS = "marmalade xylophone"


async def _unreadable(stage: Scene) -> None:
    for read in (
        stage.workspace.recordings.open(stage.call.id, READER),
        stage.workspace.transcripts.of_call(stage.call.id, READER),
        stage.workspace.calls.numbers(stage.call.id, READER),
        stage.workspace.keys.get(KeyKind.CALL, stage.call.id),
    ):
        with pytest.raises(KeyGone):
            await read
    call, _ = await stage.workspace.calls.get(stage.call.id)
    assert (call.caller_last_two, call.caller_index, call.caller_number) == ("", "", None)


@settings(max_examples=15)
@given(early=st.floats(0.001, 86_400 * 29), late=st.floats(0, 86_400 * 365))
async def test_readable_until_that_second_and_never_after(
    tmp_path_factory: pytest.TempPathFactory, early: float, late: float
) -> None:
    stage = await Scene.open(tmp_path_factory.mktemp("deadline"))
    await stage.record(AUDIO, words=WORDS)
    left = (stage.call.expires_at - stage.clock.now()).total_seconds()
    stage.later(seconds=left - early)
    assert (await stage.read())[1] == [WORDS]
    stage.later(seconds=early + late + 0.001)
    await _unreadable(stage)
    stage.close()


async def test_a_sweep_leaves_times_and_states_and_nothing_else(scene: OpenScene) -> None:
    stage = await scene()
    await stage.record(AUDIO, words=WORDS)
    stage.later(days=31)
    assert (await stage.workspace.sweep.run(dry_run=True)).erased == (stage.call.id,)
    assert list((stage.folder / "data" / "blobs").rglob(stage.call.id)), "a dry run touches nothing"
    assert (await stage.workspace.sweep.run()).erased == (stage.call.id,)
    assert not list((stage.folder / "data" / "blobs").rglob(stage.call.id))
    assert (await stage.workspace.sweep.run()).erased == ()
    call, _ = await stage.workspace.calls.get(stage.call.id)
    assert call.erased_at is not None
    assert call.state == "completed"
    assert [entry.what for entry in await stage.workspace.audit.of(stage.call.id)] == ["call.erased"]
    recording = await stage.workspace.recordings.get(stage.call.id)
    assert recording.state == "erased"
    assert await stage.workspace.transcripts.of_call(stage.call.id, READER) == []


@settings(max_examples=10)
@given(jumps=st.lists(st.integers(-400, 400), min_size=1, max_size=5))
async def test_no_jump_of_the_clock_ends_anything_before_its_time(
    tmp_path_factory: pytest.TempPathFactory, jumps: list[int]
) -> None:
    stage = await Scene.open(tmp_path_factory.mktemp("jumps"))
    await stage.record(AUDIO, words=WORDS)
    await stage.workspace.sweep.run()
    for days in jumps:
        stage.clock.jump(days=days)
        stage.later(minutes=1)
        assert (await stage.workspace.sweep.run()).erased == ()
    stage.clock.jump(days=-sum(jumps))
    assert (await stage.read())[1] == [WORDS]
    stage.later(days=30)
    assert (await stage.workspace.sweep.run()).erased == (stage.call.id,)
    stage.close()


STEPS: dict[str, Callable[[Scene], tuple[object, str]]] = {
    "key": lambda stage: (stage.workspace.keys, "destroy_all"),
    "bytes": lambda stage: (stage.workspace.erasures, "erase_all"),
    "row": lambda stage: (stage.workspace.call_erasure, "erase_all"),
    "blob": lambda stage: (stage.workspace.recordings._blobs, "delete"),
}


class Killed(BaseException):
    """The process died."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_sweep_that_is_killed_is_never_half(
    scene: OpenScene, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    stage = await scene()
    await stage.record(AUDIO, words=WORDS)
    stage.later(days=31)
    owner, name = STEPS[step](stage)
    real = getattr(owner, name)

    async def dies(*arguments: object, **named: object) -> object:
        if when == "after":
            await real(*arguments, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dies)
        with pytest.raises(Killed):
            await stage.workspace.sweep.run()
    await _unreadable_or_gone(stage)
    await stage.workspace.sweep.run()
    await _unreadable_or_gone(stage)
    assert not list((stage.folder / "data" / "blobs").rglob(stage.call.id))
    assert (await stage.workspace.calls.get(stage.call.id))[0].erased_at is not None
    with pytest.raises(KeyGone):
        await stage.workspace.keys.get(KeyKind.SUBJECT, stage.call.caller_index)
    recording = await stage.workspace.recordings.get(stage.call.id)
    for record_id, what in ((stage.call.id, "call.erased"), (recording.id, "recording.erased")):
        assert [entry.what for entry in await stage.workspace.audit.of(record_id)] == [what], "the act has one entry"


async def _unreadable_or_gone(stage: Scene) -> None:
    for read in (stage.workspace.recordings.open, stage.workspace.calls.numbers):
        with pytest.raises(KeyGone):
            await read(stage.call.id, READER)
    try:
        assert await stage.workspace.transcripts.of_call(stage.call.id, READER) == []
    except KeyGone:
        return


@settings(max_examples=20)
@given(days=st.integers(1, 60), age=st.integers(0, 29))
async def test_a_period_does_exactly_what_it_previewed_and_extends_nothing(
    tmp_path_factory: pytest.TempPathFactory, days: int, age: int
) -> None:
    stage = await Scene.open(tmp_path_factory.mktemp("period"))
    await stage.record(AUDIO)
    before = stage.call.expires_at
    stage.later(days=age)
    preview = await stage.workspace.periods.preview(days, stage.workspace.kept)
    assert await stage.workspace.periods.days() == 30, "a preview changes nothing"
    assert await stage.workspace.periods.change(days, stage.workspace.kept, "owner") == preview
    call, _ = await stage.workspace.calls.get(stage.call.id)
    assert call.expires_at == min(before, call.created_at + timedelta(days=days))
    assert (await stage.workspace.recordings.get(call.id)).expires_at == call.expires_at
    assert len((await stage.workspace.sweep.run()).erased) == preview.gone
    stage.close()


async def test_deletion_destroys_the_key_for_good(scene: OpenScene) -> None:
    stage = await scene()
    await stage.record(AUDIO, words=WORDS)
    assert await stage.workspace.erasures.erase(stage.call.id, Access("caller", "demanded"))
    with pytest.raises(KeyGone):
        await stage.workspace.recordings.open(stage.call.id, READER)
    with pytest.raises(KeyGone):
        await stage.workspace.keys.create(KeyKind.CALL, stage.call.id)
    assert await stage.workspace.calls.numbers(stage.call.id, READER), "numbers have their own key and deadline"


async def test_a_person_who_calls_again_gets_a_new_key(scene: OpenScene) -> None:
    stage = await scene()
    await stage.hang_up()
    stage.later(days=31)
    await stage.workspace.sweep.run()
    arrival = Arrival("twilio", "CA2", Direction.INBOUND, CALLER, CALLED)
    again = await stage.workspace.calls.begin(arrival, "clinic", CallState.RINGING)
    assert await stage.workspace.calls.numbers(again.id, READER) == (CALLER, CALLED)


# What attacks found.


DAYS_S = 86_400.0
MINUTES = 5


def test_a_call_that_ended_while_the_database_could_not_be_written_is_swept(tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            work, line = one.workspace, await one.ring()
            line.at(3.0, lambda: line.say("good morning"))
            await asyncio.sleep(8.0)
            with unwritable(work.database):
                await line.hang_up()
                await line.over()
            for _ in range(MINUTES):
                await work.intents.carry_out()
                await work.late_ends.close_recordings()
                await work.sweep.run()
                await asyncio.sleep(60.0)
            assert await work.calls.unfinished() == frozenset()
            assert await after_a_kill(work.recordings) == []
            await asyncio.sleep(31 * DAYS_S)
            await work.sweep.run()
            call = await work.calls.by_provider_id("twilio", line.sid)
            assert call is not None
            assert call.erased_at is not None
            assert not list((work.settings.core.data / "blobs").rglob(call.id))

    happen(story)
