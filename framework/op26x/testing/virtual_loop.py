"""An event loop whose time passes at once when there is nothing else to do, and that has no threads.

What would be done on a thread is done in place, so that no time passes over it and every run is the same.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")


class _Impatient(selectors.DefaultSelector):
    """Does not wait: it tells how long it would have waited."""

    waited = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.waited += timeout or 0.0
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time is what would have been waited."""

    def __init__(self) -> None:
        self._impatient = _Impatient()
        super().__init__(self._impatient)

    def time(self) -> float:
        """Seconds that would have been waited so far."""
        return self._impatient.waited

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]
        """Runs it here and now."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


class LoopClock:
    """An ``op26x.clock.Clock`` that goes with the running loop.

    Args:
        start: When the loop began, with its zone.
    """

    START = datetime(2026, 12, 1, 9, tzinfo=UTC)

    def __init__(self, start: datetime = START) -> None:
        self._start = start

    def now(self) -> datetime:
        """The loop's time as a date."""
        return self._start + timedelta(seconds=self.monotonic())

    def reached(self) -> datetime:
        """The same."""
        return self.now()

    def uptime(self) -> float:
        """The loop's time."""
        return self.monotonic()

    def boot(self) -> str:
        """One machine."""
        return "virtual"

    def monotonic(self) -> float:
        """The loop's time."""
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:
            return 0.0


def happen(story: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs a story on such a loop."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story())
