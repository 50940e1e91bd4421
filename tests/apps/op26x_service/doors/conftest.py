"""A door with small limits, on the loopback, before an application that notes what it is asked."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import uvicorn
import uvloop
from uvicorn.server import ServerState

from op26x import logs
from op26x.clock import ManualClock
from op26x.doors import CONNECTION, proved
from op26x.exposure import Peers
from op26x.settings import CoreSettings
from op26x_service.doors import MAX_MESSAGE, DoorHttp, DoorWebSocket, Limits, Listener, Visitor, Visitors
from op26x_service.doors.turnstile import Turnstile

PATIENCE_S = 10.0
REQUEST_S = 0.3


@pytest.fixture(params=["asyncio", "uvloop"])
def event_loop_policy(request: pytest.FixtureRequest) -> asyncio.AbstractEventLoopPolicy:
    """Both loops: the service runs on uvloop, programs that embed it may not."""
    return uvloop.EventLoopPolicy() if request.param == "uvloop" else asyncio.DefaultEventLoopPolicy()


class Log:
    """Notes what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def warning(self, event: str, **values: object) -> None:
        """One line."""
        self.said.append(event)


class Door:
    """An open door.

    Attributes:
        asked: Paths and bodies of requests, in their order.
        messages: What came on sockets.
        gate: The path ``/slow`` is answered when it is set.
    """

    def __init__(self, limits: Limits) -> None:
        self.asked: list[tuple[str, int]] = []
        self.messages: list[Any] = []
        self.gate = asyncio.Event()
        self.log = Log()
        self.port = 0
        turnstile = Turnstile(asyncio.get_running_loop())
        self.visitors = Visitors(limits, turnstile, logs.Tally(self.log, ManualClock()))
        self.protocols: list[DoorHttp] = []
        self._config = uvicorn.Config(
            self.app,
            http=DoorHttp,
            ws=DoorWebSocket,
            ws_max_size=MAX_MESSAGE,
            ws_per_message_deflate=False,
            log_config=None,
            lifespan="off",
            interface="asgi3",
        )
        self._config.load()
        self._state = ServerState()

    def protocol(self, visitor: Visitor) -> asyncio.Protocol:
        """uvicorn's, for one connection."""
        self.protocols.append(DoorHttp(config=self._config, server_state=self._state, app_state={CONNECTION: visitor}))
        return self.protocols[-1]

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers ``ok``; ``/prove`` proves; ``/big`` answers 8 MB; a socket's messages are noted."""
        if scope["path"] == "/prove":
            proved(scope, scope.get("query_string", b"").decode())
        if scope["type"] == "websocket":
            await self._socket(receive, send)
            return
        size, more = 0, True
        while more:
            event = await receive()
            size += len(event.get("body", b""))
            more = event.get("more_body", False)
        self.asked.append((scope["path"], size))
        if scope["path"] == "/slow":
            await self.gate.wait()
        body = b"x" * 8_000_000 if scope["path"] == "/big" else b"ok"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body[:1], "more_body": True})
        await send({"type": "http.response.body", "body": body[1:]})

    async def _socket(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            self.messages.append(event.get("text"))
            if event.get("text") == "wait":
                await self.gate.wait()


class Peer:
    """The other end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def sends(self, data: bytes) -> None:
        """Sends."""
        self._writer.write(data)
        await self._writer.drain()

    async def gets(self, path: str = "/") -> bytes:
        """Asks for a path on this connection; returns the body of two bytes."""
        await self.sends(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
        return await self.answer()

    async def answer(self) -> bytes:
        """The next answer."""
        async with asyncio.timeout(PATIENCE_S):
            await self._reader.readuntil(b"\r\n\r\n")
            return await self._reader.readexactly(2)

    async def is_closed(self, within: float = PATIENCE_S) -> bool:
        """Whether it is closed by then; what is still sent is read and forgotten."""
        try:
            async with asyncio.timeout(within):
                while await self._reader.read(65536):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True

    def leave(self) -> None:
        """Hangs up."""
        self._writer.transport.abort()


OpenDoor = Callable[..., Any]


@pytest.fixture
async def open_door() -> AsyncIterator[OpenDoor]:
    """Opens doors; limits are changed by name."""
    async with AsyncExitStack() as stack:

        async def make(listening: socket.socket | None = None, **changes: Any) -> Door:
            usual: dict[str, Any] = {
                "connections": 20,
                "strangers": 10,
                "per_address": 10,
                "per_key": 10,
                "request_s": REQUEST_S,
            }
            return await stack.enter_async_context(_opened(Limits(**(usual | changes)), listening or socket.socket()))

        yield make


@asynccontextmanager
async def _opened(limits: Limits, listening: socket.socket) -> AsyncIterator[Door]:
    door = Door(limits)
    with listening:
        listening.bind(("127.0.0.1", 0))
        door.port = listening.getsockname()[1]
        listener = Listener(listening, door.visitors, door.protocol, Peers("127.0.0.1", CoreSettings()))
        listener.start()
        try:
            yield door
        finally:
            listener.close()
            await listener.wait_closed()
            door.gate.set()
            for protocol in door.protocols:
                protocol.transport.abort()
            await asyncio.sleep(0.01)


@pytest.fixture
async def knock() -> AsyncIterator[Callable[[Door], Any]]:
    """Connects to a door."""
    peers: list[Peer] = []

    async def connect(door: Door) -> Peer:
        peers.append(Peer(*await asyncio.open_connection("127.0.0.1", door.port)))
        return peers[-1]

    yield connect
    for peer in peers:
        peer.leave()
