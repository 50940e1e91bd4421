"""Ears: the caller's audio comes in here and leaves as speech events. It never enters the pipeline.

What an STT service plugin must be able to do is ``SpeechToText``; ``pipecat_ears`` makes one of any Pipecat service.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol, runtime_checkable

from op26x import g711
from op26x.consent import Right
from op26x.g711 import SAMPLE_RATE
from op26x.types import Personal, Word
from op26x.voice.hearing.echo import EchoDetector
from op26x.voice.hearing.vad import PhoneVad

Understood = Callable[[Personal | None, tuple[Word, ...], int], None]
"""Told once what became of a stretch of speech: its text (``None`` if nobody knows), its words, and its end in ms."""
PRE_ROLL_FRAMES = 25
"""Half a second: voice detection needs 0.2 s to be sure, and consonants begin quietly."""
LONGEST_S = 15.0
"""A stretch of speech without a pause is cut there."""
UNDERSTAND_S = 12.0
"""How long an STT service may take for one stretch of speech; the next one waits for it."""


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
    """What an STT service made of a stretch of speech. One that knows them adds ``words``, a tuple of ``HeardWord``."""

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
        """Nothing more comes: what was heard. Raises if the STT service failed."""
        ...

    def cancel(self) -> None:
        """The words are no longer needed; what is under way may stop."""
        ...


@runtime_checkable
class SpeechToText(Protocol):
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

    async def words_heard(self, text: Personal, words: tuple[Word, ...]) -> None:
        """What that stretch of speech meant; empty if nothing was understood.

        Args:
            text: All of it.
            words: Each word with its times from the start of the media stream, if the STT service tells them.
        """
        ...

    async def key_pressed(self, digit: str) -> None:
        """The caller pressed a key."""
        ...

    async def right_demanded(self, right: Right) -> None:
        """That stretch of speech was a demand, which was heard elsewhere; comes instead of ``words_heard``."""
        ...

    async def stt_failed(self, error: Exception) -> None:
        """The STT service raised."""
        ...


class Ears:
    """Voice detection and STT service of one call.

    While ``hold`` is in force (the greeting, a goodbye) the listener is told nothing; what was held back is told
    at ``release``, in order, so that words spoken over the greeting are not lost. The caller's word is heard all the
    time: neither ``hold`` nor ``forget`` nor the end of the call keeps it from ``demanded``.

    Args:
        stt: The call's.
        listener: Told, in order, what happens.
        echo: Tells our own voice from the caller's.
        demanded: Reads each stretch of speech as soon as its words are known; returns the right that it demands.
        spawn: Starts a task that ends with the call.
        begun: Told where each stretch of speech begins, in milliseconds, before anything of it is understood; returns
            whom to tell what it was, whatever the listener is told.

    Attributes:
        deaf: While it is set, no sound is listened to at all; keys are heard.
    """

    def __init__(
        self,
        stt: SpeechToText,
        listener: Listener,
        echo: EchoDetector,
        demanded: Callable[[str], Right | str],
        spawn: Callable[[Awaitable[None]], asyncio.Future[Any]],
        begun: Callable[[int], Understood] = lambda _: lambda *_: None,
    ) -> None:
        self._begun = begun
        self._understood: Understood = lambda *_: None
        self._stt = stt
        self.listener = listener
        self._echo = echo
        self._demanded = demanded
        self._spawn = spawn
        self._vad = PhoneVad(lambda speaking: spawn(self._voice(speaking)))
        self._changing = asyncio.Lock()
        self._recent: deque[bytes] = deque(maxlen=PRE_ROLL_FRAMES)
        self._utterance: Utterance | None = None
        self._utterance_ms = 0
        self._utterance_era = 0
        self._fed = 0
        self._samples = 0
        self._held: list[Callable[[Listener], Awaitable[None]]] | None = None
        self._words = asyncio.Lock()
        self._understanding: set[asyncio.Future[Any]] = set()
        self._era = 0
        self._closed = False
        self.deaf = False
        self._quiet = asyncio.Event()

    @property
    def position(self) -> int:
        """Samples of the caller's audio that were heard."""
        return self._samples

    @property
    def hearing_speech(self) -> bool:
        """Whether the caller is speaking."""
        return self._utterance is not None

    async def hear(self, ulaw: bytes) -> bytes:
        """Takes audio off the wire; returns what of it is the caller's: silence if it is our own voice."""
        if self._closed and self._utterance is None:
            return ulaw
        self._samples += len(ulaw)
        if self.deaf:
            return g711.silence(len(ulaw))
        if self._echo.hear(ulaw, voice=self._vad.voice):
            ulaw = g711.silence(len(ulaw))
        change = self._vad.feed(ulaw)
        if self._utterance is not None:
            await self._feed(self._utterance, g711.decode(ulaw))
        else:
            self._recent.append(ulaw)
        if change is not None:
            await self._voice(change)
        return ulaw

    async def _voice(self, speaking: bool) -> None:
        """The caller has begun or stopped to speak; what is known a little later comes in its order too."""
        async with self._changing:
            if not speaking:
                await self._end()
            elif not self._closed:
                await self._begin()

    async def key(self, digit: str) -> None:
        """The caller pressed a key, which is told in its place between what they say."""
        await self._tell(lambda listener: listener.key_pressed(digit), self._era)

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
        """Drops what was held back, and tells the listener nothing of what is being said. From now on all is told."""
        self._held = None
        self._era += 1

    async def end(self, within_s: float, *, more_to_hear: bool) -> None:
        """The call is over: the listener is told nothing more, but what was being said is understood to its end.

        Args:
            within_s: How long that may take, in seconds; and how long the sentence may go on that comes first.
            more_to_hear: The caller is still on the line, and may finish their sentence.
        """
        self.forget()
        self._closed = True
        if more_to_hear:
            await self._until_quiet(within_s)
        await self._end()
        if self._understanding:
            _, unheard = await asyncio.wait(set(self._understanding), timeout=within_s)
            for task in unheard:
                task.cancel()
            await asyncio.gather(*unheard, return_exceptions=True)

    async def settled(self, within_s: float) -> None:
        """Waits until what is being said has become words, and those were told; at most twice that many seconds."""
        await self._until_quiet(within_s)
        if self._understanding:
            await asyncio.wait(set(self._understanding), timeout=within_s)

    async def _until_quiet(self, within_s: float) -> None:
        if self._utterance is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._quiet.wait()

    async def _begin(self) -> None:
        try:
            utterance = self._stt.utterance()
        except Exception as error:
            await self._failed(error, self._era)
            return
        before = b"".join(self._recent)
        self._utterance, self._utterance_era = utterance, self._era
        self._quiet.clear()
        self._fed = 0
        self._utterance_ms = (self._samples - len(before)) * 1000 // SAMPLE_RATE
        self._understood = self._begun(self._utterance_ms)
        self._recent.clear()
        await self._tell(lambda listener: listener.speech_started(), self._era)
        await self._feed(utterance, g711.decode(before))

    async def _feed(self, utterance: Utterance, pcm: bytes) -> None:
        """Hands audio on. Who speaks on and on is understood piece by piece, so that a demand is not known too late."""
        self._fed += len(pcm)
        try:
            utterance.feed(pcm)
            if self._fed > LONGEST_S * SAMPLE_RATE * 2:
                self._go_on(utterance)
        except Exception as error:
            self._utterance = None
            self._quiet.set()
            utterance.cancel()
            self._understood(None, (), self._samples * 1000 // SAMPLE_RATE)
            await self._failed(error, self._utterance_era)

    def _go_on(self, utterance: Utterance) -> None:
        self._utterance = self._stt.utterance()
        self._turn_into_words(utterance)
        self._fed = 0
        self._utterance_ms = self._samples * 1000 // SAMPLE_RATE
        self._understood = self._begun(self._utterance_ms)

    async def _end(self) -> None:
        utterance, self._utterance = self._utterance, None
        self._quiet.set()
        if utterance is not None:
            await self._tell(lambda listener: listener.speech_stopped(), self._utterance_era)
            self._turn_into_words(utterance)

    def _turn_into_words(self, utterance: Utterance) -> None:
        end_ms, understood = self._samples * 1000 // SAMPLE_RATE, self._understood

        def tell(text: str | None, words: tuple[Word, ...]) -> None:
            understood(None if text is None else Personal(text), words, end_ms)

        task = self._spawn(self._understand(utterance, self._utterance_ms, self._utterance_era, tell))
        self._understanding.add(task)
        task.add_done_callback(self._understanding.discard)

    async def _understand(
        self, utterance: Utterance, start_ms: int, era: int, tell: Callable[[str | None, tuple[Word, ...]], None]
    ) -> None:
        async with self._words:
            text: str | None = None
            words: tuple[Word, ...] = ()
            try:
                async with asyncio.timeout(UNDERSTAND_S):
                    heard = await utterance.finish()
                text, words = str.strip(heard.text), _placed(heard, start_ms)
            except asyncio.CancelledError as error:
                utterance.cancel()
                if (task := asyncio.current_task()) is None or task.cancelling():
                    raise
                await self._failed(RuntimeError(f"the STT service raised {error!r}"), era)
                return
            except Exception as error:
                await self._failed(error, era)
                return
            finally:
                tell(text, words)
            meant = self._demanded(text)
        if isinstance(meant, Right):
            await self._tell(lambda listener: listener.right_demanded(meant), era)
        else:
            said = Personal(meant)
            await self._tell(lambda listener: listener.words_heard(said, words), era)

    async def _failed(self, error: Exception, era: int) -> None:
        await self._tell(lambda listener: listener.stt_failed(error), era)

    async def _tell(self, what: Callable[[Listener], Awaitable[None]], era: int) -> None:
        """Tells the listener, now or at ``release``, unless what it is about was begun before ``forget``."""
        if era != self._era:
            return
        if self._held is None:
            await what(self.listener)
        else:
            self._held.append(what)


def _placed(heard: Heard, start_ms: int) -> tuple[Word, ...]:
    """The words with their times from the start of the media stream."""
    words: tuple[HeardWord, ...] = getattr(heard, "words", ())
    return tuple(Word(Personal(w.text), start_ms + w.start_ms, start_ms + w.end_ms) for w in words)
