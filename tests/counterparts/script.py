"""What a counterpart is told to do with the requests to come, one entry per request."""

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """A function that the model wants called.

    Attributes:
        name: The function.
        arguments: Its arguments; a string is sent as it is, so that it need not be JSON.
    """

    name: str
    arguments: dict[str, Any] | str = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """A streamed answer, and how the stream behaves.

    An event is one word, one piece of a function's arguments, or one piece of audio.

    Attributes:
        text: What is said (or heard, by an STT service).
        calls: Functions to call.
        audio: What a synthesiser streams, 16-bit mono PCM at 24 kHz.
        first_after_s: Wait before the first event.
        between_s: Wait before each further event.
        cut_after: The connection breaks after so many events.
        end_after: The stream ends in good order after so many events, without its proper end.
        silent_after: Nothing more comes after so many events, and the connection stays open.
        pings: Keep-alives come while it is silent, in the vendor's form if it has one.
        fail_after: An error event comes after so many events.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    audio: bytes = b""
    first_after_s: float = 0.0
    between_s: float = 0.0
    cut_after: int | None = None
    end_after: int | None = None
    silent_after: int | None = None
    pings: bool = False
    fail_after: int | None = None


@dataclass(frozen=True)
class Fail:
    """An HTTP error in the vendor's form.

    Attributes:
        status: Its status.
        message: What the vendor says about it.
        retry_after_s: Sent as ``retry-after``.
        location: Where a redirect leads.
        code: The vendor's word for it, instead of the usual one.
    """

    status: int
    message: str = "No."
    retry_after_s: int | None = None
    location: str = ""
    code: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The response's headers."""
        given = {"retry-after": self.retry_after_s, "location": self.location or None}
        return {name: str(value) for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class Garbage:
    """Status 200 and something else than an answer.

    Attributes:
        body: What is sent.
        content_type: What it claims to be; empty for the right one.
    """

    body: bytes = b"\x00\xff<html>Bad gateway</html>"
    content_type: str = ""


@dataclass(frozen=True)
class Silence:
    """Takes the request and never answers."""


Reply = Answer | Fail | Garbage | Silence


class Script:
    """The replies to come of one endpoint; when they are used up, it gives the same answer again and again.

    Args:
        otherwise: That answer.
    """

    def __init__(self, otherwise: Reply) -> None:
        self.otherwise = otherwise
        self._replies: deque[Reply] = deque()
        self._lock = threading.Lock()

    def will(self, *replies: Reply) -> None:
        """Adds replies, in order."""
        with self._lock:
            self._replies.extend(replies)

    def next(self) -> Reply:
        """Takes the next reply."""
        with self._lock:
            return self._replies.popleft() if self._replies else self.otherwise
