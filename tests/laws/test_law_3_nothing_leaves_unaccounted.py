"""The firewall: nothing leaves to where nobody declared, by whatever library, on whatever loop; the rest does."""

import asyncio
import contextlib
import socket
import threading
from _socket import getaddrinfo
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvloop

from laws.ways_out import WAYS, Way, datagrams_each_to_somewhere
from op26x.errors import EgressRefused
from op26x.processors import Destination, Egress, by_tool, guarded
from op26x.processors.guard import remembering
from op26x_service.loop import Loop

NOWHERE, PRIVATE, METADATA = "192.0.2.7", "10.1.2.3", "169.254.169.254"
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop, "ours": Loop}
pytestmark = pytest.mark.usefixtures("another_firewall")


class Listener:
    """Hears every connection and datagram that reaches a port of this machine."""

    def __init__(self) -> None:
        self._something = threading.Event()
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.threads = [threading.Thread(target=one, daemon=True) for one in (self._connections, self._datagrams)]
        for thread in self.threads:
            thread.start()

    def _connections(self) -> None:
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            self._something.set()
            with connection:
                connection.sendall(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")

    def _datagrams(self) -> None:
        while True:
            try:
                self.udp.recvfrom(100)
            except OSError:
                return
            self._something.set()

    def hears(self, within_s: float = 5.0) -> bool:
        """Whether something has reached it, or does soon."""
        return self._something.wait(within_s)

    def close(self) -> None:
        for one in (self.tcp, self.udp):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self.threads:
            thread.join(5)


@pytest.fixture
def listener() -> Iterator[Listener]:
    """One, on a free port."""
    made = Listener()
    yield made
    made.close()


def go(way: Way, host: str, port: int, loop: str) -> BaseException | None:
    """Takes a way; returns what went wrong."""

    async def walk() -> BaseException | None:
        try:
            await asyncio.wait_for(way(host, port), 8)
        except Exception as error:
            return error
        return None

    with asyncio.Runner(loop_factory=LOOPS.get(loop, uvloop.new_event_loop)) as runner:
        return runner.run(walk())


def named(way: Way) -> str:
    return way.__name__


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("way", WAYS, ids=named)
@pytest.mark.parametrize("host", [NOWHERE, PRIVATE, METADATA])
def test_no_way_leads_to_an_address_that_nobody_declared(way: Way, host: str, loop: str) -> None:
    with guarded(Egress([Destination("api.example.com", "test")])) as egress:
        go(way, host, 9, loop)
    assert list(egress.refused) == [host]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("way", WAYS, ids=named)
def test_no_way_looks_up_a_name_that_nobody_declared(way: Way, loop: str) -> None:
    with guarded(Egress([Destination("api.example.com", "test")])) as egress:
        go(way, "secret.evil.example", 9, loop)
    assert list(egress.refused) == ["secret.evil.example"]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("way", WAYS, ids=named)
def test_what_is_not_refused_arrives(way: Way, loop: str, listener: Listener) -> None:
    """So the test sees a leak."""
    with guarded(Egress([])) as egress:
        go(way, "127.0.0.1", listener.port, loop)
    assert egress.refused == {}
    assert listener.hears()


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("way", WAYS, ids=named)
def test_a_tool_reaches_nothing_of_this_machine(way: Way, loop: str, listener: Listener) -> None:
    async def within(host: str, port: int) -> object:
        with by_tool():
            return await way(host, port)

    with guarded(Egress([])):
        go(within, "127.0.0.1", listener.port, loop)
    assert not listener.hears(within_s=0.1)


def test_a_loop_without_the_guard_leaks_so_ours_is_what_holds_it(listener: Listener) -> None:
    async def within(host: str, port: int) -> object:
        with by_tool():
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
        return None

    with guarded(Egress([])):
        assert go(within, "127.0.0.1", listener.port, "uvloop itself") is None
        assert isinstance(go(within, "127.0.0.1", listener.port, "ours"), EgressRefused)


INSIDE = "10.9.9.9"


class Directory(uvloop.Loop):
    """A loop whose names lead to this machine."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        return await super().getaddrinfo("127.0.0.1", port, **options)


class Found(Loop, Directory):
    """Ours, on top of that one."""


@pytest.mark.parametrize("loop", ["asyncio", "ours"])
@pytest.mark.parametrize("way", WAYS, ids=named)
@pytest.mark.parametrize("declared", [True, False])
def test_a_name_leads_where_its_declaration_allows(
    way: Way, loop: str, declared: bool, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To this machine, a tool gets by a name that the operator declared, and by no other."""

    def look_up(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        return getaddrinfo("127.0.0.1" if host in ("crm.example", b"crm.example") else host, port, *args, **options)

    async def within(host: str, port: int) -> object:
        with by_tool():
            return await way(host, port)

    monkeypatch.setattr(socket, "getaddrinfo", remembering(look_up))
    monkeypatch.setitem(LOOPS, "ours", Found)
    if way is datagrams_each_to_somewhere and loop == "ours":
        pytest.skip("uvloop sends datagrams to addresses alone")
    with guarded(Egress([Destination("crm.example", "test", private=True, for_tools=declared)])) as egress:
        go(within, "crm.example", listener.port, loop)
    assert listener.hears(5.0 if declared else 0.1) is declared
    assert bool(egress.refused) is not declared


class Rebound(uvloop.Loop):
    """A loop whose names lead into a private network."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        return [(socket.AF_INET, options.get("type", 0), 0, "", (INSIDE, port))]


class Misled(Loop, Rebound):
    """Ours, on top of that one."""


@pytest.mark.parametrize("loop", ["asyncio", "ours"])
@pytest.mark.parametrize("way", WAYS, ids=named)
def test_a_name_that_a_plugin_declared_leads_to_no_private_network(
    way: Way, loop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs a vendor's name server could send requests to the inside otherwise."""

    def look_up(host: Any, port: Any, family: int = 0, type: int = 0, *_: Any, **__: Any) -> Any:
        if host in ("api.example", b"api.example"):
            return [(socket.AF_INET, type or socket.SOCK_STREAM, 0, "", (INSIDE, port))]
        return getaddrinfo(host, port, family, type)

    monkeypatch.setattr(socket, "getaddrinfo", remembering(look_up))
    monkeypatch.setitem(LOOPS, "ours", Misled)
    if way is datagrams_each_to_somewhere and loop == "ours":
        pytest.skip("uvloop sends datagrams to addresses alone")
    with guarded(Egress([Destination("api.example", "plugin vendor")])) as egress:
        go(way, "api.example", 9, loop)
    assert set(egress.refused) == {"api.example"}
