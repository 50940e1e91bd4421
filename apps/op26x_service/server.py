"""Runs the application on uvicorn: announces itself, and lets calls end before it stops."""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import cast

import msgspec
import uvicorn

from op26x import __version__, logs
from op26x.client.types import Running
from op26x.doors import CONNECTION
from op26x.exposure import Peers, check_exposure
from op26x.settings import CoreSettings
from op26x_service.app import Service
from op26x_service.doors import MAX_MESSAGE, DoorHttp, DoorWebSocket, Limits, Listener, Visitor, Visitors
from op26x_service.doors.turnstile import Turnstile
from op26x_service.listening import address, certificate, listen
from op26x_service.uvicorn_log import through_ours

log = logs.get("service")

KEEP_ALIVE_S = 75
"""Longer than clients and proxies keep a connection (httpx 5 s, nginx and AWS's load balancers 60 s): who closes first
while the other asks loses that request, and the other should be the one that knows."""
TICKS_PER_S = 10


class Server(uvicorn.Server):
    """A uvicorn server that drains.

    The first SIGINT or SIGTERM makes it refuse new calls and wait for those in progress; the second stops it.

    Args:
        service: What it serves.
        core: The core's settings.
        limits: Of its connections; default is what this process can afford once it has started.
        ready: Called when everything is loaded, before the first connection is accepted.
    """

    def __init__(
        self,
        service: Service,
        core: CoreSettings,
        limits: Limits | None = None,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._service = service
        self._core = core
        self._limits = limits
        self._ready = ready
        self._draining: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        check_exposure(core.host, core)
        self._certificate = certificate(core)
        self.socket = listen(core)
        super().__init__(
            uvicorn.Config(
                service.app,
                http=DoorHttp,
                ws=DoorWebSocket,
                ws_max_size=MAX_MESSAGE,
                ws_per_message_deflate=False,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=5,
                access_log=False,
                log_config=None,
                server_header=False,
                forwarded_allow_ips=f"127.0.0.1,::1,{core.trusted_proxies}".rstrip(","),
            )
        )
        through_ours(service.told)

    @property
    def url(self) -> str:
        """Where it listens."""
        return address(self._core, self.socket)

    async def serve_until_signal(self) -> None:
        """Serves until a signal comes and the calls in progress have ended."""
        self._loop = asyncio.get_running_loop()
        await self.serve(sockets=[self.socket])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, and leaves the address in the data directory once calls can be taken."""
        await super().startup([])
        if not self.started:
            return
        self._ready()
        turnstile = Turnstile(asyncio.get_running_loop())
        visitors = Visitors(self._limits or Limits.of_this_process(), turnstile, self._service.told)
        for listening in sockets or ():
            context = self._certificate.context if self._certificate else None
            listener = Listener(listening, visitors, self._protocol, Peers(self._core.host, self._core), context)
            listener.start()
            self.servers.append(cast("asyncio.Server", listener))
        self._announce()
        log.info("started", version=__version__, url=self.url, public_url=self._core.public_url)

    async def on_tick(self, counter: int) -> bool:
        """Every tenth of a second; once a second says what was counted, once a minute looks at the certificate."""
        if counter % TICKS_PER_S == 0:
            logs.Tally.flush_all()
        if self._certificate and counter % (60 * TICKS_PER_S) == 0:
            self._certificate.look()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Takes the address back first, so that nobody calls a service that is going."""
        with suppress(FileNotFoundError):
            self._core.runtime_path.unlink()
        # Before the sockets close: a call that is left was ended by us, not by the caller.
        await self._service.switchboard.drain(0)
        self._service.switchboard.fall_silent()
        await super().shutdown(sockets)
        logs.Tally.end_all()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains, the second stops. Signals are not raised anew: stopping is a success."""
        if self._draining or self._loop is None:
            self.should_exit = True
            return
        calls = self._service.switchboard.in_progress
        log.info("stopping", calls=calls)
        if calls:
            with suppress(OSError, ValueError):  # nobody reads it any more
                print(
                    f"Calls in progress: {calls}. They have {self._core.drain_s:.0f} s to end; Ctrl-C ends them now.",
                    flush=True,
                )
        self._draining = self._loop.create_task(self._drain())

    def _protocol(self, visitor: Visitor) -> asyncio.Protocol:
        return DoorHttp(
            config=self.config, server_state=self.server_state, app_state={**self.lifespan.state, CONNECTION: visitor}
        )

    async def _drain(self) -> None:
        try:
            await self._service.switchboard.drain(self._core.drain_s)
        finally:
            self.should_exit = True

    def _announce(self) -> None:
        running = Running(self.url, os.getpid(), self._service.runtime_key.reveal())
        path = self._core.runtime_path
        draft = path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_bytes(msgspec.json.encode(running))
        draft.replace(path)
