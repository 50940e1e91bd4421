"""Reads a connection in slices: what comes at once is not worked through at once."""

import asyncio
from abc import abstractmethod
from typing import Any

from op26x.doors import CONNECTION
from op26x_service.doors.visitors import Visitor

SLICE = 2048
"""Bytes that are parsed in one go: ten of Twilio's media messages, or 340 empty ones, which take about 4 ms."""


class Paced(asyncio.Protocol):
    """Put before one of uvicorn's protocols, takes its bytes and hands them on in slices.

    A stranger's slices wait at the turnstile. Those of who has proved something do not; of a bigger read, each time
    the loop comes round takes one. While something waits, or the protocol does not want more, nothing is read from the
    network, so that not more than one read of it (256 KiB) is held. A peer that does not take what it is sent is cut
    off.

    Args:
        app_state: As uvicorn has it; the visitor is in it.
        options: For the protocol.
    """

    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop

    def __init__(self, *, app_state: dict[str, Any], **options: Any) -> None:
        super().__init__(app_state=app_state, **options)  # type: ignore[call-arg]
        self.visitor: Visitor = app_state[CONNECTION]
        self._unread = bytearray()
        self._queued = False
        self._stalled: asyncio.TimerHandle | None = None

    @property
    @abstractmethod
    def holds(self) -> bool:
        """Whether the protocol wants no more bytes for now; it calls ``go_on`` when it does."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It begins."""
        super().connection_made(transport)
        self.visitor.arrive(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self.visitor.leave()
        self._unread.clear()
        self._end_stall()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self.visitor.proved and len(data) <= SLICE and not self._unread:
            self.take(data)
            return
        self._unread += data
        self.transport.pause_reading()
        self.go_on()

    def take(self, data: bytes) -> None:
        """Hands a slice to uvicorn's protocol."""
        super().data_received(data)

    def go_on(self) -> None:
        """Sees to what is unread, or reads on."""
        if self.holds or self.transport.is_closing():
            return
        if not self._unread:
            self.transport.resume_reading()
        elif not self._queued:
            self._queued = True
            if self.visitor.proved:
                self.loop.call_soon(self._next_slice)
            else:
                self.visitor.turnstile.queue(self._next_slice)

    def _next_slice(self) -> None:
        self._queued = False
        if self.transport.is_closing() or self.holds:
            return
        piece = bytes(self._unread[:SLICE])
        del self._unread[:SLICE]
        if piece:
            self.take(piece)
        self.go_on()

    def pause_writing(self) -> None:
        """The peer does not take what it is sent."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(
                self.visitor.stalled_s, self.visitor.close, "connection closed: answer not taken"
            )

    def resume_writing(self) -> None:
        """It takes it again."""
        super().resume_writing()
        self._end_stall()

    def _end_stall(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
