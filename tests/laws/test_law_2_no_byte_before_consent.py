"""Law 2: no recorded byte before consent. Whatever is unknown, lost, late or wrong keeps the gate shut."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from laws.conftest import OpenScene
from op26x.consent import Answer, Evidence, Gate, Permit, Proof, RecordingMode
from op26x.errors import GateClosed
from op26x.recording import Recorder, WireTap
from op26x.vault.sealed_stream import SealedWriter

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MARK = Proof(Evidence.MARK, "1", NOW)
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
