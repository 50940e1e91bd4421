"""Law 1: nothing is stored unless recording is on, in whatever order things happen."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laws.conftest import OpenScene
from laws.house import READER, Scene
from laws.opening import Answers, Opening, pieces
from op26x import g711
from op26x.calls import TurnInfo
from op26x.consent import Answer, Evidence, Proof, Right
from op26x.errors import GateClosed, KeyGone, NotFound
from op26x.policy import RecordingMode
from op26x.recording import SpokenTurn
from op26x.types import Personal

NOISE = random.Random(26).randbytes(16000)
WORDS = "zephyrine quokka marmalade"


def needles() -> list[bytes]:
    """Words and sound that are like no others."""
    piece = NOISE[3000:3064]
    return [WORDS.encode(), WORDS.split(maxsplit=1)[0].encode(), piece, g711.decode(piece)]


async def test_without_a_recorder_the_wire_leaves_no_trace(scene: OpenScene) -> None:
    stage = await scene()
    stage.wire(NOISE, NOISE)
    await stage.workspace.calls.add_turn(stage.call.id, TurnInfo(1, "caller", Personal(WORDS), 0, 900))
    stage.close()
    assert not any(needle in stage.on_disk() for needle in needles())
    assert stage.on_disk(), "there is something to search in"


async def test_a_recorded_call_is_stored_and_still_not_in_clear(scene: OpenScene) -> None:
    stage = await scene()
    await stage.record(NOISE, NOISE, WORDS)
    wav, words = await stage.read()
    assert words == [WORDS]
    assert len(wav) == 44 + 4 * len(NOISE)
    assert not any(needle in stage.on_disk() for needle in needles())


async def test_the_search_would_find_it(scene: OpenScene) -> None:
    stage = await scene()
    (stage.folder / "leak").write_bytes(b"..." + NOISE + WORDS.encode())
    assert sum(needle in stage.on_disk() for needle in needles()) == 3


async def test_what_the_tap_hears_before_a_recorder_listens_is_not_in_the_recording(scene: OpenScene) -> None:
    stage = await scene()
    stage.wire(NOISE)
    await stage.record(bytes([g711.SILENCE]) * 8000)
    wav, _ = await stage.read()
    assert len(wav) == 44 + 4 * 8000
    assert not any(wav[44:])


async def test_after_it_has_stopped_nothing_is_added(scene: OpenScene) -> None:
    stage = await scene()
    recorder = await stage.record(NOISE)
    size = recorder.size
    stage.wire(NOISE, NOISE)
    await stage.workspace.database.checkpoint()
    assert recorder.size == size
    assert await stage.workspace.recordings._blobs.size(f"recordings/{stage.call.id}") == size


async def test_words_need_a_permit_that_holds(scene: OpenScene) -> None:
    stage = await scene()
    permit = stage.permit(RecordingMode.ONE_PARTY)
    _, recorder, key = await stage.workspace.recordings.begin(permit, stage.tap, lambda: None)
    permit.withdraw()
    with pytest.raises(GateClosed):
        await stage.workspace.transcripts.add(permit, key, SpokenTurn(1, "caller", 0, 1, Personal(WORDS)))
    await recorder.discard()
    assert not any(needle in stage.on_disk() for needle in needles())


@settings(max_examples=15)
@given(before=st.integers(0, 20), paused=st.integers(1, 200), after=st.integers(0, 20))
async def test_what_is_said_in_a_pause_is_not_kept(
    tmp_path_factory: pytest.TempPathFactory, before: int, paused: int, after: int
) -> None:
    stage = await Scene.open(tmp_path_factory.mktemp("pause"))
    permit = stage.permit(RecordingMode.ONE_PARTY)
    _, recorder, _ = await stage.workspace.recordings.begin(permit, stage.tap, lambda: None)
    quiet = bytes([g711.SILENCE]) * 160
    stage.wire(quiet * before)
    recorder.pause()
    stage.wire(NOISE[:160] * paused, NOISE[:160] * paused)
    recorder.resume()
    stage.wire(quiet * after)
    await recorder.finish()
    await stage.workspace.recordings.finish(stage.call.id, recorder, "call-ended")
    wav, _ = await stage.read()
    for side in (0, 2):
        track = b"".join(wav[at + side : at + side + 2] for at in range(44, len(wav), 4))
        assert g711.decode(NOISE[64:80]) not in track
    (gap,) = recorder.gaps
    assert (gap.start_ms, gap.end_ms) == (20 * before, 20 * (before + paused))
    stage.close()


ACTS = st.lists(
    st.sampled_from(["speak", "speak", "speak", Right.PAUSE, Right.RESUME, Right.STOP, Right.DELETE]), max_size=12
)


@settings(max_examples=50)
@given(mode=st.sampled_from(RecordingMode), answer=st.sampled_from(Answer), acts=ACTS)
async def test_only_what_was_said_while_it_was_on_is_stored(
    tmp_path_factory: pytest.TempPathFactory, mode: RecordingMode, answer: Answer, acts: list[str | Right]
) -> None:
    stage = await Scene.open(tmp_path_factory.mktemp("call"))
    one = Opening(stage, mode)
    await one.recorded.begin(Answers(answer))  # type: ignore[arg-type]
    told = mode is RecordingMode.ONE_PARTY or mode is RecordingMode.ANNOUNCE
    on = told or (mode is RecordingMode.ASSENT and answer is Answer.YES)
    over = paused = deleted = False
    said: dict[int, bool] = {}
    for seed, act in enumerate(acts):
        if act == "speak":
            said[seed] = on and not over and not paused
            one.speaks(seed, f"sentence number {seed}", seconds=2)
        else:
            one.word.demand(Right(act), Proof(Evidence.DIGIT, "*", stage.clock.now()))
            await one.word.told()
            over = over or act in (Right.STOP, Right.DELETE)
            deleted = deleted or act is Right.DELETE
            paused = act is Right.PAUSE if act in (Right.PAUSE, Right.RESUME) else paused
        assert one.recorded.recording is (on and not over and not paused)
    await one.recorded.finish()
    if not on or deleted:
        assert await one.stored() - {"row"} == {"no key"}
        with pytest.raises(KeyGone if on else NotFound):
            await stage.workspace.recordings.open(stage.call.id, READER)
    else:
        track = await one.caller_track()
        _, words = await stage.read()
        for seed, kept in said.items():
            # A tone marks either end of a pause, and may lie on the end of what was said.
            there = [piece in track for piece in pieces(seed, 2)]
            assert any(there) if kept else not any(there)
            assert kept or f"sentence number {seed}" not in words
    stage.close()
