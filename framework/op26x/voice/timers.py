"""A timer that can be wound up again and again."""

import asyncio
from collections.abc import Awaitable, Callable


class Timer:
    """Runs a coroutine function after a while, unless it is stopped or restarted first.

    Args:
        action: What to run.
        spawn: Starts a task that ends with the call.
    """

    def __init__(self, action: Callable[[], Awaitable[None]], spawn: Callable[[Awaitable[None]], object]) -> None:
        self._action = action
        self._spawn = spawn
        self._handle: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and has neither fired nor been stopped."""
        return self._handle is not None

    @property
    def left_s(self) -> float:
        """Seconds until it fires; 0 if it does not run."""
        return max(0.0, self._handle.when() - asyncio.get_running_loop().time()) if self._handle is not None else 0.0

    def start(self, seconds: float) -> None:
        """(Re)starts it."""
        self.stop()
        self._handle = asyncio.get_running_loop().call_later(seconds, self._fire)

    def stop(self) -> None:
        """Stops it; does nothing if it does not run."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _fire(self) -> None:
        self._handle = None
        self._spawn(self._action())
