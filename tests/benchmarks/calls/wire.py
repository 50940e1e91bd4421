"""The wire of one Twilio call, as cheap as Python can make it: signed webhook, TwiML, WebSocket client.

A general WebSocket library spends more time per message than the floor server needs to answer it, which would
make the load generator the bottleneck. This one does only what Twilio's side of a media stream does: client
text frames, control frames, no extensions. Loopback only.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import cast
from urllib.parse import urlencode, urlsplit

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
# RFC 6455 wants client frames masked. A key of zeros is a valid mask whose XOR changes nothing: the server
# does the same work as ever, the generator none.
_ZERO_MASK = b"\0\0\0\0"


@dataclass(frozen=True)
class Stream:
    """What the TwiML asks for: the media socket's address and the parameters to hand back in `start`."""

    url: str
    parameters: Mapping[str, str]


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature: base64(HMAC-SHA1(token, url + each sorted name and value))."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


async def http(
    port: int,
    method: str,
    path: str,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """One HTTP request to the loopback; returns status and body."""
    body = urlencode(form or {}).encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: close",
        f"Content-Length: {len(body)}",
        "Content-Type: application/x-www-form-urlencoded",
    ]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        answer = await reader.read()
    finally:
        writer.close()
    head, _, content = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), content.decode(errors="replace")


async def ring(port: int, path: str, form: Mapping[str, str], token: str | None) -> Stream:
    """POST the voice webhook, signed when `token` is given, and read `<Connect><Stream>` from the TwiML.

    Raises RuntimeError when the service refuses the call or its answer opens no stream.
    """
    headers = {}
    if token is not None:
        headers["X-Twilio-Signature"] = signature(token, f"http://127.0.0.1:{port}{path}", form)
    status, body = await http(port, "POST", path, form, headers)
    found = re.search(r'<Stream[^>]*\surl="([^"]+)"', body)
    if status != 200 or found is None:
        raise RuntimeError(f"webhook {path} answered {status} without a stream: {body[:300]!r}")
    pairs = re.findall(r'<Parameter\s+name="([^"]*)"\s+value="([^"]*)"', body)
    return Stream(unescape(found[1]), {unescape(name): unescape(value) for name, value in pairs})


def text_frame(payload: bytes, opcode: int = _TEXT) -> bytes:
    """One final client frame around `payload` (at most 65,535 bytes)."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, 0x80 | size)) + _ZERO_MASK + payload
    return bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2) + _ZERO_MASK + payload


class Socket(asyncio.Protocol):
    """A WebSocket client connection that hands each text message to `on_text` in the event loop."""

    def __init__(self, on_text: Callable[[bytes], None], on_lost: Callable[[], None]) -> None:
        self._on_text, self._on_lost = on_text, on_lost
        self._buffer = bytearray()
        self._fragments = bytearray()
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    async def open(self, url: str) -> None:
        """Connect and upgrade. Raises RuntimeError unless the server switches protocols."""
        parts = urlsplit(url)
        if parts.hostname not in ("127.0.0.1", "localhost"):
            raise RuntimeError(f"the media stream {url} is not on the loopback")
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", parts.port or 80)
        key = base64.b64encode(os.urandom(16)).decode()
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        transport.write(
            f"GET {path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await asyncio.wait_for(self._opened, 30)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; the base class is all asyncio promises."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Report a closed socket, or fail the pending `open`."""
        self._transport = None
        if not self._opened.done():
            self._opened.set_exception(RuntimeError(f"the media socket closed before it opened: {exc}"))
        self._on_lost()

    def send(self, frame: bytes) -> None:
        """Write one encoded frame; silently nothing once the socket is gone."""
        if self._transport is not None:
            self._transport.write(frame)

    def close(self) -> None:
        """Send a normal close and drop the connection."""
        if self._transport is not None:
            self._transport.write(text_frame((1000).to_bytes(2), _CLOSE))
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Split the byte stream into messages."""
        buffer = self._buffer
        buffer += data
        if not self._opened.done() and not self._upgrade(buffer):
            return
        while (size := len(buffer)) >= 2:
            opcode, length, start = buffer[0], buffer[1] & 0x7F, 2
            if length >= 126:
                start = 4 if length == 126 else 10
                if size < start:
                    return
                length = int.from_bytes(buffer[2:start])
            if size < start + length:
                return
            payload = bytes(buffer[start : start + length])
            del buffer[: start + length]
            self._message(opcode, payload)

    def _upgrade(self, buffer: bytearray) -> bool:
        head, end, _ = bytes(buffer).partition(b"\r\n\r\n")
        if not end:
            return False
        del buffer[: len(head) + 4]
        if b" 101 " in head.split(b"\r\n", 1)[0]:
            self._opened.set_result(None)
            return True
        self._opened.set_exception(RuntimeError(f"the media socket was refused: {head[:200]!r}"))
        return False

    def _message(self, first: int, payload: bytes) -> None:
        opcode, final = first & 0x0F, first & 0x80
        if opcode == _PING:
            self.send(text_frame(payload, _PONG))
        elif opcode in (_TEXT, 0):
            if final and not self._fragments:
                self._on_text(payload)
                return
            self._fragments += payload
            if final:
                whole, self._fragments = bytes(self._fragments), bytearray()
                self._on_text(whole)
