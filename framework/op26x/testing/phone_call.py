"""A call of a test, from the caller's side."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from op26x import g711
from op26x.audit import Access
from op26x.calls import Admission, Arrival, Call, Direction, LiveEvent, NewCall
from op26x.calls.wanted import Wanted
from op26x.consent import Consent, ConsentPurpose
from op26x.errors import AdmissionRefused, KeyGone, NotFound
from op26x.testing.agreed import agree
from op26x.testing.caller import Caller
from op26x.testing.rig import Rig
from op26x.testing.scripted_llm import Script
from op26x.testing.stand_ins import TEST_LINE, CallersWords
from op26x.types import PhoneNumber

T = TypeVar("T")

QUIET_S = 1.0
"""An agent that has been silent for so long has said what it had to say."""
PATIENCE_S = 60.0
"""How long the first sound of an answer may take."""
LONGEST_S = 600.0
"""How long an answer may last."""
POLL_S = 0.02
READER = Access("test", "what is kept")


class Timeline(Protocol):
    """Runs what waits in the time of the calls."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine to its end."""
        ...


class PhoneCall:
    """A call, from the caller's side. What waits, waits in the time of the call.

    Attributes:
        caller: The person on the line.
        rejected: Why the call was not taken; empty if it was.
    """

    def __init__(
        self,
        timeline: Timeline,
        on: Rig,
        number: PhoneNumber,
        stt: CallersWords,
        script: Script,
        settle_s: float,
    ) -> None:
        self._events: list[LiveEvent] = []
        self.rejected = ""
        self._timeline = timeline
        self._script = script
        self._rig = on
        self._call_id = ""
        self._number = number
        self._stt = stt
        self._settle_s = settle_s

    def say(self, words: str = "", *, audio: bytes = b"", seconds: float = 0.0, answered: bool = True) -> None:
        """Says something, and returns when the agent has answered.

        Args:
            words: What the stand-in STT service understands. A service of yours listens to the sound.
            audio: The sound, 16-bit mono PCM at 8 kHz; by default, two seconds of somebody speaking.
            seconds: How long that somebody speaks, instead of two seconds.
            answered: With ``False``, returns as soon as everything is said, so that the next line happens during the
                answer.

        Raises:
            AssertionError: The call is over, or the agent has not answered within a minute.
        """
        self._timeline.run(self._say(words, audio, seconds, answered=answered))

    def press(self, keys: str, *, answered: bool = True) -> None:
        """Presses keys, and returns when the agent has answered; errors as of ``say``."""
        self._timeline.run(self._press(keys, answered=answered))

    def wait(self, seconds: float) -> None:
        """Lets time pass."""
        self._timeline.run(asyncio.sleep(seconds))

    def hang_up(self) -> None:
        """Hangs up, and returns when all that the call has set off is done."""
        self._timeline.run(self._hang_up())

    @property
    def events(self) -> list[LiveEvent]:
        """What happened in the call so far, in order, as the live events of the API tell it."""
        return [event for event in self._events if event.call_id == self._call_id]

    @property
    def over(self) -> bool:
        """Whether the call has ended, or was not taken."""
        return bool(self.rejected) or not self.caller.open

    @property
    def agent_said(self) -> list[str]:
        """What the agent has said so far, turn by turn, as far as it was heard."""
        return self._turns("agent")

    @property
    def caller_said(self) -> list[str]:
        """What the caller has said so far, turn by turn, as the STT service understood it."""
        return self._turns("caller")

    @property
    def told(self) -> list[Any]:
        """What the stand-in LLM was told of each tool that was used: its result, or ``{"error": …}``."""
        messages = self._script.asked[-1] if self._script.asked else []
        results = [m["content"] for m in messages if m.get("role") == "tool"]
        return [msgspec.json.decode(result) for result in results if result.startswith("{")]

    @property
    def heard(self) -> bytes:
        """All that the caller has heard so far, silence included: 16-bit mono PCM at 8 kHz."""
        return self._timeline.run(self._heard())

    @property
    def record(self) -> Call:
        """The call as it is stored: ``state``, ``end_reason``, ``outcome``, ``recording_outcome`` and more."""
        return self._timeline.run(self._record())

    @property
    def consents(self) -> Sequence[Consent]:
        """The call's entries in the consent ledger, in order; the ``state`` of each is ``granted``, for example."""
        return self._timeline.run(self._rig.workspace.consents.of_call(self._call_id))

    @property
    def recording(self) -> bytes:
        """The recording as a WAV file of two channels, caller and agent; empty if there is none to be heard."""
        return self._timeline.run(self._recording())

    async def _ring(self, sid: str, called: PhoneNumber) -> None:
        """Rings the agent, and listens to what it opens with."""
        self._rig.hear(self._events.append)
        arrival = Arrival(TEST_LINE, sid, Direction.INBOUND, self._number, called)
        try:
            await self._talk(await self._rig.switchboard.arrive(arrival), sid)
        except AdmissionRefused as refused:
            await self._refused(refused)

    async def _pick_up(self, *, agreed: bool) -> None:
        """Is rung by the agent, and listens to what it opens with."""
        board, owner = self._rig.switchboard, self._rig.workspace.organization_id
        self._rig.hear(self._events.append)
        if agreed:
            await agree(self._rig.workspace, self._number, ConsentPurpose.MARKETING)
        try:
            self._call_id = await board.place(owner, NewCall(self._number, self._rig.agent, TEST_LINE))
        except AdmissionRefused as refused:
            await self._refused(refused)
            return
        call, _ = await self._rig.workspace.calls.get(self._call_id)
        sid = call.provider_call_id or ""
        admission = await board.admission_of(TEST_LINE, sid)
        assert admission is not None, f"The call is {call.state}."
        await self._talk(admission, sid)

    async def _refused(self, refused: AdmissionRefused) -> None:
        self.rejected = refused.message
        newest = await self._rig.workspace.calls.list(Wanted(), limit=1)
        self._call_id = newest[0].id if newest else ""

    async def _talk(self, admission: Admission, sid: str) -> None:
        self._call_id = admission.call_id
        self.caller = Caller(sid, self._number, self._stt)
        self.caller.session = await self._rig.switchboard.connect(admission.token, sid, self.caller)
        self.caller.live()
        await self._heard_more_than(0.0)

    async def _say(self, words: str, audio: bytes, seconds: float, *, answered: bool) -> None:
        self._must_be_open()
        self.caller.say(words, seconds)
        if audio:
            self.caller.sound(g711.encode(audio))
        before = self.caller.sent_s
        while self.caller.speaks and self.caller.open:
            await asyncio.sleep(POLL_S)
            before = self.caller.sent_s
        if answered:
            await self._heard_more_than(before)

    async def _press(self, keys: str, *, answered: bool) -> None:
        self._must_be_open()
        before = self.caller.sent_s
        await self.caller.press(keys)
        if answered:
            await self._heard_more_than(before)

    async def _heard_more_than(self, before_s: float) -> None:
        """Listens until more was sent than before, and the agent neither speaks, nor thinks, nor waits for a tool."""
        loop = asyncio.get_running_loop()
        began = quiet_since = loop.time()
        while self.caller.open:
            silent = self.caller.sent_s <= before_s
            if silent or self.caller.hears or self._busy():
                quiet_since = loop.time()
            if loop.time() - quiet_since >= QUIET_S:
                return
            waited = loop.time() - began
            assert not (silent and waited > PATIENCE_S), f"The agent did not answer within {PATIENCE_S:.0f} s."
            assert waited < LONGEST_S, f"The agent is still busy with its answer after {LONGEST_S:.0f} s."
            await asyncio.sleep(POLL_S)

    def _busy(self) -> bool:
        session = self._rig.switchboard.sessions.get(self._call_id)
        return session is not None and session.floor.taken

    async def _hang_up(self) -> None:
        if not self.over:
            await self.caller.hang_up()
        while self._call_id in self._rig.switchboard.sessions:
            await asyncio.sleep(POLL_S)
        await asyncio.sleep(self._settle_s)

    async def _heard(self) -> bytes:
        assert not self.rejected, f"There is no call: {self.rejected}"
        return g711.decode(self.caller.heard)

    async def _record(self) -> Call:
        assert self._call_id, f"The call has no record: {self.rejected}"
        call, _ = await self._rig.workspace.calls.get(self._call_id)
        return call

    async def _recording(self) -> bytes:
        try:
            _, wav = await self._rig.workspace.recordings.open(self._call_id, READER)
        except (KeyGone, NotFound):
            return b""
        return await wav.read()

    def _must_be_open(self) -> None:
        assert not self.rejected, f"There is no call: {self.rejected}"
        assert self.caller.open, f"The call is over. The agent's last words: {''.join(self.agent_said[-1:])!r}"

    def _turns(self, speaker: str) -> list[str]:
        return [event.text for event in self.events if event.kind == "turn" and event.speaker == speaker]
