"""The steps by which a call ends, each with a limit: a part that does not stop is left behind."""

import asyncio
from collections.abc import Awaitable, Callable

from op26x import logs
from op26x.calls import Wire
from op26x.voice.consent.recorded_call import RecordedCall

log = logs.get("voice")

TRANSFERRED, OPTED_OUT = "transferred", "opted-out"
STOP_S = 5.0
"""How long a part may take to stop."""


class Ending:
    """Ends one call.

    Args:
        call_id: The call, for the log.
        wire: The way to the caller.
        recorded: The call's recording.
        hang_up: Ends the call at the provider.
        missed: Told when a part did not stop.
    """

    def __init__(
        self,
        call_id: str,
        wire: Wire,
        recorded: RecordedCall,
        hang_up: Callable[[], Awaitable[None]],
        missed: Callable[[str], None],
    ) -> None:
        self._call_id = call_id
        self._wire = wire
        self._recorded = recorded
        self._hang_up = hang_up
        self._missed = missed

    async def stop(self, part: Awaitable[None]) -> None:
        """Waits until a part of the call has stopped."""
        try:
            async with asyncio.timeout(STOP_S):
                await part
        except TimeoutError:
            log.error("a part of the call did not stop", call=self._call_id)
            self._missed("end")
        except Exception as error:
            log.error("a part of the call could not be stopped", call=self._call_id, exc_info=error)

    async def finish_recording(self) -> None:
        """Seals what was recorded; for as long as that takes."""
        try:
            await self._recorded.finish()
        except Exception as error:
            log.error("a recording could not be finished", call=self._call_id, exc_info=error)

    async def disconnect(self, reason: str) -> None:
        """Hangs up, unless the caller has or talks to somebody else now, and closes the stream."""
        if reason not in ("caller-hung-up", TRANSFERRED):
            await self.stop(self._hang_up())
        await self.stop(self._wire.close())
