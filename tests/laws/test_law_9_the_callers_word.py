"""Law 9: the caller's word is final, by voice and by keypad, without asking a language model."""

import asyncio
from array import array
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from journeys.documents import agent, does, says
from journeys.house import open_house
from journeys.line import SPEECH
from journeys.stubs import NOTICES
from laws.conftest import OpenScene
from laws.house import READER, Scene
from op26x import g711
from op26x.calls import Arrival, Direction
from op26x.consent import Consent, Evidence, Notice, Proof, Right, StarKeys, demanded
from op26x.consent.rights import KEYS
from op26x.consent.rights import Demand as WordsDemand
from op26x.errors import KeyGone, NotFound
from op26x.policy import RecordingMode
from op26x.testing.agreed import agree
from op26x.testing.virtual_loop import happen
from op26x.voice.consent.callers_word import CallersWord
from op26x.voice.consent.dependencies import RecordingDependencies
from op26x.voice.consent.recorded_call import RecordedCall
from persons import nobody
from virtual.call import CALLED, Board, VirtualLine, board
from virtual.rights import Demand, check, document, tell

SPOKEN = {
    Right.STOP: ["stop recording", "please stop the recording", "do not record this", "turn off the recording please"],
    Right.DELETE: ["delete this recording", "could you erase the recording", "stop recording and delete the recording"],
    Right.SUPPRESS: ["do not call me again", "don't ever... don't call me any more", "take me off your list"],
    Right.MACHINE: ["am i talking to a machine", "are you a robot", "am i speaking to a real person"],
}
ORDINARY = [
    "i would like to make an appointment",
    "tuesday please",
    "can you call me back on friday",
    "delete the appointment on monday",
    "my name is john miller",
    "the washing machine is broken",
    "i stopped by last week",
]
FILLER = st.sampled_from(["", "er ", "well ", "look, ", "hello "])


@pytest.mark.parametrize(("right", "words"), [(right, words) for right, all_ in SPOKEN.items() for words in all_])
@given(before=FILLER, after=FILLER)
def test_a_demand_is_understood_in_any_sentence(right: Right, words: str, before: str, after: str) -> None:
    assert demanded(f"{before}{words} {after}".upper(), "en") == WordsDemand(right)


@pytest.mark.parametrize("words", ORDINARY)
def test_ordinary_sentences_demand_nothing(words: str) -> None:
    assert demanded(words, "en") is None


class StarMachine(RuleBasedStateMachine):
    """Any keys in any order: a star and a digit is a demand, everything else is the conversation's."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = StarKeys()
        self.starred = False

    @rule(digit=st.sampled_from("0123456789*#"))
    def press(self, digit: str) -> None:
        said = self.keys.press(digit)
        if digit == "*":
            assert said is True
        elif self.starred and digit in KEYS:
            assert said is KEYS[digit]
        else:
            assert said is False
        self.starred = digit == "*"


TestStars = StarMachine.TestCase


async def _nobody(**_: object) -> None:
    """Is told."""


def _unsaid(_: Notice) -> None:
    """There is nothing to be said."""


class Line:
    """A call whose caller demands things; what is said to them is noted."""

    def __init__(self, stage: Scene, mode: RecordingMode) -> None:
        self.stage = stage
        self.said: list[Notice] = []
        shared = RecordingDependencies(
            calls=stage.workspace.calls,
            recordings=stage.workspace.recordings,
            erasures=stage.workspace.erasures,
            transcripts=stage.workspace.transcripts,
            consents=stage.workspace.consents,
            suppressions=stage.workspace.suppressions,
            clock=stage.clock,
            started=_nobody,
            paused=_nobody,
            sealed=_nobody,
        )
        self.recorded = RecordedCall(
            stage.call,
            lambda notice: None,
            mode,
            shared,
            stage.tap,
            self._say,
            lambda what: None,
            asyncio.ensure_future,
        )
        self.word = CallersWord(
            stage.call,
            self.recorded,
            stage.workspace.suppressions,
            self._say,
            asyncio.ensure_future,
            nobody(stage.call, stage.workspace.calls),
        )

    async def _say(self, notice: Notice) -> str:
        self.said.append(notice)
        return "1"

    async def demand(self, right: Right) -> None:
        """Presses the keys."""
        self.word.demand(right, Proof(Evidence.DIGIT, right.value, self.stage.clock.now()))
        await self.word.told()


async def _recording(stage: Scene) -> Line:
    line = Line(stage, RecordingMode.ONE_PARTY)
    await line.recorded.begin(None)  # type: ignore[arg-type]
    assert line.recorded.recording
    stage.wire(bytes(8000 * 4))
    return line


async def test_stop_stops_at_once_and_keeps_what_was_before(scene: OpenScene) -> None:
    stage = await scene()
    line = await _recording(stage)
    await line.demand(Right.STOP)
    stage.wire(bytes(8000 * 4))
    await line.recorded.finish()
    assert line.said == [Notice.STOPPED]
    row = await stage.workspace.recordings.get(stage.call.id)
    assert (row.state, row.duration_ms, row.end_reason) == ("completed", 4000, "caller-stopped")
    assert [c.state for c in await stage.workspace.consents.of_call(stage.call.id)] == ["withdrawn"]
    assert not line.recorded.recording


async def test_delete_destroys_the_key_in_the_call(scene: OpenScene) -> None:
    stage = await scene()
    line = await _recording(stage)
    await line.demand(Right.DELETE)
    assert line.said == [Notice.DELETED]
    with pytest.raises(KeyGone):
        await stage.workspace.recordings.open(stage.call.id, READER)
    assert not list((stage.folder / "data" / "blobs").rglob(stage.call.id))
    stage.wire(bytes(8000 * 4))
    await line.recorded.finish()
    assert (await stage.workspace.calls.get(stage.call.id))[0].recording_outcome == "deleted"


@pytest.mark.parametrize("first", [Right.STOP, Right.PAUSE])
async def test_delete_after_something_else_deletes_too(scene: OpenScene, first: Right) -> None:
    stage = await scene()
    line = await _recording(stage)
    await line.demand(first)
    await line.demand(Right.DELETE)
    await line.recorded.finish()
    assert line.said[-1] is Notice.DELETED
    with pytest.raises(KeyGone):
        await stage.workspace.recordings.open(stage.call.id, READER)


async def test_a_demand_before_the_gate_opens_keeps_it_shut(scene: OpenScene) -> None:
    stage = await scene()
    line = Line(stage, RecordingMode.ONE_PARTY)
    await line.demand(Right.STOP)
    await line.recorded.begin(None)  # type: ignore[arg-type]
    assert not line.recorded.recording
    await line.recorded.finish()
    assert await stage.workspace.recordings.find(stage.call.id) is None


async def test_a_demand_while_the_gate_opens_leaves_nothing(scene: OpenScene, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = await scene()
    line = Line(stage, RecordingMode.ONE_PARTY)
    begin = stage.workspace.recordings.begin

    async def demanded_meanwhile(*arguments: Any) -> Any:
        made = await begin(*arguments)
        await line.demand(Right.STOP)
        return made

    monkeypatch.setattr(stage.workspace.recordings, "begin", demanded_meanwhile)
    await line.recorded.begin(None)  # type: ignore[arg-type]
    stage.wire(bytes(8000 * 4))
    assert not line.recorded.recording
    await line.recorded.finish()
    with pytest.raises(NotFound):
        await stage.workspace.recordings.open(stage.call.id, READER)
    assert not list((stage.folder / "data" / "blobs").rglob(stage.call.id))


async def test_pause_and_resume(scene: OpenScene) -> None:
    stage = await scene()
    line = await _recording(stage)
    await line.demand(Right.PAUSE)
    assert not line.recorded.recording
    stage.wire(bytes(8000))
    await line.demand(Right.RESUME)
    assert line.recorded.recording
    await line.recorded.finish()
    assert line.said == [Notice.PAUSED, Notice.RESUMED]
    assert len((await stage.workspace.recordings.get(stage.call.id)).info().gaps) == 1


@pytest.mark.parametrize("direction", Direction)
async def test_whoever_said_so_is_not_called_again(tmp_path: object, direction: Direction) -> None:
    stage = await Scene.open(tmp_path, direction)  # type: ignore[arg-type]
    line = Line(stage, RecordingMode.OFF)
    await line.demand(Right.SUPPRESS)
    await line.demand(Right.SUPPRESS)
    assert line.said == [Notice.SUPPRESSED, Notice.SUPPRESSED]
    assert await stage.workspace.suppressions.hold(stage.call.subject_index)
    stage.close()


async def test_a_machine_says_that_it_is_one(scene: OpenScene) -> None:
    line = Line(await scene(), RecordingMode.OFF)
    await line.demand(Right.MACHINE)
    assert line.said == [Notice.MACHINE]


RECORDED = [mode for mode in RecordingMode if mode is not RecordingMode.OFF]


def moments(mode: RecordingMode) -> st.SearchStrategy[list[Demand]]:
    """Callers who demand something, each at some moment of a call."""
    demand = st.builds(
        Demand,
        right=st.sampled_from(Right),
        by=st.sampled_from(["key", "voice"]),
        at=st.integers(0, 125).map(lambda tenths: tenths / 10),
        hangs_up=st.booleans(),
        mode=st.just(mode),
    )
    return st.lists(demand, min_size=15, max_size=20)


@pytest.mark.journey
@pytest.mark.parametrize("mode", RECORDED)
@settings(max_examples=3)
@given(data=st.data())
def test_there_is_no_moment_in_which_nobody_listens(
    tmp_path_factory: pytest.TempPathFactory, mode: RecordingMode, data: st.DataObject
) -> None:
    demands = data.draw(moments(mode))

    async def story() -> None:
        folder = tmp_path_factory.mktemp("moment")
        async with board(folder, recording=mode.value, **document()) as one:
            for demand in demands:
                check(await tell(one, demand))

    happen(story)


DEMANDS = [("please stop recording", Notice.STOPPED), ("delete this recording", Notice.DELETED)]


@pytest.mark.journey
@pytest.mark.parametrize(("words", "notice"), DEMANDS)
async def test_a_demand_is_done_and_the_llm_never_hears_it(tmp_path: Path, words: str, notice: Notice) -> None:
    document = agent(
        recording="one-party",
        stt={"use": "scripted", "words": [words, "good morning"]},
        llm=says("At 800 i heard: {heard}"),
    )
    async with open_house(tmp_path, document) as house:
        line = await house.ring()
        await line.heard_out()
        line.say()
        await line.until(lambda: NOTICES[notice] in line.tunes)
        await line.heard_out(2)
        line.say()
        await house.witness.turn("agent", 3)
        await line.hang_up()
        call = (await house.record()).call
    assert not [said for said in house.witness.words("agent") if words in said]
    assert words not in house.witness.words("caller")
    assert "good morning" in house.witness.words("caller")
    assert call.recording_outcome == notice.value


# What attacks found.


MINUTE_S = 60.0


async def suppressed(one: Board, sid: str) -> bool:
    call = await one.workspace.calls.by_provider_id("twilio", sid)
    assert call is not None
    return await one.workspace.suppressions.hold(call.subject_index)


@pytest.mark.parametrize(
    ("words", "readable"),
    [
        ("delete this recording and never call me again", False),
        ("do not call me again, and delete the recording", False),
        ("stop recording and take me off your list", True),
    ],
)
def test_two_demands_in_one_sentence_are_two(tmp_path: Path, words: str, readable: bool) -> None:
    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            line = await one.ring()
            line.at(4.0, lambda: line.say(words))
            line.at(12.0, line.hang_up)
            await line.over()
            kept = await one.kept(line)
            assert kept.readable is readable
            assert kept.end_s < 8.0
            assert await suppressed(one, line.sid)

    happen(story)


def test_whoever_asks_that_it_is_not_deleted_keeps_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            line = await one.ring()
            line.at(4.0, lambda: line.say("please do not delete this recording"))
            line.at(12.0, line.hang_up)
            await line.over()
            assert (await one.kept(line)).readable

    happen(story)


@pytest.mark.parametrize("thanked_for", [2.3, 2.5, 2.7, 2.9])
def test_a_no_that_is_said_during_the_thanks_counts_though_its_words_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thanked_for: float
) -> None:
    monkeypatch.setattr("journeys.stubs.FIXED_S", 3.0)
    monkeypatch.setattr("op26x.testing.stand_ins.RECOGNISED_S", 0.6)

    async def story() -> None:
        async with board(tmp_path, recording="assent", **document()) as one:
            line = await one.ring()
            line.at(4.0, lambda: line.press("1"))
            line.at(4.0 + thanked_for - 0.6, lambda: line.say("no no I do not want that", 0.6))
            line.at(14.0, line.hang_up)
            await line.over()
            kept = await one.kept(line)
            assert not kept.readable
            assert kept.states[-1] in ("refused", "withdrawn")

    happen(story)


def test_a_caller_who_says_what_happens_if_they_agree_has_not_agreed(tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path, recording="assent", **document()) as one:
            line = await one.ring()
            line.at(1.0, lambda: line.say("what happens if I say yes"))
            line.at(12.0, line.hang_up)
            await line.over()
            kept = await one.kept(line)
            assert not kept.readable
            assert "granted" not in kept.states

    happen(story)


@pytest.mark.parametrize("keys", ["*1*2", "*1*3"])
def test_a_plugin_that_does_not_return_holds_up_no_demand(tmp_path: Path, keys: str) -> None:
    async def never(_consent: Consent) -> None:
        await asyncio.Event().wait()

    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            one.workspace.consents.when_changed(never)
            line = await one.ring()
            line.at(4.0, lambda: line.press(keys))
            line.at(8.0, line.hang_up)
            await asyncio.sleep(8.0 + MINUTE_S)
            assert await suppressed(one, line.sid) is ("*3" in keys)
            assert not one.switchboard.sessions
            assert (await one.kept(line)).readable is ("*2" not in keys)

    happen(story)


def test_a_service_can_be_stopped_though_a_plugin_does_not_return(tmp_path: Path) -> None:
    async def never(_consent: Consent) -> None:
        await asyncio.Event().wait()

    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            one.workspace.consents.when_changed(never)
            line = await one.ring()
            line.at(4.0, lambda: line.press("*1"))
            await asyncio.sleep(5.0)
            async with asyncio.timeout(10 * MINUTE_S):
                await one.switchboard.drain(5.0)

    happen(story)


def test_one_stretch_of_speech_that_is_never_understood_does_not_make_the_ear_deaf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def finish(self: Any) -> Any:
        words = self._stt.words
        if words == "good morning":
            await asyncio.Event().wait()
        await asyncio.sleep(0.3)
        return type("Words", (), {"text": words})()

    monkeypatch.setattr("op26x.testing.stand_ins.HeardUtterance.finish", finish)

    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            line = await one.ring()
            line.at(2.0, lambda: line.say("good morning"))
            line.at(20.0, lambda: line.say("stop recording"))
            line.at(60.0, line.hang_up)
            await line.over()
            kept = await one.kept(line)
            assert kept.end_s < 40.0
            assert kept.states == ["withdrawn"]

    happen(story)


def test_after_the_end_no_tool_is_used_and_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("op26x.testing.stand_ins.RECOGNISED_S", 30.0)

    async def story() -> None:
        goodbye = does([{"say": "At 900 goodbye."}, {"use": "end_call"}])
        async with board(tmp_path, recording="off", llm=goodbye) as one:
            line = await one.ring()
            line.at(2.0, lambda: line.press("7"))
            line.at(2.8, lambda: line.say("good morning"))
            await line.over()
            tools = [event.at_ms for event in one.events if event.kind == "tool"]
            assert len(tools) == 1, "the LLM is not asked again while the caller's last words are awaited"

    happen(story)


def test_what_is_demanded_after_the_disk_failed_is_in_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with board(tmp_path, recording="assent", **document()) as one:
            line = await one.ring()
            line.at(1.0, lambda: line.press("1"))

            async def fail(*_: object) -> None:
                raise OSError("the disk is full")

            line.at(5.0, lambda: monkeypatch.setattr("op26x.storage.local_blobs.LocalBlobWriter.append", fail))
            line.at(8.0, lambda: line.press("*1"))
            line.at(12.0, line.hang_up)
            await line.over()
            kept = await one.kept(line)
            assert kept.outcome == "failed"
            assert kept.states == ["granted", "withdrawn"]

    happen(story)


def test_a_call_that_was_placed_before_they_said_so_is_not_connected(tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path, **document()) as one:
            arrival, _ = one.arrival()
            placed = Arrival("twilio", "", Direction.OUTBOUND, CALLED, arrival.caller, "tested")
            await agree(one.workspace, arrival.caller)
            for sid in ("CA-first", "CA-second"):
                admission = await one.switchboard.arrive(placed)
                await one.workspace.calls.placed(admission.call_id, sid)
            first = await one.switchboard.admission_of("twilio", "CA-first")
            assert first is not None
            line = VirtualLine(one, "CA-first", arrival.caller)
            line.session = await one.switchboard.connect(first.token, line.sid, line)
            await line.press("*3")
            await line.hang_up()
            await line.over()
            assert await one.switchboard.admission_of("twilio", "CA-second") is None

    happen(story)


def test_a_demand_within_sound_that_does_not_pause_is_heard_before_it_ends(tmp_path: Path) -> None:
    """Music, a television, somebody who talks without a breath: 50 s of speech with its pauses cut out."""
    pieces = [SPEECH[start : start + 800] for start in range(0, len(SPEECH) - 800, 800)]
    loud = b"".join(piece for piece in pieces if max(abs(s) for s in array("h", g711.decode(piece))) > 3000)

    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            line = await one.ring()

            def speak() -> None:
                line.say("stop recording")
                line._speech = loud * (50 * 8000 // len(loud))

            line.at(3.0, speak)
            line.at(60.0, line.hang_up)
            await line.over()
            assert (await one.kept(line)).end_s < 40.0

    happen(story)
