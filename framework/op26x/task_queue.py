"""Work that must not hold up the audio: done one piece after the other, behind the call's back."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from op26x import logs

log = logs.get("tasks")


class TaskQueue:
    """Runs pieces of work in the order they were added; one that raises is logged and does not stop the next."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], Awaitable[object]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    def add(self, work: Callable[[], Awaitable[object]]) -> None:
        """Runs a piece of work after all that were added before."""
        self._waiting.append(work)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())

    async def done(self) -> None:
        """Waits until everything that was added has run."""
        if self._worker is not None:
            await asyncio.wait([self._worker])

    async def _work(self) -> None:
        while self._waiting:
            try:
                await self._waiting.popleft()()
            except Exception as error:
                log.error("work behind a call failed", exc_info=error)
