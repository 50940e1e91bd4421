"""What is told of a call while it goes on: its record, whoever watches live, and the plugins."""

from collections.abc import Mapping
from typing import Any

from op26x import logs
from op26x.calls import Call, CallState, LiveEvent, TurnInfo
from op26x.errors import IllegalTransition
from op26x.task_queue import TaskQueue
from op26x.voice.conversation.dependencies import CallDependencies
from op26x.voice.turns.turns import TurnBook
from op26x.voice.vendors.trouble import Trouble

log = logs.get("voice")


class CallReport:
    """Tells of one call. What must not hold up the audio is done behind its back, in order.

    Args:
        call: As stored.
        shared: Has the record, the live feed and the hooks.
        book: Knows how late it is in the call.
    """

    def __init__(self, call: Call, shared: CallDependencies, book: TurnBook) -> None:
        self._call = call
        self._shared = shared
        self._book = book
        self._tasks = TaskQueue()
        self._over = False

    async def begin(self) -> None:
        """The call was answered.

        Raises:
            IllegalTransition: It has ended meanwhile.
        """
        self._call = await self._shared.log.move(self._call.id, CallState.IN_PROGRESS)
        self.publish("state", text=CallState.IN_PROGRESS.value)
        info = self._call.info()
        self._tasks.add(lambda: self._shared.answered(call=info))

    def publish(self, kind: str, **what: Any) -> None:
        """Tells whoever watches live, as ``LiveEvent`` has it; nothing is told of a call that is over."""
        if not self._over:
            self._shared.feed.publish(LiveEvent(self._call.id, kind, self._book.now_ms(), **what))

    def recording(self, what: str) -> None:
        """Something became of the recording."""
        self.publish("recording", text=what)
        self._shared.meters.recording(what)

    def turn(self, live: TurnInfo, turn: TurnInfo) -> None:
        """A turn is over; its words are told, and go no further.

        Args:
            live: The turn, as whoever watches may have it.
            turn: The same, as plugins may.
        """
        self.publish(
            "turn",
            speaker=turn.speaker,
            text=live.text.reveal(),
            latency_ms=turn.latency_ms,
            interrupted=turn.interrupted,
        )
        if turn.latency_ms is not None:
            self._shared.meters.replied(turn.latency_ms / 1000)
        info = self._call.info()
        self._tasks.add(lambda: self._shared.log.add_turn(self._call.id, turn))
        self._tasks.add(lambda: self._shared.turn_finished(call=info, turn=turn))

    def outcome(self, outcome: str, told: Any) -> None:
        """A tool reported something, perhaps after the call had ended."""
        self.publish("outcome", text=outcome, detail=dict(told) if isinstance(told, dict) else {})
        if self._over:
            self._tasks.add(lambda: self._shared.log.outcome(self._call.id, outcome))

    def vendor_failed(self, trouble: Trouble) -> None:
        """A vendor failed, or kept silent."""
        self._shared.meters.vendor_failed(trouble)
        self.failed(trouble.role)

    def failed(self, what: str) -> None:
        """A part of the call failed: a vendor, our own ears, a tool that took too long."""
        self.publish("error", text=what)
        self._shared.meters.failed(what)
        self._tasks.add(lambda: self._shared.log.vendor_failed(self._call.id))

    async def end(self, reason: str, outcome: str, redacted: Mapping[str, int]) -> None:
        """The call is over: writes its end, after everything that was to be written before.

        Args:
            reason: Why it ended.
            outcome: What a tool reported.
            redacted: How many of each entity were kept from anybody.
        """
        await self._tasks.done()
        completed = CallState.COMPLETED
        try:
            await self._shared.log.move(self._call.id, completed, reason=reason, outcome=outcome, redacted=redacted)
        except IllegalTransition as error:
            log.warning("end already recorded", call=self._call.id, exc_info=error)
        except Exception as error:
            log.error("a call's end could not be recorded", call=self._call.id, exc_info=error)
            await self._shared.late_ends.note(self._call.id, reason, outcome)
        self.publish("state", text=CallState.COMPLETED.value, detail={"reason": reason})
        self._over = True
