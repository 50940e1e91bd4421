"""Connections: how many there may be, who gives way to whom, and how long a request may take."""

import asyncio
import errno
import resource
import socket
from contextlib import suppress
from typing import Any

import pytest

from op26x_service.doors import Limits, network_of, raise_descriptors

REQUEST_S = 0.3
HEAD = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"


async def eventually(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_connection_that_says_nothing_is_closed(open_door: Any, knock: Any) -> None:
    door = await open_door()
    peer = await knock(door)
    assert await peer.is_closed()
    assert door.visitors.count == 0
    assert door.log.said == ["connection closed: request not complete in time"]


@pytest.mark.parametrize("whole", [b"GET / HTTP/1.1\r\nHost: example\r\n", HEAD + b"1234"], ids=["head", "body"])
async def test_a_request_that_trickles_is_closed_however_steadily(open_door: Any, knock: Any, whole: bytes) -> None:
    door = await open_door(request_s=REQUEST_S)
    peer = await knock(door)
    closed = asyncio.create_task(peer.is_closed())
    with suppress(ConnectionError):
        await peer.sends(whole[:-8])
        for byte in whole[-8:]:
            await asyncio.sleep(REQUEST_S / 4)
            await peer.sends(bytes([byte]))
    assert await closed
    assert door.asked == []
    assert door.log.said == ["connection closed: request not complete in time"]


async def test_an_answer_may_take_longer_than_a_request(open_door: Any, knock: Any) -> None:
    door = await open_door(request_s=0.1)
    peer = await knock(door)
    asking = asyncio.create_task(peer.gets("/slow"))
    await asyncio.sleep(0.3)
    door.gate.set()
    assert await asking == b"ok"
    await asyncio.sleep(0.3)
    assert await peer.gets() == b"ok", "between two requests another limit holds"


async def test_a_second_request_on_a_connection_has_its_own_time(open_door: Any, knock: Any) -> None:
    door = await open_door()
    peer = await knock(door)
    assert await peer.gets() == b"ok"
    await peer.sends(HEAD)
    assert await peer.is_closed()


async def test_the_oldest_stranger_makes_room_for_the_newest(open_door: Any, knock: Any) -> None:
    door = await open_door(strangers=3, per_address=3, request_s=60)
    peers = [await knock(door) for _ in range(5)]
    assert [await peer.is_closed(0.3) for peer in peers] == [True, True, False, False, False]
    assert await peers[-1].gets() == b"ok"
    assert (door.visitors.count, door.visitors.strangers) == (3, 3)


async def test_who_has_proved_who_they_are_gives_way_to_nobody(open_door: Any, knock: Any) -> None:
    door = await open_door(strangers=2, per_address=2, request_s=60)
    known = await knock(door)
    assert await known.gets("/prove") == b"ok"
    strangers = [await knock(door) for _ in range(6)]
    assert await strangers[0].is_closed()
    assert await known.gets() == b"ok"
    assert (door.visitors.count, door.visitors.strangers) == (3, 2)


async def test_of_one_key_or_person_the_oldest_connection_gives_way(open_door: Any, knock: Any) -> None:
    door = await open_door(per_key=2)
    other = await knock(door)
    assert await other.gets("/prove?api-key:2") == b"ok"
    own = [await knock(door) for _ in range(3)]
    for peer in own:
        assert await peer.gets("/prove?api-key:1") == b"ok"
    assert [await peer.is_closed(0.3) for peer in (*own, other)] == [True, False, False, False]
    assert door.log.said[-1] == "connection closed: too many of one key or person"
    own[1].leave()
    while door.visitors.count > 2:
        await asyncio.sleep(0)
    newest = await knock(door)
    assert await newest.gets("/prove?api-key:1") == b"ok"
    assert not await own[2].is_closed(0.3)


async def test_a_connection_of_a_proxy_belongs_to_whoever_used_it_last(open_door: Any) -> None:
    visitors = (await open_door(per_key=2)).visitors
    pooled, own = visitors.enter("192.0.2.1"), visitors.enter("192.0.2.1")
    for visitor in (pooled, own):
        visitor.prove("api-key:1")
    pooled.prove("")  # a media stream came by it
    newest = visitors.enter("192.0.2.1")
    newest.prove("api-key:1")
    assert [one.gone for one in (pooled, own, newest)] == [False, False, False]
    last = visitors.enter("192.0.2.1")
    last.prove("api-key:1")
    assert [one.gone for one in (pooled, own, newest, last)] == [False, True, False, False]
    pooled.prove("api-key:1")
    assert [one.gone for one in (pooled, newest, last)] == [False, True, False]
    for one in (pooled, last):
        one.leave()
    assert (visitors.count, visitors.strangers, visitors._by_who) == (0, 0, {})


async def test_of_those_who_are_not_named_there_may_be_any_number(open_door: Any, knock: Any) -> None:
    door = await open_door(per_key=2)
    calls = [await knock(door) for _ in range(5)]
    for peer in calls:
        assert await peer.gets("/prove") == b"ok"
    assert [await peer.is_closed(0.1) for peer in calls] == [False] * 5


async def test_strangers_make_room_when_all_there_may_be_are_connected(open_door: Any, knock: Any) -> None:
    door = await open_door(connections=4, strangers=4, per_address=4, request_s=60)
    stranger = await knock(door)
    for _ in range(4):
        assert await (await knock(door)).gets("/prove") == b"ok"
    assert await stranger.is_closed()
    assert await (await knock(door)).is_closed(), "all that there may be have proved who they are"
    assert door.log.said[-1] == "connection refused: too many"


async def test_a_crowd_of_one_address_gives_way_before_others(open_door: Any) -> None:
    visitors = (await open_door(strangers=10, per_address=8)).visitors
    alone = visitors.enter("192.0.2.1")
    crowd = [visitors.enter("192.0.2.2") for _ in range(8)]
    other = visitors.enter("192.0.2.3")
    newest = visitors.enter("192.0.2.4")
    assert [v.gone for v in (alone, other, newest)] == [False] * 3
    assert [v.gone for v in crowd] == [True] + [False] * 7
    visitors.enter("192.0.2.2")
    visitors.enter("192.0.2.2")
    assert sum(v.gone for v in crowd) >= 2
    assert not alone.gone


class Exhausted(socket.socket):
    """A listening socket in a process that has no descriptor left, now and then."""

    errors: list[int]

    def accept(self) -> Any:
        """Fails as often as there are errors."""
        if self.errors:
            raise OSError(self.errors.pop(), "no more")
        return super().accept()


async def test_a_listener_without_descriptors_goes_on_when_there_are_some(open_door: Any, knock: Any) -> None:
    listening = Exhausted()
    listening.errors = [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ECONNABORTED, errno.EHOSTUNREACH]
    door = await open_door(listening)
    peer = await knock(door)
    assert await peer.gets() == b"ok"
    assert listening.errors == []
    assert "no connection accepted" in door.log.said


async def test_connections_are_counted_off_when_they_end(open_door: Any, knock: Any) -> None:
    door = await open_door()
    for path in ("/", "/prove"):
        peer = await knock(door)
        assert await peer.gets(path) == b"ok"
        assert door.visitors.count == 1
        peer.leave()
        await eventually(lambda: door.visitors.count == 0)
    assert door.visitors.strangers == 0


async def test_who_does_not_take_an_answer_is_cut_off(open_door: Any, knock: Any) -> None:
    door = await open_door(stalled_s=0.2)
    peer = await knock(door)
    await peer.sends(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
    await eventually(lambda: door.visitors.count == 0)
    assert door.log.said == ["connection closed: answer not taken"]


async def test_what_is_no_http_is_told_so_with_every_header(open_door: Any, knock: Any) -> None:
    door = await open_door()
    peer = await knock(door)
    await peer.sends(b"\x16\x03\x01 hello\r\n\r\n")
    head = await peer._reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b"cache-control: no-store" in head
    assert b"x-content-type-options: nosniff" in head


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_who_commands_a_network_is_one_party(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize("most", [64, 256, 1024, 65_536, 1_048_576])
def test_limits_leave_descriptors_for_what_calls_open(most: int) -> None:
    limits = Limits.of_descriptors(most, in_use=50)
    assert 2 <= limits.per_address <= limits.strangers <= min(256, limits.connections)
    if most > 100:
        assert most - 50 - limits.connections >= limits.connections // 2


def test_the_soft_limit_is_raised() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(before[0], 512), before[1]))
        assert raise_descriptors() == resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(before[1], 65_536)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
