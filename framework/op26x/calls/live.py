"""What is going on in calls right now: in memory only, for whoever is listening, forgotten at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

QUEUE_LENGTH = 1000


class LiveEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened in a call.

    Attributes:
        call_id: Which call.
        kind: ``state``, ``speaking``, ``turn``, ``tool``, ``outcome``, ``recording``, ``right`` or ``error``.
        at_ms: From the start of the media stream.
        speaker: ``caller`` or ``agent``.
        text: What was said, the new state, what became of the recording, the right that the caller demanded; personal
            data for ``turn`` and ``outcome``.
        latency_ms: Agent's turns: from the caller's end of speech to the first audio sent.
        interrupted: The other side spoke over it.
        detail: What a tool reported.
    """

    call_id: str
    kind: str
    at_ms: int = 0
    speaker: str = ""
    text: str = ""
    latency_ms: int | None = None
    interrupted: bool = False
    detail: dict[str, Any] = {}


class LiveFeed:
    """Hands events to listeners; a listener that does not keep up loses the oldest.

    Args:
        pass_on: Told each event of this service's calls, for who listens at another service.
        changed: Told when somebody begins to listen here, and when nobody does any more.
    """

    def __init__(
        self, pass_on: Callable[[LiveEvent], None] | None = None, changed: Callable[[], None] | None = None
    ) -> None:
        self._pass_on = pass_on
        self._changed = changed
        self._listeners: set[asyncio.Queue[LiveEvent | None]] = set()

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens here."""
        return bool(self._listeners)

    def publish(self, event: LiveEvent) -> None:
        """Tells every listener of something in a call of this service; costs nothing if there is none."""
        self.put(event)
        if self._pass_on is not None:
            self._pass_on(event)

    def put(self, event: LiveEvent | None) -> None:
        """Tells the listeners here."""
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

    def close(self) -> None:
        """Tells every listener that nothing more comes."""
        self.put(None)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[asyncio.Queue[LiveEvent | None]]:
        """A queue of events from now on, for as long as the block lasts; ``None`` ends it."""
        queue: asyncio.Queue[LiveEvent | None] = asyncio.Queue(QUEUE_LENGTH)
        self._listeners.add(queue)
        self._tell_change(1)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)
            self._tell_change(0)

    def _tell_change(self, listeners: int) -> None:
        if self._changed is not None and len(self._listeners) == listeners:
            self._changed()
