"""The decision: whether this process may look up a name, and connect to an address."""

import ipaddress
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from op26x import logs
from op26x.errors import EgressRefused
from op26x.exposure import is_loopback
from op26x.processors.destinations import Destination, plain

log = logs.get("processors")

Host = str | bytes | bytearray
"""Libraries name hosts in either way."""
MOST = 10_000
"""Addresses that are remembered; the oldest ones go."""
_TOOL: ContextVar[bool] = ContextVar("connects for a tool", default=False)


@contextmanager
def by_tool() -> Iterator[None]:
    """What connects from within does so for a tool, whose addresses may be a caller's or an LLM's invention."""
    token = _TOOL.set(True)
    try:
        yield
    finally:
        _TOOL.reset(token)


@dataclass
class Egress:
    """Where one process may connect to. Any thread may ask.

    A name that nobody declared is not even looked up, since a look-up can carry data as well. An address is let through
    if it was found for a declared name, or is declared itself. A name whose address is of a private network leads
    nowhere, unless whoever runs the installation named that host: a name server could send it to the inside.

    Attributes:
        declared: What may be connected to.
        refused: How often each host was refused.
    """

    declared: Iterable[Destination]
    refused: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._hosts: dict[str, Destination] = {}
        self._named: list[Destination] = []
        self._untold: dict[str, int] = {}
        self._found: dict[str, str] = {}
        self._alone = threading.Lock()
        self.declare(self.declared)

    def declare(self, declared: Iterable[Destination]) -> None:
        """Lets these hosts through from now on, and of others those alone that ``allow`` named."""
        with self._alone:
            self.declared = tuple(declared)
            self._open()

    def allow(self, destination: Destination) -> None:
        """Lets one more host through, which something that is declared has named: an OpenID provider's endpoints."""
        with self._alone:
            if destination not in self._named:
                self._named.append(destination)
                self._open()

    def _open(self) -> None:
        hosts: dict[str, Destination] = {}
        for destination in (*self.declared, *self._named):
            there = hosts.get(destination.host)
            if there is None or destination.private > there.private or destination.for_tools > there.for_tools:
                hosts[destination.host] = destination
        self._hosts = hosts

    def untold(self) -> dict[str, int]:
        """How often each host was refused that is not on record yet: whoever puts it there says so by ``told``."""
        with self._alone:
            return dict(self._untold)

    def told(self, host: str, times: int) -> None:
        """So many of a host's refusals are on record."""
        with self._alone:
            self._untold[host] -= times
            if not self._untold[host]:
                del self._untold[host]

    def check_name(self, host: Host) -> None:
        """Does nothing if a name may be looked up.

        Raises:
            EgressRefused: Nobody declared it.
        """
        name = plain(host)
        if not name or name in self._hosts or is_loopback(name):
            return
        if _is_address(name):
            self.check_address(name)
            return
        self._refuse(name)

    def found(self, host: Host, addresses: Iterable[str]) -> None:
        """Remembers where a declared name leads to."""
        name = plain(host)
        if name not in self._hosts:
            return
        with self._alone:
            for address in map(plain, addresses):
                self._found.pop(address, None)
                self._found[address] = name
                while len(self._found) > MOST:
                    del self._found[next(iter(self._found))]

    def check_address(self, address: str) -> None:
        """Does nothing if an address may be connected to.

        Raises:
            EgressRefused: It is no declared host's, or of a private network to which none may lead.
        """
        where = plain(address)
        destination = self._hosts.get(where) or self._hosts.get(self._found.get(where, ""))
        if is_loopback(where):
            if _TOOL.get() and not (destination and destination.for_tools):
                self._refuse(where, "Tools may not connect to this machine itself")
            return
        if destination is None:
            self._refuse(where)
            return
        if not _is_public(where):
            if not destination.private:
                self._refuse(destination.host, "Its name leads into a private network")
            if _TOOL.get() and not destination.for_tools:
                self._refuse(destination.host, "Tools may not connect to private networks")

    def _refuse(self, host: str, why: str = "No plugin and no setting names it") -> None:
        with self._alone:
            self.refused[host] = times = self.refused.get(host, 0) + 1
            self._untold[host] = self._untold.get(host, 0) + 1
        if times & (times - 1) == 0:  # the first time, and ever more rarely
            log.error("a connection is refused", host=host, why=why, times=times)
        raise EgressRefused(
            f"This process may not connect to {host}. {why}.",
            "Declare it in the plugin's op26x_processors, or name it in the setting egress.",
        )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_public(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_global
