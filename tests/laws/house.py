"""A workspace with a call in it, and ways to record that call through the rooms' public doors."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from op26x.audit import Access
from op26x.calls import Arrival, Call, CallState, Direction, Workspace
from op26x.clock import ManualClock
from op26x.consent import Answer, Evidence, Gate, Permit, Proof
from op26x.ids import Ids
from op26x.policy import RecordingMode
from op26x.recording import Recorder, SpokenTurn, WireTap
from op26x.settings import resolve
from op26x.types import Personal, PhoneNumber
from workspaces import close_workspace, open_workspace

FRAME = 160
READER = Access("test", "a law")
CALLER, CALLED = PhoneNumber("+12125550123"), PhoneNumber("+12125550199")


@dataclass
class Scene:
    """A workspace on a clock that stands still, with one call.

    Attributes:
        folder: Everything that is written lies below it.
        clock: The time.
        workspace: The records.
        call: The call.
        tap: Its wire.
    """

    folder: Path
    clock: ManualClock
    workspace: Workspace
    call: Call
    tap: WireTap

    @classmethod
    async def open(cls, folder: Path, direction: Direction = Direction.INBOUND) -> "Scene":
        """A fresh one."""
        clock = ManualClock()
        workspace = open_workspace(resolve({}, environ={}, overrides={"data": folder / "data"}), clock, Ids(clock))
        arrival = Arrival("twilio", "CA1", direction, CALLER, CALLED)
        call = await workspace.calls.begin(arrival, "clinic", CallState.RINGING)
        return cls(folder, clock, workspace, call, WireTap(clock))

    def permit(self, mode: RecordingMode = RecordingMode.ASSENT) -> Permit:
        """Leave to record the call, honestly come by."""
        gate = Gate(self.call.id, mode)
        now = self.clock.now()
        if mode.announces:
            gate.announced("en/1", Proof(Evidence.MARK, "1", now))
        if mode is RecordingMode.ASSENT:
            gate.answered(Answer.YES, Proof(Evidence.DIGIT, "1", now))
        return gate.open()

    def wire(self, caller: bytes, agent: bytes = b"") -> None:
        """Both sides speak, frame by frame, in the time that it takes."""
        if agent:
            self.tap.agent(agent)
        for start in range(0, len(caller), FRAME):
            self.tap.caller(caller[start : start + FRAME])
            self.clock.advance(FRAME / 8000)

    async def record(self, caller: bytes, agent: bytes = b"", words: str = "") -> Recorder:
        """Records the call to its end, and words; call and recording are complete when this returns."""
        permit = self.permit()
        _, recorder, key = await self.workspace.recordings.begin(permit, self.tap, lambda: None)
        self.wire(caller, agent)
        if words:
            turn = SpokenTurn(1, "caller", 0, 1000, Personal(words))
            await self.workspace.transcripts.add(permit, key, turn)
        await recorder.finish()
        await self.workspace.recordings.finish(self.call.id, recorder, "call-ended")
        await self.hang_up()
        return recorder

    async def hang_up(self) -> None:
        """The call is over."""
        await self.workspace.calls.move(self.call.id, CallState.COMPLETED, reason="caller-hung-up")

    async def read(self) -> tuple[bytes, list[str]]:
        """Audio and words, as whoever may read them gets them."""
        _, wav = await self.workspace.recordings.open(self.call.id, READER)
        turns = await self.workspace.transcripts.of_call(self.call.id, READER)
        return await wav.read(), [turn.text.reveal() for turn in turns]

    def on_disk(self) -> bytes:
        """Everything that was written, one after the other."""
        return b"".join(file.read_bytes() for file in sorted(self.folder.rglob("*")) if file.is_file())

    def later(self, **time: float) -> None:
        """Time passes."""
        self.clock.advance(timedelta(**time).total_seconds())

    def close(self) -> None:
        """Closes the workspace."""
        close_workspace(self.workspace)
