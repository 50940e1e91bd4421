"""Who is connected: strangers, who have proved nothing, and the others."""

import asyncio
import ipaddress

from op26x import logs
from op26x_service.doors.limits import Limits
from op26x_service.doors.turnstile import Turnstile


class Visitor:
    """One connection, from its acceptance to its end; an ``op26x.doors.Connection``.

    Args:
        visitors: Where it is counted.
        address: Where it comes from.
    """

    def __init__(self, visitors: "Visitors", address: str) -> None:
        self._visitors = visitors
        self.address = address
        self.proved = False
        self.who = ""
        self.gone = False
        self.transport: asyncio.Transport | None = None

    @property
    def limits(self) -> Limits:
        """What holds for it."""
        return self._visitors.limits

    @property
    def turnstile(self) -> Turnstile:
        """Where it waits for its turn."""
        return self._visitors.turnstile

    @property
    def stalled_s(self) -> float:
        """Seconds that it may leave an answer unread."""
        return self.limits.proved_stalled_s if self.proved else self.limits.stalled_s

    def arrive(self, transport: asyncio.Transport) -> None:
        """It has a transport; it may have had to give way before."""
        if self.gone:
            transport.abort()
        else:
            self.transport = transport

    def prove(self, who: str) -> None:
        """It has proved who it is; ``who`` is empty for those of whom there may be any number.

        A proxy keeps connections open and sends requests of several parties through one: it is the last one's.
        """
        if self.gone or (self.proved and who == self.who):
            return
        if self.proved:
            self._visitors.changed(self, who)
        else:
            self.proved, self.who = True, who
            self._visitors.proved(self)

    def leave(self) -> None:
        """It is over; said twice, it counts once."""
        if not self.gone:
            self.gone = True
            self._visitors.left(self)
        self.transport = None

    def close(self, why: str) -> None:
        """Closes it without a word; the log says how many, once a minute."""
        self._visitors.told.note(why)
        transport = self.transport
        self.leave()
        if transport is not None:
            transport.abort()


class Visitors:
    """All connections of a server.

    Args:
        limits: How many there may be.
        turnstile: Where strangers wait for their turn.
        told: Says what was closed.
    """

    def __init__(self, limits: Limits, turnstile: Turnstile, told: logs.Tally) -> None:
        self.limits = limits
        self.turnstile = turnstile
        self.told = told
        self.count = 0
        self.strangers = 0
        self._by_address: dict[str, dict[Visitor, None]] = {}
        self._by_who: dict[str, dict[Visitor, None]] = {}

    def enter(self, address: str) -> Visitor | None:
        """A new connection; ``None`` if all there may be have proved who they are.

        If there are too many strangers, the oldest one of the address that has most gives way to it.
        """
        address = network_of(address)
        if len(self._by_address.get(address, ())) >= self.limits.per_address:
            next(iter(self._by_address[address])).close("connection closed: too many of one address")
        elif self.strangers >= self.limits.strangers or self.count >= self.limits.connections:
            self.make_room(1)
        if self.count >= self.limits.connections:
            self.told.note("connection refused: too many")
            return None
        visitor = Visitor(self, address)
        self._by_address.setdefault(address, {})[visitor] = None
        self.strangers += 1
        self.count += 1
        return visitor

    def make_room(self, connections: int) -> None:
        """Closes that many strangers, as far as there are any: each the oldest of the address that has most."""
        for _ in range(min(connections, self.strangers)):
            crowd = max(self._by_address.values(), key=len)
            next(iter(crowd)).close("connection closed: too many")

    def proved(self, visitor: Visitor) -> None:
        """That one is no stranger any more. If its party has too many connections, the oldest gives way to it."""
        _remove(self._by_address, visitor.address, visitor)
        self.strangers -= 1
        self._count(visitor)

    def changed(self, visitor: Visitor, who: str) -> None:
        """That one is another party's from now on."""
        if visitor.who:
            _remove(self._by_who, visitor.who, visitor)
        visitor.who = who
        self._count(visitor)

    def _count(self, visitor: Visitor) -> None:
        if visitor.who:
            if len(self._by_who.get(visitor.who, ())) >= self.limits.per_key:
                next(iter(self._by_who[visitor.who])).close("connection closed: too many of one key or person")
            self._by_who.setdefault(visitor.who, {})[visitor] = None

    def left(self, visitor: Visitor) -> None:
        """That one is over."""
        self.count -= 1
        if not visitor.proved:
            self.strangers -= 1
            _remove(self._by_address, visitor.address, visitor)
        elif visitor.who:
            _remove(self._by_who, visitor.who, visitor)


def _remove(groups: dict[str, dict[Visitor, None]], name: str, visitor: Visitor) -> None:
    del groups[name][visitor]
    if not groups[name]:
        del groups[name]


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 network of an IPv6 one, which one party commands."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
