"""Ears: the caller's audio comes in here and leaves as speech events. It never enters the pipeline.

What a recogniser plugin must be able to do is ``Recogniser``; ``pipecat_ears`` makes one of any Pipecat service.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from op26x import g711
from op26x.types import Personal, Word
from op26x.voice.vad import SAMPLE_RATE, PhoneVad

FRAME_BYTES = 160
PRE_ROLL_FRAMES = 25
"""Half a second: voice detection needs 0.2 s to be sure, and consonants begin quietly."""
SILENT_FRAME = bytes([g711.SILENCE]) * FRAME_BYTES


class HeardWord(Protocol):
    """A word with its times, in milliseconds from the first sample fed."""

    @property
    def text(self) -> str:
        """The word."""
        ...

    @property
    def start_ms(self) -> int:
        """Where it begins."""
        ...

    @property
    def end_ms(self) -> int:
        """Where it ends."""
        ...


class Heard(Protocol):
    """What a recogniser made of a stretch of speech. One that knows them adds ``words``, a tuple of ``HeardWord``."""

    @property
    def text(self) -> str:
        """The words; empty if there were none."""
        ...


class Utterance(Protocol):
    """One stretch of speech on its way to words."""

    def feed(self, pcm: bytes) -> None:
        """Takes 16-bit mono PCM at 8 kHz as it is spoken; returns at once."""
        ...

    async def finish(self) -> Heard:
        """Nothing more comes: what was heard. Raises if the recogniser failed."""
        ...

    def cancel(self) -> None:
        """Nobody wants to know any more."""
        ...


class Recogniser(Protocol):
    """Turns speech into words, one utterance at a time; one per call, or one shared by all."""

    def utterance(self) -> Utterance:
        """Begins one; cheap."""
        ...


class Listener(Protocol):
    """Who is told what the ears hear."""

    async def speech_started(self) -> None:
        """The caller has begun to speak."""
        ...

    async def speech_stopped(self) -> None:
        """The caller has been quiet for ``vad.STOP_S``."""
        ...

    async def words_heard(self, text: str, words: tuple[Word, ...]) -> None:
        """What that stretch of speech meant; empty if nothing was understood.

        Args:
            text: All of it.
            words: Each word with its times from the start of the media stream, if the recogniser tells them.
        """
        ...

    async def recogniser_failed(self, error: Exception) -> None:
        """The recogniser raised."""
        ...


class Ears:
    """Voice detection and recogniser of one call.

    While ``hold`` is in force (the greeting, a goodbye) the listener is told nothing; what was held back is told
    at ``release``, in order, so that words spoken over the greeting are not lost.

    Args:
        recogniser: The call's.
        listener: Told, in order, what happens.
        spawn: Starts a task that ends with the call.
    """

    def __init__(self, recogniser: Recogniser, listener: Listener, spawn: Callable[[Awaitable[None]], object]) -> None:
        self._recogniser = recogniser
        self.listener = listener
        self._spawn = spawn
        self._vad = PhoneVad()
        self._recent: deque[bytes] = deque(maxlen=PRE_ROLL_FRAMES)
        self._utterance: Utterance | None = None
        self._utterance_ms = 0
        self._samples = 0
        self._held: list[Callable[[Listener], Awaitable[None]]] | None = None
        self._words = asyncio.Lock()
        self._era = 0

    @property
    def hearing_speech(self) -> bool:
        """Whether the caller is speaking."""
        return self._utterance is not None

    async def hear(self, ulaw: bytes) -> None:
        """Takes audio off the wire. Digital silence between utterances costs a comparison."""
        self._samples += len(ulaw)
        if ulaw == SILENT_FRAME and self._utterance is None and not self._vad.speaking:
            self._recent.append(b"")
            return
        pcm = g711.decode(ulaw)
        change = self._vad.feed(pcm)
        if self._utterance is not None:
            self._utterance.feed(pcm)
        else:
            self._recent.append(pcm)
        if change is True:
            await self._begin()
        elif change is False:
            await self._end()

    def hold(self) -> None:
        """Tells the listener nothing until ``release``."""
        if self._held is None:
            self._held = []

    async def release(self) -> None:
        """Tells what was held back and goes on as usual; what happens meanwhile is told after it."""
        while self._held:
            await self._held.pop(0)(self.listener)
        self._held = None

    def forget(self) -> None:
        """Drops what was held back, and what is being said: nobody wants to know. From now on everything is told."""
        if self._utterance is not None:
            self._utterance.cancel()
            self._utterance = None
        self._held = None
        self._era += 1

    def close(self) -> None:
        """The call is over."""
        self.forget()

    async def _begin(self) -> None:
        try:
            self._utterance = self._recogniser.utterance()
        except Exception as error:
            failure = error
            await self._tell(lambda listener: listener.recogniser_failed(failure))
            return
        before = b"".join(pcm or bytes(2 * FRAME_BYTES) for pcm in self._recent)
        self._utterance.feed(before)
        self._utterance_ms = (self._samples - len(before) // 2) * 1000 // SAMPLE_RATE
        self._recent.clear()
        await self._tell(lambda listener: listener.speech_started())

    async def _end(self) -> None:
        utterance, self._utterance = self._utterance, None
        if utterance is not None:
            await self._tell(lambda listener: listener.speech_stopped())
            self._spawn(self._understand(utterance, self._utterance_ms, self._era))

    async def _understand(self, utterance: Utterance, start_ms: int, era: int) -> None:
        async with self._words:
            try:
                heard = await utterance.finish()
            except Exception as error:
                failure = error
                if era == self._era:
                    await self._tell(lambda listener: listener.recogniser_failed(failure))
                return
        if era == self._era:
            await self._tell(lambda listener: listener.words_heard(heard.text, _placed(heard, start_ms)))

    async def _tell(self, what: Callable[[Listener], Awaitable[None]]) -> None:
        if self._held is None:
            await what(self.listener)
        else:
            self._held.append(what)


def _placed(heard: Heard, start_ms: int) -> tuple[Word, ...]:
    """The words with their times from the start of the media stream."""
    words: tuple[HeardWord, ...] = getattr(heard, "words", ())
    return tuple(Word(Personal(w.text), start_ms + w.start_ms, start_ms + w.end_ms) for w in words)
