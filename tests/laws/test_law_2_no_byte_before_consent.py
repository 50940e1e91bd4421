"""Law 2: no recorded byte before consent. Whatever is unknown, lost, late or wrong keeps the gate shut."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from laws.conftest import OpenScene
from laws.house import READER, Scene
from laws.opening import Announcer, Answers, Opening, pieces
from op26x.consent import Answer, Evidence, Gate, Notice, Permit, Proof
from op26x.errors import GateClosed
from op26x.policy import RecordingMode
from op26x.recording import Recorder, WireTap
from op26x.vault.sealed_stream import SealedWriter

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MARK, KEY = Proof(Evidence.MARK, "1", NOW), Proof(Evidence.DIGIT, "1", NOW)
OTHERS = [Proof(kind, "1", NOW) for kind in Evidence if kind is not Evidence.MARK]
MODES = st.sampled_from(RecordingMode)


class GateMachine(RuleBasedStateMachine):
    """Everything that can happen at a gate, in any order, against what the law says."""

    def __init__(self) -> None:
        super().__init__()
        self.told = self.agreed = self.shut = self.opened = False

    @initialize(mode=MODES)
    def begin(self, mode: RecordingMode) -> None:
        self.mode = mode
        self.gate = Gate("call", mode)

    @rule()
    def announced(self) -> None:
        self.gate.announced("en/1", MARK)
        self.told = True

    @rule()
    def agrees(self) -> None:
        self.gate.answered(Answer.YES, Proof(Evidence.WORDS, "yes", NOW))
        if self.told:
            self.agreed = True
        else:
            self.shut = True

    @rule(what=st.sampled_from(["refuses", "ends", None, *OTHERS]))
    def goes_wrong(self, what: object) -> None:
        if what == "refuses":
            self.gate.answered(Answer.NO, Proof(Evidence.DIGIT, "2", NOW))
        elif what == "ends":
            self.gate.shut()
        else:
            self.gate.announced("en/1", what)  # type: ignore[arg-type]
        self.shut = True

    @rule()
    def open(self) -> None:
        lawful = {
            RecordingMode.OFF: False,
            RecordingMode.ONE_PARTY: True,
            RecordingMode.ANNOUNCE: self.told,
            RecordingMode.ASSENT: self.told and self.agreed,
        }[self.mode]
        if lawful and not self.shut and not self.opened:
            permit = self.gate.open()
            permit.check("call")
            self.opened = True
        else:
            with pytest.raises(GateClosed):
                self.gate.open()


TestGate = GateMachine.TestCase
TestGate.settings = settings(max_examples=300, stateful_step_count=10)


@given(st.binary(max_size=8), MODES)
def test_nobody_else_makes_a_permit(mint: bytes, mode: RecordingMode) -> None:
    for forged in (mint, None, object(), Gate, MARK):
        with pytest.raises(TypeError):
            Permit(forged, "call", mode, (MARK,), "en/1")


class Blob:
    """Takes what is sealed."""

    def __init__(self) -> None:
        self.data = b""

    async def append(self, data: bytes) -> None:
        """Adds it."""
        self.data += data

    async def close(self) -> None:
        """Nothing more."""


async def test_a_recorder_needs_a_permit_for_that_very_call(scene: OpenScene) -> None:
    stage = await scene()
    sealer, blob = SealedWriter(bytes(32), b""), Blob()
    with pytest.raises(GateClosed):
        Recorder(stage.permit(), "another call", WireTap(stage.clock), sealer, blob, lambda: None)
    permit = stage.permit()
    permit.withdraw()
    with pytest.raises(GateClosed):
        Recorder(permit, stage.call.id, WireTap(stage.clock), sealer, blob, lambda: None)
    assert blob.data == b""


async def test_a_withdrawn_permit_stops_it_before_the_next_piece(scene: OpenScene) -> None:
    stage, blob, broke = await scene(), Blob(), []
    permit = stage.permit()
    recorder = Recorder(
        permit, stage.call.id, stage.tap, SealedWriter(bytes(32), b""), blob, lambda: broke.append(True)
    )
    stage.wire(bytes(8000 * 10))
    await recorder._writing.done()
    written = len(blob.data)
    assert written > 0
    permit.withdraw()
    stage.wire(bytes(8000 * 10))
    await recorder.finish()
    assert len(blob.data) == written
    assert broke == [True]


QUESTIONS = frozenset({Notice.ANNOUNCE, Notice.ASSENT, Notice.ASK_AGAIN})
ANSWERS = st.lists(st.sampled_from([Answer.YES, Answer.NO, None]), max_size=3)
MARKS = st.sampled_from(["echoed", "lost", "raises"])
NOTHING = {"no key"}
EVENTS: dict[str, Callable[[Gate], None]] = {
    "proved": lambda gate: gate.announced("en/1", MARK),
    "unproved": lambda gate: gate.announced("en/1", None),
    "wrong proof": lambda gate: gate.announced("en/1", KEY),
    "yes": lambda gate: gate.answered(Answer.YES, KEY),
    "no": lambda gate: gate.answered(Answer.NO, KEY),
    "shut": lambda gate: gate.shut(),
}
SHORT = [events for length in range(5) for events in itertools.product(EVENTS, repeat=length)]


def lawful(mode: RecordingMode, mark: str, missing: bool, answers: list[Answer | None]) -> bool:
    """The law, written a second time."""
    if mode is RecordingMode.ONE_PARTY:
        return True
    if mode is RecordingMode.OFF or missing or mark != "echoed":
        return False
    first = next((answer for answer in answers[:2] if answer is not None), None)
    return mode is RecordingMode.ANNOUNCE or first is Answer.YES


@settings(max_examples=60)
@given(mode=st.sampled_from(RecordingMode), mark=MARKS, missing=st.booleans(), answers=ANSWERS)
async def test_it_is_recorded_only_after_all_that_its_mode_requires(
    tmp_path_factory: pytest.TempPathFactory,
    mode: RecordingMode,
    mark: str,
    missing: bool,
    answers: list[Answer | None],
) -> None:
    stage = await Scene.open(tmp_path_factory.mktemp("opening"))

    async def nothing_yet() -> None:
        one.speaks(1, "while it is asked")
        assert not one.recorded.recording
        assert await one.stored() == NOTHING

    async def say(notice: Notice) -> str:
        if notice in QUESTIONS:
            await nothing_yet()
            if mark == "raises":
                raise RuntimeError("the wire is gone")
        return "" if mark == "lost" else "1"

    one = Opening(stage, mode, say, Announcer(QUESTIONS if missing else frozenset()))
    one.speaks(1, "before it is asked")
    await one.recorded.begin(Answers(*answers, before=nothing_yet))  # type: ignore[arg-type]
    assert one.recorded.recording is lawful(mode, mark, missing, answers)
    one.speaks(2, "after the gate", seconds=4)
    await one.recorded.finish()
    if lawful(mode, mark, missing, answers):
        track = await one.caller_track()
        assert not [piece for piece in pieces(1) if piece in track]
        assert all(piece in track for piece in pieces(2, 4))
        turns = await stage.workspace.transcripts.of_call(stage.call.id, READER)
        assert [turn.text.reveal() for turn in turns] == ["after the gate"]
    else:
        assert await one.stored() == NOTHING
    stage.close()


@pytest.mark.parametrize("mode", [RecordingMode.ANNOUNCE, RecordingMode.ASSENT])
async def test_who_hangs_up_inside_the_question_leaves_nothing(
    tmp_path_factory: pytest.TempPathFactory, mode: RecordingMode
) -> None:
    stage = await Scene.open(tmp_path_factory.mktemp("opening"))

    async def say(_notice: Notice) -> str:
        await one.recorded.finish()
        return "1"

    one = Opening(stage, mode, say)
    await one.recorded.begin(Answers(Answer.YES))  # type: ignore[arg-type]
    one.speaks(1, "goodbye")
    assert await one.stored() == NOTHING
    stage.close()


@pytest.mark.parametrize("room", ["keys", "database", "consents"])
async def test_what_fails_on_the_way_leaves_nothing(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    stage = await Scene.open(tmp_path_factory.mktemp("opening"))
    one = Opening(stage, RecordingMode.ASSENT)

    async def fails(*_arguments: object, **_named: object) -> None:
        raise OSError("no space left on device")

    owner, name = {
        "keys": (stage.workspace.keys, "create"),
        "database": (stage.workspace.recordings, "begin"),
        "consents": (stage.workspace.consents, "add"),
    }[room]
    monkeypatch.setattr(owner, name, fails)
    await one.recorded.begin(Answers(Answer.YES))  # type: ignore[arg-type]
    one.speaks(1, "still talking", seconds=4)
    await one.recorded.finish()
    assert await one.stored() == NOTHING
    call, _ = await stage.workspace.calls.get(stage.call.id)
    assert call.recording_outcome == "failed"
    stage.close()


def opens(gate: Gate) -> bool:
    """Whether it does."""
    try:
        gate.open()
    except GateClosed:
        return False
    return True


@pytest.mark.parametrize("mode", RecordingMode)
def test_a_gate_opens_once_after_every_short_history_that_proves_enough_and_no_other(mode: RecordingMode) -> None:
    for events in SHORT:
        gate = Gate("01CALL", mode)
        for event in events:
            EVENTS[event](gate)
        spoilt = bool({"unproved", "wrong proof", "no", "shut"} & set(events)) or events[:1] == ("yes",)
        enough = {
            RecordingMode.OFF: False,
            RecordingMode.ONE_PARTY: True,
            RecordingMode.ANNOUNCE: "proved" in events,
            RecordingMode.ASSENT: "proved" in events and "yes" in events,
        }[mode]
        assert opens(gate) is (enough and not spoilt), events
        assert not opens(gate), "once"
