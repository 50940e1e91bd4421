"""The tasks of one call: they end with it, and one that fails is told of in the log."""

import asyncio
import inspect
from collections.abc import Awaitable
from typing import Any

from op26x import logs

log = logs.get("voice")


class CallTasks:
    """Starts tasks, and stops those that are left.

    Args:
        call_id: The call, for the log.
    """

    def __init__(self, call_id: str) -> None:
        self._call_id = call_id
        self._tasks: set[asyncio.Future[Any]] = set()
        self._stopped = False

    def spawn(self, work: Awaitable[object]) -> asyncio.Future[Any]:
        """Starts one; after the end of the call nothing starts any more."""
        if self._stopped:
            if inspect.iscoroutine(work):
                work.close()
            nothing: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            nothing.cancel()
            return nothing
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def stop(self) -> None:
        """Cancels all of them but the one that asks."""
        self._stopped = True
        current = asyncio.current_task()
        for task in list(self._tasks):
            if task is not current:
                task.cancel()

    def _done(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a part of the call failed", call=self._call_id, exc_info=error)
