"""WebSockets as uvicorn speaks them, in slices: one peer's flood is its own."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from op26x_service.doors.reading import Paced

MAX_FRAGMENTS = 64
CLOSE_S = 2.0


class DoorWebSocket(Paced, WebSocketsSansIOProtocol):
    """One socket.

    Args:
        options: As uvicorn gives them.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.close_timeout = CLOSE_S

    @property
    def holds(self) -> bool:
        """While a message waits for the application."""
        return self.read_paused

    def handle_ping(self) -> None:
        """Answers a ping; while the peer takes nothing, answers would only pile up."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_cont(self, event: Frame) -> None:
        """A fragment; those that are empty count for nothing in the size of a message, so they are counted."""
        if len(self.frames) >= MAX_FRAGMENTS:
            self.conn.fail(CloseCode.MESSAGE_TOO_BIG, "too many fragments")
            self.handle_parser_exception()
            return
        super().handle_cont(event)

    async def receive(self) -> Any:
        """The next message for the application; when it has all, more is read."""
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self.go_on()
        return message
