"""Work that must not hold up the audio: done one piece after the other, behind the call's back."""

import asyncio
from collections.abc import Awaitable, Callable

from op26x import logs

log = logs.get("in-order")


class InOrder:
    """Runs pieces of work in the order they were added; one that raises is logged and does not stop the next."""

    def __init__(self) -> None:
        self._last: asyncio.Task[None] | None = None

    def add(self, work: Callable[[], Awaitable[object]]) -> None:
        """Runs a piece of work after all that were added before."""
        self._last = asyncio.create_task(self._after(self._last, work))

    async def done(self) -> None:
        """Waits until everything that was added so far has run."""
        if self._last is not None:
            await asyncio.wait([self._last])

    async def _after(self, before: asyncio.Task[None] | None, work: Callable[[], Awaitable[object]]) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            await work()
        except Exception as error:
            log.error("work behind a call failed", exc_info=error)
