"""Waiting for what a service does behind its requests."""

import time
from collections.abc import Callable

LIMIT_S = 20.0


def until(reached: Callable[[], bool]) -> None:
    """Returns once it is so; fails if it does not come to that."""
    end = time.monotonic() + LIMIT_S
    while not reached() and time.monotonic() < end:
        time.sleep(0.01)
    assert reached()
