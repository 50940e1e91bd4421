"""Listening for yes or no: who has the caller's ear while the question is open whether the call may be recorded."""

import asyncio
from collections.abc import Awaitable, Callable

from op26x import logs
from op26x.clock import Clock
from op26x.consent import Answer, Evidence, Proof, Right, StarKeys, demanded, read_key
from op26x.errors import HookFailed
from op26x.plugins.manager import Decide
from op26x.types import Word
from op26x.voice.timers import Timer

log = logs.get("voice")

ANSWER_S = 6.0
"""How long a caller may think before they begin to answer."""
WORDS_S = 3.0
"""How long the recogniser may take after they have answered."""
LONGEST_S = 15.0
"""How long an answer may be."""

Given = tuple[Answer, Proof]


class AssentListener:
    """Waits for an answer, by voice or by key. It is an ``op26x.voice.ears.Listener``.

    Args:
        language: The agent's.
        read: Hook ``op26x_read_assent``.
        exercise: What to do about a right that the caller demands instead of answering.
        clock: Tells when the answer came.
        spawn: Starts a task that ends with the call.
    """

    def __init__(
        self,
        language: str,
        read: Decide,
        exercise: Callable[[Right], Awaitable[None]],
        clock: Clock,
        spawn: Callable[[Awaitable[None]], object],
    ) -> None:
        self._language = language
        self._read = read
        self._exercise = exercise
        self._clock = clock
        self._spawn = spawn
        self._stars = StarKeys()
        self._answer: asyncio.Future[Given | None] | None = None
        self._patience = Timer(self._unclear, spawn)
        self._longest = Timer(self._unclear, spawn)

    async def wait(self) -> Given | None:
        """The answer to the question that was just asked; ``None`` if it is unclear or does not come."""
        self._answer = asyncio.get_running_loop().create_future()
        self._patience.start(ANSWER_S)
        self._longest.start(LONGEST_S)
        try:
            return await self._answer
        finally:
            self.close()

    def close(self) -> None:
        """Waits for nothing any more."""
        self._answer = None
        self._patience.stop()
        self._longest.stop()

    async def speech_started(self) -> None:
        """The caller has begun to answer."""
        self._patience.stop()

    async def speech_stopped(self) -> None:
        """They are done; the words will come."""
        self._patience.start(WORDS_S)

    async def words_heard(self, text: str, words: tuple[Word, ...]) -> None:
        """Reads the answer. Whoever demands that nothing be recorded has said no."""
        right = demanded(text, self._language)
        if right in (Right.STOP, Right.DELETE):
            self._give((Answer.NO, Proof(Evidence.WORDS, right.value, self._clock.now())))
        elif right is not None:
            await self._exercise(right)
            self._give(None)
        else:
            self._give(await self._read_words(text))

    async def recogniser_failed(self, error: Exception) -> None:
        """Nothing was understood; the keypad is left."""
        log.error("the recogniser failed at the question", exc_info=error)
        self._give(None)

    def digit(self, digit: str) -> None:
        """A key; one that is neither yes nor no nor a right changes nothing."""
        right = self._stars.press(digit)
        answer = read_key(digit) if right is False else None
        if answer is not None:
            self._give((answer, Proof(Evidence.DIGIT, digit, self._clock.now())))
        elif right in (Right.STOP, Right.DELETE):
            self._give((Answer.NO, Proof(Evidence.DIGIT, f"*{digit}", self._clock.now())))
        elif isinstance(right, Right):
            self._spawn(self._exercise(right))

    async def _read_words(self, text: str) -> Given | None:
        try:
            read = await self._read(words=text, language=self._language)
        except HookFailed:
            return None
        if not (isinstance(read, tuple) and isinstance(read[0], Answer)):
            return None
        answer, word = read
        return answer, Proof(Evidence.WORDS, str(word), self._clock.now())

    async def _unclear(self) -> None:
        self._give(None)

    def _give(self, given: Given | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(given)
