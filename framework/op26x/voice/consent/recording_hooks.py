"""What plugins are told of a call's recording, in order; nobody waits for them."""

from op26x.recording import Recording
from op26x.task_queue import TaskQueue
from op26x.voice.consent.dependencies import RecordingDependencies


class RecordingHooks:
    """Tells them.

    Args:
        shared: Has the hooks, and the row of the recording.
        call_id: The call.
    """

    def __init__(self, shared: RecordingDependencies, call_id: str) -> None:
        self._shared = shared
        self._call_id = call_id
        self._telling = TaskQueue()

    def started(self, row: Recording) -> None:
        """It has begun."""
        self._telling.add(lambda: self._shared.started(recording=row.info()))

    def paused(self, *, paused: bool) -> None:
        """It was paused, or goes on."""
        self._telling.add(lambda: self._tell_paused(paused=paused))

    def sealed(self, row: Recording) -> None:
        """It has ended."""
        self._telling.add(lambda: self._shared.sealed(recording=row.info()))

    async def told(self) -> None:
        """Waits until they were told of all that has happened."""
        await self._telling.done()

    async def _tell_paused(self, *, paused: bool) -> None:
        row = await self._shared.recordings.get(self._call_id)
        await self._shared.paused(recording=row.info(), paused=paused)
