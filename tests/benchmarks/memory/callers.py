"""Short calls that ring the recording service of the benchmark of calls."""

import asyncio
import itertools
from time import monotonic

from caller import Caller, Script, Tally
from load import ACCOUNT_SID, call_form
from targets import AUTH_TOKEN, TARGETS
from wire import ring

TARGET = next(target for target in TARGETS if target.name == "op26x-recording")
FRAMES = 20
"""Of 20 ms that a caller stays on the line."""
FIRST = 200
"""Calls that fill caches, before anything is measured."""


class Callers:
    """Short calls, so many at once."""

    def __init__(self, port: int, at_once: int) -> None:
        self._port = port
        self._at_once = at_once
        self._script = Script()
        self._numbers = itertools.count()

    async def ring(self, count: int) -> None:
        """Rings so many times; raises RuntimeError when a call is not taken."""
        left = iter(range(count))

        async def line() -> None:
            for _ in left:
                await self._call(next(self._numbers))

        await asyncio.gather(*(line() for _ in range(self._at_once)))

    async def _call(self, number: int) -> None:
        caller = Caller(number, self._script, Tally())
        stream = await ring(self._port, TARGET.webhook, call_form(caller, number), AUTH_TOKEN)
        await caller.connect(stream.url, stream.parameters, ACCOUNT_SID, monotonic())
        for _ in range(FRAMES):
            await asyncio.sleep(0.02)
            caller.tick(monotonic())
        caller.hang_up(ACCOUNT_SID)
