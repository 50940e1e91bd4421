"""A witness of what plugins are told."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from journeys.line import PATIENCE_S
from op26x import hookimpl
from op26x.calls import CallInfo, TurnInfo
from op26x.recording import RecordingInfo

T = TypeVar("T")


class Witness:
    """A plugin that remembers what plugins are told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.answered: list[CallInfo] = []
        self.turns: list[tuple[CallInfo, TurnInfo]] = []
        self.ended: list[CallInfo] = []
        self.recordings: list[tuple[str, RecordingInfo]] = []
        self._changed = asyncio.Condition()

    @hookimpl
    async def op26x_call_answered(self, call: CallInfo) -> None:
        """Notes it."""
        await self._note(self.answered, call)

    @hookimpl
    async def op26x_turn_finished(self, call: CallInfo, turn: TurnInfo) -> None:
        """Notes it."""
        await self._note(self.turns, (call, turn))

    @hookimpl
    async def op26x_call_ended(self, call: CallInfo) -> None:
        """Notes it."""
        await self._note(self.ended, call)

    @hookimpl
    async def op26x_recording_started(self, recording: RecordingInfo) -> None:
        """Notes it."""
        await self._note(self.recordings, ("started", recording))

    @hookimpl
    async def op26x_recording_paused(self, recording: RecordingInfo, paused: bool) -> None:
        """Notes it."""
        await self._note(self.recordings, ("paused" if paused else "resumed", recording))

    @hookimpl
    async def op26x_recording_sealed(self, recording: RecordingInfo) -> None:
        """Notes it."""
        await self._note(self.recordings, ("sealed", recording))

    async def _note(self, where: list[T], what: T) -> None:
        async with self._changed:
            where.append(what)
            self._changed.notify_all()

    async def until(self, condition: Callable[[], Any], within: float = PATIENCE_S) -> Any:
        """Waits until what was noted meets a condition; returns what that gave."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(condition)
            return condition()

    async def turn(self, speaker: str, number: int = 1) -> TurnInfo:
        """The n-th turn of a speaker, of any call."""
        await self.until(lambda: len(self.of(speaker)) >= number)
        return self.of(speaker)[number - 1]

    async def end(self) -> CallInfo:
        """The end of a call."""
        await self.until(lambda: self.ended)
        return self.ended[0]

    async def told_of_recording(self, *what: str) -> None:
        """Waits until that is what plugins were told of a recording, all of it in order."""
        await self.until(lambda: tuple(told for told, _ in self.recordings) == what)

    def of(self, speaker: str) -> list[TurnInfo]:
        """The turns of a speaker so far."""
        return [turn for _, turn in self.turns if turn.speaker == speaker]

    def words(self, speaker: str) -> list[str]:
        """What a speaker said so far."""
        return [turn.text.reveal() for turn in self.of(speaker)]
