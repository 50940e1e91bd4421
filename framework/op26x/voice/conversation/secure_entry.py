"""Secure entry: keys that a caller presses for a tool alone. Nobody else is told them, and a tone is recorded."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from op26x.agents import Entered, EntryEnd
from op26x.agents.keypad import LONGEST_ENTRY
from op26x.errors import IllegalTransition, UsageError
from op26x.g711 import SAMPLE_RATE, silence
from op26x.recording import WireTap
from op26x.types import LABEL, Personal
from op26x.voice.conversation.redacted import CallRedaction
from op26x.voice.hearing.key_tones import is_key_tone
from op26x.voice.timers import Timer

HASH = "#"
FIRST_REMINDER_S = 3.0
"""Whoever was not told what to do hears it after that."""
REMINDER_S = 12.0
"""Time to find a card."""
REMINDERS = 2
PAUSE_S = 6.0
DONE_S = 2.0
SWALLOWED_S = 5.0
"""Who goes on behind an entry that seemed to be over, or ends it with the hash key, says nothing else by that."""
TONE_SAMPLES = SAMPLE_RATE // 2
TAIL_S = 0.3
"""A key may still sound when it is already known."""


class SecureEntry:
    """What callers enter on the keypad of one call; one entry at a time. Tools have it by ``of``.

    Args:
        tap: Records a tone meanwhile.
        redaction: Told what was entered, so that it is known wherever it comes up again.
        speaking: Whether the agent speaks.
        remind: Asks the caller to enter what they were asked for.
        spawn: Starts a task that ends with the call.
    """

    def __init__(
        self,
        tap: WireTap,
        redaction: CallRedaction,
        speaking: Callable[[], bool],
        remind: Callable[[], Awaitable[None]],
        spawn: Callable[[Awaitable[None]], object],
    ) -> None:
        self._tap = tap
        self._redaction = redaction
        self._speaking = speaking
        self._remind = remind
        self._waiting = Timer(self._no_key, spawn)
        self._unmasking: asyncio.TimerHandle | None = None
        self._end: asyncio.Future[EntryEnd] | None = None
        self._digits = ""
        self._most = LONGEST_ENTRY
        self._done: Callable[[str], bool] = _never
        self._reminders = 0
        self._swallowing = 0.0
        self._closed = False

    @property
    def running(self) -> bool:
        """Whether keys are for a tool."""
        return self._end is not None

    @property
    def _swallows(self) -> bool:
        """Whether keys still belong to an entry that is over."""
        return asyncio.get_running_loop().time() < self._swallowing

    def of(self, tool: str) -> "ToolKeypad":
        """The keypad as a tool has it."""
        return ToolKeypad(self, tool)

    async def collect(self, entity: str, most: int, done: Callable[[str], bool] | None, tool: str) -> Entered:
        """As ``op26x.agents.Keypad`` has it, for a tool."""
        if not LABEL.fullmatch(entity) or not 1 <= most <= LONGEST_ENTRY:
            raise UsageError(
                f"{most} digits of {entity!r} can't be entered.",
                f"Name an entity, such as CARD, and 1 to {LONGEST_ENTRY} digits.",
            )
        if self._end is not None:
            raise IllegalTransition("The caller is entering something already.", "Wait until it is entered.")
        if self._closed:
            return Entered(Personal(""), EntryEnd.CALL_OVER)
        self._redaction.protect(entity)
        self._digits, self._most, self._done, self._reminders = "", most, done or _never, 0
        self._end = asyncio.get_running_loop().create_future()
        self._mask()
        self._waiting.start(FIRST_REMINDER_S)
        try:
            end = await self._end
        finally:
            self._waiting.stop()
            self._end = None
            self._unmasking = asyncio.get_running_loop().call_later(TAIL_S, self._unmask)
            digits, self._digits = self._digits, ""
            self._redaction.entered(entity, digits, tool)
            self._swallowing = asyncio.get_running_loop().time() + SWALLOWED_S
        return Entered(Personal(digits), end)

    def press(self, key: str) -> bool:
        """A key; ``False`` if it is for somebody else. One that comes just behind an entry is still of it."""
        if self._end is None:
            if self._swallows:
                self._tap.cover(self._tap.position - TONE_SAMPLES, self._tap.position)
            return self._swallows
        if self._end.done():
            return True
        if key == HASH:
            self._finish(EntryEnd.HASH)
        elif key.isdigit():
            self._digits += key
            if len(self._digits) >= self._most:
                self._finish(EntryEnd.COMPLETE)
            else:
                self._wait()
        return True

    def without_tones(self, ulaw: bytes) -> bytes:
        """The caller's audio for whoever listens: while something is entered, silence in place of a key's tones."""
        return silence(len(ulaw)) if (self._tap.masking or self._swallows) and is_key_tone(ulaw) else ulaw

    def agent_started(self) -> None:
        """The caller hears the agent: so long they need not do anything, and keys are an answer to it."""
        self._waiting.stop()
        self._swallowing = 0.0

    def agent_stopped(self) -> None:
        """It is the caller's turn."""
        if self._end is not None:
            self._wait()

    def close(self) -> None:
        """The call is over."""
        self._closed = True
        self._finish(EntryEnd.CALL_OVER)

    def _wait(self) -> None:
        if not self._digits:
            self._waiting.start(REMINDER_S)
        else:
            self._waiting.start(DONE_S if self._done(self._digits) else PAUSE_S)

    async def _no_key(self) -> None:
        if self._digits:
            self._finish(EntryEnd.PAUSE)
        elif self._speaking():
            return
        elif self._reminders == REMINDERS:
            self._finish(EntryEnd.NOTHING)
        else:
            self._reminders += 1
            self._waiting.start(REMINDER_S)
            await self._remind()

    def _finish(self, end: EntryEnd) -> None:
        if self._end is not None and not self._end.done():
            self._end.set_result(end)

    def _mask(self) -> None:
        if self._unmasking is not None:
            self._unmasking.cancel()
        self._tap.masking = True

    def _unmask(self) -> None:
        self._tap.masking = False


@dataclass(frozen=True, slots=True)
class ToolKeypad:
    """The keypad of a call, as one tool has it: an ``op26x.agents.Keypad``.

    Attributes:
        entry: Takes the keys.
        tool: The tool's name.
    """

    entry: SecureEntry
    tool: str

    async def collect(
        self, entity: str, most: int = LONGEST_ENTRY, done: Callable[[str], bool] | None = None
    ) -> Entered:
        """As ``op26x.agents.Keypad`` has it."""
        return await self.entry.collect(entity, most, done, self.tool)


def _never(_digits: str) -> bool:
    return False
