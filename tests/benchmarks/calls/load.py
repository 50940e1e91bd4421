"""The load generator: a process that keeps N calls talking and obeys one-line JSON orders on its input.

Orders: `{"add": n, "over_s": s}` rings n more callers spread over s seconds and answers when all of them were
greeted or given up; `{"open": true}` starts a measuring window; `{"close": true}` ends it and answers its
figures; `{"hang_up": true}` ends every call. Each order is answered by one line. One timer serves all calls:
frames are due every 20 ms, and calls are spread over ten slots of 2 ms, as the phases of real calls are.
"""

import asyncio
import gc
import json
import sys
from contextlib import suppress
from time import monotonic
from typing import Any

import uvloop

from caller import Caller, Script, Tally
from wire import ring

SLOTS = 10
FRAME_S = 0.02
SET_UP_S = 15.0
"""How long a call may take until its media stream is open: what Twilio gives a webhook."""
GREETED_S = 30.0
"""How long new callers may take until they begin to speak."""
ACCOUNT_SID = "AC" + "0" * 32


class Load:
    """All calls of this process, their clock and the figures of the current window."""

    def __init__(self, port: int, path: str, token: str | None) -> None:
        self._port, self._path, self._token = port, path, token
        self._script = Script()
        self._slots: list[list[Caller]] = [[] for _ in range(SLOTS)]
        self._callers: list[Caller] = []
        self._tally = Tally()
        self._late_ms: list[float] = []
        self._due = monotonic()
        self._slot = 0

    def run_clock(self) -> None:
        """Serve every slot that is due, noting how late it is served, then sleep to the next."""
        now = monotonic()
        while self._due <= now:
            self._late_ms.append((now - self._due) * 1000)
            for caller in self._slots[self._slot]:
                if not caller.ended:
                    caller.tick(now)
            self._slot = (self._slot + 1) % SLOTS
            self._due += FRAME_S / SLOTS
            now = monotonic()
        asyncio.get_running_loop().call_later(self._due - now, self.run_clock)

    async def add(self, count: int, over_s: float) -> dict[str, Any]:
        """Ring `count` callers, evenly over `over_s` seconds, and wait until each begins its first turn.

        Calls that fail are told apart: `own` are those that this process could not even dial, `refused` those that
        the service did not take.
        """
        self._late_ms.clear()
        before, tasks = len(self._callers), []
        for _ in range(count):
            tasks.append(asyncio.create_task(self._ring(len(self._callers))))
            await asyncio.sleep(over_s / count)
        errors = [e for e in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(e, BaseException)]
        with suppress(TimeoutError):
            async with asyncio.timeout(GREETED_S):
                while not all(c.ready or c.ended for c in self._callers):
                    await asyncio.sleep(0.05)
        up = sum(c.ready and not c.ended for c in self._callers[before:])
        own = sum(_is_own(error) for error in errors)
        return {
            "up": up,
            "own": own,
            "refused": count - up - own,
            "errors": [f"{type(error).__name__}: {error}" for error in errors[:3]],
            **self._lateness(),
        }

    async def _ring(self, number: int) -> None:
        caller = Caller(number, self._script, self._tally)
        self._callers.append(caller)
        try:
            async with asyncio.timeout(SET_UP_S):
                stream = await ring(self._port, self._path, call_form(caller, number), self._token)
                await caller.connect(stream.url, stream.parameters, ACCOUNT_SID, monotonic())
        except BaseException:
            caller.abandon()
            raise
        self._slots[number % SLOTS].append(caller)

    def open(self) -> dict[str, Any]:
        """Begin a window: forget what was measured before."""
        self._tally = Tally()
        for caller in self._callers:
            caller.tally = self._tally
        self._late_ms.clear()
        return {"ok": True}

    def close(self) -> dict[str, Any]:
        """End the window. Latencies in milliseconds, lateness of the generator's own clock as well."""
        tally = self._tally
        overdue = [ms for c in self._callers if not c.ended and (ms := c.overdue_ms()) is not None]
        return {
            "latencies_ms": tally.latencies_ms + overdue,
            "unanswered": len(overdue),
            "lost": tally.lost,
            "interrupted": tally.interrupted,
            "dropped_calls": tally.dropped_calls,
            **self._lateness(),
        }

    def _lateness(self) -> dict[str, float]:
        late = sorted(self._late_ms)
        return {
            "late_p50_ms": late[len(late) // 2],
            "late_p99_ms": late[len(late) * 99 // 100],
            "late_max_ms": late[-1],
        }

    async def hang_up(self) -> dict[str, Any]:
        """End every call as a caller does who puts the phone down."""
        for caller in self._callers:
            caller.hang_up(ACCOUNT_SID)
        await asyncio.sleep(0.3)
        for slot in self._slots:
            slot.clear()
        self._callers.clear()
        return {"ok": True}

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order."""
        if "add" in order:
            return await self.add(order["add"], order["over_s"])
        if "hang_up" in order:
            return await self.hang_up()
        return self.open() if "open" in order else self.close()


def call_form(caller: Caller, number: int) -> dict[str, str]:
    """What Twilio posts when somebody calls."""
    return {
        "CallSid": caller.call_sid,
        "AccountSid": ACCOUNT_SID,
        "From": f"+1202555{number % 10000:04d}",
        "To": "+12022125550",
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
    }


def _is_own(error: BaseException) -> bool:
    """Whether a call failed on this side: no descriptor, port or buffer was to be had."""
    return isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError)


async def main() -> None:
    """Read orders until the input ends."""
    gc.disable()  # a collection would stop all callers at once
    config = json.loads(sys.argv[1])
    load = Load(config["port"], config["path"], config["token"])
    load.run_clock()
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(json.dumps(await load.obey(json.loads(line))), flush=True)
    await load.hang_up()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        uvloop.run(main())
