"""Law 1 over whole calls: in whatever order things happen, what is stored was said while recording was on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laws.house import READER, Scene
from laws.opening import Answers, Opening, pieces
from op26x.consent import Answer, Evidence, Proof, RecordingMode, Right
from op26x.errors import KeyGone, NotFound

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
            await one.word.exercise(Right(act), Proof(Evidence.DIGIT, "*", stage.clock.now()))
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
