"""Reading: what comes at once is worked through in slices, in its order, and nothing of it is lost."""

import asyncio
import struct
from typing import Any
from unittest.mock import patch

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from op26x_service.doors import MAX_MESSAGE, DoorHttp, DoorWebSocket
from op26x_service.doors.reading import SLICE, Paced


async def eventually(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def slices() -> Any:
    """The sizes of all that was handed to uvicorn's protocols."""
    sizes: list[int] = []
    take = Paced.take

    def noting(self: Paced, data: bytes) -> None:
        sizes.append(len(data))
        take(self, data)

    with patch.object(Paced, "take", noting):
        yield sizes


async def test_many_requests_at_once_are_answered_in_their_order(open_door: Any, knock: Any, slices: list[int]) -> None:
    door = await open_door(request_s=10)
    peer = await knock(door)
    await peer.sends(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(500)))
    for _ in range(500):
        assert await peer.answer() == b"ok"
    assert door.asked == [(f"/{n}", 0) for n in range(500)]
    assert max(slices) <= SLICE


@pytest.mark.parametrize("before", [b"", b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n"], ids=["alone", "behind another"])
async def test_a_body_in_crumbs_is_worked_through_in_slices(
    open_door: Any, knock: Any, slices: list[int], before: bytes
) -> None:
    door = await open_door(request_s=10)
    peer = await knock(door)
    head = b"POST /crumbs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    await peer.sends(before + head + b"1\r\nx\r\n" * 20_000 + b"0\r\n\r\n")
    await eventually(lambda: ("/crumbs", 20_000) in door.asked)
    assert max(slices) <= SLICE


@pytest.mark.parametrize("path", ["/", "/prove"])
async def test_messages_come_whole_and_in_their_order_however_many(
    open_door: Any, slices: list[int], path: str
) -> None:
    door = await open_door()
    sent = [str(number) * (1 + number % 300) for number in range(2000)] + ["x" * MAX_MESSAGE, ""]
    async with connect(f"ws://127.0.0.1:{door.port}{path}") as socket:
        for text in sent:
            await socket.send(text)
        await eventually(lambda: len(door.messages) == len(sent))
    assert door.messages == sent
    assert max(slices) <= SLICE
    await eventually(lambda: door.visitors.count == 0)


async def test_nothing_is_read_while_the_application_is_busy(open_door: Any) -> None:
    door = await open_door()
    async with connect(f"ws://127.0.0.1:{door.port}/prove", write_limit=1) as socket:
        await socket.send("wait")
        await eventually(lambda: door.messages == ["wait"])

        async def flood() -> None:
            for _ in range(50_000):
                await socket.send("x" * 1000)

        flooding = asyncio.create_task(flood())
        await asyncio.sleep(0.5)
        assert not flooding.done(), "the network holds what is not read"
        door.gate.set()
        await asyncio.wait_for(flooding, 60)
        await eventually(lambda: len(door.messages) == 50_001)


async def test_a_message_that_is_too_big_ends_the_socket(open_door: Any) -> None:
    door = await open_door()
    async with connect(f"ws://127.0.0.1:{door.port}/") as socket:
        await socket.send("x" * (MAX_MESSAGE + 1))
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    assert door.messages == []


async def test_nothing_is_compressed(open_door: Any) -> None:
    door = await open_door()
    async with connect(f"ws://127.0.0.1:{door.port}/", compression="deflate") as socket:
        assert socket.protocol.extensions == []


def frame(opcode: int, data: bytes = b"", fin: bool = True) -> bytes:
    return struct.pack("!BB", (0x80 if fin else 0) | opcode, 0x80 | len(data)) + bytes(4) + data


async def upgraded(peer: Any) -> None:
    await peer.sends(
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    head = await peer._reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101")


async def test_a_message_of_endless_empty_fragments_ends_the_socket(open_door: Any, knock: Any) -> None:
    door = await open_door()
    peer = await knock(door)
    await upgraded(peer)
    await peer.sends(frame(1, b"x", fin=False) + frame(0, fin=False) * 1000)
    assert await peer.is_closed()
    assert door.messages == []


async def test_tiny_messages_by_the_thousand_are_worked_through_in_slices(
    open_door: Any, knock: Any, slices: list[int]
) -> None:
    door = await open_door()
    peer = await knock(door)
    await upgraded(peer)
    await peer.sends(frame(1) * 40_000)
    await eventually(lambda: len(door.messages) == 40_000)
    assert max(slices) <= SLICE


async def test_pings_of_who_does_not_listen_do_not_pile_up(open_door: Any, knock: Any) -> None:
    door = await open_door()
    peer = await knock(door)
    await upgraded(peer)
    peer._writer.transport.pause_reading()
    transport = door.protocols[0].transport
    ping = frame(9, b"x" * 125)
    for _ in range(200):
        await peer.sends(ping * 500)
    await peer.sends(frame(1, b"end"))
    await eventually(lambda: door.messages == ["end"])
    assert transport.get_write_buffer_size() < 500_000


def test_the_protocols_are_uvicorns_with_our_reading_before_them() -> None:
    for protocol in (DoorHttp, DoorWebSocket):
        assert protocol.__mro__[1] is Paced
