"""The media stream: one WebSocket per call, on bare ASGI, since it takes fifty messages a second per call."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import asgi
from litestar.handlers import ASGIRouteHandler

from op26x import logs
from op26x.calls import MediaSession, Switchboard
from op26x.clock import SystemClock
from op26x.doors import proved
from op26x.errors import AdmissionRefused
from op26x_twilio.messages import Incoming, Malformed, Outgoing, Start, audio_of, decode
from op26x_twilio.pace import Pace
from op26x_twilio.settings import MEDIA_PATH
from op26x_twilio.webhooks import TOKEN

log = logs.get("twilio")

Send = Callable[[Any], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]

NORMAL, GOING_AWAY, POLICY_VIOLATION = 1000, 1001, 1008
MAX_MALFORMED = 50
AT_ONCE = 1600
"""Samples that are listened to in one go, 0.2 s: voice detection takes a millisecond for them."""
START_S = 10.0
"""Seconds within which a socket must have shown a token; Twilio's ``start`` comes at once."""


class StreamWire:
    """The way to the caller, an ``op26x.calls.Wire``.

    Args:
        send: ASGI's.
        stream_sid: The stream.
    """

    def __init__(self, send: Send, stream_sid: str) -> None:
        self._send = send
        self._messages = Outgoing(stream_sid)
        self.open = True

    async def send_audio(self, ulaw: bytes) -> None:
        """Sends audio to be played after what was sent before."""
        await self._text(self._messages.media(ulaw))

    async def send_mark(self, name: str) -> None:
        """Sends a mark."""
        await self._text(self._messages.mark(name))

    async def clear(self) -> None:
        """Throws away what is not yet played."""
        await self._text(self._messages.clear)

    async def close(self) -> None:
        """Ends the stream; Twilio then has no further verb and ends the call."""
        await self._pass_on({"type": "websocket.close", "code": NORMAL})
        self.open = False

    async def _text(self, message: str) -> None:
        await self._pass_on({"type": "websocket.send", "text": message})

    async def _pass_on(self, event: dict[str, Any]) -> None:
        """Sends an event; whoever hung up meanwhile does not get it."""
        if self.open:
            try:
                await self._send(event)
            except (OSError, RuntimeError):
                self.open = False


class Stream:
    """One stream from its first message to its last.

    Args:
        switchboard: Where the stream is handed over.
        send: ASGI's.
        told: Says what was dropped or refused, once a minute.
    """

    def __init__(self, switchboard: Switchboard, send: Send, told: logs.Tally) -> None:
        self._switchboard = switchboard
        self._send = send
        self._told = told
        self._malformed = 0
        self._pace = Pace(asyncio.get_running_loop())
        self.wire: StreamWire | None = None
        self.session: MediaSession | None = None

    async def take(self, text: str) -> bool:
        """Handles one message; ``False`` ends the stream. Returns later than it could if the stream is too fast."""
        samples = 0
        try:
            message = decode(text)
            if message.event == "media" and message.media and self.session:
                ulaw = audio_of(message.media)
                samples = len(ulaw)
                await self._hear(self.session, ulaw)
                goes_on = True
            else:
                goes_on = await self._take_other(message)
        except Malformed:
            self._malformed += 1
            self._told.note("malformed message dropped")
            goes_on = self._malformed < MAX_MALFORMED
        if self._pace.count(samples) and goes_on:
            await self._pace.wait()
        return goes_on

    @staticmethod
    async def _hear(session: MediaSession, ulaw: bytes) -> None:
        """Hands audio on; of more than a usual message, others have their turn in between."""
        for start in range(0, len(ulaw), AT_ONCE) if len(ulaw) > AT_ONCE else (0,):
            if start:
                await asyncio.sleep(0)
            await session.hear(ulaw[start : start + AT_ONCE])

    async def _take_other(self, message: Incoming) -> bool:
        if message.event == "start" and message.start and self.session is None:
            return await self._start(message.start)
        if message.event == "stop":
            return False
        if self.session is not None:
            if message.event == "mark" and message.mark:
                await self.session.mark(message.mark.name)
            elif message.event == "dtmf" and message.dtmf:
                await self.session.digit(message.dtmf.digit)
        return True

    async def _start(self, start: Start) -> bool:
        self.wire = StreamWire(self._send, start.stream_sid)
        token = start.custom_parameters.get(TOKEN, "")
        try:
            self.session = await self._switchboard.connect(token, start.call_sid, self.wire)
        except AdmissionRefused as error:
            self._told.note("media stream refused", why=error.message)
            return False
        return True


def media_route(switchboard: Switchboard) -> ASGIRouteHandler:
    """The media socket. Twilio does not sign it: the one-time token in ``start`` is its proof."""
    told = logs.Tally(log, SystemClock())

    @asgi(MEDIA_PATH, is_mount=False, public="shows a one-time token")
    async def media(scope: Any, receive: Receive, send: Send) -> None:
        """Serves one stream."""
        if scope["type"] != "websocket":
            await send({"type": "http.response.start", "status": 426, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await receive()
        if not switchboard.takes_streams:  # the server answers 403
            await send({"type": "websocket.close", "code": GOING_AWAY})
            return
        await send({"type": "websocket.accept"})
        stream = Stream(switchboard, send, told)
        closed = False
        try:
            closed = await _follow(stream, scope, receive)
        except TimeoutError:
            if stream.session is not None:
                raise
            told.note("media stream refused", why=f"No start came within {START_S:.0f} s.")
        finally:
            if stream.session is not None:
                await stream.session.hung_up()
        if not closed and (stream.wire is None or stream.session is None):
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        elif stream.wire:
            await stream.wire.close()

    return media


async def _follow(stream: Stream, scope: Any, receive: Receive) -> bool:
    """Takes a stream's messages; true if the caller's side closed it.

    Raises:
        TimeoutError: No start came.
    """
    async with asyncio.timeout(START_S) as limit:
        while (event := await receive())["type"] == "websocket.receive":
            if not await stream.take(event.get("text") or ""):
                return False
            if stream.session is not None and limit.when() is not None:
                limit.reschedule(None)
                proved(scope)
    if stream.wire:
        stream.wire.open = False
    return True
