"""Accepts connections, a few at a time, and goes on when descriptors have run out."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable

from op26x.exposure import Peers
from op26x_service.doors.visitors import Visitor, Visitors

BACKLOG = 1024
AT_ONCE = 8
PAUSE_S = 0.05
ROOM = 16
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

MakeProtocol = Callable[[Visitor], asyncio.Protocol]


class Listener:
    """A listening socket; to uvicorn, an ``asyncio.Server``.

    The event loop's own server accepts all that wait in one go, before any of them can be counted, and closes for
    ever when there is no descriptor for one.

    Args:
        listening: Bound, not yet listening.
        visitors: Who is connected.
        make_protocol: Makes the protocol of a connection.
        peers: From where connections are taken.
        tls: Certificate and key, if connections are encrypted here.
    """

    def __init__(
        self,
        listening: socket.socket,
        visitors: Visitors,
        make_protocol: MakeProtocol,
        peers: Peers,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._socket = listening
        self._peers = peers
        self._tls = tls
        self._visitors = visitors
        self._make_protocol = make_protocol
        self._loop = asyncio.get_running_loop()
        self._arriving: set[asyncio.Task[None]] = set()
        self._open = False

    def start(self) -> None:
        """Begins to accept."""
        self._socket.setblocking(False)
        self._socket.listen(BACKLOG)
        self._open = True
        self._loop.add_reader(self._socket, self._accept)

    def close(self) -> None:
        """Accepts no more."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._socket)

    async def wait_closed(self) -> None:
        """Waits for connections that are just being taken."""
        if self._arriving:
            await asyncio.wait(self._arriving)

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, address = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # accept(2): errors of the new connection's network are reported here too
                self._visitors.told.note("no connection accepted", why=errno.errorcode.get(error.errno or 0, ""))
                if error.errno in EXHAUSTED:
                    self._visitors.make_room(ROOM)
                    self._pause()
                return
            self._admit(connection, str(address[0]))

    def _pause(self) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.call_later(PAUSE_S, self._resume)

    def _resume(self) -> None:
        if self._open:
            self._loop.add_reader(self._socket, self._accept)

    def _admit(self, connection: socket.socket, address: str) -> None:
        if not self._peers.may_connect(address):
            self._visitors.told.note("connection refused: not a trusted proxy", address=address)
            connection.close()
            return
        visitor = self._visitors.enter(address)
        if visitor is None:
            connection.close()
            return
        task = self._loop.create_task(self._take(connection, visitor))
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)

    async def _take(self, connection: socket.socket, visitor: Visitor) -> None:
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(
                lambda: self._make_protocol(visitor),
                connection,
                ssl=self._tls,
                ssl_handshake_timeout=visitor.limits.request_s if self._tls else None,
            )
        except OSError:
            connection.close()
            visitor.leave()
