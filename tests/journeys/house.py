"""A service in the test's own loop, a witness of what plugins are told, and callers on the line."""

import asyncio
import io
import itertools
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import structlog
import yaml

from op26x import g711, hookimpl, logs
from op26x.calls import CallInfo, TurnInfo, Workspace
from op26x.calls.core_plugins import register_core
from op26x.cli import Context
from op26x.client import CallDetail, Client
from op26x.client.client import running_service
from op26x.clock import Clock
from op26x.plugins import build_registry, load
from op26x.recording import RecordingInfo
from op26x.settings import Settings, resolve
from op26x_service.app import Service
from op26x_service.server import Server
from op26x_twilio.simulator.script import recording
from op26x_twilio.testing import CallEnd, MediaStream, Webhooks

T = TypeVar("T")

AUTH_TOKEN = "an-auth-token-for-tests"
CALLER = "+15550100123"
CALLED = "+15550100199"
STUBS = "journeys.stubs"
TESTS = Path(__file__).parents[1]
PATIENCE_S = 30.0
"""Bounds a wait for something that must happen; only a hung test comes near it."""
POLL_S = 0.01
WINDOW_S = 0.05
QUIET_S = 0.3

SPEECH = recording("I would like to make an appointment")
"""Somebody speaking: what voice detection takes for speech, whatever the recogniser makes of it."""
BRIEFLY = recording("yes please")
"""The same in under a second."""

_sids = itertools.count(1)


def new_sid() -> str:
    """A CallSid that no other call of this process has."""
    return f"CA{os.getpid():016x}{next(_sids):016x}"


def agent(**changes: Any) -> dict[str, Any]:
    """An agent document on scripted providers: greets at 500 Hz, answers at 800 Hz."""
    return {
        "name": "tested",
        "greeting": "At 500 hello.",
        "instructions": "Be tested.",
        "brain": says("At 800 yes indeed."),
        "voice": {"use": "tone"},
        "recogniser": {"use": "scripted", "words": ["good morning"] * 9},
        "tools": ["note", "end_call"],
        "limits": {"silence_s": 60.0},
        "recording": "off",
        **changes,
    }


def says(*answers: str) -> dict[str, Any]:
    """A brain that says these, one per turn."""
    return {"use": "scripted", "answers": [[{"say": text}] for text in answers]}


def does(*answers: list[dict[str, Any]]) -> dict[str, Any]:
    """A brain that takes these steps, one list per turn."""
    return {"use": "scripted", "answers": list(answers)}


class Witness:
    """A plugin that remembers what plugins are told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.answered: list[CallInfo] = []
        self.turns: list[tuple[CallInfo, TurnInfo]] = []
        self.ended: list[CallInfo] = []
        self.recordings: list[tuple[str, RecordingInfo]] = []
        self._changed = asyncio.Condition()

    @hookimpl
    async def op26x_call_answered(self, call: CallInfo) -> None:
        """Notes it."""
        await self._note(self.answered, call)

    @hookimpl
    async def op26x_turn_finished(self, call: CallInfo, turn: TurnInfo) -> None:
        """Notes it."""
        await self._note(self.turns, (call, turn))

    @hookimpl
    async def op26x_call_ended(self, call: CallInfo) -> None:
        """Notes it."""
        await self._note(self.ended, call)

    @hookimpl
    async def op26x_recording_started(self, recording: RecordingInfo) -> None:
        """Notes it."""
        await self._note(self.recordings, ("started", recording))

    @hookimpl
    async def op26x_recording_paused(self, recording: RecordingInfo, paused: bool) -> None:
        """Notes it."""
        await self._note(self.recordings, ("paused" if paused else "resumed", recording))

    @hookimpl
    async def op26x_recording_sealed(self, recording: RecordingInfo) -> None:
        """Notes it."""
        await self._note(self.recordings, ("sealed", recording))

    async def _note(self, where: list[T], what: T) -> None:
        async with self._changed:
            where.append(what)
            self._changed.notify_all()

    async def until(self, condition: Callable[[], Any], within: float = PATIENCE_S) -> Any:
        """Waits until what was noted meets a condition; returns what that gave."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(condition)
            return condition()

    async def turn(self, speaker: str, number: int = 1) -> TurnInfo:
        """The n-th turn of a speaker, of any call."""
        await self.until(lambda: len(self.of(speaker)) >= number)
        return self.of(speaker)[number - 1]

    async def end(self) -> CallInfo:
        """The end of a call."""
        await self.until(lambda: self.ended)
        return self.ended[0]

    async def told_of_recording(self, *what: str) -> None:
        """Waits until that is what plugins were told of a recording, all of it in order."""
        await self.until(lambda: tuple(told for told, _ in self.recordings) == what)

    def of(self, speaker: str) -> list[TurnInfo]:
        """The turns of a speaker so far."""
        return [turn for _, turn in self.turns if turn.speaker == speaker]

    def words(self, speaker: str) -> list[str]:
        """What a speaker said so far."""
        return [turn.text.reveal() for turn in self.of(speaker)]


class Tone(NamedTuple):
    """A stretch of one tone, in seconds from the start of the stream."""

    hertz: int
    start: float
    end: float


class Line:
    """A caller on the line."""

    def __init__(self, stream: MediaStream, sid: str) -> None:
        self.stream = stream
        self.sid = sid
        self.living = asyncio.create_task(stream.run())

    async def until(self, condition: Callable[[], Any], within: float = PATIENCE_S) -> None:
        """Waits, in real time, for something that the caller hears; fails if the call ends before."""
        async with asyncio.timeout(within):
            while not condition():
                assert not self.stream.ended.is_set(), "the call ended too early"
                await asyncio.sleep(POLL_S)

    async def hears(self, stretches: int = 1) -> None:
        """Waits until the agent has begun to speak that often."""
        await self.until(lambda: len(self.stream.ears.first_audio_at) >= stretches)

    async def heard_out(self, stretches: int = 1) -> None:
        """Waits until the agent has spoken that often and is quiet."""
        await self.until(
            lambda: len(self.stream.ears.first_audio_at) >= stretches and self.stream.quiet_for() > QUIET_S
        )

    async def heard_whole(self, hertz: int, times: int = 1) -> None:
        """Waits until that tone was heard so often and the agent is quiet."""
        await self.until(lambda: self.stream.quiet_for() > QUIET_S and self.tunes.count(hertz) >= times)

    def say(self, ulaw: bytes = SPEECH) -> None:
        """Speaks."""
        self.stream.say(ulaw)

    async def press(self, keys: str) -> None:
        """Presses keys, one after the other."""
        for key in keys:
            await self.stream.press(key)

    async def said(self) -> None:
        """Waits until everything was spoken."""
        await self.until(lambda: not self.stream.speaking)

    async def hang_up(self) -> None:
        """Hangs up."""
        await self.stream.hang_up()
        await self.over()

    async def over(self, within: float = PATIENCE_S) -> CallEnd:
        """Waits for the end of the call."""
        return await asyncio.wait_for(self.living, within)

    @property
    def heard(self) -> list[Tone]:
        """What the caller has heard so far, silence left out."""
        return tones(bytes(self.stream.ears.heard))

    @property
    def tunes(self) -> list[int]:
        """How high each stretch of it was."""
        return [tone.hertz for tone in self.heard]

    def seconds_of(self, hertz: int) -> float:
        """For how long that tone was heard."""
        return sum(tone.end - tone.start for tone in self.heard if tone.hertz == hertz)

    def first_heard(self, hertz: int) -> float:
        """When that tone began, in seconds from the start of the stream."""
        return min(tone.start for tone in self.heard if tone.hertz == hertz)

    def last_heard(self, hertz: int) -> float:
        """When that tone ended."""
        return max(tone.end for tone in self.heard if tone.hertz == hertz)


def tones(ulaw: bytes) -> list[Tone]:
    """The tones in a recording, to the nearest 20 Hz; silence is left out, and so is what lasts one window."""
    samples = np.frombuffer(g711.decode(ulaw), "<i2").astype(float)
    size = int(8000 * WINDOW_S)
    windows = samples[: len(samples) // size * size].reshape(-1, size)
    loud = np.sqrt(np.mean(windows**2, axis=1)) > 500
    hertz = np.where(loud, np.abs(np.fft.rfft(windows)).argmax(axis=1) / WINDOW_S, 0).round().astype(int)
    found: list[Tone] = []
    for pitch, run in itertools.groupby(enumerate(hertz), key=lambda pair: pair[1]):
        places = [place for place, _ in run]
        if pitch and len(places) > 1:
            found.append(Tone(int(pitch), places[0] * WINDOW_S, (places[-1] + 1) * WINDOW_S))
    return found


class House:
    """A running service."""

    def __init__(self, service: Service, settings: Settings, url: str, witness: Witness, output: io.StringIO) -> None:
        self.service = service
        self.settings = settings
        self.url = url
        self.witness = witness
        self.output = output
        self.webhooks = Webhooks(url, AUTH_TOKEN, settings.core.public_url)
        self._lines: list[Line] = []

    async def ring(self, *, caller: str = CALLER) -> Line:
        """Rings; the caller is on the line when this returns."""
        sid = new_sid()
        order = await self.webhooks.voice(form(sid, caller))
        assert order is not None, "the call was rejected"
        return self.join(MediaStream(order.url, sid, order.parameters), sid)

    def join(self, stream: MediaStream, sid: str) -> Line:
        """Puts a caller on a media stream."""
        line = Line(stream, sid)
        self._lines.append(line)
        return line

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines logged so far."""
        return [json.loads(line) for line in self.output.getvalue().splitlines()]

    async def ask(self, question: Callable[[Client], T]) -> T:
        """What the API answers to a client."""

        def ask() -> T:
            with Client.of_running_service(self.settings) as client:
                return question(client)

        return await asyncio.to_thread(ask)

    async def record(self, call_id: str = "") -> CallDetail:
        """A call as the API tells of it; by default the newest."""
        return await self.ask(lambda client: client.call(call_id or client.calls(limit=1)[0].id))

    async def leave(self) -> None:
        """Hangs up whoever is on the line."""
        for line in self._lines:
            line.living.cancel()
        await asyncio.gather(*(line.living for line in self._lines), return_exceptions=True)


def form(sid: str, caller: str = CALLER, **more: str) -> dict[str, str]:
    """The form of a voice webhook."""
    return {
        "CallSid": sid,
        "AccountSid": "AC" + "0" * 32,
        "From": caller,
        "To": CALLED,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        **more,
    }


def write_agents(directory: Path, *documents: dict[str, Any]) -> Path:
    """Writes agent documents; returns their directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for number, document in enumerate(documents):
        (directory / f"{number}.yaml").write_text(yaml.safe_dump(document))
    return directory


@asynccontextmanager
async def open_house(
    tmp_path: Path,
    document: dict[str, Any] | None,
    plugins: tuple[object, ...] = (),
    clock: Clock | None = None,
    **settings: str,
) -> AsyncIterator[House]:
    """Runs a service in this loop.

    Args:
        tmp_path: Where its data goes.
        document: Its agent, on the stub providers; ``None`` takes the built-in one, on the local providers.
        plugins: More of them.
        clock: Another one than the machine's.
        settings: Environment variables without their prefix, in lower case.
    """
    output = io.StringIO()
    logs.configure("debug", output)
    environ = {"TWILIO_AUTH_TOKEN": AUTH_TOKEN, "PORT": "0", "DATA": str(tmp_path / "data"), "DRAIN_S": "20"}
    if document is not None:
        environ["AGENTS"] = str(write_agents(tmp_path / "agents", document))
    environ |= {name.upper(): value for name, value in settings.items()}
    loaded = register_core(load([STUBS] if document is not None else []))
    resolved = resolve(
        dict(loaded.collect("op26x_settings")),
        environ={f"OP26X_{name}": value for name, value in environ.items()},
        file=tmp_path / "none.toml",
    )
    witness = Witness()
    for number, plugin in enumerate((witness, *plugins)):
        loaded.register(plugin, f"journey-{number}")
    service = Service(Context(loaded, resolved), Workspace.open(resolved, clock, registry=build_registry(loaded)))
    server = Server(service, resolved.core)
    running = asyncio.create_task(server.serve_until_signal())
    house = House(service, resolved, server.url, witness, output)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (server.started and running_service(resolved)):
                assert not running.done(), "the service did not start"
                await asyncio.sleep(POLL_S)
        yield house
    finally:
        await house.leave()
        server.should_exit = True
        await asyncio.wait_for(running, PATIENCE_S)
        structlog.reset_defaults()


class OtherProcess:
    """A service in a process of its own: ``python -m op26x up``."""

    def __init__(self, tmp_path: Path, document: dict[str, Any], **settings: str) -> None:
        self.data = tmp_path / "data"
        environ = {
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "PLUGINS": STUBS,
            "AGENTS": str(write_agents(tmp_path / "agents", document)),
            **{name.upper(): value for name, value in settings.items()},
        }
        self.temporary = tmp_path / "tmp"
        self.temporary.mkdir(exist_ok=True)
        own = {name: value for name, value in os.environ.items() if not name.startswith(("OP26X_", "COV_"))}
        self._environ = {
            **own,
            **{f"OP26X_{name}": value for name, value in environ.items()},
            "PYTHONPATH": str(TESTS),
            "TMPDIR": str(self.temporary),
            "HOME": str(self.temporary),
        }
        self.output = tmp_path / "output.txt"
        self._folder = tmp_path
        self.settings = resolve({}, environ={"OP26X_DATA": str(self.data)}, file=tmp_path / "none.toml")
        self.process: asyncio.subprocess.Process | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[House]:
        """Runs it; it is terminated at the end, unless it is gone by then."""
        with self.output.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "op26x", "up", "--no-dashboard", "--port", "0", "--data", str(self.data)),
                env=self._environ,
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        house: House | None = None
        try:
            async with asyncio.timeout(2 * PATIENCE_S):
                while (found := running_service(self.settings)) is None or found.pid != self.process.pid:
                    assert self.process.returncode is None, self.output.read_text()
                    await asyncio.sleep(POLL_S)
            house = House(None, self.settings, found.url, Witness(), io.StringIO())  # type: ignore[arg-type]
            yield house
        finally:
            if house:
                await house.leave()
            if self.process.returncode is None:
                self.process.send_signal(signal.SIGTERM)
                await asyncio.wait_for(self.process.wait(), PATIENCE_S)

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
