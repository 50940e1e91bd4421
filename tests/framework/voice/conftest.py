"""What tests of the voice share: an event loop whose time passes at once when there is nothing else to do."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

import pytest


class _Impatient(selectors.DefaultSelector):
    """Does not wait: it tells how long it would have waited."""

    waited = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.waited += timeout or 0.0
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    """Its time is what would have been waited."""

    def __init__(self) -> None:
        self._impatient = _Impatient()
        super().__init__(self._impatient)

    def time(self) -> float:
        return self._impatient.waited


Story = Callable[[], Coroutine[Any, Any, None]]


@pytest.fixture
def happens() -> Callable[[Story], None]:
    """Runs a story on such a loop."""

    def run(story: Story) -> None:
        with asyncio.Runner(loop_factory=_Loop) as runner:
            runner.run(story())

    return run
