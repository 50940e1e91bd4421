"""Answers that take long: live events and streamed audio. What let one begin must hold for as long as it goes on.

Every answer of the API that may outlive what it was allowed by is made here.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request
from litestar.response import ServerSentEvent
from litestar.response.streaming import ASGIStreamingResponse
from litestar.types import Receive, Send

from op26x import logs
from op26x.accounts import Actor, Actors
from op26x.calls.live import LiveEvent, LiveFeed
from op26x.client.types import Ended
from op26x.errors import Forbidden, Op26xError
from op26x.recording.playback import WavReader
from op26x_service.ranges import byte_range

log = logs.get("service")

EVERY_S = 1.0
"""How long an answer may go on before it is asked again whether it may."""

QUIET = LiveEvent("", "quiet")
"""Stands for a while in which nothing happened."""

Check = Callable[[], Awaitable[object]]


class Leave:
    """Asks again whether an answer may go on, at most once a second.

    Args:
        checks: Each raises an ``Op26xError`` once it may not.
        now: Seconds on a clock that is never set.
    """

    def __init__(self, *checks: Check, now: Callable[[], float] = time.monotonic) -> None:
        self._checks = checks
        self._now = now
        self._asked = now()

    async def ask(self) -> None:
        """Returns if it may; else raises what the check does."""
        if self._now() - self._asked < EVERY_S:
            return
        for check in self._checks:
            await check()
        self._asked = self._now()


def may_still(actors: Actors, actor: Actor, action: str) -> Check:
    """A check that raises ``Forbidden`` once somebody may not do something any more, or is nobody any more."""

    async def check() -> None:
        if not await actors.still(actor, action):
            raise Forbidden(
                "This may not go on: what let it begin was taken away, or has ended.", "Sign in or show a key anew."
            )

    return check


def live_events(feed: LiveFeed, leave: Leave) -> ServerSentEvent:
    """Live events for as long as there is leave to hear them; then one of the kind ``ended`` that says why."""

    async def events() -> AsyncIterator[dict[str, str]]:
        async with feed.listen() as queue:
            yield {"comment": "listening", "data": ""}
            while True:
                event = await _next(queue)
                try:
                    await leave.ask()
                except Op26xError as error:
                    yield {"event": "ended", "data": msgspec.json.encode(Ended(error.message, error.remedy)).decode()}
                    return
                if event is None:
                    return
                if event is not QUIET:
                    yield {"data": msgspec.json.encode(event).decode()}

    return ServerSentEvent(events(), headers={"Cache-Control": "no-store"})


async def _next(queue: asyncio.Queue[LiveEvent | None]) -> LiveEvent | None:
    """The next event, or ``QUIET`` after a while without one."""
    try:
        async with asyncio.timeout(EVERY_S):
            return await queue.get()
    except TimeoutError:
        return QUIET


class AudioResponse(ASGIStreamingResponse):
    """A stream whose end is missing if it failed on its way, so that nobody takes a part for the whole."""

    async def send_body(self, send: Send, receive: Receive) -> None:
        """Sends the pieces. After a failure the server closes the connection short of the length it announced."""
        try:
            await super().send_body(send, receive)
        except* Op26xError as failed:
            log.warning("an answer broke off", reason=str(failed.exceptions[0]))


def audio(request: Request[Any, Any, Any], wav: WavReader, leave: Leave) -> AudioResponse:
    """A recording as a WAV file, or the range that is asked for; it breaks off when leave to read it ends."""
    start, end, partial = byte_range(request.headers.get("range", ""), wav.size)
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store",
        "Content-Length": str(end - start),
        **({"Content-Range": f"bytes {start}-{end - 1}/{wav.size}"} if partial else {}),
    }

    async def pieces() -> AsyncIterator[bytes]:
        async for piece in wav.pieces(start, end):
            await leave.ask()
            yield piece

    status = 206 if partial else 200
    return AudioResponse(iterator=pieces(), status_code=status, media_type="audio/wav", headers=headers)
