"""What services of language-model and speech vendors share: options, a watch on answers, errors that quote nobody.

What a vendor's SDK says of an error can hold a part of the request, and with it what a caller said; error frames
end up in logs and records.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from typing import ClassVar, Protocol, TypeVar

import msgspec
from pipecat.frames.frames import ErrorFrame
from pipecat.processors.frame_processor import FrameProcessor

from op26x.agents import faults_of
from op26x.errors import AgentError, Fault, ProviderError
from op26x.types import ServiceRequest

T = TypeVar("T")
Options = TypeVar("Options", bound=msgspec.Struct)
Event_co = TypeVar("Event_co", covariant=True)


class Stream(Protocol[Event_co]):
    """A vendor's streamed answer."""

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


class QuotesNobody(FrameProcessor):
    """Mixed into a vendor's service, before Pipecat's: words its errors anew by ``reason``.

    Attributes:
        vendor: The company.
    """

    vendor: ClassVar[str]

    async def push_error_frame(self, error: ErrorFrame, force_treat_as_permanent: bool = False) -> None:
        """Reports an error in words that quote nobody."""
        error.error = reason(self.vendor, error.exception)
        await super().push_error_frame(error, force_treat_as_permanent)


def read_options(request: ServiceRequest, cls: type[Options], who: str, also: Iterable[Fault] = ()) -> Options:
    """Checks the options that an agent document gives to a service, and tells of all faults at once.

    Args:
        request: What the provider was told.
        cls: What the document may say; forbids unknown fields.
        who: The service, for the message: ``llm 'openai'``.
        also: What else the provider found; ``where`` is an option, or a key of the agent.

    Raises:
        AgentError: An option is unknown, or its value does not fit, or there was something else.
    """
    faults = [*faults_of(request.options, cls, f"The {who}: "), *also]
    if faults:
        raise AgentError.of(faults)
    return msgspec.convert(dict(request.options), cls)


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
    events = aiter(stream)
    try:
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
        if isinstance(events, AsyncGenerator):
            await events.aclose()
        await stream.close()
    if not finished:
        raise ConnectionError("the answer was cut off")
