"""HTTP as uvicorn speaks it with h11, for strangers: in slices, and whole within a time."""

import asyncio
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol

from op26x_service.doors.headers import HEADERS
from op26x_service.doors.reading import Paced

SLOW = "connection closed: request not complete in time"
COMING = (h11.IDLE, h11.SEND_BODY)


class DoorHttp(Paced, H11Protocol):
    """One connection. uvicorn limits how long one may be idle between requests; here ends one whose request trickles.

    Args:
        options: As uvicorn gives them.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._deadline: asyncio.TimerHandle | None = None
        self._upgraded = False

    @property
    def holds(self) -> bool:
        """uvicorn wants no more while a request is answered, or while 64 KiB of a body are unread."""
        return self.flow.read_paused or self._upgraded

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The first request's time begins."""
        super().connection_made(transport)
        self.flow = _Flow(self.transport, self.go_on)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over; nothing may be left that only a collection of garbage would find."""
        super().connection_lost(exc)
        self._unwatch()
        if isinstance(self.flow, _Flow):
            self.flow.let_go()

    def data_received(self, data: bytes) -> None:
        """Bytes have come: the connection is idle no more, though its turn may come later."""
        self._unset_keepalive_if_required()
        super().data_received(data)

    def take(self, data: bytes) -> None:
        """A slice. A request's time begins with its first, and ends when the request is whole."""
        super().take(data)
        if self.conn.their_state not in COMING:
            self._unwatch()
        elif self._deadline is None and not self._upgraded:
            self._watch()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """The connection goes over to a socket, which sees to its own time; bytes sent before the answer are void."""
        self._upgraded = True
        self._unwatch()
        self._unread.clear()
        super().handle_websocket_upgrade(event)
        self.flow = FlowControl(self.transport)

    def send_400_response(self, msg: str) -> None:
        """Answers what is not HTTP; uvicorn's own answer goes around the application and has no headers."""
        head = h11.Response(
            status_code=400,
            headers=[(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *HEADERS],
            reason=b"Bad Request",
        )
        for part in (head, h11.Data(data=msg.encode()), h11.EndOfMessage()):
            self.transport.write(self.conn.send(part) or b"")
        self.transport.close()

    def _watch(self) -> None:
        self._deadline = self.loop.call_later(self.visitor.limits.request_s, self.visitor.close, SLOW)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _Flow(FlowControl):
    """uvicorn's flow control, which leaves it to the door whether reading goes on."""

    def __init__(self, transport: asyncio.Transport, go_on: Callable[[], None]) -> None:
        super().__init__(transport)
        self._go_on = go_on

    def resume_reading(self) -> None:
        """uvicorn wants more."""
        if self.read_paused:
            self.read_paused = False
            self._go_on()

    def let_go(self) -> None:
        """The connection is over."""
        self._go_on = lambda: None
