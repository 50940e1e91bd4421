"""Server-sent events as vendors write them: JSON objects out of a response that may be anything.

The SDKs' own readers take their vendor's form for granted. This one follows the standard
(https://html.spec.whatwg.org/multipage/server-sent-events.html) and is as lenient as the servers are careless: any
line end, comments, events without data, a last event without its empty line, bytes that are not UTF-8. It bounds what
it holds.
"""

import asyncio
import codecs
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import httpx2

from op26x.errors import ProviderError

DONE = "[DONE]"
LONGEST_EVENT = 1 << 20
"""Characters."""
LONGEST_STREAM = 16 << 20
"""Bytes; an answer that is spoken has some thousand."""
DRAIN_S = 0.1


@dataclass(frozen=True)
class Event:
    """One event.

    Attributes:
        name: Its name; empty if it has none, ``[DONE]`` for OpenAI's mark of the end.
        data: Its JSON object.
    """

    name: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


class EventStream:
    """The events of a response.

    Args:
        vendor: The company, for messages.
        response: Opened as a stream.
        is_last: Whether an event is the end of the answer.
    """

    def __init__(self, vendor: str, response: httpx2.Response, is_last: Callable[[Event], bool]) -> None:
        self._vendor = vendor
        self._response = response
        self._is_last = is_last

    async def __aiter__(self) -> AsyncGenerator[Event, None]:
        """Its events; what has no JSON object is passed over.

        Raises:
            ProviderError: It is too long.
            ValueError: What should be JSON is not.
        """
        pieces = self._response.aiter_bytes()
        async with aclosing(self._lines(pieces)) as lines, aclosing(_events(lines)) as events:
            async for event in events:
                yield event
                if self._is_last(event):
                    await _drain(pieces)
                    return

    async def close(self) -> None:
        """Ends the request."""
        await self._response.aclose()

    async def _lines(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
        """The lines, and an empty one at the end."""
        decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8-sig")("replace"), translate=True)
        line, held, received = "", 0, 0
        async for piece in pieces:
            received += len(piece)
            *lines, line = (line + decoder.decode(piece)).split("\n")
            for whole in lines:
                yield whole
                held = held + len(whole) if whole else 0
            if held + len(line) > LONGEST_EVENT or received > LONGEST_STREAM:
                raise ProviderError(f"{self._vendor} sent too much.", "See the log of the vendor.")
        for whole in (*(line + decoder.decode(b"", final=True)).split("\n"), ""):
            yield whole


async def _events(lines: AsyncIterator[str]) -> AsyncGenerator[Event, None]:
    name, data = "", list[str]()
    async for line in lines:
        kind, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if kind == "event":
            name = value
        elif kind == "data":
            data.append(value)
        elif not line:
            if (event := _event(name, "\n".join(data))) is not None:
                yield event
            name, data = "", []


def _event(name: str, data: str) -> Event | None:
    if data.startswith(DONE):
        return Event(DONE)
    if not data.strip():
        return None
    found = json.loads(data)
    return Event(name, found) if isinstance(found, dict) else None


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    """Reads what is behind the end, so that the connection can serve the next answer."""
    try:
        async with asyncio.timeout(DRAIN_S):
            async for _ in pieces:
                pass
    except TimeoutError:
        return
