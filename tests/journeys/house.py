"""A running service, in the test's own loop or in a process of its own, and callers who ring it."""

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
from typing import Any, TypeVar

import structlog

from journeys.documents import write_agents
from journeys.line import PATIENCE_S, POLL_S, Line
from journeys.witness import Witness
from op26x import logs
from op26x.calls import Installation, LiveFeed
from op26x.calls.core_plugins import register_core
from op26x.cli import Context
from op26x.client import CallDetail, Client
from op26x.client.client import running_service
from op26x.clock import Clock
from op26x.plugins import build_registry, load
from op26x.settings import Settings, resolve
from op26x_service.app import Service
from op26x_service.server import Server
from op26x_twilio.testing import MediaStream, Webhooks

T = TypeVar("T")

AUTH_TOKEN = "an-auth-token-for-tests"
CALLER = "+12125550123"
CALLED = "+12125550199"
STUBS = "journeys.stubs"
TESTS = Path(__file__).parents[1]

_sids = itertools.count(1)


def new_sid() -> str:
    """A CallSid that no other call of this process has."""
    return f"CA{os.getpid():016x}{next(_sids):016x}"


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

    async def feed(self) -> LiveFeed:
        """The live events of the only organization."""
        return (await self.service.switchboard.of(self.service.installation.first)).feed

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
        clock: Another one than the loop's, or the machine's where the loop has none.
        settings: Environment variables without their prefix, in lower case.
    """
    clock = clock or getattr(asyncio.get_running_loop(), "clock", None)
    output = io.StringIO()
    logs.configure("debug", output)
    environ = {"TWILIO_AUTH_TOKEN": AUTH_TOKEN, "PORT": "0", "DATA": str(tmp_path / "data"), "DRAIN_S": "20"}
    if document is not None:
        environ["AGENTS"] = str(write_agents(tmp_path / "agents", document))
    environ |= {name.upper(): value for name, value in settings.items()}
    loaded = register_core(load([STUBS] if document is not None else []))
    resolved = resolve(
        loaded.sections(),
        environ={f"OP26X_{name}": value for name, value in environ.items()},
        file=tmp_path / "none.toml",
    )
    witness = Witness()
    for number, plugin in enumerate((witness, *plugins)):
        loaded.register(plugin, f"journey-{number}")
    service = Service(Context(loaded, resolved), Installation.open(resolved, clock, registry=build_registry(loaded)))
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
    """A service in a process of its own: ``python -m op26x up``.

    Attributes:
        before: What the command is put behind; it must run it in its own place, ``exec``.
        environ: What it runs with, and commands beside it.
    """

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
        self.environ = {
            **own,
            **{f"OP26X_{name}": value for name, value in environ.items()},
            "PYTHONPATH": os.pathsep.join(filter(None, [str(TESTS), own.get("PYTHONPATH")])),
            "TMPDIR": str(self.temporary),
            "HOME": str(self.temporary),
        }
        self.output = tmp_path / "output.txt"
        self._folder = tmp_path
        self.settings = resolve({}, environ={"OP26X_DATA": str(self.data)}, file=tmp_path / "none.toml")
        self.before: tuple[str, ...] = ()
        self.process: asyncio.subprocess.Process | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[House]:
        """Runs it; it is terminated at the end, unless it is gone by then."""
        with self.output.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *(
                    *self.before,
                    sys.executable,
                    "-m",
                    "op26x",
                    "up",
                    "--no-dashboard",
                    "--port",
                    "0",
                    "--data",
                    str(self.data),
                ),
                env=self.environ,
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
