"""The guard: asks before Python looks up a name or connects, by the interpreter's audit events (PEP 578).

An audit hook can't be taken away again, and no library can go around it that connects by the ``socket`` module. What
connects in C or Rust raises no event: the service's event loop has a guard of its own, and for the rest there is the
kernel's firewall.
"""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from op26x.processors.destinations import Destination, plain
from op26x.processors.egress import Egress, Host

INTERNET = (socket.AF_INET, socket.AF_INET6)
LOCAL = frozenset({"AF_UNIX", "AF_NETLINK"})
"""Families whose packets do not leave the machine."""


class _Guard:
    egress: Egress | None = None
    hooked = False


def current() -> Egress | None:
    """What decides now; nothing before there is a guard."""
    return _Guard.egress


def install(egress: Egress) -> None:
    """Guards this process from now on."""
    _Guard.egress = egress
    if not _Guard.hooked:
        _Guard.hooked = True
        socket.getaddrinfo = remembering(socket.getaddrinfo)
        for method in ("connect", "connect_ex", "sendto", "sendmsg"):
            setattr(socket.socket, method, _by_address(getattr(socket.socket, method)))
        sys.addaudithook(_audit)


def allow(url: str, why: str) -> None:
    """Lets through what something that is declared has named, an OpenID provider's endpoint for instance."""
    if (egress := _Guard.egress) is not None:
        egress.allow(Destination(plain(urlsplit(url).hostname or ""), why))


@contextmanager
def guarded(egress: Egress) -> Iterator[Egress]:
    """Guards this process for a while."""
    before = _Guard.egress
    install(egress)
    try:
        yield egress
    finally:
        _Guard.egress = before


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if not event.startswith("socket.") or (egress := _Guard.egress) is None:
        return
    check = _CHECKS.get(event)
    if check is not None:
        check(egress, args)


def _connects(egress: Egress, args: tuple[Any, ...]) -> None:
    sock, address = args[0], args[1]
    if address is None or socket.AddressFamily(sock.family).name in LOCAL:
        return
    host = address[0] if isinstance(address, tuple) and address else ""
    if not isinstance(host, str) or not host:
        egress.check_name("an address that is none")
        return
    egress.check_address(host)


def _is_name(host: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host.partition("%")[0])
    except OSError:
        return True
    return False


def _looks_up(egress: Egress, args: tuple[Any, ...]) -> None:
    if args[0]:
        egress.check_name(args[0])


_CHECKS: dict[str, Callable[[Egress, tuple[Any, ...]], None]] = {
    "socket.connect": _connects,
    "socket.sendto": _connects,
    "socket.sendmsg": _connects,
    "socket.getaddrinfo": _looks_up,
    "socket.gethostbyname": _looks_up,
    "socket.gethostbyaddr": _looks_up,
}


def _by_address(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of sockets that looks a name up itself: of how the interpreter does that there is no event."""

    @wraps(method)
    def found(sock: socket.socket, *args: Any) -> Any:
        address = args[-1] if args else None
        if _Guard.egress is not None and sock.family in INTERNET and isinstance(address, tuple) and len(address) > 1:
            host = address[0]
            if isinstance(host, Host) and host and _is_name(plain(host)):
                name = bytes(host) if isinstance(host, bytearray) else host
                infos = socket.getaddrinfo(name, address[1], sock.family, sock.type)
                args = *args[:-1], infos[0][4]
        return method(sock, *args)

    return found


def remembering(look_up: Callable[..., Any]) -> Callable[..., Any]:
    """``socket.getaddrinfo``, which tells the guard where a name leads to."""

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        found = look_up(host, *args, **options)
        if (egress := _Guard.egress) is not None and host:
            egress.found(host, {info[4][0] for info in found})
        return found

    return getaddrinfo
