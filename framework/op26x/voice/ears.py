"""Ears: the caller's audio comes in here and leaves as speech events. It never enters the pipeline.

What a recogniser plugin must be able to do is ``Recogniser``; ``pipecat_ears`` makes one of any Pipecat service.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from op26x.voice import g711
from op26x.voice.vad import PhoneVad

FRAME_BYTES = 160
PRE_ROLL_FRAMES = 25
"""Half a second: voice detection needs 0.2 s to be sure, and consonants begin quietly."""
SILENT_FRAME = bytes([g711.SILENCE]) * FRAME_BYTES


class Heard(Protocol):
    """What a recogniser made of a stretch of speech."""

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

    async def words_heard(self, text: str) -> None:
        """What that stretch of speech meant; empty if nothing was understood."""
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
        self._listener = listener
        self._spawn = spawn
        self._vad = PhoneVad()
        self._recent: deque[bytes] = deque(maxlen=PRE_ROLL_FRAMES)
        self._utterance: Utterance | None = None
        self._held: list[Callable[[], Awaitable[None]]] | None = None
        self._words = asyncio.Lock()

    @property
    def hearing_speech(self) -> bool:
        """Whether the caller is speaking."""
        return self._utterance is not None

    async def hear(self, ulaw: bytes) -> None:
        """Takes audio off the wire. Digital silence between utterances costs a comparison."""
        if self._utterance is None and ulaw == SILENT_FRAME:
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
            await self._held.pop(0)()
        self._held = None

    def close(self) -> None:
        """The call is over."""
        if self._utterance is not None:
            self._utterance.cancel()
            self._utterance = None
        self._held = None

    async def _begin(self) -> None:
        try:
            self._utterance = self._recogniser.utterance()
        except Exception as error:
            failure = error
            await self._tell(lambda: self._listener.recogniser_failed(failure))
            return
        for pcm in self._recent:
            self._utterance.feed(pcm or bytes(2 * FRAME_BYTES))
        self._recent.clear()
        await self._tell(self._listener.speech_started)

    async def _end(self) -> None:
        utterance, self._utterance = self._utterance, None
        if utterance is not None:
            await self._tell(self._listener.speech_stopped)
            self._spawn(self._understand(utterance))

    async def _understand(self, utterance: Utterance) -> None:
        async with self._words:
            try:
                heard = await utterance.finish()
            except Exception as error:
                failure = error
                await self._tell(lambda: self._listener.recogniser_failed(failure))
                return
        await self._tell(lambda: self._listener.words_heard(heard.text))

    async def _tell(self, what: Callable[[], Awaitable[None]]) -> None:
        if self._held is None:
            await what()
        else:
            self._held.append(what)
