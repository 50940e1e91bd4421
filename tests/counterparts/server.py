"""A vendor's counterpart: an ASGI application in a thread, on a free port, that keeps what it got."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import uvicorn
from litestar import Litestar, Request, Response
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from counterparts.script import Answer, Garbage, Silence

START_S = 10.0
PING_S = 0.05


@dataclass(frozen=True)
class Received:
    """One request.

    Attributes:
        path: Its path.
        headers: Lower-case names.
        json: The JSON body, or a form's text fields.
        file: A form's file.
    """

    path: str
    headers: dict[str, str]
    json: dict[str, Any]
    file: bytes = b""


@dataclass(frozen=True)
class Wire:
    """An answer in a vendor's form.

    Attributes:
        media_type: Of the response.
        events: What an ``Answer`` counts and delays.
        end: What ends it properly.
        error: The error event.
        ping: The keep-alive.
    """

    media_type: str
    events: Sequence[bytes]
    end: Sequence[bytes] = ()
    error: bytes = b""
    ping: bytes = b""


class Broken(Exception):
    """Breaks the connection off in the middle of a response."""


class Counterpart:
    """Base of the counterparts; a context manager.

    Args:
        handlers: The vendor's endpoints.

    Attributes:
        requests: What it got so far.
        disconnects: How many clients went away before their answer was complete.
    """

    def __init__(self, handlers: Sequence[ControllerRouterHandler]) -> None:
        self.requests: list[Received] = []
        self.disconnects = 0
        self._app = Litestar(list(handlers), openapi_config=None, logging_config=None)
        self._stopping: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._disconnected = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._socket.getsockname()
        return f"http://{host}:{port}"

    def __enter__(self) -> Self:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        config = uvicorn.Config(self._app, log_config=None, lifespan="off", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(START_S)
        return self

    def __exit__(self, *_exception: object) -> None:
        assert self._loop is not None
        assert self._stopping is not None
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(START_S)
        self._socket.close()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._socket.listen()
        self._ready.set()
        serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        await self._stopping.wait()
        # Asked politely, uvicorn would look round for a tenth of a second after every test.
        serving.cancel()

    async def receive(self, request: Request[Any, Any, Any]) -> Received:
        """Keeps a request."""
        file = b""
        if request.headers.get("content-type", "").startswith("multipart/"):
            form = await request.form()
            fields = {k: v for k, v in form.items() if isinstance(v, str)}
            file = await form["file"].read()
        else:
            fields = await request.json()
        received = Received(request.url.path, dict(request.headers.items()), fields, file)
        self.requests.append(received)
        return received

    async def silence(self) -> None:
        """Waits until the counterpart stops."""
        assert self._stopping is not None
        await self._stopping.wait()

    async def wait_for_disconnect(self) -> None:
        """Waits until a client has gone away; for the tests' side.

        Raises:
            TimeoutError: None did.
        """
        async with asyncio.timeout(START_S):
            await asyncio.to_thread(self._disconnected.wait, START_S)

    async def reply(self, reply: Answer | Garbage | Silence, wire: Wire) -> Response[Any] | Stream:
        """Does what the script says.

        Args:
            reply: The script's entry.
            wire: An ``Answer`` in the vendor's form.
        """
        if isinstance(reply, Silence):
            await self.silence()
            raise Broken
        if isinstance(reply, Garbage):
            return Response(reply.body, headers={"content-type": reply.content_type or wire.media_type})
        return Stream(self._stream(reply, wire), headers={"content-type": wire.media_type})

    async def _stream(self, answer: Answer, wire: Wire) -> AsyncIterator[bytes]:
        try:
            for number in range(len(wire.events) + 1):
                if number == answer.cut_after:
                    raise Broken
                if number == answer.end_after:
                    return
                if number == answer.fail_after:
                    yield wire.error
                    return
                while number == answer.silent_after:
                    await self._pause(PING_S if answer.pings else None)
                    yield wire.ping
                if number < len(wire.events):
                    await asyncio.sleep(answer.between_s if number else answer.first_after_s)
                    yield wire.events[number]
            for event in wire.end:
                yield event
        except (asyncio.CancelledError, GeneratorExit):
            self.disconnects += 1
            self._disconnected.set()
            raise

    async def _pause(self, seconds: float | None) -> None:
        try:
            await asyncio.wait_for(self.silence(), seconds)
        except TimeoutError:
            return
        raise Broken
