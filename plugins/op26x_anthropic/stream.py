"""Watches a streamed answer: it has to begin, go on and end."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

from anthropic import AsyncStream

T = TypeVar("T")


async def watched(
    opening: Awaitable[AsyncStream[T]],
    *,
    timeout_s: float,
    speaks: Callable[[T], bool],
    finishes: Callable[[T], bool],
) -> AsyncGenerator[T, None]:
    """Passes a stream on.

    Args:
        opening: Sends the request.
        timeout_s: Longest wait for the first event that says something, and from each one to the next.
        speaks: Whether an event carries a part of the answer; keep-alives do not.
        finishes: Whether an event is the answer's proper end.

    Raises:
        TimeoutError: The stream fell silent.
        ConnectionError: The stream stopped before its proper end, which the SDK takes for an answer.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    finished = False
    async with asyncio.timeout_at(deadline):
        stream = await opening
    try:
        events = aiter(stream)
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    event = await anext(events)
            except StopAsyncIteration:
                break
            except TimeoutError:
                if finished:
                    return
                raise
            finished = finished or finishes(event)
            yield event
            if speaks(event):
                deadline = loop.time() + timeout_s
    finally:
        await stream.close()
    if not finished:
        raise ConnectionError("the answer was cut off")
