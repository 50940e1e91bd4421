"""Listening for yes or no: who has the caller's ear while the question is open whether the call may be recorded."""

import asyncio
from collections.abc import Awaitable, Callable

from op26x import logs
from op26x.clock import Clock
from op26x.consent import Answer, Evidence, NoAnswer, Proof, Right, read_key
from op26x.errors import HookFailed
from op26x.plugins.manager import Decide
from op26x.types import Personal, Word
from op26x.voice.timers import Timer

log = logs.get("voice")

ANSWER_S = 6.0
"""How long a caller may think before they begin to answer."""
WORDS_S = 3.0
"""How long the STT service may take after they have answered."""
LONGEST_S = 15.0
"""How long an answer may be."""

Given = tuple[Answer, Proof]


class AssentListener:
    """Waits for an answer, by voice or by key. It is an ``op26x.voice.hearing.ears.Listener``.

    It goes on listening after a yes, until the caller was thanked: of two answers that contradict each other, no wins.

    Args:
        language: The agent's.
        read: Hook ``op26x_read_assent``.
        take_back: Told of a no that comes after the yes.
        failed: Told what the STT service raised.
        told: Waits until the caller was told of what they demanded instead of answering.
        clock: Tells when the answer came.
        spawn: Starts a task that ends with the call.
    """

    def __init__(
        self,
        language: str,
        read: Decide,
        take_back: Callable[[Proof], None],
        failed: Callable[[Exception], Awaitable[None]],
        told: Callable[[], Awaitable[None]],
        clock: Clock,
        spawn: Callable[[Awaitable[None]], object],
    ) -> None:
        self._language = language
        self._read = read
        self._take_back = take_back
        self._failed = failed
        self._told = told
        self._clock = clock
        self._answer: asyncio.Future[Given | NoAnswer] | None = None
        self._agreed = False
        self._spoke = False
        self._patience = Timer(self._late, spawn)
        self._longest = Timer(self._unclear, spawn)

    async def wait(self) -> Given | NoAnswer:
        """The answer to the question that was just asked, or why there is none."""
        self._spoke = False
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
        self._spoke = True
        self._patience.stop()

    async def speech_stopped(self) -> None:
        """They are done; the words will come."""
        if self._open:
            self._patience.start(WORDS_S)

    async def words_heard(self, text: Personal, words: tuple[Word, ...]) -> None:
        """Reads the answer."""
        self._give(await self._read_words(text.reveal()) if text else NoAnswer.SILENCE)

    async def right_demanded(self, right: Right) -> None:
        """What they said was no answer, and was heard elsewhere; they are told of it before they are asked again."""
        self._patience.stop()
        await self._told()
        self._give(NoAnswer.UNCLEAR)

    async def stt_failed(self, error: Exception) -> None:
        """Nothing was understood; the keypad is left."""
        await self._failed(error)
        self._give(NoAnswer.NOT_HEARD)

    async def key_pressed(self, digit: str) -> None:
        """A key may be the answer."""
        self.digit(digit)

    def digit(self, digit: str) -> None:
        """A key; one that is neither yes nor no changes nothing."""
        answer = read_key(digit)
        if answer is not None:
            self._give((answer, Proof(Evidence.DIGIT, digit, self._clock.now())))

    def refuse(self, proof: Proof) -> bool:
        """Whoever demands that nothing be recorded has said no; ``False`` if the question is not open."""
        if not self._open:
            return False
        self._give((Answer.NO, proof))
        return True

    @property
    def _open(self) -> bool:
        return self._answer is not None and not self._answer.done()

    async def _read_words(self, text: str) -> Given | NoAnswer:
        try:
            read = await self._read(words=text, language=self._language)
        except HookFailed:
            return NoAnswer.NOT_HEARD
        if read is None:
            return NoAnswer.UNCLEAR
        answer, word = read
        return answer, Proof(Evidence.WORDS, word, self._clock.now())

    async def _late(self) -> None:
        self._give(NoAnswer.NOT_HEARD if self._spoke else NoAnswer.SILENCE)

    async def _unclear(self) -> None:
        self._give(NoAnswer.UNCLEAR)

    def _give(self, given: Given | NoAnswer) -> None:
        if self._answer is not None and not self._answer.done():
            self._agreed = not isinstance(given, NoAnswer) and given[0] is Answer.YES
            self._answer.set_result(given)
        elif self._agreed and not isinstance(given, NoAnswer) and given[0] is Answer.NO:
            self._agreed = False
            self._take_back(given[1])
