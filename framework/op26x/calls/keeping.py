"""What is kept of calls as one thing: row, recording and key have the same deadline."""

from datetime import datetime

from op26x.calls.log import CallLog
from op26x.recording import Erasures


class KeptCalls:
    """Deadlines of calls, an ``op26x.retention.Deadlines``.

    Args:
        calls: Their rows.
        erasures: Their recordings and keys.
    """

    def __init__(self, calls: CallLog, erasures: Erasures) -> None:
        self._calls = calls
        self._erasures = erasures

    async def deadlines(self) -> dict[str, tuple[datetime, datetime]]:
        """When each call that is kept was made, and until when it is kept."""
        return await self._calls.deadlines()

    async def shorten(self, call_id: str, expires_at: datetime) -> None:
        """Moves everything of a call forward: the recording first, whose row the call's stands for."""
        await self._erasures.shorten(call_id, expires_at)
        await self._calls.shorten(call_id, expires_at)
