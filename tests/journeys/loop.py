"""An event loop on which a whole service and its callers live through a call as fast as the machine can.

Its time passes at once while nothing is left to do but wait, and stands still while anything is being done: here, on
a thread that this loop has given work to, or by what is to answer on a socket pair (the offline recogniser). How busy
the machine is changes nothing that a test sees.

A service in a process of its own knows nothing of this time: a test that starts one is marked ``real_time`` and gets a
usual loop. Work elsewhere that itself waits for this loop's time waits for ever.
"""

import asyncio
import selectors
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from op26x.testing.virtual_loop import LoopClock

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Waits for what others are working on, and for nothing else.

    Attributes:
        passed: Seconds that would have been waited so far.
        at_work: What is being done elsewhere.
    """

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0
        self.at_work: set[object] = set()

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.at_work or timeout is None:
            return super().select(None)
        self.passed += timeout
        return ready


class JourneyLoop(asyncio.SelectorEventLoop):
    """A loop whose time stands still while there is anything to do.

    Attributes:
        clock: Goes with it.
    """

    def __init__(self) -> None:
        self._waiting = _Selector()
        super().__init__(self._waiting)
        self.clock = JourneyClock(self)

    def time(self) -> float:
        """Seconds that would have been waited so far."""
        return self._waiting.passed

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]
        """Runs it on a thread; no time passes until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._waiting.at_work.add(future)
        future.add_done_callback(self._waiting.at_work.discard)
        return future

    async def subprocess_exec(self, *args: Any, **kwargs: Any) -> Any:
        """Refuses."""
        raise RuntimeError("The time of another process is the machine's: mark this test real_time.")

    async def sock_recv(self, sock: socket.socket, n: int) -> bytes:
        """Waits for what the other end of a bare socket says; no time passes until then."""
        work = object()
        self._waiting.at_work.add(work)
        try:
            return await super().sock_recv(sock, n)
        finally:
            self._waiting.at_work.discard(work)


class JourneyClock(LoopClock):
    """Goes with a loop that began now, also where other threads ask for the time.

    Args:
        loop: The loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(datetime.now(UTC))
        self._loop = loop

    def monotonic(self) -> float:
        """The loop's time."""
        return self._loop.time()
