"""A switchboard on a virtual loop, and callers on the line: what they say and press, and what they hear."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from journeys.documents import agent, write_agents
from journeys.line import SPEECH
from op26x import Provider, g711, hookimpl
from op26x.agents import DefaultRoute, load_agents
from op26x.audit import Access
from op26x.calls import Arrival, CallState, Direction, LiveEvent, MediaSession, Workspace
from op26x.calls.core_plugins import register_core
from op26x.consent import Consent
from op26x.errors import KeyGone, NotFound
from op26x.ids import Ids
from op26x.plugins import build_registry, load
from op26x.recording import Recording
from op26x.settings import resolve
from op26x.types import PhoneNumber
from op26x.voice import VoiceSwitchboard
from op26x.voice.call.dependencies import Meters
from virtual.loop import LoopClock

FRAME = 160
SILENCE = b"\xff" * FRAME
READER = Access("test", "what is kept")
RECOGNISED_S = 0.3
CALLED = PhoneNumber("+15550100199")


@dataclass
class Words:
    """What was heard."""

    text: str


class HeardUtterance:
    """Whatever the caller has been saying; known a while after they have said it."""

    def __init__(self, stt: "LineSTT") -> None:
        self._stt = stt

    def feed(self, pcm: bytes) -> None:
        """Listens."""
        if self._stt.breaks:
            raise OSError("the STT service is gone")

    async def finish(self) -> Words:
        """The words."""
        await asyncio.sleep(RECOGNISED_S)
        if self._stt.words == "raises":
            raise asyncio.CancelledError
        return Words(self._stt.words)

    def cancel(self) -> None:
        """Has nothing to cancel."""


class LineSTT:
    """Hears what the caller is saying on the line."""

    def __init__(self) -> None:
        self.words = ""
        self.breaks = False

    def utterance(self) -> HeardUtterance:
        """Begins one."""
        return HeardUtterance(self)


class VirtualLine:
    """A caller: an ``op26x.calls.Wire``, and what they do."""

    def __init__(self, board: "Board", sid: str, number: PhoneNumber) -> None:
        self.board = board
        self.sid = sid
        self.number = number
        self.session: MediaSession | None = None
        self.open = True
        self.closed_at = float("inf")
        self.sent: list[tuple[float, str]] = []
        self.sent_s = 0.0
        self.cleared_s = 0.0
        self.echo: tuple[float, float] | None = None
        self._played = bytearray()
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._play_end = 0.0
        self._speech = b""
        self._tasks: list[asyncio.Task[None]] = []
        self._marks: list[asyncio.TimerHandle] = []

    async def send_audio(self, ulaw: bytes) -> None:
        """Is played after what was sent before."""
        self.sent.append((self._loop.time(), "audio"))
        self.sent_s += len(ulaw) / 8000
        begins = round((max(self._loop.time(), self._play_end) - self._began) * 8000)
        self._played += b"\xff" * (begins - len(self._played)) + ulaw
        self._play_end = max(self._loop.time(), self._play_end) + len(ulaw) / 8000

    async def send_mark(self, name: str) -> None:
        """Comes back when everything before it was played."""
        self._marks.append(self._loop.call_at(max(self._loop.time(), self._play_end), self._echo, name))

    async def clear(self) -> None:
        """Throws away what was not yet played."""
        self.sent.append((self._loop.time(), "clear"))
        self.cleared_s += max(0.0, self._play_end - self._loop.time())
        self._play_end = self._loop.time()
        del self._played[round(self.now() * 8000) :]

    async def close(self) -> None:
        """The call is over."""
        self._close()

    @property
    def heard_s(self) -> float:
        """Seconds of the agent's audio that were played, and not thrown away."""
        return self.sent_s - self.cleared_s

    def now(self) -> float:
        """Seconds from the start of the stream."""
        return self._loop.time() - self._began

    def _close(self) -> None:
        if self.open:
            self.open, self.closed_at = False, self.now()

    def _echo(self, name: str) -> None:
        if self.open and self.session is not None:
            self._tasks.append(asyncio.ensure_future(self.session.mark(name)))

    async def live(self) -> None:
        """Sends a frame every 20 ms until the call is over."""
        assert self.session is not None
        began = self._loop.time()
        for number in itertools.count(1):
            if not self.open:
                break
            await self.frame()
            await asyncio.sleep(max(0.0, began + number * 0.02 - self._loop.time()))

    async def frame(self) -> None:
        """Sends the next 20 ms."""
        frame, self._speech = self._speech[:FRAME] or SILENCE, self._speech[FRAME:]
        if self.session is not None:
            await self.session.hear(self._with_echo(frame.ljust(FRAME, b"\xff")))

    def _with_echo(self, frame: bytes) -> bytes:
        """What the line brings back of the agent: so many dB below it, so many seconds later."""
        if self.echo is None:
            return frame
        below_db, delay_s = self.echo
        end = round((self.now() - delay_s) * 8000)
        heard = bytes(self._played[max(0, end - FRAME) : max(0, end)]).rjust(FRAME, b"\xff")
        ours, theirs = (np.frombuffer(g711.decode(ulaw), "<i2").astype(float) for ulaw in (heard, frame))
        mixed = np.clip(theirs + ours * 10 ** (-below_db / 20), -32000, 32000)
        return g711.encode(mixed.astype("<i2").tobytes())

    def say(self, words: str, seconds: float = 0.0) -> None:
        """Speaks: sound, and what the STT service makes of it."""
        self.board.stt.words = words
        self._speech = SPEECH[: int(seconds * 8000)] if seconds else SPEECH

    def sound(self, ulaw: bytes) -> None:
        """Something is heard on their side."""
        self._speech = ulaw

    async def press(self, keys: str) -> None:
        """Presses keys."""
        for key in keys:
            if self.open and self.session is not None:
                await self.session.digit(key)

    async def hang_up(self) -> None:
        """The stream is over."""
        self._close()
        if self.session is not None:
            await self.session.hung_up()

    def at(self, seconds: float, do: Callable[[], Any]) -> None:
        """Does something that many seconds from now."""

        async def later() -> None:
            await asyncio.sleep(seconds)
            done = do()
            if asyncio.iscoroutine(done):
                await done

        self._tasks.append(asyncio.ensure_future(later()))

    async def over(self) -> None:
        """Waits until nothing of the call is in progress any more."""
        async with asyncio.timeout(300):
            while any(session.call_id for session in self.board.switchboard.sessions.values()):
                await asyncio.sleep(0.5)
        for task in self._tasks:
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

    def __init__(self, workspace: Workspace, switchboard: VoiceSwitchboard, stt: LineSTT, missed: list[str]) -> None:
        self.workspace = workspace
        self.missed = missed
        self.switchboard = switchboard
        self.stt = stt
        self.events: list[LiveEvent] = []
        self._sids = itertools.count(1)
        publish = switchboard.feed.publish
        switchboard.feed.publish = lambda event: (self.events.append(event), publish(event))[1]  # type: ignore[method-assign]

    def turns(self, speaker: str = "agent") -> list[str]:
        """The words of each turn so far, of all calls."""
        return [event.text for event in self.events if event.kind == "turn" and event.speaker == speaker]

    def arrival(self, sid: str = "") -> tuple[Arrival, str]:
        """A call from a number of its own."""
        number = next(self._sids)
        sid = sid or f"CA{number}"
        return Arrival("twilio", sid, Direction.INBOUND, PhoneNumber(f"+1555{number:07d}"), CALLED), sid

    async def ring(self) -> VirtualLine:
        """A call that is taken; its caller is on the line."""
        arrival, sid = self.arrival()
        return await self.ring_as(arrival, sid, (await self.switchboard.arrive(arrival)).token)

    async def ring_as(self, arrival: Arrival, sid: str, token: str) -> VirtualLine:
        """The stream of a call that was admitted; its caller is on the line."""
        line = VirtualLine(self, sid, arrival.caller)
        line.session = await self.switchboard.connect(token, sid, line)
        line._tasks.append(asyncio.ensure_future(line.live()))
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
    stt = LineSTT()

    class Line:
        @hookimpl
        def op26x_stt_service(self) -> Provider[Any]:
            return Provider("line", lambda request: stt)

    plugins = register_core(load(["journeys.stubs"]))
    plugins.register(Line(), "line")
    for number, plugin in enumerate(more):
        plugins.register(plugin, f"more-{number}")
    settings = resolve(
        dict(plugins.collect("op26x_settings")), environ={}, overrides={"data": folder / "data"}, file=folder / "none"
    )
    clock = LoopClock()
    registry = build_registry(plugins)
    workspace = Workspace.open(settings, clock, Ids(clock), registry=registry)
    documents = write_agents(folder / "agents", agent(stt={"use": "line"}, **document))
    agents = load_agents(str(documents), "", "")
    plugins.register(DefaultRoute(next(iter(agents))), "route")
    missed: list[str] = []
    switchboard = VoiceSwitchboard(workspace, plugins, registry, agents, meters=Missed(missed))
    await switchboard.open()
    try:
        yield Board(workspace, switchboard, stt, missed)
    finally:
        workspace.close()
