"""Deadlines of calls that nobody speaks for yet: a webhook can be lost, and so can a stream."""

import asyncio
from collections.abc import Awaitable, Callable

from op26x import logs

log = logs.get("switchboard")


class Deadlines:
    """At most one for each call.

    Args:
        overdue: Told the organization, the call, and what did not happen.
    """

    def __init__(self, overdue: Callable[[str, str, str], Awaitable[None]]) -> None:
        self._overdue = overdue
        self._handles: dict[str, asyncio.TimerHandle] = {}
        self._telling: set[asyncio.Future[None]] = set()

    def set(self, organization_id: str, call_id: str, what: str, seconds: float) -> None:
        """Something must happen to a call within that time; this replaces what was awaited before."""
        self.drop(call_id)
        loop = asyncio.get_running_loop()
        self._handles[call_id] = loop.call_later(seconds, self._tell, organization_id, call_id, what)

    def drop(self, call_id: str) -> None:
        """It has happened."""
        if handle := self._handles.pop(call_id, None):
            handle.cancel()

    def close(self) -> None:
        """Waits for nothing any more."""
        for call_id in list(self._handles):
            self.drop(call_id)

    def _tell(self, organization_id: str, call_id: str, what: str) -> None:
        self._handles.pop(call_id, None)
        telling = asyncio.ensure_future(self._overdue(organization_id, call_id, what))
        self._telling.add(telling)
        telling.add_done_callback(self._told)

    def _told(self, telling: asyncio.Future[None]) -> None:
        self._telling.discard(telling)
        if not telling.cancelled() and (error := telling.exception()):
            log.error("a call could not be given up", exc_info=error)
