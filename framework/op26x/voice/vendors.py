"""What plugins of language-model and speech vendors share: a watch on streamed answers, and errors that quote nobody.

What a vendor's SDK says of an error can hold a part of the request, and with it what a caller said; error frames
end up in logs and records.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Protocol, TypeVar

from pipecat.frames.frames import ErrorFrame

from op26x.errors import ProviderError

T = TypeVar("T")
Event_co = TypeVar("Event_co", covariant=True)


class Stream(Protocol[Event_co]):
    """A vendor's streamed answer, as both SDKs have it."""

    def __aiter__(self) -> AsyncIterator[Event_co]:
        """Its events."""
        ...

    async def close(self) -> None:
        """Ends the request."""
        ...


def reason(vendor: str, error: Exception | None) -> str:
    """One sentence about what went wrong, with the vendor's name and no word of the request."""
    own = error.__cause__ if error and isinstance(error.__cause__, ProviderError) else error
    if isinstance(own, ProviderError):
        return own.message
    if isinstance(error, TimeoutError):
        return f"{vendor} did not answer in time."
    status = getattr(error, "status_code", 0)
    # An error event within an answer carries the status of the answer.
    if status >= 300:
        return f"{vendor} answered with HTTP {status}."
    return f"{vendor} failed: {type(error).__name__}." if error else f"{vendor} failed."


def reworded(vendor: str, frame: ErrorFrame) -> ErrorFrame:
    """The same frame, its text replaced."""
    frame.error = reason(vendor, frame.exception)
    return frame


async def watched(
    opening: Awaitable[Stream[T]],
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
