"""The way of our audio to the caller: sent a little ahead of what is being played, and known by how much of it was.

Twilio buffers what it is sent, ``clear`` throws away what it has not played. So speaking can be paused at once, and go
on later exactly where it was.
"""

import asyncio

from op26x.calls import Wire
from op26x.g711 import SAMPLE_RATE

LEAD_S = 0.6
"""How far sending runs ahead of playing."""
MESSAGE_BYTES = SAMPLE_RATE // 5
MOMENT_S = 0.001
"""Nothing is waited for that is closer than that."""
REMEMBERED_BYTES = 2 * SAMPLE_RATE


class Playout:
    """Plays audio to one caller. Positions are bytes of mu-law since the start of the call.

    Args:
        wire: Where audio goes.

    Attributes:
        sent: The position behind what was sent.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._loop = asyncio.get_running_loop()
        self.sent = 0
        self._ends_at = 0.0
        self._recent = bytearray()
        self._again = b""
        self._era = 0
        self._going = asyncio.Event()
        self._going.set()
        self._sending = asyncio.Lock()

    @property
    def ahead_s(self) -> float:
        """Seconds that were sent and are yet to be played; what ends within a moment counts as played."""
        ahead_s = self._ends_at - self._loop.time()
        return ahead_s if ahead_s > MOMENT_S else 0.0

    @property
    def ends_at(self) -> float:
        """When all that was sent will have been played, in the loop's time."""
        return self._ends_at

    @property
    def played(self) -> int:
        """The position up to which the caller has heard us."""
        return self.sent - self._unplayed

    @property
    def paused(self) -> bool:
        """Whether nothing is played until ``resume``."""
        return not self._going.is_set()

    async def going(self) -> bool:
        """Waits while it is paused; ``False`` if what was being said was cut short meanwhile."""
        era = self._era
        await self._going.wait()
        return era == self._era

    async def send(self, ulaw: bytes) -> bool:
        """Sends audio when its time has come; ``False`` if what was being said was cut short meanwhile."""
        era = self._era
        async with self._sending:
            await self._catch_up()
            if era != self._era:
                return False
            self.sent += len(ulaw)
            self._recent += ulaw
            del self._recent[: max(0, len(self._recent) - REMEMBERED_BYTES)]
            await self._put(ulaw)
        return True

    async def pause(self) -> None:
        """Falls silent at once; what was not played is kept."""
        if self.paused:
            return
        audible = self.ahead_s > 0
        unplayed = min(self._unplayed, len(self._recent))
        self._again = bytes(self._recent[len(self._recent) - unplayed :])
        self._going.clear()
        self._ends_at = self._loop.time()
        if audible:
            await self._wire.clear()

    async def resume(self) -> None:
        """Goes on where it was."""
        self._going.set()
        async with self._sending:
            await self._catch_up()

    async def clear(self) -> None:
        """Throws away what was not played."""
        self._era += 1
        silent = self.paused
        self._again = b""
        self._recent.clear()
        self._ends_at = self._loop.time()
        self._going.set()
        if not silent:
            await self._wire.clear()

    async def played_out(self) -> None:
        """Waits until all that was sent was played."""
        while self.paused or self._again or self.ahead_s:
            await self._going.wait()
            await asyncio.sleep(max(self.ahead_s, MOMENT_S))

    @property
    def _unplayed(self) -> int:
        return len(self._again) + round(self.ahead_s * SAMPLE_RATE)

    async def _catch_up(self) -> None:
        """Waits until more may be sent; what a pause threw away goes first."""
        while True:
            await self._going.wait()
            if self.ahead_s > LEAD_S + MOMENT_S:
                await asyncio.sleep(self.ahead_s - LEAD_S)
            elif self._again:
                message, self._again = self._again[:MESSAGE_BYTES], self._again[MESSAGE_BYTES:]
                await self._put(message)
            else:
                return

    async def _put(self, ulaw: bytes) -> None:
        self._ends_at = max(self._loop.time(), self._ends_at) + len(ulaw) / SAMPLE_RATE
        await self._wire.send_audio(ulaw)
