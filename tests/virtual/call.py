"""A switchboard on a virtual loop, and callers on the line: what they say and press, and what they hear."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journeys.documents import agent
from op26x.audit import Access
from op26x.calls import Arrival, CallState, Direction, LiveEvent
from op26x.consent import Consent
from op26x.errors import KeyGone, NotFound
from op26x.plugins import load
from op26x.recording import Recording
from op26x.testing.caller import Caller
from op26x.testing.rig import Rig, rig
from op26x.testing.stand_ins import CallersWords, StandIns
from op26x.testing.virtual_loop import LoopClock
from op26x.types import PhoneNumber
from op26x.voice.conversation.dependencies import Meters

READER = Access("test", "what is kept")
CALLED = PhoneNumber("+12125550199")


class VirtualLine(Caller):
    """A caller on a board's line."""

    def __init__(self, board: "Board", sid: str, number: PhoneNumber) -> None:
        super().__init__(sid, number, board.stt)
        self._board = board

    async def over(self) -> None:
        """Waits until nothing of the call is in progress any more."""
        async with asyncio.timeout(300):
            while any(session.call_id for session in self._board.switchboard.sessions.values()):
                await asyncio.sleep(0.5)
        for task in self.tasks:
            with suppress(Exception):
                await task
        await asyncio.sleep(60)


@dataclass
class Kept:
    """What there is of a call afterwards.

    Attributes:
        recording: The row, if there is one.
        blob: Whether there are bytes of it.
        key: Whether its key can be had.
        readable: Whether anybody can listen.
        consents: The ledger's entries, in order.
        outcome: What became of the recording.
        end_s: When the recording ends, in seconds from the start of the stream; 0 without one.
    """

    recording: Recording | None
    blob: bool
    readable: bool
    consents: list[Consent]
    outcome: str
    end_s: float

    @property
    def states(self) -> list[str]:
        """The ledger's decisions."""
        return [consent.state for consent in self.consents]


class Missed(Meters):
    """Notes waits that came to their limit."""

    def __init__(self, missed: list[str]) -> None:
        self._missed = missed

    def missed(self, deadline: str) -> None:
        """Notes one."""
        self._missed.append(deadline)


class Board:
    """A switchboard with one agent."""

    def __init__(self, on: Rig, stt: CallersWords, missed: list[str]) -> None:
        self.workspace, self.switchboard = on.workspace, on.switchboard
        self.installation = on.installation
        self.missed = missed
        self.stt = stt
        self.events: list[LiveEvent] = []
        self._sids = itertools.count(1)
        on.hear(self.events.append)

    def turns(self, speaker: str = "agent") -> list[str]:
        """The words of each turn so far, of all calls."""
        return [event.text for event in self.events if event.kind == "turn" and event.speaker == speaker]

    def arrival(self, sid: str = "") -> tuple[Arrival, str]:
        """A call from a number of its own."""
        number = next(self._sids)
        sid = sid or f"CA{number}"
        return Arrival("twilio", sid, Direction.INBOUND, PhoneNumber(f"+1212{2000000 + number}"), CALLED), sid

    async def ring(self) -> VirtualLine:
        """A call that is taken; its caller is on the line."""
        arrival, sid = self.arrival()
        return await self.ring_as(arrival, sid, (await self.switchboard.arrive(arrival)).token)

    async def ring_as(self, arrival: Arrival, sid: str, token: str) -> VirtualLine:
        """The stream of a call that was admitted; its caller is on the line."""
        line = VirtualLine(self, sid, arrival.caller)
        line.session = await self.switchboard.connect(token, sid, line)
        line.live()
        return line

    async def kept(self, line: VirtualLine) -> Kept:
        """What there is of a call."""
        call = await self.workspace.calls.by_provider_id("twilio", line.sid)
        assert call is not None
        assert CallState(call.state).is_final, call.state
        recording = await self.workspace.recordings.find(call.id)
        readable, end_s = True, 0.0
        try:
            row, wav = await self.workspace.recordings.open(call.id, READER)
            end_s = row.started_ms / 1000 + wav.frames / 8000
        except (KeyGone, NotFound):
            readable = False
        blobs = self.workspace.settings.core.data / "blobs" / "recordings" / call.id
        consents = await self.workspace.consents.of_call(call.id)
        return Kept(recording, blobs.exists(), readable, consents, call.recording_outcome, end_s)


@asynccontextmanager
async def board(folder: Path, *more: object, **document: Any) -> AsyncIterator[Board]:
    """Opens one, with more plugins; the changes are to its agent's document."""
    stt = CallersWords()
    plugins = load(["journeys.stubs"])
    plugins.register(StandIns(stt), "stand-ins")
    for number, plugin in enumerate(more):
        plugins.register(plugin, f"more-{number}")
    missed: list[str] = []
    changed = agent(stt={"use": "heard"}, **document)
    async with rig(folder, plugins, changed, LoopClock(), meters=Missed(missed)) as on:
        try:
            yield Board(on, stt, missed)
        except BaseException:  # a call that is left open would keep the loop from ending
            await on.switchboard.drain(0.0)
            raise
