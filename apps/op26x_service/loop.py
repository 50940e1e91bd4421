"""The event loop that the service runs on: uvloop, which connects past Python, and so is asked for where."""

import socket
from collections.abc import Callable
from typing import Any

import uvloop

from op26x.processors.guard import current


class Loop(uvloop.Loop):
    """uvloop's, guarded by ``op26x.processors``.

    A name is looked up first, and connected to by its addresses, each of which was let through.
    """

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        """Looks a name up, if it is declared, and remembers where it leads to."""
        if (egress := current()) is not None and host:
            egress.check_name(host)
        found = await super().getaddrinfo(host, port, **options)
        if egress is not None and host:
            egress.found(host, {str(info[4][0]) for info in found})
        return found

    async def create_connection(
        self, protocol_factory: Callable[[], Any], host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        """Connects to each address of a host in turn, until one answers."""
        connect = super().create_connection
        egress = current()
        if egress is None or host is None:
            return await connect(protocol_factory, host, port, **options)
        infos = await self.getaddrinfo(
            host, port, family=options.get("family", 0), type=socket.SOCK_STREAM, proto=options.get("proto", 0)
        )
        if options.get("ssl") and options.get("server_hostname") is None:
            options["server_hostname"] = host
        failed: OSError | None = None
        for address in dict.fromkeys(info[4][0] for info in infos):
            egress.check_address(address)
            try:
                return await connect(protocol_factory, address, port, **options)
            except OSError as error:
                failed = error
        raise failed or OSError(f"{host} has no address.")

    async def create_datagram_endpoint(
        self, protocol_factory: Callable[[], Any], local_addr: Any = None, remote_addr: Any = None, **options: Any
    ) -> Any:
        """Opens a datagram endpoint; each datagram asks for where it is sent to."""
        if (egress := current()) is not None and remote_addr is not None:
            family = options.get("family", 0)
            infos = await self.getaddrinfo(remote_addr[0], remote_addr[1], family=family, type=socket.SOCK_DGRAM)
            remote_addr = infos[0][4]
            egress.check_address(remote_addr[0])
        made = await super().create_datagram_endpoint(protocol_factory, local_addr, remote_addr, **options)
        transport, protocol = made
        return _Datagrams(transport), protocol


class _Datagrams:
    """A transport of datagrams that asks before it sends one to somewhere."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def sendto(self, data: bytes, addr: Any = None) -> None:
        """Sends one."""
        if addr is not None and (egress := current()) is not None:
            egress.check_address(addr[0])
        self._transport.sendto(data, addr)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
