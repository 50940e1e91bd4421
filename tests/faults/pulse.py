"""A plugin that feels the pulse of the service's event loop: how long it was kept from coming round."""

import asyncio
import time
from typing import Any

from litestar import get

from op26x import hookimpl

BEAT_S = 0.002


class Pulse:
    """The worst pause since it was last asked for."""

    def __init__(self) -> None:
        self._beating: asyncio.Task[None] | None = None
        self._wall = 0.0
        self._work = 0.0

    def worst(self) -> dict[str, float]:
        """In milliseconds: by the clock, other programs on the machine included, and by the loop's own work."""
        if self._beating is None:
            self._beating = asyncio.create_task(self._beat())
        worst = {"wall_ms": 1000 * self._wall, "work_ms": 1000 * self._work}
        self._wall = self._work = 0.0
        return worst

    async def _beat(self) -> None:
        while True:
            wall, work = time.perf_counter(), time.thread_time()
            await asyncio.sleep(BEAT_S)
            self._wall = max(self._wall, time.perf_counter() - wall - BEAT_S)
            self._work = max(self._work, time.thread_time() - work)


@hookimpl
def op26x_routes() -> list[Any]:
    """``GET /pulse``."""
    pulse = Pulse()

    @get("/pulse", public="a measurement on the loopback", security=[])
    async def worst() -> dict[str, float]:
        """The worst pause since the last request."""
        return pulse.worst()

    return [worst]
